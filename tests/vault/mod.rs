//! Vaulted files between muster and the reference: recorded ones, and both ways where the reference
//! is at hand.

use std::fs;
use std::path::{Path, PathBuf};

use crate::conformance::program::{Outcome, Programs, Scratch, copy_tree, run};

/// A file that the reference sealed, what is in it, and the option that opens it.
const RECORDED: &[(&str, &str, &[&str])] = &[
    ("short.vault", "short.plain", &["--vault-password-file", "password"]),
    ("empty.vault", "empty.plain", &["--vault-password-file", "password"]),
    ("binary.vault", "binary.plain", &["--vault-password-file", "password"]),
    ("block.vault", "block.plain", &["--vault-password-file", "password"]),
    ("text.vault", "text.plain", &["--vault-password-file", "password"]),
    ("long.vault", "long.plain", &["--vault-password-file", "password"]),
    ("labelled.vault", "short.plain", &["--vault-id", "dev@password2"]),
    ("labelled.vault", "short.plain", &["--vault-id", "other@password", "--vault-id", "dev@password2"]),
    ("scripted.vault", "text.plain", &["--vault-id", "prod@script"]),
];

/// A copy of the recorded files.
fn desk() -> Scratch {
    let scratch = Scratch::new(0o755);
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vault/recorded");
    let mode = |path: &Path| if path.ends_with("script") { 0o755 } else { 0o644 };
    copy_tree(&recorded, scratch.path(), &[], &mode);
    scratch
}

fn call(program: &Path, words: &[&str], folder: &Path) -> Outcome {
    let argv: Vec<String> =
        std::iter::once(program.display().to_string()).chain(words.iter().map(|word| (*word).to_owned())).collect();
    let path = std::env::var("PATH").unwrap_or_default();
    let home = folder.display().to_string();
    let variables = [("PATH", path.as_str()), ("HOME", &home), ("LC_ALL", "C.UTF-8")];
    run(&argv, &variables.map(|(name, value)| (name.to_owned(), value.to_owned())), folder, "")
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).expect("the file is there")
}

#[test]
fn recorded_files_open() {
    let (programs, desk) = (Programs::new(), desk());
    let vault = programs.folder().join("ansible-vault");
    for (sealed, plain, options) in RECORDED {
        let words = [&["decrypt", sealed, "--output", "out"], *options].concat();
        let outcome = call(&vault, &words, desk.path());
        assert_eq!(outcome.status, "0", "{sealed}: {}", outcome.stderr);
        assert_eq!(bytes(desk.path(), "out"), bytes(desk.path(), plain), "{sealed}");
        fs::remove_file(desk.path().join("out")).expect("it was just made");
    }
}

/// `ansible-vault` of the Python that `MUSTER_REFERENCE` names.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn reference() -> Option<PathBuf> {
    let python = std::env::var_os("MUSTER_REFERENCE").map(PathBuf::from);
    let program = python.map(|python| python.with_file_name("ansible-vault")).filter(|program| program.exists());
    if program.is_none() {
        assert!(
            std::env::var_os("MUSTER_TEST_ALL").is_none(),
            "MUSTER_REFERENCE names no Python with ansible-core, and all tests are to run"
        );
        eprintln!("skipped: MUSTER_REFERENCE names no Python with ansible-core");
    }
    program
}

#[test]
fn either_program_opens_what_the_other_sealed() {
    let Some(theirs) = reference() else { return };
    let (programs, desk) = (Programs::new(), desk());
    let ours = programs.folder().join("ansible-vault");
    let done = |program: &Path, words: &[&str]| {
        let outcome = call(program, words, desk.path());
        assert_eq!(outcome.status, "0", "{} {words:?}: {}", program.display(), outcome.stderr);
        outcome.stdout
    };
    for (from, to) in [(&ours, &theirs), (&theirs, &ours)] {
        let few =
            RECORDED.iter().filter(|(sealed, ..)| ["binary.vault", "block.vault", "scripted.vault"].contains(sealed));
        for (_, plain, options) in few {
            let seal = if options.len() > 2 { &options[2..] } else { options };
            done(from, &[&["encrypt", plain, "--output", "sealed"], seal].concat());
            done(to, &[&["decrypt", "sealed", "--output", "out"], *options].concat());
            assert_eq!(bytes(desk.path(), "out"), bytes(desk.path(), plain), "{plain} from {}", from.display());
            let rekeyed = [&["rekey", "sealed", "--new-vault-id", "new@password2"], *options].concat();
            done(to, &rekeyed);
            done(from, &["decrypt", "sealed", "--output", "out", "--vault-id", "new@password2"]);
            assert_eq!(bytes(desk.path(), "out"), bytes(desk.path(), plain), "{plain} after a change of the password");
        }
        let line = done(from, &["encrypt_string", "--vault-password-file", "password", "a word", "--name", "x"]);
        let value: String = line.lines().skip(1).map(|line| format!("{}\n", line.trim())).collect();
        fs::write(desk.path().join("value"), value).expect("the folder takes files");
        let shown = done(to, &["view", "value", "--vault-password-file", "password"]);
        assert_eq!(shown.trim_end(), "a word", "from {}", from.display());
    }
}
