//! The ways to a host: straight, through jump hosts, commands and proxies; and what is said when
//! there is none.

use muster::data::Value;

use super::server::{Server, connection, exec};

#[tokio::test]
async fn refused_and_unknown_hosts_are_worded_as_openssh_does() {
    let Some(server) = Server::start("") else { return };
    let refused = server.endpoint([("port", Value::from(1))]);
    let error = exec(&server.surroundings(), &refused, "true").await.expect_err("nobody listens there");
    let expected = "Failed to connect to the host via ssh: ssh: connect to host 127.0.0.1 port 1: Connection refused";
    assert_eq!(error.message, expected);
    let unknown = server.endpoint([("host", Value::text("nonexistent.invalid"))]);
    let error = exec(&server.surroundings(), &unknown, "true").await.expect_err("there is no such name");
    let expected = "Failed to connect to the host via ssh: ssh: Could not resolve hostname nonexistent.invalid: Name or service not known";
    assert_eq!(error.message, expected);
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let Some(server) = Server::start("") else { return };
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("it is bound").port();
    let endpoint = server.endpoint([("port", Value::from(port)), ("timeout", Value::from(1))]);
    let error = exec(&server.surroundings(), &endpoint, "true").await.expect_err("it says nothing");
    assert!(error.message.contains("Connection timed out during banner exchange"), "{error}");
}

/// A configuration in which the server is known under several names.
fn config(server: &Server) -> String {
    let (port, key, user) = (server.port, server.path("user"), server.surroundings().environment.user);
    format!(
        "Host bastion second target\n HostName 127.0.0.1\n Port {port}\n User {user}\n IdentityFile {key}\n\
         \x20StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n"
    )
}

#[tokio::test]
async fn jump_hosts_lead_on_and_are_shared() {
    let Some(server) = Server::start("") else { return };
    std::fs::write(server.folder.join("controller/.ssh/config"), config(&server)).expect("own folder");
    let surroundings = server.surroundings();
    let connection = connection(&surroundings);
    let via = |jump: &str, number: u32| {
        server.endpoint([
            ("host", Value::text("target")),
            ("ssh_common_args", Value::text(format!("-J {jump} -o SetEnv=N={number}"))),
        ])
    };
    let endpoints: Vec<_> = (0..8).map(|number| via("bastion,second", number)).collect();
    let runs = endpoints.iter().map(|endpoint| connection.exec(endpoint, "echo in", b""));
    for run in runs.collect::<Vec<_>>() {
        assert_eq!(run.await.map(|output| output.stdout), Ok(b"in\n".to_vec()));
    }
    connection.close().await;
    let log = std::fs::read_to_string(server.folder.join("log")).expect("sshd writes one");
    let logins = log.lines().filter(|line| line.starts_with("Accepted publickey")).count();
    assert_eq!(logins, 10, "two hops once each, and eight targets:\n{log}");
}

#[tokio::test]
async fn a_proxy_command_leads_on() {
    let Some(server) = Server::start("") else { return };
    let text = format!(
        "Host *.eolas\n ProxyCommand sh -c \"echo noise >&2; exec nc -w 60 `basename %h .eolas` %p\"\n{}",
        config(&server)
    );
    std::fs::write(server.folder.join("controller/.ssh/config"), text).expect("own folder");
    let endpoint = server.endpoint([("host", Value::text("127.0.0.1.eolas"))]);
    let output = exec(&server.surroundings(), &endpoint, "echo in").await;
    assert_eq!(output.map(|output| output.stdout), Ok(b"in\n".to_vec()));
    let broken =
        server.endpoint([("ssh_common_args", Value::text("-o 'ProxyCommand=sh -c \"echo no way >&2; exit 1\"'"))]);
    let error = exec(&server.surroundings(), &broken, "true").await.expect_err("it leads nowhere");
    assert!(error.message.contains("no way"), "{error}");
}

#[tokio::test]
async fn settings_of_a_file_are_kept() {
    let Some(server) = Server::start("AcceptEnv GREETING\n") else { return };
    std::fs::write(server.path("conf"), format!("{}SetEnv GREETING=hello\n", config(&server))).expect("own folder");
    let endpoint = server.endpoint([
        ("host", Value::text("target")),
        ("private_key_file", Value::text("")),
        ("port", Value::NULL),
        ("ssh_common_args", Value::text("-F conf")),
    ]);
    let output = exec(&server.surroundings(), &endpoint, "echo $GREETING").await;
    assert_eq!(output.map(|output| output.stdout), Ok(b"hello\n".to_vec()));
}
