//! Keys of all kinds, passphrases, certificates, the agent.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use muster::data::Value;

use super::server::{Script, Server, exec, make_key};

#[tokio::test]
async fn a_command_runs_with_its_output_and_code() {
    let Some(server) = Server::start("") else { return };
    let endpoint = server.endpoint([]);
    let output = exec(&server.surroundings(), &endpoint, "echo out; echo err >&2; pwd; exit 3").await.expect("it runs");
    assert_eq!(output.code, 3);
    assert!(output.stdout.starts_with(b"out\n"), "{output:?}");
    assert_eq!(output.stderr, b"err\n");
}

#[tokio::test]
async fn keys_of_all_kinds_are_accepted() {
    let Some(server) = Server::start("") else { return };
    let mut keys = fs::read_to_string(server.path("authorized_keys")).expect("it is there");
    for (name, kind) in [("k1", "ecdsa"), ("k2", "rsa"), ("k3", "ed25519")] {
        let path = server.folder.join(name);
        make_key(&path, kind, "");
        keys += &fs::read_to_string(path.with_extension("pub")).expect("it was made");
    }
    // The old format of OpenSSL.
    let pem = server.folder.join("k4");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f"]).arg(&pem).status();
    assert!(made.expect("ssh-keygen runs").success());
    keys += &fs::read_to_string(pem.with_extension("pub")).expect("it was made");
    fs::write(server.path("authorized_keys"), keys).expect("own folder");
    for name in ["k1", "k2", "k3", "k4"] {
        let endpoint = server.endpoint([("private_key_file", Value::text(server.path(name)))]);
        let output = exec(&server.surroundings(), &endpoint, "echo in").await;
        assert_eq!(output.map(|output| output.stdout), Ok(b"in\n".to_vec()), "{name}");
    }
}

#[tokio::test]
async fn a_passphrase_is_asked_once_for_many_hosts() {
    let Some(server) = Server::start("") else { return };
    make_key(&server.folder.join("locked"), "ed25519", "open sesame");
    fs::copy(server.path("locked.pub"), server.path("authorized_keys")).expect("own folder");
    let script = Script::new(&["wrong", "open sesame"]);
    let mut surroundings = server.surroundings();
    surroundings.operator = script.clone();
    let connection = super::server::connection(&surroundings);
    let endpoint = |user: &str| {
        let args = Value::text(format!("-o SetEnv=X={user}"));
        server.endpoint([("private_key_file", Value::text(server.path("locked"))), ("ssh_args", args)])
    };
    let (one, two) = (endpoint("1"), endpoint("2"));
    let (first, second) = tokio::join!(connection.exec(&one, "true", b""), connection.exec(&two, "true", b""));
    assert_eq!((first.map(|o| o.code), second.map(|o| o.code)), (Ok(0), Ok(0)));
    let question = format!("Enter passphrase for key '{}': ", server.path("locked"));
    assert_eq!(*script.asked.lock().expect("nobody panics"), [question.clone(), question]);
    connection.close().await;
}

#[tokio::test]
async fn a_certificate_is_shown_with_its_key() {
    let Some((server, authority)) = with_authority() else { return };
    let endpoint = server.endpoint([("private_key_file", Value::text(server.path("certified")))]);
    let output = exec(&server.surroundings(), &endpoint, "echo in").await;
    fs::remove_dir_all(authority).expect("own folder");
    assert_eq!(output.map(|output| output.stdout), Ok(b"in\n".to_vec()));
}

/// A server that trusts an authority, and a key that this authority signed.
fn with_authority() -> Option<(Server, PathBuf)> {
    let folder = std::env::temp_dir().join(format!("muster-ca-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let authority = folder.join("ca");
    if Path::new("/usr/bin/ssh-keygen").exists() && !authority.exists() {
        make_key(&authority, "ed25519", "");
    }
    let server = Server::start(&format!("TrustedUserCAKeys {}.pub\n", authority.display()))?;
    make_key(&server.folder.join("certified"), "ed25519", "");
    let user = server.surroundings().environment.user;
    let signed = Command::new("ssh-keygen")
        .args(["-q", "-I", "test", "-n", &user, "-s"])
        .arg(&authority)
        .arg(server.path("certified.pub"))
        .status();
    assert!(signed.expect("ssh-keygen runs").success());
    Some((server, folder))
}

#[tokio::test]
async fn the_agent_signs() {
    let Some(server) = Server::start("") else { return };
    let socket = server.path("agent");
    let agent = Command::new("ssh-agent").args(["-D", "-a", &socket]).stdout(Stdio::null()).spawn();
    let mut agent = agent.expect("ssh-agent runs");
    for _ in 0..200 {
        if Path::new(&socket).exists() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let added =
        Command::new("ssh-add").env("SSH_AUTH_SOCK", &socket).arg(server.path("user")).stderr(Stdio::null()).status();
    assert!(added.expect("ssh-add runs").success());
    fs::rename(server.path("user"), server.path("hidden")).expect("own folder");
    let endpoint = server.endpoint([("private_key_file", Value::text("")), ("ssh_agent", Value::text(socket))]);
    let output = exec(&server.surroundings(), &endpoint, "echo in").await;
    agent.kill().expect("own child");
    agent.wait().expect("own child");
    assert_eq!(output.map(|output| output.stdout), Ok(b"in\n".to_vec()));
}

#[tokio::test]
async fn a_stranger_is_denied_in_openssh_words() {
    let Some(server) = Server::start("") else { return };
    make_key(&server.folder.join("stranger"), "ed25519", "");
    let endpoint = server.endpoint([("private_key_file", Value::text(server.path("stranger")))]);
    let error = exec(&server.surroundings(), &endpoint, "true").await.expect_err("the key is not known there");
    let user = server.surroundings().environment.user;
    let expected = format!("Failed to connect to the host via ssh: {user}@127.0.0.1: Permission denied (publickey).");
    assert_eq!(error.message, expected);
}
