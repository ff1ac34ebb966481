//! What users get wrong, one folder of `tests/mistakes` each: the command, its files, and what the
//! reference said (`tests/mistakes/record` wrote it down). None of them may end in a panic.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::conformance::program::{Programs, Scratch, copy_tree, text_difference};

/// Cases that differ from the reference, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("bad-extra-vars", "the reference meets it once for each inventory source and goes on with a warning"),
    ("bad-inventory", "the reference fails with an error of Python's own"),
    ("condition-no-bool", "the place of the condition is not told"),
    ("include-cycle", "the reference ends with Python's traceback"),
    ("missing-extra-vars", "the reference meets it once for each inventory source and goes on with a warning"),
    ("role-cycle", "where Python's recursion ends is an accident of its depth"),
    ("serial-nonsense", "the reference ends with Python's traceback"),
    ("template-when", "the rest of the expression is told too"),
    ("vault-without-secret", "the reference fails, here the value is shown as an error"),
];

fn run(case: &Path, programs: &Path) -> String {
    let scratch = Scratch::new(0o755);
    copy_tree(case, scratch.path(), &["command", "expected"], &|_| 0o644);
    let command = fs::read_to_string(case.join("command")).expect("a case has a command");
    let output = Command::new("/bin/sh")
        .args(["-c", &command])
        .current_dir(scratch.path())
        .env_clear()
        .env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", programs.display()))
        .env("HOME", scratch.path())
        .env("LANG", "C.UTF-8")
        .env("ANSIBLE_NOCOWS", "1")
        .env("ANSIBLE_PYTHON_INTERPRETER", "/usr/bin/python3")
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    let code = output.status.code().unwrap_or(-1);
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{out}--- stderr\n{error}--- exit {code}\n").replace(&scratch.path().display().to_string(), "@")
}

#[test]
fn every_mistake_is_told_as_the_reference_tells_it() {
    let programs = Programs::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut cases: Vec<_> = fs::read_dir(&folder).expect("there are cases").flatten().map(|case| case.path()).collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    assert!(cases.len() > 40, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let name = case.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let expected = fs::read_to_string(case.join("expected")).expect("a case was recorded");
        let found = run(&case, programs.folder());
        assert!(!found.contains("panicked") && !found.contains("has a bug"), "{name}: {found}");
        let known = DIFFERENT.iter().any(|(different, _)| *different == name);
        match (found == expected, known) {
            (true, true) => wrong.push(format!("{name}: no longer differs")),
            (false, false) => wrong.push(format!("{name}: {}", text_difference(&expected, &found))),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
