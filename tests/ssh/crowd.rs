//! Many hosts behind one bastion that drops strangers when they come in crowds, and long silences.

use std::time::Duration;

use muster::data::Value;
use muster::transport::{Carrier, Connection, Endpoint};

use super::runner::{command, pool, surroundings};
use super::server::{Server, connection};

const HOSTS: usize = 200;

/// A bastion with OpenSSH's usual limit, and a server behind it that takes everybody.
fn bastion_and_target() -> Option<(Server, Server)> {
    let bastion = Server::start("MaxStartups 10:30:100\nPerSourceMaxStartups none\n")?;
    let target = Server::start("MaxStartups 1000\n")?;
    let login = |name: &str, server: &Server| {
        format!(
            "Host {name}\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {}\n\
             \x20StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n LogLevel ERROR\n",
            server.port,
            server.surroundings().environment.user,
            server.path("user")
        )
    };
    let config = login("bastion", &bastion) + &login("target", &target);
    std::fs::write(bastion.folder.join("controller/.ssh/config"), config).expect("own folder");
    Some((bastion, target))
}

/// All at once.
async fn all_answer(connection: &dyn Connection, endpoints: &[Endpoint]) {
    let runs = endpoints.iter().map(|endpoint| connection.exec(endpoint, "echo in", b""));
    for (number, output) in futures_all(runs).await.into_iter().enumerate() {
        assert_eq!(output.map(|output| output.stdout), Ok(b"in\n".to_vec()), "host {number}");
    }
    connection.close().await;
}

/// Every future to its end, side by side.
async fn futures_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut all = true;
        for (future, output) in &mut futures {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => all = false,
                }
            }
        }
        if all { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    futures.into_iter().map(|(_, output)| output.expect("all are ready")).collect()
}

#[tokio::test]
async fn a_crowd_passes_a_jump_host() {
    let Some((bastion, target)) = bastion_and_target() else { return };
    let through = |number: usize| {
        let args = format!("-J bastion -o SetEnv=N={number} -o ConnectTimeout=60");
        let options = [("host", Value::text("target")), ("port", Value::from(target.port))];
        let mut endpoint = bastion.endpoint(options);
        let options = std::sync::Arc::make_mut(&mut endpoint.options);
        options.insert("ssh_args", args);
        options.insert("private_key_file", target.path("user"));
        endpoint
    };
    let endpoints: Vec<Endpoint> = (0..HOSTS).map(through).collect();
    all_answer(&*connection(&bastion.surroundings()), &endpoints).await;
    let log = std::fs::read_to_string(bastion.folder.join("log")).expect("sshd writes one");
    assert_eq!(log.matches("Accepted publickey").count(), 1, "the bastion is logged in to once");
}

#[tokio::test]
async fn a_crowd_passes_a_proxy_command() {
    let Some((bastion, target)) = bastion_and_target() else { return };
    let config = bastion.path("controller/.ssh/config");
    let through = |number: usize| {
        let proxy = format!("ssh -F {config} bastion \"nc -w 60 `basename 127.0.0.1.eolas .eolas` %p\"");
        let args = format!("-o 'ProxyCommand={proxy}' -o SetEnv=N={number} -o ConnectTimeout=60");
        let mut endpoint = bastion.endpoint([("port", Value::from(target.port))]);
        let options = std::sync::Arc::make_mut(&mut endpoint.options);
        options.insert("ssh_args", args);
        options.insert("private_key_file", target.path("user"));
        endpoint
    };
    let endpoints: Vec<Endpoint> = (0..HOSTS).map(through).collect();
    all_answer(&*connection(&bastion.surroundings()), &endpoints).await;
}

/// A way that is cut where it is silent for too long, and a command that says nothing for longer.
async fn silence(way: u32, args: &str, command_line: &str) {
    let Some(server) = Server::start("") else { return };
    let pool = pool(&surroundings(&server));
    let proxy = format!("{args} -o 'ProxyCommand=nc -w {way} %h %p'");
    let endpoint = server.endpoint([("ssh_args", Value::text(proxy)), ("MUSTER_RECONNECT", Value::from(0))]);
    assert_eq!(command(&pool, &endpoint, "echo before").await, Ok("before".into()));
    assert_eq!(command(&pool, &endpoint, command_line).await, Ok("after".into()));
    pool.close().await;
}

#[tokio::test]
async fn a_silent_command_is_kept_alive() {
    silence(3, "-o ServerAliveInterval=1", "sleep 7; echo after").await;
    // The same as users meet it; two and a half minutes.
    if std::env::var("MUSTER_TEST_LONG").is_ok() {
        silence(60, "", "sleep 150; echo after").await;
    }
}

#[tokio::test]
async fn a_hung_host_is_given_up_and_others_go_on() {
    let Some(server) = Server::start("") else { return };
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("it is bound").port();
    let pool = pool(&surroundings(&server));
    let hung = server.endpoint([("port", Value::from(port)), ("timeout", Value::from(2))]);
    let good = server.endpoint([]);
    let (down, up) = tokio::join!(
        command(&pool, &hung, "true"),
        tokio::time::timeout(Duration::from_secs(60), command(&pool, &good, "echo up"))
    );
    assert!(down.expect_err("it says nothing").contains("timed out"));
    assert_eq!(up, Ok(Ok("up".into())));
    pool.close().await;
}
