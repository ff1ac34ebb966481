//! Is the server the one it claims to be: known, new, changed and revoked host keys.

use std::fs;

use muster::data::Value;

use super::server::{Script, Server, exec};

const STRICT: &str = "-o StrictHostKeyChecking=";

/// Runs with a known_hosts file and a rule; returns the error's last line (nothing if it worked), the
/// questions, and what the file holds then.
async fn check(server: &Server, known: &str, rule: &str, answers: &[&str]) -> (String, Vec<String>, String) {
    let file = server.folder.join("controller/.ssh/known_hosts");
    fs::write(&file, known).expect("own folder");
    let script = Script::new(answers);
    let mut surroundings = server.surroundings();
    surroundings.operator = script.clone();
    let args = Value::text(format!("{STRICT}{rule} -o HashKnownHosts=no"));
    let endpoint = server.endpoint([("ssh_args", args), ("host_key_checking", Value::from(true))]);
    let error = exec(&surroundings, &endpoint, "true").await.err().map(|error| error.message).unwrap_or_default();
    let asked = script.asked.lock().expect("nobody panics").clone();
    (error, asked, fs::read_to_string(&file).expect("it is there"))
}

#[tokio::test]
async fn known_keys_are_trusted_whichever_kind_they_are() {
    let Some(server) = Server::start("") else { return };
    for name in ["host_ed25519", "host_ecdsa"] {
        let line = format!("[127.0.0.1]:{} {}\n", server.port, server.host_key(name));
        let (error, asked, after) = check(&server, &line, "yes", &[]).await;
        assert_eq!((error.as_str(), asked.len(), after.as_str()), ("", 0, line.as_str()), "{name}");
    }
}

#[tokio::test]
async fn new_keys_follow_the_rule() {
    let Some(server) = Server::start("") else { return };
    let place = format!("[127.0.0.1]:{}", server.port);
    let (error, ..) = check(&server, "", "yes", &[]).await;
    assert!(
        error.contains(&format!("No ED25519 host key is known for {place} and you have requested strict checking.")),
        "{error}"
    );
    assert!(error.ends_with("Host key verification failed."), "{error}");
    for rule in ["accept-new", "no"] {
        let (error, asked, after) = check(&server, "", rule, &[]).await;
        assert_eq!((error.as_str(), asked.len()), ("", 0));
        assert_eq!(after, format!("{place} {}\n", server.host_key("host_ed25519")));
    }
    let (error, asked, after) = check(&server, "other ssh-rsa AAAA", "ask", &["maybe", "yes"]).await;
    assert_eq!(error, "");
    assert!(
        asked[0].starts_with(&format!("The authenticity of host '{place} (127.0.0.1)' can't be established.\n")),
        "{asked:?}"
    );
    assert_eq!(asked[1], "Please type 'yes', 'no' or the fingerprint: ");
    assert_eq!(after, format!("other ssh-rsa AAAA\n{place} {}\n", server.host_key("host_ed25519")));
    let (error, _, after) = check(&server, "", "ask", &["no"]).await;
    assert_eq!(
        (error.as_str(), after.as_str()),
        ("Failed to connect to the host via ssh: Host key verification failed.", "")
    );
}

#[tokio::test]
async fn a_changed_key_refuses_and_says_where() {
    let Some(server) = Server::start("") else { return };
    let place = format!("[127.0.0.1]:{}", server.port);
    let line = format!("# first\n{place} {}\n", server.host_key("user"));
    for rule in ["yes", "ask", "accept-new"] {
        let (error, asked, after) = check(&server, &line, rule, &[]).await;
        let file = server.path("controller/.ssh/known_hosts");
        assert!(error.contains("REMOTE HOST IDENTIFICATION HAS CHANGED!"), "{error}");
        assert!(error.contains(&format!("Offending ED25519 key in {file}:2")), "{error}");
        assert!(error.contains(&format!("ssh-keygen -f \"{file}\" -R \"{place}\"")), "{error}");
        assert_eq!((asked.len(), after.as_str()), (0, line.as_str()));
    }
    let (error, ..) = check(&server, &line, "no", &[]).await;
    assert_eq!(error, "");
}

#[tokio::test]
async fn a_revoked_key_refuses_always() {
    let Some(server) = Server::start("") else { return };
    let line = format!("@revoked * {}\n", server.host_key("host_ed25519"));
    let (error, ..) = check(&server, &line, "no", &[]).await;
    assert!(error.contains("marked as revoked"), "{error}");
}
