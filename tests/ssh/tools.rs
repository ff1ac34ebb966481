//! The program itself on the way to a server: the system's ssh, a proxy of its own, a restart.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use muster::data::Value;
use muster::transport::{Carrier, Endpoint};

use super::runner::{command, pool, surroundings};
use super::server::{Server, connection, exec};

/// The program as the controller of a server's test would call it.
fn muster(server: &Server, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.args(words).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
    command.env("HOME", server.path("controller")).env("MUSTER_KEEP_CONNECTIONS", "0").env("LANG", "C.UTF-8");
    command.current_dir(&server.folder).stdin(Stdio::null());
    command
}

#[tokio::test]
async fn the_systems_ssh_leads_there_too() {
    let Some(server) = Server::start("") else { return };
    let pool = pool(&surroundings(&server));
    let mut endpoint = server.endpoint([(
        "ssh_common_args",
        Value::text("-F none -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o StrictHostKeyChecking=no"),
    )]);
    endpoint.connection = "openssh".into();
    for _ in 0..2 {
        assert_eq!(command(&pool, &endpoint, "echo in").await, Ok("in".into()));
    }
    let output = pool.exec(&endpoint, None, "cat; exit 3", b"raw").await.expect("it runs");
    assert_eq!((output.code, output.stdout), (3, b"raw".to_vec()));
    let mut refused = endpoint.clone();
    Arc::make_mut(&mut refused.options).insert("port", 1);
    let expected = "Failed to connect to the host via ssh: ssh: connect to host 127.0.0.1 port 1: Connection refused";
    assert_eq!(command(&pool, &refused, "true").await, Err(expected.into()));
    pool.close().await;
}

#[tokio::test]
async fn a_proxy_of_ones_own_leads_into_a_network() {
    let Some(server) = Server::start("") else { return };
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let listen = format!("-D{port}");
    let (target, key) = (server.port.to_string(), server.path("user"));
    let user = format!("{}@127.0.0.1", server.surroundings().environment.user);
    let words = ["socks", &listen, "-p", &target, "-i", &key, "-o", "StrictHostKeyChecking=no", &user];
    let mut proxy = muster(&server, &words).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut said = String::new();
    let mut lines = std::io::BufReader::new(proxy.stdout.take().expect("asked for"));
    std::io::BufRead::read_line(&mut lines, &mut said).expect("it speaks");
    assert_eq!(said, format!("socks5h://127.0.0.1:{port} leads through 127.0.0.1\n"));
    let through = |host: &str| {
        let proxy = Value::text(format!("socks5h://127.0.0.1:{port}"));
        server.endpoint([("socks_proxy", proxy), ("host", Value::text(host))])
    };
    let output = exec(&server.surroundings(), &through("localhost"), "echo in").await;
    assert_eq!(output.map(|output| output.stdout), Ok(b"in\n".to_vec()));
    let lost = Endpoint { ..through("nonexistent.invalid") };
    let error = exec(&server.surroundings(), &lost, "true").await.expect_err("there is no such host");
    assert!(error.message.contains("ssh: connect to host nonexistent.invalid"), "{error}");
    proxy.kill().expect("own child");
    proxy.wait().expect("own child");
}

#[test]
fn a_restart_is_waited_for() {
    let Some(server) = Server::start("") else { return };
    std::fs::write(server.folder.join("home/boot"), "1").expect("own folder");
    std::fs::write(
        server.folder.join("inventory"),
        format!(
            "server ansible_host=127.0.0.1 ansible_port={} ansible_ssh_private_key_file={} ansible_host_key_checking=false\n",
            server.port,
            server.path("user")
        ),
    )
    .expect("own folder");
    let run = |module: &str, args: &str| {
        let output = muster(&server, &["adhoc", "-i", "inventory", "server", "-m", module, "-a", args]).output();
        let output = output.expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    // The runner goes down with the host, in the middle of the call.
    let args = "boot_time_command='cat $HOME/boot' reboot_command='echo 2 > $HOME/boot; kill -9 $PPID; sleep 1'";
    let (code, text) = run("reboot", args);
    assert!(code == Some(0) && text.contains("\"rebooted\": true"), "{code:?} {text}");
    let never = "boot_time_command='echo 1' reboot_command=true reboot_timeout=2";
    let (code, text) = run("reboot", never);
    let message = "Timed out waiting for last boot time check (timeout=2)";
    assert!(code == Some(2) && text.contains(message), "{code:?} {text}");
    let (code, text) = run("reboot", "reboot_command='echo no >&2; exit 4'");
    assert!(code == Some(2) && text.contains("Reboot command failed. Error was: ', no'"), "{code:?} {text}");
    let (code, text) = run("wait_for_connection", "timeout=20");
    assert!(code == Some(0) && text.contains("\"elapsed\": 0"), "{code:?} {text}");
}

#[tokio::test]
async fn a_reset_connection_is_dialled_anew() {
    let Some(server) = Server::start("") else { return };
    let connection = connection(&server.surroundings());
    let endpoint = server.endpoint([]);
    for _ in 0..2 {
        assert!(connection.exec(&endpoint, "true", b"").await.is_ok());
        assert!(connection.exec(&endpoint, "true", b"").await.is_ok());
        connection.reset(&endpoint).await.expect("it is there");
    }
    connection.close().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let log = std::fs::read_to_string(server.folder.join("log")).expect("sshd writes one");
    assert_eq!(log.matches("Accepted publickey").count(), 2, "{log}");
}
