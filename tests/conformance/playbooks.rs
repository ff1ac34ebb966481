//! Whole runs of `ansible-playbook` and `ansible`: exit code, output, files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fancy_regex::Regex;
use serde_json::{Value as Json, json};

use super::corpus::{self, list_of, text_of};
use super::inventory::squash;
use super::program::{self, Scratch, copy_tree, set_mode, text_difference};
use super::score::{Score, area_of};

const VARIABLES: [(&str, &str); 12] = [
    ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ("LC_ALL", "C.UTF-8"),
    ("LANG", "C.UTF-8"),
    ("TZ", "UTC"),
    ("TERM", "dumb"),
    ("COLUMNS", "80"),
    ("ANSIBLE_NOCOLOR", "1"),
    ("ANSIBLE_FORCE_COLOR", "0"),
    ("ANSIBLE_FORKS", "1"),
    ("ANSIBLE_REMOTE_TMP", "{HOME}/.ansible/tmp"),
    ("ANSIBLE_ASYNC_DIR", "{HOME}/.ansible_async"),
    ("ANSIBLE_SSH_ARGS", "-F /dev/null -o BatchMode=yes -o ConnectTimeout=5"),
];

/// What differs between two runs of the same thing, and the placeholder for it.
const CHANGING: [(&str, &str); 18] = [
    (r#"(discovered_interpreter_python\\*"?: \\*"?)/[^"\\\s}]+"#, "${1}{PYTHON}"),
    (r"\bansible-tmp-\d+(?:\.\d+)?-\d+-\d+", "ansible-tmp-{TMP}"),
    (r"\bansible-local-\d+[a-z0-9_]{8}", "ansible-local-{TMP}"),
    (r"(ansible-local-\{TMP\}/)[A-Za-z0-9_.]+", "${1}{TMP}"),
    (r"/tmp[a-z0-9_]{8}\b", "/{TMP}"),
    (r#"(/(?:ansible|muster|lab)\.)[A-Za-z0-9_]{8}(?=["'./_\s-]|$)"#, "${1}{TMP}"),
    (r"(?<![\w.])1\d{9}\.\d+", "{NUM}"),
    (r"\bj\d{6,}\.\d+", "{JID}"),
    (r"BECOME-SUCCESS-[a-z]{32}", "BECOME-SUCCESS-{KEY}"),
    (r"\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~", ".{PID}.{STAMP}~"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?", "{TIME}"),
    (r"(?<![\d:])\d+:\d\d:\d\d\.\d{6}", "{DELTA}"),
    (r#"("(?:atime|mtime|ctime|elapsed|ansible_job_pid|inode|dev)": )\d[\d.]*"#, "${1}{NUM}"),
    (r#"(\\"(?:atime|mtime|ctime|inode|dev)\\": )\d[\d.]*"#, "${1}{NUM}"),
    (r"(?m)^(\s*(?:atime|mtime|ctime|elapsed|inode|dev): )\d[\d.]*", "${1}{NUM}"),
    (r"Valid booleans include: (?:(?:'\w+'|\d)(?:, )?)+", "Valid booleans include: {BOOLS}"),
    (r#"("child_pid": )\d+"#, "${1}{PID}"),
    (r#"(<testsuite[^>]*? )timestamp="[^"]*""#, r#"${1}timestamp="{TIME}""#),
];
const TIMES: (&str, &str) = (r#"\btime="[\d.e-]+""#, r#"time="{NUM}""#);
const POLLS: (&str, &str) = (r"(?m)^(ASYNC POLL on .*\n)(?:\1)+", "${1}");
const VERSION_BLOCK: &str = r"(?ms)^ansible(?:-playbook)? \[core .*?^  pyyaml version = [^\n]*\n";
const DROPPED_LINE: &str = concat!(
    r"^(?:<[A-Za-z0-9_.:-]+> .*|Using module file .*|Pipelining is enabled\..*",
    r"|\[WARNING\]: (?:Platform .*|Host '[^']*') is using the discovered Python interpreter.*)$"
);

pub fn run() -> Score {
    let cases = corpus::case_folders(&corpus::folder("playbooks"));
    let cases: Vec<_> = cases.into_iter().filter(|(_, folder)| folder.join("expect.json").is_file()).collect();
    let (programs, normaliser) = (program::Programs::new(), Normaliser::new());
    let outcomes = corpus::in_parallel(&cases, |(_, folder)| check(folder, programs.folder(), &normaliser));
    let mut score = Score::new("playbooks");
    for ((id, _), outcome) in cases.iter().zip(outcomes) {
        score.add(area_of(id, '-'), id, outcome);
    }
    score
}

fn check(case: &Path, programs: &Path, normaliser: &Normaliser) -> Result<(), String> {
    let command = corpus::json_file(&case.join("cmd.json"));
    let expected = corpus::json_file(&case.join("expect.json"));
    let observed = observe(case, &command, programs, normaliser);
    let mut differences = Vec::new();
    if observed["rc"] != expected["rc"] {
        differences.push(format!("rc: expected {}, got {}", expected["rc"], observed["rc"]));
        differences.push(text_of(&observed, "stderr").lines().take(6).collect::<Vec<_>>().join("\n"));
    }
    if observed["stdout"] != expected["stdout"] {
        let difference = text_difference(text_of(&expected, "stdout"), text_of(&observed, "stdout"));
        differences.push(format!("stdout: {difference}"));
    }
    let stderr = squash(text_of(&observed, "stderr"));
    for wanted in list_of(&expected, "stderr_contains") {
        if !stderr.contains(&squash(wanted)) {
            differences.push(format!("stderr lacks: {}", squash(wanted)));
        }
    }
    for (name, text) in expected.get("files").and_then(Json::as_object).into_iter().flatten() {
        let found = &observed["files"][name];
        if found != text {
            differences.push(format!("file {name}: expected {text}\ngot {found}"));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

/// Runs a case in a fresh copy of it; its normalised outcome.
fn observe(case: &Path, command: &Json, programs: &Path, normaliser: &Normaliser) -> Json {
    let root = Scratch::new(0o755);
    let (work, home) = (root.path().join("case"), root.path().join("home"));
    let mode_of = |path: &Path| {
        let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
        if mode & 0o100 == 0 { 0o644 } else { 0o755 }
    };
    copy_tree(case, &work, &["cmd.json", "expect.json", "__pycache__"], &mode_of);
    for folder in [&work.join("tmp"), &home] {
        fs::create_dir_all(folder).expect("the folder can be made");
        set_mode(folder, 0o755);
    }
    let text = |path: &Path| path.display().to_string();
    let mut names = vec![(text(&work), "{CASE}"), (text(&home), "{HOME}"), (text(root.path()), "{RUN}")];
    let fill = |text: &str| names.iter().rev().fold(text.to_owned(), |text, (path, name)| text.replace(name, path));

    let mut variables: Vec<(String, String)> =
        VARIABLES.into_iter().chain([("HOME", "{HOME}")]).map(|(name, value)| (name.into(), fill(value))).collect();
    for (name, value) in command.get("env").and_then(Json::as_object).into_iter().flatten() {
        variables.retain(|(existing, _)| existing != name);
        variables.extend(value.as_str().map(|value| (name.clone(), fill(value))));
    }
    let mut argv = vec![text(&programs.join(text_of(command, "tool")))];
    argv.extend(list_of(command, "args").into_iter().map(fill));
    let outcome = program::run(&argv, &variables, &work, text_of(command, "stdin"));

    // The account's own home shows up too, beside the one of the case.
    names.extend(account_home().filter(|home| home.len() > 1).map(|home| (home + "/", "{HOME}/")));
    let normalise = |text: &str| normaliser.normalise(text, &names);
    let files: serde_json::Map<String, Json> = list_of(command, "files")
        .into_iter()
        .map(|name| (name.to_owned(), observe_file(&work, name, &normalise)))
        .collect();
    let status = outcome.status.parse::<i64>().map_or_else(|_| json!(outcome.status), |code| json!(code));
    json!({
        "rc": status,
        "stdout": normalise(&outcome.stdout),
        "stderr": normalise(&outcome.stderr),
        "files": files,
    })
}

fn observe_file(work: &Path, name: &str, normalise: &dyn Fn(&str) -> String) -> Json {
    let path = work.join(name);
    let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    if name.contains('*') {
        let found: Vec<_> = find(work, name).into_iter().filter(|path| path.is_file()).collect();
        let text: String = found.iter().map(|path| read(path)).collect();
        return if found.is_empty() { Json::Null } else { json!(normalise(&text)) };
    }
    if path.is_file() {
        return json!(normalise(&read(&path)));
    }
    let Ok(entries) = fs::read_dir(&path) else { return Json::Null };
    let mut names: Vec<_> =
        entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    json!({ "dir": names })
}

/// The paths that a glob names, part by part, sorted.
fn find(work: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![work.to_path_buf()];
    for part in pattern.split('/') {
        let entries = found.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok));
        let matching = entries.filter(|entry| corpus::glob_matches(part, &entry.file_name().to_string_lossy()));
        found = matching.map(|entry| entry.path()).collect();
    }
    found.sort();
    found
}

/// The home of the account that runs the tests, by the user database.
fn account_home() -> Option<String> {
    let user = rustix::process::geteuid().as_raw().to_string();
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    let account = accounts.lines().find(|line| line.split(':').nth(2) == Some(&user))?;
    account.split(':').nth(5).map(str::to_owned)
}

/// The patterns, compiled once.
struct Normaliser {
    changing: Vec<(Regex, &'static str)>,
    version_block: Regex,
    dropped_line: Regex,
    polls: Regex,
}

impl Normaliser {
    fn new() -> Self {
        let compile = |pattern: &str| Regex::new(pattern).expect("the pattern is well-formed");
        let changing = CHANGING.into_iter().chain([TIMES]).map(|(pattern, text)| (compile(pattern), text)).collect();
        Self {
            changing,
            version_block: compile(VERSION_BLOCK),
            dropped_line: compile(DROPPED_LINE),
            polls: compile(POLLS.0),
        }
    }

    fn normalise(&self, text: &str, names: &[(String, &str)]) -> String {
        let text = text.replace("\r\n", "\n");
        let mut text = self.version_block.replace_all(&text, "").into_owned();
        for (path, name) in names {
            text = text.replace(path, name);
        }
        let is_dropped = |line: &str| self.dropped_line.is_match(line.trim_end_matches('\n')).unwrap_or(false);
        text = text.split_inclusive('\n').filter(|line| !is_dropped(line)).collect();
        for (pattern, placeholder) in &self.changing {
            text = pattern.replace_all(&text, *placeholder).into_owned();
        }
        self.polls.replace_all(&text, POLLS.1).into_owned()
    }
}
