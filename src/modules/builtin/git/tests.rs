//! Repositories in a scratch folder, as the reference was seen to treat them.

use std::process::Command;

use super::MODULE;
use crate::runner::testing::Scratch;

fn shell(scratch: &Scratch, line: &str) {
    let status = Command::new("sh").args(["-c", line]).current_dir(&scratch.folder).status().expect("a shell");
    assert!(status.success(), "{line}");
}

/// Two commits, of which the first is a tag; `side` is another name for the second.
fn origin() -> Scratch {
    let scratch = Scratch::new();
    shell(
        &scratch,
        "git init -q from && cd from && git config user.email a@b && git config user.name n && git checkout -q -b main && echo 1 > a && git add . && git commit -qm one && git tag v1 && echo 2 > a && git commit -qam two && git branch side",
    );
    scratch
}

fn args(more: &str) -> String {
    format!(r#"{{"repo": "@/from", "dest": "@/to"{more}}}"#)
}

#[test]
fn versions() {
    let scratch = origin();
    let steps: [(&str, &str, &str); 7] = [
        ("", r#"{"changed": true, "before": null, "remote_url_changed": null}"#, "2\n"),
        ("", r#"{"changed": false, "remote_url_changed": false}"#, "2\n"),
        (r#", "version": "v1""#, r#"{"changed": true, "remote_url_changed": false}"#, "1\n"),
        (r#", "version": "v1""#, r#"{"changed": false}"#, "1\n"),
        (r#", "version": "side""#, r#"{"changed": true}"#, "2\n"),
        (r#", "update": false"#, r#"{"changed": false, "remote_url_changed": null}"#, "2\n"),
        (r#", "version": "no""#, r#"{"failed": true, "msg": "Failed to checkout no", "rc": 1}"#, "2\n"),
    ];
    for (more, wanted, content) in steps {
        if !wanted.contains("failed") && scratch.path("to").exists() {
            let checked = scratch.call(&MODULE, &args(more), "check");
            let changed = wanted.contains(r#""changed": true"#);
            scratch.assert_result(&checked, &format!(r#"{{"changed": {changed}}}"#));
        }
        scratch.assert_result(&scratch.call(&MODULE, &args(more), ""), wanted);
        assert_eq!(scratch.text("to/a"), content, "{more}");
    }
}

#[test]
fn changes_made_here() {
    let scratch = origin();
    scratch.call(&MODULE, &args(""), "");
    scratch.put("to/a", "own");
    scratch.put("to/unknown", "");
    let reply = scratch.call(&MODULE, &args(""), "");
    scratch.assert_result(
        &reply,
        r#"{"failed": true, "changed": false, "msg": "Local modifications exist in the destination: @/to (force=no)."}"#,
    );
    let reply = scratch.call(&MODULE, &args(r#", "force": true"#), "");
    scratch.assert_result(&reply, r#"{"changed": true, "msg": "Local modifications exist in the destination: @/to"}"#);
    assert_eq!(scratch.text("to/a"), "2\n");
}

#[test]
fn kinds_of_clones() {
    for (more, file, is_there) in [
        (r#", "bare": true"#, "to/HEAD", true),
        (r#", "depth": 1, "version": "side""#, "to/.git/shallow", true),
        (r#", "clone": false"#, "to", false),
        (r#", "separate_git_dir": "@/apart""#, "apart/HEAD", true),
        (r#", "archive": "@/x.tar.gz""#, "x.tar.gz", true),
    ] {
        let scratch = origin();
        let first = scratch.call(&MODULE, &args(more), "check");
        scratch.assert_result(&first, r#"{"changed": true, "before": null}"#);
        assert!(!scratch.path("to").exists(), "check mode cloned: {more}");
        scratch.assert_result(&scratch.call(&MODULE, &args(more), ""), r#"{"changed": true, "before": null}"#);
        assert_eq!(scratch.path(file).exists(), is_there, "{more}");
        if is_there {
            scratch.assert_result(&scratch.call(&MODULE, &args(more), ""), r#"{"changed": false}"#);
        }
    }
}

#[test]
fn a_new_commit_is_fetched() {
    let scratch = origin();
    scratch.call(&MODULE, &args(""), "");
    shell(&scratch, "cd from && echo 3 > a && git commit -qam three");
    let reply = scratch.call(&MODULE, &args(""), "diff");
    scratch.assert_result(&reply, r#"{"changed": true}"#);
    assert_eq!(scratch.text("to/a"), "3\n");
    let diff = reply.result.get("diff").and_then(|diff| diff.get("prepared")).map(crate::data::python::str);
    assert!(diff.is_some_and(|diff| diff.contains("-2\n+3")), "{}", scratch.shown(&reply, &[]));
}
