//! Archives are unpacked once.

use std::process::Command;

use super::MODULE;
use crate::runner::testing::Scratch;

/// A folder with something in it, packed by a line of shell.
fn packed(line: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.put("from/a", "one");
    scratch.put("from/d/b", "two");
    scratch.put("to/", "");
    let status = Command::new("sh").args(["-c", line]).current_dir(scratch.path("from")).status().expect("a shell");
    assert!(status.success(), "{line}");
    scratch
}

#[test]
fn archives_are_unpacked_once() {
    for (line, handler) in [
        ("tar cf ../x .", "TarArchive"),
        ("tar czf ../x .", "TgzArchive"),
        ("tar cJf ../x .", "TarXzArchive"),
        ("tar cjf ../x .", "TarBzipArchive"),
    ] {
        let scratch = packed(line);
        let args = r#"{"src": "@/x", "dest": "@/to", "remote_src": true, "list_files": true}"#;
        let reply = scratch.call(&MODULE, args, "");
        scratch.assert_result(
            &reply,
            &format!(
                r#"{{"changed": true, "handler": "{handler}", "dest": "@/to", "src": "@/x", "state": "directory"}}"#
            ),
        );
        assert_eq!((scratch.text("to/a").as_str(), scratch.text("to/d/b").as_str()), ("one", "two"), "{line}");
        scratch.assert_result(&scratch.call(&MODULE, args, ""), r#"{"changed": false, "extract_results": null}"#);
        scratch.put("to/a", "other");
        scratch.assert_result(&scratch.call(&MODULE, args, ""), r#"{"changed": true}"#);
        assert_eq!(scratch.text("to/a"), "one", "{line}");
    }
}

#[test]
fn choices() {
    for (args, result, there, missing) in [
        (r#""exclude": ["d"]"#, r#"{"changed": true, "files": ["./", "./a"]}"#, "to/a", "to/d"),
        (r#""include": ["./d/b"]"#, r#"{"changed": true, "files": ["./d/b"]}"#, "to/d/b", "to/a"),
        (r#""mode": "0700""#, r#"{"changed": true, "mode": "0700"}"#, "to/a", "to/x"),
        (r#""creates": "@/from""#, r#"{"changed": false, "handler": "TgzArchive"}"#, "to", "to/a"),
        (r#""extra_opts": ["--strip-components=2"]"#, r#"{"changed": true}"#, "to/b", "to/a"),
    ] {
        let scratch = packed("tar --sort=name -czf ../x .");
        let args = format!(r#"{{"src": "@/x", "dest": "@/to", "remote_src": true, "list_files": true, {args}}}"#);
        scratch.assert_result(&scratch.call(&MODULE, &args, ""), result);
        assert!(scratch.path(there).exists() && !scratch.path(missing).exists(), "{args}");
    }
}

#[test]
fn what_fails() {
    let scratch = packed("tar -P -czf ../x a && tar -P --transform 's,a,../../out,' -cf ../evil a");
    for (args, wanted) in [
        (r#"{"src": "@/x", "dest": "@/no", "remote_src": true}"#, "Destination '@/no' is not a directory"),
        (r#"{"src": "@/none", "dest": "@/to", "remote_src": true}"#, "Source '@/none' does not exist"),
        (
            r#"{"src": "@/evil", "dest": "@/to", "remote_src": true}"#,
            "Refusing to unpack '@/evil': the name '../../out' leads out of the destination",
        ),
    ] {
        scratch.assert_result(&scratch.call(&MODULE, args, ""), &format!(r#"{{"failed": true, "msg": "{wanted}"}}"#));
    }
    let reply = scratch.call(&MODULE, r#"{"src": "@/from/a", "dest": "@/to", "remote_src": true}"#, "");
    let message = reply.result.get("msg").map(crate::data::python::str).unwrap_or_default();
    assert!(message.starts_with("Failed to find handler for"), "{message}");
}
