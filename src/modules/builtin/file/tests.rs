//! What the file module does, as data.

use super::MODULE;
use crate::runner::testing::{Case, Scratch, check_cases, parse};

const NONE: &[(&str, &str)] = &[];

#[test]
fn cases() {
    check_cases(
        &MODULE,
        &[
            Case::new(
                NONE,
                r#"{"path": "@/a/b", "state": "directory", "mode": "0700"}"#,
                r#"{"changed": true, "path": "@/a/b", "state": "directory", "mode": "0700", "diff": null}"#,
                &[("a/b", "<there>")],
            ),
            Case::new(
                &[("f", "x")],
                r#"{"path": "@/f", "mode": "u=rw,go="}"#,
                r#"{"changed": true, "path": "@/f", "mode": "0600", "state": "file", "size": 1}"#,
                &[("f", "x")],
            ),
            Case {
                settles: false,
                ..Case::new(
                    NONE,
                    r#"{"path": "@/t", "state": "touch"}"#,
                    r#"{"changed": true, "dest": "@/t"}"#,
                    &[("t", "")],
                )
            },
            Case::new(
                &[("t", "")],
                r#"{"path": "@/t", "state": "touch", "modification_time": "202001010101.01", "access_time": "preserve"}"#,
                r#"{"changed": true}"#,
                NONE,
            ),
            Case::new(
                &[("d/e/f", "")],
                r#"{"path": "@/d", "state": "absent"}"#,
                r#"{"changed": true, "path": "@/d", "state": "absent"}"#,
                &[("d", "<absent>")],
            ),
            Case::new(
                &[("f", "x")],
                r#"{"path": "@/l", "src": "f", "state": "link"}"#,
                r#"{"changed": true, "dest": "@/l", "src": "f", "state": "link"}"#,
                &[("l", "x")],
            ),
            Case::new(
                &[("f", "x"), ("g", "y"), ("l -> f", "")],
                r#"{"path": "@/l", "src": "g", "state": "link", "force": true}"#,
                r#"{"changed": true}"#,
                &[("l", "y"), ("f", "x")],
            ),
            Case::new(
                NONE,
                r#"{"path": "@/l", "src": "none", "state": "link", "force": true, "follow": false}"#,
                r#"{"changed": true, "state": "link", "warnings": null}"#,
                NONE,
            ),
            Case::new(
                &[("f", "x"), ("g", "y")],
                r#"{"path": "@/g", "src": "@/f", "state": "hard", "force": true}"#,
                r#"{"changed": true, "state": "hard", "dest": "@/g", "src": "@/f"}"#,
                &[("g", "x")],
            ),
            Case::new(
                &[("d/sub/f", "x"), ("d/sub/l -> f", "")],
                r#"{"path": "@/d", "state": "directory", "recurse": true, "mode": "u=rwX,go="}"#,
                r#"{"changed": true, "mode": "0700"}"#,
                NONE,
            ),
            Case::new(
                &[("f", "x"), ("l -> f", "")],
                r#"{"path": "@/l", "state": "file", "mode": "0600"}"#,
                r#"{"changed": true, "path": "@/f", "mode": "0600"}"#,
                NONE,
            ),
        ],
    );
}

#[test]
fn failures() {
    let scratch = Scratch::new();
    scratch.put("f", "x");
    scratch.put("g", "x");
    scratch.put("d/x", "");
    scratch.put("l -> d", "");
    for (args, wanted) in [
        (
            r#"{"path": "@/none"}"#,
            r#"{"msg": "file (@/none) is absent, cannot continue", "state": "absent", "path": "@/none"}"#,
        ),
        (
            r#"{"path": "@/d", "state": "file"}"#,
            r#"{"msg": "file (@/d) is directory, cannot continue", "state": "directory"}"#,
        ),
        (r#"{"path": "@/f", "state": "directory"}"#, r#"{"msg": "@/f already exists as a file", "mode": "0644"}"#),
        (
            r#"{"path": "@/f/y", "state": "directory"}"#,
            r#"{"msg": "There was an issue creating @/f/y as requested: [Errno 20] Not a directory: b'@/f/y'"}"#,
        ),
        (
            r#"{"path": "@/x/y", "state": "touch"}"#,
            r#"{"msg": "Error, could not touch target.", "path": "@/x/y", "state": null}"#,
        ),
        (
            r#"{"path": "@/f", "mode": "888"}"#,
            r#"{"msg": "mode must be in octal or symbolic form", "details": "bad symbolic permission for mode: 888"}"#,
        ),
        (r#"{"path": "@/f", "owner": "no-such"}"#, r#"{"msg": "chown failed: failed to look up user no-such"}"#),
        (r#"{"path": "@/f", "group": "no-such"}"#, r#"{"msg": "chgrp failed: failed to look up group no-such"}"#),
        (
            r#"{"path": "@/d", "state": "link", "src": "/tmp", "force": true}"#,
            r#"{"msg": "the directory @/d is not empty, refusing to convert it"}"#,
        ),
        (
            r#"{"path": "@/f", "state": "link", "src": "d"}"#,
            r#"{"msg": "refusing to convert from file to symlink for @/f"}"#,
        ),
        (
            r#"{"path": "@/n", "state": "link", "src": "no"}"#,
            r#"{"msg": "src file does not exist, use 'force=yes' if you really want to create the link: @/no", "src": "no"}"#,
        ),
        (r#"{"path": "@/n", "state": "link"}"#, r#"{"msg": "src is required for creating new symlinks"}"#),
        (r#"{"path": "@/n", "state": "hard"}"#, r#"{"msg": "src is required for creating new hardlinks"}"#),
        (r#"{"path": "@/n", "state": "hard", "src": "@/no"}"#, r#"{"msg": "src does not exist", "dest": "@/n"}"#),
        (r#"{"path": "@/g", "state": "hard", "src": "@/f"}"#, r#"{"msg": "Cannot link, file exists at destination"}"#),
        (r#"{"path": "@/f", "recurse": true}"#, r#"{"msg": "recurse option requires state to be 'directory'"}"#),
        (
            r#"{"path": "@/f", "src": "x", "state": "file"}"#,
            r#"{"msg": "src option requires state to be 'link' or 'hard'"}"#,
        ),
        (
            r#"{"path": "@/f", "state": "touch", "modification_time": "x"}"#,
            r#"{"msg": "Error while obtaining timestamp for time x using format %Y%m%d%H%M.%S: time data 'x' does not match format '%Y%m%d%H%M.%S'"}"#,
        ),
    ] {
        let reply = scratch.call(&MODULE, args, "");
        scratch.assert_result(&reply, wanted);
        scratch.assert_result(&reply, r#"{"failed": true}"#);
    }
}

#[test]
fn diffs() {
    for (before, args, mode, wanted) in [
        (
            &[][..],
            r#"{"path": "@/d", "state": "directory", "mode": "0700"}"#,
            "diff",
            r#"{"before": {"path": "@/d", "state": "absent", "mode": "0755"},
                "after": {"path": "@/d", "state": "directory", "mode": "0700"}}"#,
        ),
        (
            &[][..],
            r#"{"path": "@/d", "state": "directory", "mode": "0700"}"#,
            "check diff",
            r#"{"before": {"path": "@/d", "state": "absent"}, "after": {"path": "@/d", "state": "directory"}}"#,
        ),
        (
            &[("d/f", "")][..],
            r#"{"path": "@/d", "state": "absent"}"#,
            "diff",
            r#"{"before": {"path": "@/d", "state": "directory", "path_content": {"directories": [], "files": ["@/d/f"]}},
                "after": {"path": "@/d", "state": "absent"}}"#,
        ),
        (
            &[("f", ""), ("g", ""), ("l -> f", "")][..],
            r#"{"path": "@/l", "src": "g", "state": "link"}"#,
            "diff",
            r#"{"before": {"path": "@/l", "src": "f"}, "after": {"path": "@/l", "src": "g"}}"#,
        ),
    ] {
        let scratch = Scratch::new();
        before.iter().for_each(|(name, content)| scratch.put(name, content));
        let reply = scratch.call(&MODULE, args, mode);
        let wanted = parse(&wanted.replace('@', &scratch.folder.to_string_lossy()));
        assert_eq!(reply.result.get("diff"), Some(&wanted), "{args}");
    }
}
