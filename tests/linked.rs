//! `muster link`, and a shell with that folder first in its PATH: what is typed there prints what the
//! reference printed when it was recorded.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::conformance::program::{Scratch, copy_tree, text_difference};

/// Runs a line of shell with the links first in PATH; gives stdout and the exit code.
fn shell(line: &str, folder: &Path, links: &Path) -> (String, Option<i32>) {
    let output = Command::new("/bin/sh")
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", links.display()))
        .env("HOME", folder)
        .env("LANG", "C.UTF-8")
        .env("ANSIBLE_NOCOWS", "1")
        .env("ANSIBLE_PYTHON_INTERPRETER", "/usr/bin/python3")
        .output()
        .expect("there is a shell");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code())
}

/// A folder of links, as `muster link` makes it.
fn links() -> Scratch {
    let scratch = Scratch::new(0o755);
    let status = Command::new(env!("CARGO_BIN_EXE_muster")).arg("link").arg(scratch.path()).output();
    assert!(status.expect("muster can be started").status.success(), "the links are made");
    scratch
}

/// What changes from run to run.
fn settled(text: &str, folder: &Path) -> String {
    let times = regex::Regex::new(r#""(delta|start|end)": "[0-9][^"]*""#).expect("it is well formed");
    times.replace_all(text, r#""$1": "~""#).replace(&folder.display().to_string(), "@")
}

#[test]
fn one_task_on_two_hosts() {
    let (links, folder) = (links(), Scratch::new(0o755));
    let line = "ansible all -i 'a,b,' -c local -m command -a 'echo hi' -f 1";
    let expected = "a | CHANGED | rc=0 >>\nhi\nb | CHANGED | rc=0 >>\nhi\n";
    assert_eq!(shell(line, folder.path(), links.path()), (expected.to_owned(), Some(0)));
}

#[test]
fn three_plays_with_two_roles() {
    let (links, folder) = (links(), Scratch::new(0o755));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example");
    copy_tree(&source, folder.path(), &["expected.txt"], &|_| 0o644);
    let (found, code) = shell("ansible-playbook -i inventory.ini -f 1 site.yml", folder.path(), links.path());
    let expected = fs::read_to_string(source.join("expected.txt")).expect("it was recorded");
    let found = settled(&found, folder.path());
    assert!(found == expected, "{}", text_difference(&expected, &found));
    assert_eq!(code, Some(0));
    let repaired = fs::read_to_string(folder.path().join("out/web2/repaired")).expect("the rescue wrote it");
    assert_eq!(repaired, "repaired\n");
}

#[test]
fn what_is_not_ours_is_refused_under_its_name() {
    let folder = Scratch::new(0o755);
    let link = folder.path().join("ansible-galaxy");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_muster"), &link).expect("the folder takes links");
    let output = Command::new(&link).arg("install").output().expect("it can be started");
    assert_eq!(output.status.code(), Some(5));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("muster does not replace ansible-galaxy"), "{said}");
}
