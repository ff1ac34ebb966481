//! Connections that outlive a run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use muster::data::Value;
use muster::transport::{Carrier, Endpoint, Surroundings};

use super::cut::{Proxy, Way};
use super::lost_link::assert_ended;
use super::runner::{command, pool, surroundings};
use super::server::{Script, Server, make_key};

/// A controller whose cache is its own but for the compressed program.
fn own_cache(server: &Server) -> Surroundings {
    let surroundings = surroundings(server);
    let cache = server.folder.join("controller/.cache/muster");
    let packed = fs::read_link(&cache).expect("a link").join(format!("{}.gz", surroundings.build));
    fs::remove_file(&cache).expect("own link");
    fs::create_dir_all(&cache).expect("own folder");
    let _ = std::os::unix::fs::symlink(packed, cache.join(format!("{}.gz", surroundings.build)));
    surroundings
}

fn kept(server: &Server, proxy: &Proxy, seconds: i64) -> Endpoint {
    server.endpoint([
        ("port", Value::from(proxy.port)),
        ("ssh_args", Value::text("-C -o ControlMaster=auto -o ControlPersist=60s")),
        ("MUSTER_KEEP_CONNECTIONS", Value::from(seconds)),
    ])
}

fn socket(server: &Server) -> Option<PathBuf> {
    let entries = fs::read_dir(server.folder.join("controller/.cache/muster/holder")).ok()?;
    entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_none_or(|end| end != "lock"))
}

async fn run(surroundings: &Surroundings, endpoint: &Endpoint, line: &str) -> Result<String, String> {
    let pool = pool(surroundings);
    let said = command(&pool, endpoint, line).await;
    pool.close().await;
    said
}

async fn assert_gone(server: &Server) {
    for _ in 0..1000 {
        if socket(server).is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the holder stays");
}

#[tokio::test]
async fn a_second_run_finds_the_runner_of_the_first() {
    let Some(server) = Server::start("") else { return };
    let proxy = Proxy::start(server.port).await;
    let surroundings = own_cache(&server);
    let endpoint = kept(&server, &proxy, 2);
    let runner = run(&surroundings, &endpoint, "echo $PPID").await.expect("it runs");
    let socket = socket(&server).expect("there is a holder");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(socket.parent().expect("it has one")), 0o700);
    for _ in 0..3 {
        assert_eq!(run(&surroundings, &endpoint, "echo $PPID").await, Ok(runner.clone()));
    }
    assert_eq!(proxy.connections.load(Ordering::SeqCst), 1);
    // What a run leaves running in the foreground does not wait for the next one.
    let pool = pool(&surroundings);
    let cut_short = tokio::time::timeout(Duration::from_millis(300), command(&pool, &endpoint, "sleep 1000")).await;
    assert!(cut_short.is_err());
    pool.close().await;
    assert_eq!(
        run(&surroundings, &endpoint, "echo $PPID; cat /proc/$PPID/task/*/children | wc -w").await,
        Ok(format!("{runner}\n1"))
    );
    // After its time everything goes away.
    assert_gone(&server).await;
    assert_ended(&runner).await;
}

#[tokio::test]
async fn settings_turn_it_off() {
    let Some(server) = Server::start("") else { return };
    let proxy = Proxy::start(server.port).await;
    let surroundings = own_cache(&server);
    let mut endpoint = kept(&server, &proxy, 60);
    let options = Arc::make_mut(&mut endpoint.options);
    for args in ["", "-o ControlPersist=no -o ControlMaster=auto", "-o ControlMaster=no -o ControlPersist=60s"] {
        options.insert("ssh_args", Value::text(args));
        let endpoint = Endpoint { options: Arc::new(options.clone()), ..endpoint_of(&server) };
        assert_eq!(run(&surroundings, &endpoint, "echo x").await, Ok("x".into()));
    }
    assert_eq!(run(&surroundings, &kept(&server, &proxy, 0), "echo x").await, Ok("x".into()));
    assert_eq!(proxy.connections.load(Ordering::SeqCst), 4);
    assert!(socket(&server).is_none());
}

fn endpoint_of(server: &Server) -> Endpoint {
    server.endpoint([])
}

#[tokio::test]
async fn a_link_lost_in_the_holder_is_made_again() {
    let Some(server) = Server::start("") else { return };
    let proxy = Proxy::start(server.port).await;
    let surroundings = own_cache(&server);
    let endpoint = kept(&server, &proxy, 1);
    assert_eq!(run(&surroundings, &endpoint, "echo x").await, Ok("x".into()));
    let pool = pool(&surroundings);
    let (said, ()) = tokio::join!(command(&pool, &endpoint, "sleep 1; echo done"), async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        proxy.cut(Way::Open);
    });
    assert_eq!(said, Ok("done".into()));
    pool.close().await;
    // Between runs it is not missed: the next one dials.
    proxy.cut(Way::Open);
    assert_eq!(run(&surroundings, &endpoint, "echo y").await, Ok("y".into()));
    assert_gone(&server).await;
}

#[tokio::test]
async fn questions_of_the_holder_reach_the_operator() {
    let Some(server) = Server::start("") else { return };
    let proxy = Proxy::start(server.port).await;
    let mut surroundings = own_cache(&server);
    make_key(&server.folder.join("locked"), "ed25519", "open sesame");
    fs::copy(server.path("locked.pub"), server.path("authorized_keys")).expect("own folder");
    let script = Script::new(&["yes", "open sesame"]);
    surroundings.operator = script.clone();
    let mut endpoint = kept(&server, &proxy, 1);
    let options = Arc::make_mut(&mut endpoint.options);
    options.insert("private_key_file", Value::text(server.path("locked")));
    options.insert("host_key_checking", Value::from(true));
    assert_eq!(run(&surroundings, &endpoint, "echo in").await, Ok("in".into()));
    let asked = script.asked.lock().expect("nobody panics").clone();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].contains("authenticity of host"), "{asked:?}");
    assert!(asked[1].starts_with("Enter passphrase for key"), "{asked:?}");
    // What cannot be reached is told through it as well.
    let refused = {
        let mut endpoint = kept(&server, &proxy, 1);
        Arc::make_mut(&mut endpoint.options).insert("port", Value::from(1));
        endpoint
    };
    let error = run(&surroundings, &refused, "true").await.expect_err("nobody listens there");
    assert!(error.ends_with("ssh: connect to host 127.0.0.1 port 1: Connection refused"), "{error}");
    assert_gone(&server).await;
}
