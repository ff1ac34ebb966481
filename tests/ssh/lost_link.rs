//! Links that are lost in the middle of a call: the call runs to its end and its reply arrives.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use muster::data::Value;
use muster::transport::{Carrier, Endpoint, Pool};

use super::cut::{Proxy, Way};
use super::runner::{command, pool, surroundings};
use super::server::Server;

async fn start() -> Option<(Server, Proxy, Pool)> {
    let server = Server::start("")?;
    let proxy = Proxy::start(server.port).await;
    let pool = pool(&surroundings(&server));
    Some((server, proxy, pool))
}

fn endpoint(server: &Server, proxy: &Proxy, seconds: i64) -> Endpoint {
    server.endpoint([("port", Value::from(proxy.port)), ("MUSTER_RECONNECT", Value::from(seconds))])
}

/// Polls the call and does something to the way meanwhile.
async fn during<T>(call: impl Future<Output = T>, meanwhile: impl Future<Output = ()>) -> T {
    tokio::join!(call, meanwhile).0
}

async fn after(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

#[tokio::test]
async fn a_call_outlives_its_link() {
    let Some((server, proxy, pool)) = start().await else { return };
    let endpoint = endpoint(&server, &proxy, 30);
    assert_eq!(command(&pool, &endpoint, "echo before").await, Ok("before".into()));
    // As a package manager would: it writes as it goes, and must not be run twice.
    let line = "for step in 1 2 3 4; do sleep 0.5; echo $step >> $HOME/steps; done; echo $PPID; cat $HOME/steps";
    let runner = command(&pool, &endpoint, "echo $PPID").await.expect("it runs");
    let said = during(command(&pool, &endpoint, line), async {
        after(500).await;
        proxy.cut(Way::Closed);
        after(700).await;
        proxy.set(Way::Open);
    });
    assert_eq!(said.await, Ok(format!("{runner}\n1\n2\n3\n4")), "the same runner, and once");
    assert_eq!(proxy.connections.load(Ordering::SeqCst), 2);
    assert_eq!(command(&pool, &endpoint, "echo $PPID").await, Ok(runner.clone()), "it goes on");
    pool.close().await;
    assert_ended(&runner).await;
}

#[tokio::test]
async fn a_call_that_ended_meanwhile_has_its_reply_kept() {
    let Some((server, proxy, pool)) = start().await else { return };
    let endpoint = endpoint(&server, &proxy, 30);
    assert_eq!(command(&pool, &endpoint, "echo before").await, Ok("before".into()));
    let said = during(command(&pool, &endpoint, "sleep 0.5; echo done"), async {
        after(300).await;
        proxy.cut(Way::Closed);
        after(1500).await;
        proxy.set(Way::Open);
    });
    assert_eq!(said.await, Ok("done".into()));
    // Again and again, with several calls at a time.
    for _ in 0..3 {
        let (one, two, ()) = tokio::join!(
            command(&pool, &endpoint, "sleep 0.4; echo one"),
            command(&pool, &endpoint, "sleep 0.7; echo two"),
            async {
                after(200).await;
                proxy.cut(Way::Open);
            }
        );
        assert_eq!((one, two), (Ok("one".into()), Ok("two".into())));
    }
    pool.close().await;
}

#[tokio::test]
async fn a_link_that_stays_lost_makes_the_host_unreachable() {
    let Some((server, proxy, pool)) = start().await else { return };
    let endpoint = endpoint(&server, &proxy, 1);
    let runner = command(&pool, &endpoint, "echo $PPID").await.expect("it runs");
    let start = Instant::now();
    let said = during(command(&pool, &endpoint, "sleep 2; echo finished > $HOME/result"), async {
        after(300).await;
        proxy.cut(Way::Closed);
    });
    let error = said.await.expect_err("nobody brings the reply");
    assert!(error.contains("could not be made again within 1 s"), "{error}");
    assert!(start.elapsed() < Duration::from_millis(1900), "it is not waited for longer: {:?}", start.elapsed());
    assert_ended(&runner).await;
    let written = std::fs::read_to_string(server.folder.join("home/result"));
    assert_eq!(written.ok().as_deref(), Some("finished\n"), "the call ran to its end");
    pool.close().await;
}

#[tokio::test]
async fn a_runner_that_was_killed_is_not_waited_for() {
    let Some((server, proxy, pool)) = start().await else { return };
    let endpoint = endpoint(&server, &proxy, 30);
    let start = Instant::now();
    let error = command(&pool, &endpoint, "kill -9 $PPID; sleep 0.1").await.expect_err("there is nobody to reply");
    assert!(error.contains("the runner there has ended"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(command(&pool, &endpoint, "echo again").await, Ok("again".into()), "the next call starts another");
    pool.close().await;
}

/// A server that goes silent is given up after some unanswered questions, and gone back to.
#[tokio::test]
async fn a_silent_way_is_noticed() {
    let Some((server, proxy, pool)) = start().await else { return };
    let mut endpoint = endpoint(&server, &proxy, 30);
    let args = Value::text("-o ServerAliveInterval=1 -o ServerAliveCountMax=2");
    std::sync::Arc::make_mut(&mut endpoint.options).insert("ssh_args", args);
    assert_eq!(command(&pool, &endpoint, "echo before").await, Ok("before".into()));
    let said = during(command(&pool, &endpoint, "sleep 1; echo here"), async {
        after(500).await;
        proxy.set(Way::Silent);
        after(4500).await;
        proxy.cut(Way::Open);
    });
    assert_eq!(said.await, Ok("here".into()));
    pool.close().await;
}

/// Within a while: runners look after themselves.
pub async fn assert_ended(process: &str) {
    for _ in 0..500 {
        if !std::path::Path::new("/proc").join(process).exists() {
            return;
        }
        after(20).await;
    }
    panic!("process {process} is still there");
}
