//! The Docker modules against the engine that is there: each playbook asserts a check, a first run, a
//! second one without a change, and diffs. All that is made is removed afterwards.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use crate::conformance::program::Scratch;

const SOCKET: &str = "/var/run/docker.sock";

/// Whether there is an engine.
fn has_engine() -> bool {
    let there = UnixStream::connect(SOCKET).is_ok();
    if !there {
        crate::ssh::server::skipped(&format!("no Docker Engine listens at {SOCKET}"));
    }
    there
}

/// A folder that an image can be made of: busybox, with the libraries that it needs.
fn image_folder(folder: &Path) {
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find(|path| Path::new(path).exists());
    let busybox = busybox.expect("the package busybox or busybox-static is installed");
    let listed = Command::new("ldd").arg(busybox).output().map(|output| output.stdout).unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let libraries = listed.split_whitespace().filter(|word| word.starts_with('/') && !word.ends_with(':'));
    for file in [busybox].into_iter().chain(libraries) {
        let name = if file == busybox { "/bin/busybox" } else { file };
        let inside = folder.join("root").join(name.trim_start_matches('/'));
        fs::create_dir_all(inside.parent().expect("it is below the folder")).expect("the scratch folder is ours");
        fs::copy(file, inside).expect("programs and libraries can be read");
    }
    for applet in ["sh", "sleep", "echo", "cat", "id", "true", "false"] {
        let link = folder.join("root/bin").join(applet);
        std::os::unix::fs::symlink("busybox", link).expect("the scratch folder is ours");
    }
    fs::create_dir_all(folder.join("root/tmp")).expect("the scratch folder is ours");
    let text = "FROM scratch\nCOPY root /\nENV PATH=/bin\nLABEL made.by=muster\nCMD [\"/bin/sh\"]\n";
    fs::write(folder.join("Dockerfile"), text).expect("the scratch folder is ours");
}

fn play(name: &str) {
    if !has_engine() {
        return;
    }
    let scratch = Scratch::new(0o755);
    image_folder(scratch.path());
    let playbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docker").join(name);
    let number = std::process::id();
    let output = Command::new(env!("CARGO_BIN_EXE_muster"))
        .args(["playbook", "-i", "localhost,", "-c", "local", "-e"])
        .arg(format!("folder={} prefix=muster-test-{number}-{}", scratch.path().display(), name.replace(".yml", "")))
        .arg(playbook)
        .current_dir(scratch.path())
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", scratch.path())
        .output()
        .expect("muster can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn containers() {
    play("containers.yml");
}

#[test]
fn networks_and_volumes() {
    play("networks.yml");
}

#[test]
fn images() {
    play("images.yml");
}
