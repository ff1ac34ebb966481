//! The demo, and servers like those of the demo: what OpenSSH's server cannot be made to do without
//! root and PAM.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use muster::cli::demo::host::{DemoHost, RunningHost, start};
use muster::data::environment::{Environment, SystemClock, SystemDice};
use muster::data::{Map, Value};
use muster::transport::{Endpoint, Surroundings};
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey};

use super::server::{Script, exec};

#[test]
fn the_demo_runs_and_leaves_nothing() {
    let scratch = std::env::temp_dir().join(format!("muster-demo-test-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).expect("a folder");
    let output =
        Command::new(env!("CARGO_BIN_EXE_muster")).arg("demo").env("TMPDIR", &scratch).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for host in ["demo-1", "demo-2", "demo-3"] {
        let line =
            text.lines().find(|line| line.starts_with(host) && line.contains("ok=")).expect("it is in the recap");
        assert!(line.contains("unreachable=0") && line.contains("failed=0"), "{line}");
    }
    assert!(text.contains("ended with 1; the play goes on"), "{text}");
    assert_eq!(std::fs::read_dir(&scratch).expect("it is there").count(), 0, "nothing is left");
    std::fs::remove_dir(scratch).expect("own folder");
}

fn surroundings(script: &Arc<Script>) -> Surroundings {
    let home = PathBuf::from("/nonexistent");
    Surroundings {
        environment: Environment {
            variables: Arc::default(),
            working_directory: "/".into(),
            home,
            user: "me".into(),
            hostname: "controller".into(),
            time_zone: jiff::tz::TimeZone::UTC,
            clock: Arc::new(SystemClock),
            dice: Arc::new(SystemDice),
        },
        operator: script.clone(),
        program: "/proc/self/exe".into(),
        build: "test".into(),
        notice: Arc::new(|_| {}),
    }
}

fn endpoint(host: &RunningHost, more: &[(&str, &str)]) -> Endpoint {
    let mut options = Map::from([
        ("host", Value::text("127.0.0.1")),
        ("port", Value::from(host.port)),
        ("host_key_checking", Value::from(false)),
        ("ssh_args", Value::text("-F none -o UserKnownHostsFile=none")),
    ]);
    options.extend(more.iter().copied());
    Endpoint { host: "demo".into(), connection: "ssh".into(), options: Arc::new(options) }
}

fn host() -> DemoHost {
    DemoHost { home: std::env::temp_dir(), ..DemoHost::default() }
}

/// Runs a command there; its error, or nothing.
async fn check(host: DemoHost, more: &[(&str, &str)], answers: &[&str], expected: &str) -> Vec<String> {
    let running = start(host).await.expect("a port is free");
    let script = Script::new(answers);
    let outcome = exec(&surroundings(&script), &endpoint(&running, more), "exit 7").await;
    let expected = expected.replace("@PORT@", &running.port.to_string());
    match outcome {
        Ok(output) => assert_eq!((output.code, expected.as_str()), (7, "")),
        Err(error) => assert_eq!(error.message, format!("Failed to connect to the host via ssh: {expected}")),
    }
    script.asked.lock().expect("nobody panics").clone()
}

#[tokio::test]
async fn a_password_is_offered_where_there_is_one() {
    let server = DemoHost { password: Some("right".into()), ..host() };
    check(server.clone(), &[("password", "right")], &[], "").await;
    check(server.clone(), &[("password", "wrong")], &[], "me@127.0.0.1: Permission denied (password).").await;
    let asked = check(server, &[], &["right"], "me@127.0.0.1: Permission denied (password).").await;
    assert_eq!(asked, Vec::<String>::new(), "hosts do not ask");
}

#[tokio::test]
async fn questions_are_answered() {
    let one = DemoHost { questions: vec![("Password: ".into(), false, "right".into())], ..host() };
    check(one.clone(), &[("password", "right")], &[], "").await;
    check(one, &[("password", "wrong")], &[], "me@127.0.0.1: Permission denied (keyboard-interactive).").await;
    let several = DemoHost {
        questions: vec![("Code: ".into(), true, "123".into()), ("Pin: ".into(), false, "9".into())],
        ..host()
    };
    let ask = [
        ("ssh_extra_args", ""),
        (
            "ssh_args",
            "-F none -o UserKnownHostsFile=none -o PreferredAuthentications=keyboard-interactive -o KbdInteractiveAuthentication=yes",
        ),
    ];
    let asked = check(several, &ask, &["123", "9"], "").await;
    assert_eq!(asked, ["(me@127.0.0.1) Code: ", "(me@127.0.0.1) Pin: "]);
}

#[tokio::test]
async fn a_key_and_questions_in_a_row() {
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).expect("a key");
    let server = DemoHost {
        key: Some(key.public_key().clone()),
        questions: vec![("Password: ".into(), false, "right".into())],
        wants_both: true,
        ..host()
    };
    let text = key.to_openssh(LineEnding::LF).expect("it can be written");
    check(server, &[("private_key", text.as_str()), ("password", "right")], &[], "").await;
}
