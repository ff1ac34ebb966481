//! What the copy module does, as data.

use super::MODULE;
use crate::data::Value;
use crate::runner::testing::{Case, Scratch, blob, check_cases, parse};

#[test]
fn copies_on_the_target() {
    check_cases(
        &MODULE,
        &[
            Case::new(
                &[("a", "one\n")],
                r#"{"src": "@/a", "dest": "@/b", "remote_src": true, "mode": "0600"}"#,
                r#"{"changed": true, "dest": "@/b", "src": "@/a", "mode": "0600", "state": "file",
                    "checksum": "c7059bb19433cc3cabaa6236c83d56668a843dd2", "md5sum": "5bbf5a52328e7439ae6e719dfe712200"}"#,
                &[("b", "one\n")],
            ),
            Case::new(
                &[("a", "x")],
                r#"{"src": "@/a", "dest": "@/d/e/", "remote_src": true, "directory_mode": "0700"}"#,
                r#"{"changed": true, "dest": "@/d/e/a"}"#,
                &[("d/e/a", "x")],
            ),
            Case::new(
                &[("a", "x"), ("b", "y")],
                r#"{"src": "@/a", "dest": "@/b", "remote_src": true, "force": false}"#,
                r#"{"changed": false, "msg": "file already exists", "dest": "@/b"}"#,
                &[("b", "y")],
            ),
            Case::new(
                &[("a", "x"), ("f", "y"), ("l -> f", "")],
                r#"{"src": "@/a", "dest": "@/l", "remote_src": true, "follow": true}"#,
                r#"{"changed": true, "dest": "@/f"}"#,
                &[("f", "x")],
            ),
            Case::new(
                &[("a", "x"), ("f", "y"), ("l -> f", "")],
                r#"{"src": "@/a", "dest": "@/l", "remote_src": true}"#,
                r#"{"changed": true, "dest": "@/l", "state": "file"}"#,
                &[("f", "y"), ("l", "x")],
            ),
            Case::new(
                &[("d/f", "x"), ("d/s/g", "y"), ("t/", "")],
                r#"{"src": "@/d", "dest": "@/t", "remote_src": true}"#,
                r#"{"changed": true, "dest": "@/t/d", "checksum": null, "state": "directory"}"#,
                &[("t/d/f", "x"), ("t/d/s/g", "y")],
            ),
            Case::new(
                &[("d/f", "x"), ("d/l -> f", "")],
                r#"{"src": "@/d/", "dest": "@/t", "remote_src": true}"#,
                r#"{"changed": true, "dest": "@/t"}"#,
                &[("t/f", "x"), ("t/l", "x")],
            ),
        ],
    );
}

#[test]
fn failures() {
    let scratch = Scratch::new();
    scratch.put("a", "x");
    scratch.put("d/", "");
    for (args, wanted) in [
        (r#"{"src": "@/no", "dest": "@/b", "remote_src": true}"#, r#"{"msg": "Source @/no not found"}"#),
        (
            r#"{"src": "@/a", "dest": "@/no/b", "remote_src": true}"#,
            r#"{"msg": "Destination directory @/no does not exist"}"#,
        ),
        (
            r#"{"src": "@/a", "dest": "@/b", "remote_src": true, "checksum": "abc"}"#,
            r#"{"msg": "Copied file does not match the expected checksum. Transfer failed.", "expected_checksum": "abc"}"#,
        ),
        (
            r#"{"src": "@/a", "dest": "@/b", "remote_src": true, "validate": "grep y"}"#,
            r#"{"msg": "validate must contain %s: grep y"}"#,
        ),
        (
            r#"{"src": "@/a", "dest": "@/b", "remote_src": true, "validate": "grep y %s"}"#,
            r#"{"msg": "failed to validate", "exit_status": 1, "stdout": "", "stderr": ""}"#,
        ),
        (r#"{"src": "@/d", "dest": "@/a", "remote_src": true}"#, r#"{"msg": "Could not replace '@/a' with '@/d'."}"#),
    ] {
        let reply = scratch.call(&MODULE, args, "");
        scratch.assert_result(&reply, r#"{"failed": true}"#);
        scratch.assert_result(&reply, wanted);
    }
    assert!(!scratch.path("b").exists());
}

/// Files before, arguments, content, mode, wanted result, files after.
type Delivery = (
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

#[test]
fn content_from_the_controller() {
    let cases: [Delivery; 8] = [
        (
            &[],
            r#"{"dest": "@/f", "src": "/play/files/f.txt", "mode": "0640"}"#,
            "hello\n",
            "diff",
            r#"{"changed": true, "dest": "@/f", "checksum": "f572d396fae9206628714fb2ce00f72e94f2258f", "mode": "0640",
                "md5sum": "b1946ac92492d2347c6235b4d2611184", "path": null,
                "diff": [{"before": "", "after": "hello\n", "after_header": "/play/files/f.txt"}]}"#,
            &[("f", "hello\n")],
        ),
        (
            &[("f", "hello\n")],
            r#"{"dest": "@/f", "src": "/play/f"}"#,
            "hello\n",
            "",
            r#"{"changed": false, "dest": "@/f", "path": "@/f", "state": "file", "diff": [], "md5sum": null, "src": null}"#,
            &[],
        ),
        (
            &[("f", "hello\n")],
            r#"{"dest": "@/f", "mode": "0600"}"#,
            "hello\n",
            "check diff",
            r#"{"changed": true, "diff": {"before": {"path": "@/f", "mode": "0644"}, "after": {"path": "@/f", "mode": "0600"}}}"#,
            &[],
        ),
        (
            &[("f", "old\n")],
            r#"{"dest": "@/f"}"#,
            "new\n",
            "check diff",
            r#"{"changed": true, "dest": null, "diff": [{"before": "old\n", "before_header": "@/f", "after": "new\n", "after_header": "@/f"}]}"#,
            &[("f", "old\n")],
        ),
        (
            &[("d/", "")],
            r#"{"dest": "@/d", "src": "/play/x.conf", "_original_basename": "y.conf"}"#,
            "c",
            "",
            r#"{"changed": true, "dest": "@/d/y.conf", "diff": []}"#,
            &[("d/y.conf", "c")],
        ),
        (
            &[],
            r#"{"dest": "@/new/deep/", "src": "/play/x"}"#,
            "c",
            "",
            r#"{"changed": true, "dest": "@/new/deep/x"}"#,
            &[("new/deep/x", "c")],
        ),
        (
            &[("f", "old")],
            r#"{"dest": "@/f", "force": false, "src": "/play/f"}"#,
            "new",
            "",
            r#"{"changed": false, "dest": "@/f", "src": "/play/f", "checksum": null}"#,
            &[("f", "old")],
        ),
        (
            &[("d/", "")],
            r#"{"dest": "@/d"}"#,
            "new",
            "",
            r#"{"failed": true, "msg": "can not use content with a dir as dest"}"#,
            &[],
        ),
    ];
    for (before, args, content, mode, wanted, after) in cases {
        let scratch = Scratch::new();
        before.iter().for_each(|(name, content)| scratch.put(name, content));
        let reply = scratch.call_with(&MODULE, args, mode, vec![blob("src", content)]);
        scratch.assert_result(&reply, wanted);
        for (name, text) in after {
            assert_eq!(&scratch.text(name), text, "{args}");
        }
        if mode.is_empty() && reply.result.get("failed").is_none() {
            let again = scratch.call_with(&MODULE, args, mode, vec![blob("src", content)]);
            assert_eq!(again.result.get("changed"), Some(&Value::from(false)), "the second time: {args}");
        }
    }
}

#[test]
fn a_backup_keeps_what_was() {
    let scratch = Scratch::new();
    scratch.put("f", "old");
    let args = r#"{"dest": "@/f", "backup": true}"#;
    let reply = scratch.call_with(&MODULE, args, "", vec![blob("src", "new")]);
    let backup = reply.result.get("backup_file").and_then(Value::as_str).expect("it was kept");
    assert_eq!(
        (std::fs::read_to_string(backup).expect("it is there").as_str(), scratch.text("f").as_str()),
        ("old", "new")
    );
    assert!(backup.ends_with('~'));
    assert_eq!(parse("true"), reply.result.get("changed").cloned().unwrap_or_default());
}
