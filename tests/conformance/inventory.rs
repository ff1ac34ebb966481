//! The command line cases of inventory, variables, vault and configuration.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::{Value as Json, json};

use super::corpus::{self, list_of, pairs_of, text_of};
use super::program::{self, Scratch, copy_tree, set_mode, text_difference};
use super::score::Score;

const PROGRAMS: [&str; 5] = ["ansible", "ansible-inventory", "ansible-playbook", "ansible-vault", "ansible-config"];

struct Case {
    kind: &'static str,
    id: String,
    spec: Json,
    /// One object per step.
    expected: Vec<Json>,
    files: Option<PathBuf>,
    home: Option<PathBuf>,
}

pub fn run() -> Score {
    let cases = collect(&corpus::folder("inventory"));
    let programs = program::Programs::new();
    let outcomes = corpus::in_parallel(&cases, |case| check(case, programs.folder()));
    let mut score = Score::new("inventory");
    for (case, outcome) in cases.iter().zip(outcomes) {
        score.add(case.kind, &case.id, outcome);
    }
    score
}

fn collect(top: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in ["inventory", "vars", "vault"] {
        for (id, folder) in corpus::case_folders(&top.join(kind)) {
            let existing = |name: &str| Some(folder.join(name)).filter(|path| path.is_dir());
            let expected = corpus::json_file(&folder.join("expected.json"));
            cases.push(Case {
                kind,
                id,
                spec: corpus::json_file(&folder.join("cmd.json")),
                expected: expected.as_array().cloned().unwrap_or_default(),
                files: existing("files"),
                home: existing("home"),
            });
        }
    }
    for row in corpus::rows(&top.join("patterns.jsonl")) {
        cases.push(row_case("patterns", pattern_spec(&row), &row, Some(top.join("patterns-files"))));
    }
    for row in corpus::rows(&top.join("config.jsonl")) {
        let mut spec = row.clone();
        spec["steps"] = json!([{"argv": row["argv"], "out": row.get("out").unwrap_or(&json!("json"))}]);
        cases.push(row_case("config", spec, &row, None));
    }
    cases
}

fn row_case(kind: &'static str, spec: Json, row: &Json, files: Option<PathBuf>) -> Case {
    Case { kind, id: text_of(row, "id").to_owned(), spec, expected: vec![row["expect"].clone()], files, home: None }
}

fn pattern_spec(row: &Json) -> Json {
    let mut argv = vec!["ansible"];
    for inventory in list_of(row, "inv") {
        argv.extend(["-i", inventory]);
    }
    argv.extend([text_of(row, "pattern"), "--list-hosts"]);
    argv.extend(list_of(row, "args"));
    if let Some(limit) = row.get("limit").and_then(Json::as_str) {
        argv.extend(["--limit", limit]);
    }
    let unordered = row.get("unordered").and_then(Json::as_bool).unwrap_or(false);
    json!({"env": row.get("env"), "steps": [{"argv": argv, "out": "hosts", "unordered": unordered}]})
}

fn check(case: &Case, programs: &Path) -> Result<(), String> {
    let sandbox = Sandbox::new(programs);
    sandbox.prepare(&case.spec, case.files.as_deref(), case.home.as_deref());
    let mut differences = Vec::new();
    let steps = case.spec["steps"].as_array().cloned().unwrap_or_default();
    for (index, (step, expected)) in steps.iter().zip(&case.expected).enumerate() {
        let observed = sandbox.observe(step, &case.spec);
        let label = if step.get("argv").is_some() { list_of(step, "argv").join(" ") } else { step["read"].to_string() };
        for difference in compare(expected, &observed) {
            differences.push(format!("step {index}: {label}\n{difference}"));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

/// A scratch tree: the case's folder, a home and a folder for temporary files.
struct Sandbox<'a> {
    programs: &'a Path,
    root: Scratch,
    case: PathBuf,
    home: PathBuf,
    tmp: PathBuf,
}

impl<'a> Sandbox<'a> {
    fn new(programs: &'a Path) -> Self {
        let root = Scratch::new(0o700);
        let folder = |name: &str| {
            let path = root.path().join(name);
            fs::create_dir(&path).expect("a new folder can be made");
            set_mode(&path, 0o700);
            path
        };
        let (case, home, tmp) = (folder("case"), folder("home"), folder("tmp"));
        Self { programs, root, case, home, tmp }
    }

    fn names(&self) -> [(&'static str, String); 4] {
        let text = |path: &Path| path.display().to_string();
        [
            ("{CASE}", text(&self.case)),
            ("{HOME}", text(&self.home)),
            ("{TMP}", text(&self.tmp)),
            ("{ROOT}", text(self.root.path())),
        ]
    }

    /// Placeholders to real paths.
    fn fill(&self, text: &str) -> String {
        self.names()[..3].iter().fold(text.to_owned(), |text, (name, path)| text.replace(name, path))
    }

    /// Real paths to placeholders.
    fn blank(&self, text: &str) -> String {
        self.names().iter().fold(text.to_owned(), |text, (name, path)| text.replace(path, name))
    }

    fn prepare(&self, spec: &Json, files: Option<&Path>, home: Option<&Path>) {
        for (from, to) in [(files, &self.case), (home, &self.home)] {
            if let Some(from) = from {
                copy_tree(from, to, &[], &|_| 0o644);
                set_mode(to, 0o700);
            }
        }
        for (base, key) in [(&self.case, "files"), (&self.home, "home")] {
            for (name, text) in pairs_of(spec, key) {
                let path = base.join(name);
                make_parents(&path, base);
                fs::write(&path, self.fill(text)).expect("the file can be written");
                set_mode(&path, 0o644);
            }
        }
        for name in list_of(spec, "mkdirs") {
            fs::create_dir_all(self.case.join(name)).expect("the folder can be made");
        }
        for (name, target) in pairs_of(spec, "links") {
            symlink(self.fill(target), self.case.join(name)).expect("the link can be made");
        }
        for (name, mode) in pairs_of(spec, "modes") {
            set_mode(&self.case.join(name), u32::from_str_radix(mode, 8).expect("modes are octal"));
        }
    }

    /// Runs one step and returns what is compared.
    fn observe(&self, step: &Json, spec: &Json) -> Json {
        if step.get("read").is_some() {
            return self.read(text_of(step, "read"), step.get("mode").and_then(Json::as_bool).unwrap_or(false));
        }
        let outcome = self.run(step, spec);
        let status = outcome.status.parse::<i64>().map_or_else(|_| json!(outcome.status), |code| json!(code));
        let mut observed = json!({"rc": status, "stderr": squash(&self.blank(&outcome.stderr))});
        let how = step.get("out").and_then(Json::as_str).unwrap_or("text");
        let unordered = step.get("unordered").and_then(Json::as_bool).unwrap_or(false);
        let stdout = self.blank(&outcome.stdout);
        match how {
            "json" if outcome.status == "0" => {
                if let Ok(document) = serde_json::from_str::<Json>(&stdout) {
                    observed["json"] = if unordered { sort_hosts(document) } else { document };
                    return observed;
                }
            }
            "hosts" if outcome.status == "0" => {
                if let Some(mut hosts) = parse_hosts(&stdout) {
                    if unordered {
                        hosts.sort();
                    }
                    observed["hosts"] = json!(hosts);
                    return observed;
                }
            }
            "none" => return observed,
            _ => {}
        }
        observed["stdout"] = json!(if how == "play" { tidy_play(&stdout) } else { stdout });
        observed
    }

    fn read(&self, name: &str, with_mode: bool) -> Json {
        let path = self.case.join(name);
        let Ok(bytes) = fs::read(&path) else { return json!({"missing": true}) };
        let mut observed = json!({});
        if with_mode {
            let mode = fs::metadata(&path).map_or(0, |metadata| metadata.permissions().mode() & 0o7777);
            observed["mode"] = json!(format!("{mode:04o}"));
        }
        match String::from_utf8(bytes) {
            Ok(text) => observed["text"] = json!(self.blank(&text)),
            Err(error) => observed["bytes"] = json!(error.as_bytes()),
        }
        observed
    }

    fn run(&self, step: &Json, spec: &Json) -> program::Outcome {
        let mut argv: Vec<String> = list_of(step, "argv").into_iter().map(|word| self.fill(word)).collect();
        if PROGRAMS.contains(&argv[0].as_str()) {
            argv[0] = self.programs.join(&argv[0]).display().to_string();
        }
        let path = format!("{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", self.programs.display());
        let (home, tmp) = (self.home.display().to_string(), self.tmp.display().to_string());
        let base = [
            ("PATH", path.as_str()),
            ("HOME", &home),
            ("TMPDIR", &tmp),
            ("LANG", "C.UTF-8"),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("TERM", "dumb"),
            ("USER", "tester"),
            ("LOGNAME", "tester"),
        ];
        let all = base.into_iter().chain(pairs_of(spec, "env")).chain(pairs_of(step, "env"));
        let variables: Vec<_> = all.map(|(name, value)| (name.to_owned(), self.fill(value))).collect();
        let folder = [step, spec].into_iter().map(|part| text_of(part, "cwd")).find(|folder| !folder.is_empty());
        program::run(&argv, &variables, &self.case.join(folder.unwrap_or(".")), &self.fill(text_of(step, "stdin")))
    }
}

/// The folders above a path, with the mode that every folder of a case has.
fn make_parents(path: &Path, base: &Path) {
    let parents: Vec<_> = path.ancestors().skip(1).take_while(|parent| *parent != base).collect();
    for parent in parents.into_iter().rev() {
        if fs::create_dir(parent).is_ok() {
            set_mode(parent, 0o755);
        }
    }
}

pub fn squash(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs of asterisks, blanks at line ends and explanations of errors do not count.
fn tidy_play(text: &str) -> String {
    let stars = Regex::new(r"\*{3,}").expect("the pattern is well-formed");
    let result = Regex::new(
        r"^((ok|changed|skipping|failed|fatal|included|PLAY|TASK|RUNNING HANDLER|PLAY RECAP|NO MORE HOSTS)\b.*(\[|\]|=>|\*\*\*|:)|\.\.\.ignoring)",
    )
    .expect("the pattern is well-formed");
    let (mut lines, mut skipping) = (Vec::new(), false);
    let text = stars.replace_all(text, "***");
    for line in text.split('\n').map(str::trim_end) {
        if line.starts_with("[ERROR]: ") {
            skipping = true;
        } else if skipping && result.is_match(line) {
            skipping = false;
        }
        if !skipping {
            lines.push(line);
        }
    }
    let text = lines.join("\n");
    let text = text.trim_matches('\n');
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

/// The names of `--list-hosts`.
fn parse_hosts(text: &str) -> Option<Vec<String>> {
    let mut lines = text.split('\n');
    let head = lines.next()?.strip_prefix("  hosts (")?.strip_suffix("):")?;
    head.parse::<usize>().ok()?;
    Some(lines.filter_map(|line| line.strip_prefix("    ")).map(str::to_owned).collect())
}

/// For steps marked unordered: lists of hosts become sorted lists.
fn sort_hosts(document: Json) -> Json {
    let Json::Object(members) = document else { return document };
    let members = members.into_iter().map(|(key, value)| match value {
        Json::Array(mut hosts) if key == "hosts" => {
            hosts.sort_by_key(|host| host.as_str().unwrap_or_default().to_owned());
            (key, Json::Array(hosts))
        }
        other => (key, sort_hosts(other)),
    });
    Json::Object(members.collect())
}

/// What differs; nothing when all is as expected.
fn compare(expected: &Json, observed: &Json) -> Vec<String> {
    let mut differences = Vec::new();
    let expected_bytes = expected.get("b64").and_then(Json::as_str).map(super::tagged::base64_decode);
    if expected_bytes.map(|bytes| json!(bytes)).as_ref() != observed.get("bytes") {
        differences.push("bytes differ".to_owned());
    }
    for key in ["missing", "mode", "rc", "json", "hosts", "stdout", "text"] {
        match (expected.get(key), observed.get(key)) {
            (Some(expected), Some(observed)) if !same(expected, observed) => {
                differences.push(format!("{key}:\n{}", readable_difference(expected, observed)));
            }
            (Some(_), None) => differences.push(format!("no {key}; got {observed}")),
            (None, Some(_)) if key == "missing" => differences.push("unexpectedly missing".to_owned()),
            _ => {}
        }
    }
    let stderr = text_of(observed, "stderr");
    for wanted in list_of(expected, "stderr_has") {
        if !stderr.contains(&squash(wanted)) {
            differences.push(format!("stderr lacks {wanted:?}; it is {stderr:?}"));
        }
    }
    if !differences.is_empty() && expected.get("rc") != observed.get("rc") {
        differences.push(format!("stderr: {stderr}"));
    }
    differences
}

fn readable_difference(expected: &Json, observed: &Json) -> String {
    let text = |json: &Json| match json {
        Json::String(text) => text.clone(),
        other => serde_json::to_string_pretty(&sorted_keys(other)).unwrap_or_default(),
    };
    text_difference(&text(expected), &text(observed))
}

fn sorted_keys(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().map(|(key, value)| (key.clone(), sorted_keys(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(members.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(sorted_keys).collect()),
        other => other.clone(),
    }
}

/// Equal where `{ANY}` matches anything; 1 is not 1.0.
fn same(expected: &Json, observed: &Json) -> bool {
    match (expected, observed) {
        (Json::String(any), _) if any == "{ANY}" => true,
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => expected == observed,
    }
}
