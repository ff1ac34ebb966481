//! The tools as people call them: by the reference's names, with its text and exit codes.

mod damaged;

use std::path::{Path, PathBuf};

use crate::conformance::program::{Outcome, Programs, Scratch, copy_tree, run, text_difference};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What every call gets, and nothing else.
fn variables(programs: &Programs, home: &Path) -> Vec<(String, String)> {
    let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", programs.folder().display());
    let home = home.display().to_string();
    [("PATH", path.as_str()), ("HOME", &home), ("LC_ALL", "C.UTF-8"), ("TERM", "dumb"), ("ANSIBLE_FORKS", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

/// Runs a command line in a folder, the program by the name of a tool.
fn call(programs: &Programs, home: &Path, folder: &Path, line: &[&str]) -> Outcome {
    let mut argv: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
    argv[0] = programs.folder().join(line[0]).display().to_string();
    run(&argv, &variables(programs, home), folder, "")
}

fn assert_same(what: &str, expected: &str, found: &str) {
    assert!(expected == found, "{what}:\n{}", text_difference(expected, found));
}

/// Durations and dates differ from run to run.
fn normalised(text: &str) -> String {
    let date = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+").expect("it is a pattern");
    let span = regex::Regex::new(r"\d+:\d\d:\d\d\.\d+").expect("it is a pattern");
    span.replace_all(&date.replace_all(text, "{TIME}"), "{DELTA}").into_owned()
}

/// A copy of what the tour needs, so that the project's own folder stays as it is.
fn tour(scratch: &Scratch) -> PathBuf {
    for folder in ["playbooks", "roles", "inventory"] {
        copy_tree(&Path::new(ROOT).join(folder), &scratch.path().join(folder), &[], &|_| 0o644);
    }
    std::fs::copy(Path::new(ROOT).join("ansible.cfg"), scratch.path().join("ansible.cfg"))
        .expect("the settings are there");
    scratch.path().to_path_buf()
}

#[test]
fn the_tour_prints_what_the_reference_prints() {
    let (programs, scratch) = (Programs::new(), Scratch::new(0o755));
    let folder = tour(&scratch);
    let line = ["ansible-playbook", "-i", "inventory/tour.ini", "playbooks/tour.yml"];
    let outcome = call(&programs, scratch.path(), &folder, &line);
    let expected = include_str!("tour.expected").replace("{FOLDER}", &folder.display().to_string());
    assert_same("the tour", &normalised(&expected), &normalised(&outcome.stdout));
    assert_eq!((outcome.status.as_str(), outcome.stderr.as_str()), ("0", ""));
    assert!(!Path::new("/tmp/muster-tour/tour-1").exists(), "the last play cleans up");
}

#[test]
fn an_ad_hoc_command_prints_what_the_reference_prints() {
    let (programs, scratch) = (Programs::new(), Scratch::new(0o755));
    let line = ["ansible", "all", "-i", "a,b,", "-c", "local", "-m", "command", "-a", "echo hi", "-f", "1"];
    let outcome = call(&programs, scratch.path(), scratch.path(), &line);
    assert_same("stdout", "a | CHANGED | rc=0 >>\nhi\nb | CHANGED | rc=0 >>\nhi\n", &outcome.stdout);
    assert_eq!((outcome.status.as_str(), outcome.stderr.as_str()), ("0", ""));
}

#[test]
fn bad_input_is_told_as_the_reference_tells_it() {
    let programs = Programs::new();
    let folder = Path::new(ROOT).join("tests/tools/bad_input");
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the cases are there").filter_map(Result::ok) {
        let path = entry.path();
        if path.extension().is_none_or(|end| end != "expected") {
            continue;
        }
        let scratch = Scratch::new(0o755);
        copy_tree(&folder, &scratch.path().join("case"), &[], &|_| 0o644);
        let case = scratch.path().join("case");
        let name = format!("{}.yml", path.file_stem().expect("it has a name").to_string_lossy());
        let outcome = call(&programs, scratch.path(), &case, &["ansible-playbook", &name]);
        let found =
            format!("exit code {}\n--- stdout\n{}--- stderr\n{}", outcome.status, outcome.stdout, outcome.stderr);
        let found = squeezed(&found.replace(&case.display().to_string(), "{FOLDER}"));
        let expected = squeezed(&std::fs::read_to_string(&path).expect("it can be read"));
        if expected != found {
            wrong.push(format!("{name}:\n{}", text_difference(&expected, &found)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Text of standard error is wrapped at the width of the terminal: words count, not lines.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("\n")
}

#[test]
fn a_cycle_of_roles_is_refused_with_its_path() {
    let (programs, scratch) = (Programs::new(), Scratch::new(0o755));
    let folder = Path::new(ROOT).join("tests/tools/bad_input");
    let outcome = call(&programs, scratch.path(), &folder, &["ansible-playbook", "role_cycle.yml"]);
    assert_eq!(outcome.status, "1");
    assert!(outcome.stderr.contains("A recursion loop was detected with the roles specified."), "{}", outcome.stderr);
}

#[test]
fn tools_of_ansible_that_muster_is_not_are_refused() {
    let (programs, scratch) = (Programs::new(), Scratch::new(0o755));
    for tool in ["ansible-galaxy", "ansible-pull"] {
        let outcome = call(&programs, scratch.path(), scratch.path(), &[tool, "--version"]);
        assert_eq!(outcome.status, "5", "{tool}");
        assert!(outcome.stderr.contains(&format!("does not replace {tool}")), "{}", outcome.stderr);
    }
}

#[test]
fn mistakes_read_as_from_rustc_under_musters_own_name() {
    let scratch = Scratch::new(0o755);
    let folder = Path::new(ROOT).join("tests/tools/bad_input");
    let argv = [env!("CARGO_BIN_EXE_muster"), "playbook", "unknown_keyword.yml"].map(str::to_owned);
    let variables = [("HOME".to_owned(), scratch.path().display().to_string())];
    let outcome = run(&argv, &variables, &folder, "");
    assert_eq!(outcome.status, "4", "{}", outcome.stderr);
    for part in ["error: 'flavour' is not a valid attribute for a Play", "unknown_keyword.yml:5:3", "^"] {
        assert!(outcome.stderr.contains(part), "{part} is missing in:\n{}", outcome.stderr);
    }
}

#[test]
fn links_make_the_tools_and_are_made_only_once() {
    let (programs, scratch) = (Programs::new(), Scratch::new(0o755));
    let bin = scratch.path().join("bin");
    let argv = [env!("CARGO_BIN_EXE_muster"), "link", &bin.display().to_string()].map(str::to_owned);
    for _ in 0..2 {
        let outcome = run(&argv, &variables(&programs, scratch.path()), scratch.path(), "");
        assert_eq!(outcome.status, "0", "{}", outcome.stderr);
    }
    let outcome = run(&[bin.join("ansible").display().to_string(), "--version".to_owned()], &[], scratch.path(), "");
    assert!(outcome.stdout.starts_with("ansible [core 2.19.14]\n"), "{}", outcome.stdout);
}
