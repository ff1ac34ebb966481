//! The README: every command that it shows is run here, and what it says of tools and files holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::conformance::program::{Scratch, copy_tree};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("there is a README")
}

/// The commands of its code blocks, without what explains them.
fn commands(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
    lines.map(|line| line.split(" #").next().unwrap_or_default().trim().to_owned()).collect()
}

/// Runs lines in one shell, with the built program in place of the one that they build.
fn shell(lines: &[&str], folder: &Path, home: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_muster");
    let script = lines.join("\n").replace("target/*/release/muster", program);
    Command::new("/bin/sh")
        .args(["-e", "-c", &format!("muster() {{ {program} \"$@\"; }}\n{script}")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .output()
        .expect("there is a shell")
}

/// What a shell said on stdout; it must have ended well.
fn stdout(output: &Output) -> String {
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{error}");
    out.into_owned()
}

#[test]
fn every_command_is_run_by_a_test() {
    let known = [
        "cargo run --release -- demo",
        "./test",
        "cargo build --release",
        "target/*/release/muster link ~/muster-bin",
        "export PATH=~/muster-bin:$PATH",
        "ansible-playbook -i inventory site.yml",
        "muster playbook -i inventory/tour.ini playbooks/tour.yml",
        "muster clean -i inventory all",
    ];
    let known: BTreeSet<String> = known.map(str::to_owned).into_iter().collect();
    let shown: BTreeSet<String> = commands(&readme()).into_iter().filter(|line| !line.is_empty()).collect();
    assert_eq!(shown, known, "the tests below run what is on the right, and nothing else is shown");
}

#[test]
fn the_demo_runs_on_three_hosts() {
    let home = Scratch::new(0o755);
    let said = stdout(&shell(&["muster demo"], home.path(), home.path()));
    assert!(said.contains("Three SSH hosts") && said.contains("through demo-1"), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains("failed=0") && line.contains("unreachable=0")).count(), 3);
}

#[test]
fn the_test_script_installs_what_is_missing_and_runs_everything() {
    let script = fs::read_to_string(root().join("test")).expect("it is there");
    let status = Command::new("bash").args(["-n", "test"]).current_dir(root()).status();
    assert!(status.expect("there is a bash").success(), "it is well formed");
    let says = script.find("echo \"These packages").expect("it says what it installs");
    let installs = script.find("apt-get install").expect("it installs");
    assert!(says < installs, "it says so first");
    assert!(script.contains("MUSTER_TEST_ALL=1 cargo test --release --workspace"), "it leaves no test out");
}

#[test]
fn links_make_ones_own_playbooks_run() {
    let (folder, home) = (Scratch::new(0o755), Scratch::new(0o755));
    copy_tree(&root().join("tests/example"), folder.path(), &["expected.txt"], &|_| 0o644);
    fs::rename(folder.path().join("inventory.ini"), folder.path().join("inventory")).expect("it is ours");
    let lines = [
        "target/*/release/muster link ~/muster-bin",
        "export PATH=~/muster-bin:$PATH",
        "ansible-playbook -i inventory site.yml",
    ];
    let said = stdout(&shell(&lines, folder.path(), home.path()));
    assert!(said.contains("PLAY RECAP"), "{said}");
    for tool in ["-playbook", "", "-inventory", "-vault", "-config", "-doc", "-console"] {
        let link = home.path().join(format!("muster-bin/ansible{tool}"));
        let target = fs::read_link(&link).expect("the README names it");
        assert_eq!(target.file_name(), Some("muster".as_ref()));
        let named = format!("`ansible{tool}`");
        assert!(readme().contains(&named), "{named} is not in the README");
    }
    for tool in ["galaxy", "pull", "test"] {
        assert!(!home.path().join(format!("muster-bin/ansible-{tool}")).exists(), "ansible-{tool} is left alone");
    }
}

#[test]
fn the_tour_needs_no_host() {
    let home = Scratch::new(0o755);
    let said = stdout(&shell(&["muster playbook -i inventory/tour.ini playbooks/tour.yml"], &root(), home.path()));
    assert!(said.contains("PLAY RECAP") && !said.contains("failed=1"), "{said}");
}

#[test]
fn the_modules_of_this_build_are_listed() {
    let home = Scratch::new(0o755);
    let lines = ["muster link ~/muster-bin >/dev/null", "~/muster-bin/ansible-doc -l"];
    let said = stdout(&shell(&lines, home.path(), home.path()));
    for module in ["command", "copy", "setup", "wait_for"] {
        assert!(said.lines().any(|line| line.split_whitespace().next() == Some(&format!("ansible.builtin.{module}"))));
    }
}

#[test]
fn the_program_is_static() {
    let bytes = fs::read(env!("CARGO_BIN_EXE_muster")).expect("it was built");
    let number = |place: usize, length: usize| {
        bytes[place..place + length].iter().rev().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte))
    };
    assert_eq!((&bytes[..4], bytes[4]), (&b"\x7fELF"[..], 2), "a program of 64 bits");
    let (table, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    // A program that needs a dynamic linker names it in a segment of kind 3.
    let kinds: Vec<usize> = (0..count).map(|index| number(table + index * size, 4)).collect();
    assert!(!kinds.contains(&3), "{kinds:?}");
}

#[test]
fn what_it_points_to_is_there() {
    let text = readme();
    let files = text.split('`').skip(1).step_by(2).filter(|word| word.starts_with("docs/"));
    let missing: Vec<&str> = files.filter(|file| !root().join(file).exists()).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn what_lies_on_targets_is_removed() {
    let home = Scratch::new(0o777);
    let program = home.path().join("muster");
    fs::copy(env!("CARGO_BIN_EXE_muster"), &program).expect("a program can be copied");
    let cache = home.path().join(".cache/muster");
    fs::create_dir_all(&cache).expect("the folder is ours");
    fs::write(cache.join("0123abcd"), "a runner").expect("the folder is ours");
    fs::write(home.path().join("inventory"), "here ansible_connection=local\n").expect("the folder is ours");
    let mut command = Command::new(&program);
    command.args(["clean", "-i", "inventory", "all"]).current_dir(home.path()).env_clear();
    command.env("PATH", "/usr/bin:/bin").env("HOME", home.path());
    // The folders outside of the home belong to other tests; another user has none there.
    if rustix::process::geteuid().is_root() {
        use std::os::unix::process::CommandExt;
        let owned = |path: &Path| std::os::unix::fs::chown(path, Some(65534), Some(65534)).expect("root may");
        [home.path(), &home.path().join(".cache"), &cache, &cache.join("0123abcd")].into_iter().for_each(owned);
        command.uid(65534).gid(65534);
    }
    let said = stdout(&command.output().expect("it can be started"));
    assert!(said.contains(&format!("removed {}", cache.display())), "{said}");
    assert!(!cache.exists());
}
