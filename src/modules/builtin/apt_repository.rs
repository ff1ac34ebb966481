//! ansible.builtin.apt_repository: sources of packages of Debian, a line each.

use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::data::{Map, Value};
use crate::runner::files::FileAttributes;
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module =
    Module::of::<AptRepository>("ansible.builtin.apt_repository", "Manage sources of packages of Debian");

#[derive(Args)]
struct AptRepository {
    /// The line of the source, as `deb https://example.org/debian stable main`.
    repo: String,
    /// Whether it is to be there.
    #[arg(default = "present", choices("absent", "present"))]
    state: String,
    /// The permissions of its file.
    #[arg(kind = "raw")]
    mode: Option<Value>,
    /// Whether the lists of packages are fetched when it has changed.
    #[arg(default = true, alias = "update-cache")]
    update_cache: bool,
    /// How often that is tried.
    #[arg(default = 5)]
    update_cache_retries: i64,
    /// How many seconds at most lie between two tries.
    #[arg(default = 12)]
    update_cache_retry_max_delay: i64,
    /// The file's name, without folder and ending.
    filename: Option<String>,
    /// The release's name of a PPA in place of the host's own.
    codename: Option<String>,
    /// Whether what the module needs is installed; it needs nothing here.
    #[arg(default = true, unused)]
    install_python_apt: bool,
    /// Whether certificates are checked when a PPA is asked for its key.
    #[arg(default = true, unused)]
    validate_certs: bool,
}

/// Where the host keeps its sources.
const FILE: &str = "/etc/apt/sources.list";
const FOLDER: &str = "/etc/apt/sources.list.d";

/// One file with its lines.
struct Source {
    path: PathBuf,
    before: Option<String>,
    after: String,
}

impl Run for AptRepository {
    fn run(self, target: &mut Target) -> Outcome {
        let line = self.line()?;
        let mut sources = read(target)?;
        if self.state == "present" {
            self.add(&line, &mut sources)
        } else {
            remove(&line, &mut sources)
        }
        let changed: Vec<&Source> =
            sources.iter().filter(|source| source.before.as_deref().unwrap_or_default() != source.after).collect();
        let goes = |source: &Source| source.after.trim().is_empty() && source.path != Path::new(FILE);
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let mut diffs = Vec::new();
        for source in &changed {
            let before = if source.before.is_some() { shown(&source.path) } else { "/dev/null".to_owned() };
            let after = if goes(source) { "/dev/null".to_owned() } else { shown(&source.path) };
            diffs.push(Value::from(Map::from([
                ("before", source.before.clone().unwrap_or_default()),
                ("after", if goes(source) { String::new() } else { source.after.clone() }),
                ("before_header", before),
                ("after_header", after),
            ])));
        }
        let paths = |wanted: &dyn Fn(&Source) -> bool| {
            Value::list(changed.iter().filter(|source| wanted(source)).map(|source| Value::from(shown(&source.path))))
        };
        let mut result = Map::from([
            ("repo", Value::from(self.repo.as_str())),
            ("state", self.state.as_str().into()),
            ("sources_added", paths(&|source| source.before.is_none())),
            ("sources_removed", paths(&|source| goes(source))),
            ("diff", if target.wants_diff() { diffs.into() } else { Value::list([]) }),
        ]);
        if !changed.is_empty() {
            target.effect(|target| {
                for source in &changed {
                    self.store(source, goes(source), target)?;
                }
                if self.update_cache { self.update(&changed, target) } else { Ok(()) }
            })?;
        }
        result.insert("changed", target.has_changed());
        Ok(result)
    }
}

impl AptRepository {
    fn line(&self) -> Result<String, Failure> {
        if let Some(name) = self.repo.strip_prefix("ppa:") {
            return self.of_ppa(name);
        }
        match canonical(&self.repo) {
            Some(line) => Ok(line),
            None => Err(Failure::new(format!("Invalid repository string: {}", self.repo))),
        }
    }

    /// A PPA's address; its key has to be there already.
    fn of_ppa(&self, name: &str) -> Result<String, Failure> {
        let (owner, archive) = name.split_once('/').unwrap_or((name, "ppa"));
        let release = match &self.codename {
            Some(name) => name.clone(),
            None => {
                let text = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
                let found = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=").map(str::to_owned));
                found.ok_or("the host's release has no name: set codename")?
            }
        };
        Ok(format!("deb http://ppa.launchpad.net/{owner}/{archive}/ubuntu {release} main"))
    }

    fn add(&self, line: &str, sources: &mut Vec<Source>) {
        let has_line = |text: &str| text.lines().any(|own| canonical(own).as_deref() == Some(line));
        if sources.iter().any(|source| has_line(&source.after)) {
            return;
        }
        // A line that was switched off is switched on again.
        for source in sources.iter_mut() {
            let is_off = |own: &str| {
                own.trim_start().strip_prefix('#').is_some_and(|own| canonical(own).as_deref() == Some(line))
            };
            if source.after.lines().any(is_off) {
                source.after = source
                    .after
                    .lines()
                    .map(|own| if is_off(own) { line.to_owned() } else { own.to_owned() } + "\n")
                    .collect();
                return;
            }
        }
        let path = Path::new(FOLDER).join(self.file_name(line));
        match sources.iter_mut().find(|source| source.path == path) {
            Some(source) => {
                if !source.after.is_empty() && !source.after.ends_with('\n') {
                    source.after.push('\n');
                }
                source.after.push_str(&format!("{line}\n"));
            }
            None => sources.push(Source { path, before: None, after: format!("{line}\n") }),
        }
    }

    fn file_name(&self, line: &str) -> String {
        if let Some(name) = &self.filename {
            return format!("{name}.list");
        }
        // Options and names of users are no part of it.
        let mut words = line.split_whitespace().skip(1).skip_while(|word| !word.contains(':') || word.contains('='));
        let address = words.next().unwrap_or_default();
        let bare = address.split_once("://").map_or(address, |(_, rest)| rest);
        let bare = bare.rsplit_once('@').map_or(bare, |(_, rest)| rest);
        let name: String =
            bare.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }).collect();
        let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
        format!("{}.list", parts.join("_"))
    }

    fn store(&self, source: &Source, goes: bool, target: &mut Target) -> Result<(), Failure> {
        if goes {
            return std::fs::remove_file(&source.path).map_err(|error| errors::file_failure(&error, &source.path));
        }
        if let Some(folder) = source.path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| errors::file_failure(&error, folder))?;
        }
        target.write_file(&source.path, source.after.as_bytes(), false)?;
        let mode = self.mode.clone().or_else(|| source.before.is_none().then(|| Value::from("0644")));
        let attributes = FileAttributes { mode, ..FileAttributes::default() };
        target.converge_attributes(&source.path, &attributes).map(drop)
    }

    /// Fetches the lists; where that fails, what was changed is undone.
    fn update(&self, changed: &[&Source], target: &mut Target) -> Result<(), Failure> {
        let program = target.required_program("apt-get")?;
        let mut last = String::new();
        for attempt in 0..self.update_cache_retries.max(1) {
            let finished = target.command([&program]).arg("-q").arg("update").in_english().run_or_fail()?;
            if finished.is_success() {
                return Ok(());
            }
            last = finished.stderr_text();
            let delay = (1_i64 << attempt.min(20)).min(self.update_cache_retry_max_delay.max(0));
            if attempt + 1 < self.update_cache_retries {
                target.sleep(std::time::Duration::from_secs(delay as u64))?;
            }
        }
        for source in changed {
            match &source.before {
                Some(before) => target.write_file(&source.path, before.as_bytes(), false)?,
                None => {
                    let _ = std::fs::remove_file(&source.path);
                }
            }
        }
        Err(Failure::new(format!(
            "Failed to update apt cache after {} retries: {}",
            self.update_cache_retries,
            last.trim()
        )))
    }
}

/// A line without comment and doubled blanks, if it is one of a source.
fn canonical(line: &str) -> Option<String> {
    let line = line.split('#').next()?.trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    let rest = match words[..] {
        ["deb" | "deb-src", ..] => &words[1..],
        _ => return None,
    };
    // Options in brackets may hold blanks.
    let after = match rest.first() {
        Some(first) if first.starts_with('[') => {
            let end = rest.iter().position(|word| word.ends_with(']'))?;
            &rest[end + 1..]
        }
        _ => rest,
    };
    (after.len() >= 2).then(|| words.join(" "))
}

fn read(target: &Target) -> Result<Vec<Source>, Failure> {
    let mut paths = vec![PathBuf::from(FILE)];
    let entries = std::fs::read_dir(FOLDER).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut lists: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "list")).collect();
    lists.sort();
    paths.extend(lists);
    let mut sources = Vec::new();
    for path in paths {
        if let Some(before) = target.read_text(&path)? {
            sources.push(Source { path, after: before.clone(), before: Some(before) });
        }
    }
    Ok(sources)
}

fn remove(line: &str, sources: &mut [Source]) {
    for source in sources {
        if source.after.lines().any(|own| canonical(own).as_deref() == Some(line)) {
            let kept = source.after.lines().filter(|own| canonical(own).as_deref() != Some(line));
            source.after = kept.map(|own| format!("{own}\n")).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AptRepository, MODULE, canonical};
    use crate::args::Args;
    use crate::runner::testing::{Scratch, parse};

    #[test]
    fn lines() {
        for (line, wanted) in [
            ("deb http://x  stable   main # c", Some("deb http://x stable main")),
            (
                "deb [arch=amd64 signed-by=/k] https://x stable main",
                Some("deb [arch=amd64 signed-by=/k] https://x stable main"),
            ),
            ("deb-src http://x ./", Some("deb-src http://x ./")),
            ("nonsense", None),
            ("# deb http://x stable", None),
            ("deb http://x", None),
        ] {
            assert_eq!(canonical(line).as_deref(), wanted, "{line}");
        }
    }

    #[test]
    fn names_of_files() {
        for (repo, name) in [
            ("deb http://deb.debian.org/debian bookworm-backports main", "deb_debian_org_debian.list"),
            ("deb [signed-by=/etc/k.gpg arch=amd64] https://u:p@x.example:81/a stable main", "x_example_81_a.list"),
        ] {
            let text = format!(
                r#"{{"repo": "{repo}", "state": "present", "update_cache": true, "update_cache_retries": 1, "update_cache_retry_max_delay": 1, "install_python_apt": true, "validate_certs": true}}"#
            );
            let mut args = parse(&text).as_map().cloned().expect("a mapping");
            let module = AptRepository::from_checked(&mut args).expect("all options");
            assert_eq!(module.file_name(repo), name);
        }
    }

    #[test]
    fn a_check_only_tells() {
        let scratch = Scratch::with_programs(&["apt-get"]);
        for (args, wanted) in [
            (
                r#"{"repo": "deb http://muster.invalid/x stable main", "filename": "muster_test"}"#,
                r#"{"changed": true, "sources_added": ["/etc/apt/sources.list.d/muster_test.list"], "sources_removed": [], "state": "present"}"#,
            ),
            (
                r#"{"repo": "deb http://muster.invalid/x stable main", "state": "absent"}"#,
                r#"{"changed": false, "sources_added": [], "diff": []}"#,
            ),
            (r#"{"repo": "nonsense"}"#, r#"{"failed": true, "msg": "Invalid repository string: nonsense"}"#),
        ] {
            scratch.assert_result(&scratch.call(&MODULE, args, "check"), wanted);
        }
        assert_eq!(scratch.calls(), "");
    }
}
