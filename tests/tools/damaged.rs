//! Damaged files and programs: what is said, the reference's exit code, and that nothing is lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::conformance::program::{Programs, Scratch};

use super::{call, copy_tree, squeezed};

const SEALED: &str = include_str!("../vault/recorded/short.vault");

struct Case {
    /// The file's name; an ending of `sh` makes it a program.
    name: &'static str,
    content: Vec<u8>,
    line: &'static [&'static str],
    status: &'static str,
    /// Words of standard error.
    said: &'static str,
}

fn cases() -> Vec<Case> {
    let vault = |content: String, said| Case {
        name: "v.yml",
        content: content.into_bytes(),
        line: &["ansible-vault", "view", "v.yml", "--vault-password-file", "password"],
        status: "1",
        said,
    };
    let played = |content: String, said| Case {
        name: "v.yml",
        content: content.into_bytes(),
        line: &["ansible-playbook", "-i", "h,", "-e", "@v.yml", "site.yml", "--vault-password-file", "password"],
        status: "1",
        said,
    };
    let listed = |name, content: &[u8], said| Case {
        name,
        content: content.to_vec(),
        line: match name {
            "s.sh" => &["ansible-inventory", "-i", "s.sh", "--list"],
            "junk" => &["ansible-inventory", "-i", "junk", "--list"],
            _ => &["ansible-inventory", "-i", "junk.toml", "--list"],
        },
        status: "0",
        said,
    };
    let short = || SEALED[..200].to_owned();
    let other_mac = || SEALED.replacen("\n3", "\n4", 2);
    let mut junk = vec![0xff, 0xfe, 0x00, 0x9c];
    junk.extend(b"a b=\xc0\n\x01\x02\x7f\x80");
    vec![
        vault(short(), "Vault vaulttext format error: not enough values to unpack (expected 3, got 2) for v.yml"),
        vault(other_mac(), "for v.yml"),
        vault("$ANSIBLE_VAULT;1.1;AES256\n".into(), "(expected 3, got 1) for v.yml"),
        vault(SEALED.replace("AES256", "AES128"), "Cipher 'AES128' could not be found. for v.yml"),
        vault(SEALED.replacen('3', "x", 4), "Vault format unhexlify error: Non-hexadecimal digit found for v.yml"),
        vault("plain\n".into(), "v.yml"),
        played(short(), "not enough values to unpack (expected 3, got 2)"),
        listed("junk", &junk, "File '{FOLDER}/junk' could not be decoded as 'utf-8'."),
        listed("junk.toml", &junk, "TOML file '{FOLDER}/junk.toml' is invalid"),
        listed(
            "s.sh",
            b"#!/bin/sh\necho garbage\n",
            "Value could not be parsed as JSON: Expecting value: line 1 column 1 (char 0)",
        ),
        listed(
            "s.sh",
            b"#!/bin/sh\necho '[1, 2]'\n",
            "Unable to get JSON decoder for inventory script result: Value is 'list' instead of 'dict'.",
        ),
        listed("s.sh", b"#!/bin/sh\necho oops >&2\nexit 1\n", "Inventory script returned non-zero exit code 1."),
        listed("s.sh", b"#!/bin/sh\nkill -9 $$\n", "Inventory script returned non-zero exit code -9."),
        listed(
            "s.sh",
            b"#!/nonexistent/program\necho x\n",
            "Failed to execute inventory script command '{FOLDER}/s.sh --list': [Errno 2] No such file or directory: '{FOLDER}/s.sh'",
        ),
        listed(
            "s.sh",
            b"#!/bin/sh\nprintf '{\"g\": {\"hosts\": [\"a\"'\n",
            "Unable to parse {FOLDER}/s.sh as an inventory source",
        ),
    ]
}

fn desk(case: &Case) -> Scratch {
    let scratch = Scratch::new(0o755);
    copy_tree(Path::new(super::ROOT).join("tests/vault/recorded").as_path(), scratch.path(), &[], &|_| 0o644);
    let play = "- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: msg=x\n";
    fs::write(scratch.path().join("site.yml"), play).expect("the folder takes files");
    let path = scratch.path().join(case.name);
    fs::write(&path, &case.content).expect("the folder takes files");
    let mode = if case.name.ends_with("sh") { 0o755 } else { 0o644 };
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
    scratch
}

#[test]
fn damage_is_told_by_the_name_of_the_file() {
    let programs = Programs::new();
    for case in cases() {
        let desk = desk(&case);
        let outcome = call(&programs, desk.path(), desk.path(), case.line);
        let found = squeezed(&outcome.stderr.replace(&desk.path().display().to_string(), "{FOLDER}"));
        let what = format!("{:?} of {:?}: {}", case.line, String::from_utf8_lossy(&case.content), outcome.stderr);
        assert_eq!(outcome.status, case.status, "{what}");
        assert!(found.contains(&squeezed(case.said)), "{what}");
        assert_eq!(
            fs::read(desk.path().join(case.name)).expect("it is there"),
            case.content,
            "nothing is lost: {what}"
        );
    }
}

#[test]
fn settings_in_a_folder_that_anyone_can_write_are_refused() {
    let (programs, scratch) = (Programs::new(), Scratch::new(0o755));
    let folder = scratch.path().join("open");
    fs::create_dir(&folder).expect("a folder can be made");
    fs::write(folder.join("ansible.cfg"), "[defaults]\ntimeout = 77\n").expect("the folder takes files");
    for (mode, refused) in [(0o777, true), (0o755, false)] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("the mode can be set");
        let outcome = call(&programs, scratch.path(), &folder, &["ansible-config", "dump", "--only-changed"]);
        let said = squeezed(&outcome.stderr);
        let warning = squeezed(&format!(
            "Ansible is being run in a world writable directory ({}), ignoring it",
            folder.display()
        ));
        assert_eq!(said.contains(&warning), refused, "{}", outcome.stderr);
        assert_eq!(outcome.stdout.contains("= 77"), !refused, "{}", outcome.stdout);
    }
}

#[test]
fn a_script_that_hangs_is_ended_by_an_interrupt_and_named() {
    let case = Case { name: "s.sh", content: b"#!/bin/sh\nexec sleep 99\n".to_vec(), line: &[], status: "", said: "" };
    let desk = desk(&case);
    let mut child = Command::new(env!("CARGO_BIN_EXE_muster"))
        .args(["inventory", "-i", "s.sh", "--list"])
        .current_dir(desk.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", desk.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let process = rustix::process::Pid::from_child(&child);
    let deadline = Instant::now() + Duration::from_secs(60);
    let children = format!("/proc/{0}/task", child.id());
    let has_child = || {
        let tasks = fs::read_dir(&children).into_iter().flatten().flatten();
        tasks
            .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
            .any(|text| !text.trim().is_empty())
    };
    while !has_child() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    // The script runs; that an interrupt is listened to is a matter of a moment more.
    std::thread::sleep(Duration::from_millis(500));
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("the child is there");
    let begin = Instant::now();
    let status = child.wait().expect("the child can be waited for");
    let mut said = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().expect("it is a pipe"), &mut said).expect("it is text");
    assert_eq!(status.code(), Some(99), "{said}");
    assert!(begin.elapsed() < Duration::from_secs(10), "it ended at once");
    assert!(said.contains("s.sh"), "{said}");
}
