//! The runner on hosts: brought there, kept there, started whatever the login's shell is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use muster::args::Spec;
use muster::data::{Map, Value};
use muster::transport::{Carrier, Endpoint, Pool, Request, Surroundings};
use muster::wire::Call;

use super::server::{Server, skipped};

/// Surroundings whose program is the real one.
pub fn surroundings(server: &Server) -> Surroundings {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_muster"));
    let build = Command::new(&program).args(["runner", "--build"]).output().expect("it runs").stdout;
    let build = String::from_utf8(build).expect("it is text").trim().to_owned();
    // Compressed once for all tests.
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("payload");
    fs::create_dir_all(&shared).expect("own folder");
    fs::create_dir_all(server.folder.join("controller/.cache")).expect("own folder");
    let _ = std::os::unix::fs::symlink(shared, server.folder.join("controller/.cache/muster"));
    Surroundings { program, build: build.into(), ..server.surroundings() }
}

pub fn pool(surroundings: &Surroundings) -> Pool {
    Pool::new(surroundings, muster::plugins::connection::ALL, 4)
}

/// Checked arguments of `ansible.builtin.command` for a shell line.
pub fn arguments(line: &str) -> Map {
    let args = Map::from([("_raw_params", Value::text(line)), ("_uses_shell", Value::from(true))]);
    let modules = muster::runner::Registry::new(muster::modules::all());
    let module = modules.get("ansible.builtin.command").expect("it is built in");
    muster::args::check::check(&Spec::from(module.spec), &args).args
}

/// Runs `ansible.builtin.command` and returns its stdout, or why there is none.
pub async fn command(pool: &Pool, endpoint: &Endpoint, line: &str) -> Result<String, String> {
    let call = Call { module: "ansible.builtin.command".into(), args: arguments(line), ..Call::default() };
    let request = Request { endpoint, become_as: None, call, blobs: None, live: None };
    let reply = pool.call(request).await.map_err(|error| error.to_string())?;
    match reply.result.get("stdout").and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("{:?}", reply.result)),
    }
}

#[tokio::test]
async fn first_contact_brings_the_runner_and_later_ones_find_it() {
    let Some(server) = Server::start("") else { return };
    let surroundings = surroundings(&server);
    let kept = server.folder.join("home/.cache/muster").join(&*surroundings.build);
    let mut written = None;
    for _ in 0..2 {
        let pool = pool(&surroundings);
        assert_eq!(command(&pool, &server.endpoint([]), "echo $HOME").await, Ok(server.path("home")));
        pool.close().await;
        let now = fs::metadata(&kept).expect("it is kept").modified().expect("a time");
        assert_eq!(now, *written.get_or_insert(now));
    }
    assert_eq!(fs::metadata(&kept).expect("it is kept").permissions().mode() & 0o777, 0o755);
    // What is damaged is brought anew.
    fs::write(&kept, "damaged").expect("own folder");
    let pool = pool(&surroundings);
    assert_eq!(command(&pool, &server.endpoint([]), "echo x").await, Ok("x".into()));
    pool.close().await;
    assert_eq!(fs::read_dir(kept.parent().expect("it has one")).expect("it is there").count(), 1, "no stray files");
}

#[tokio::test]
async fn a_home_that_cannot_hold_it_is_passed_over() {
    let Some(server) = Server::start("") else { return };
    let surroundings = surroundings(&server);
    fs::write(server.folder.join("home/.cache"), "a file in the way").expect("own folder");
    let pool = pool(&surroundings);
    assert_eq!(command(&pool, &server.endpoint([]), "echo x").await, Ok("x".into()));
    let id = rustix::process::getuid().as_raw();
    let kept = Path::new("/var/tmp").join(format!("muster-{id}")).join(&*surroundings.build);
    assert!(kept.exists());
    pool.close().await;
    fs::remove_file(kept).expect("own file");
}

#[tokio::test]
async fn the_users_folder_comes_first() {
    let Some(server) = Server::start("") else { return };
    let surroundings = surroundings(&server);
    let pool = pool(&surroundings);
    let endpoint = server.endpoint([("remote_tmp", Value::text("~/own"))]);
    assert_eq!(command(&pool, &endpoint, "echo x").await, Ok("x".into()));
    pool.close().await;
    assert!(server.folder.join("home/own/muster").join(&*surroundings.build).exists());
    assert!(!server.folder.join("home/.cache").exists());
}

/// A login whose shell is another one: sshd starts the command by `ForceCommand` through it.
async fn in_shell(shell: &str, noise: &str) {
    if !shell.split(' ').next().is_some_and(|program| Path::new(program).exists()) {
        return skipped(&format!("there is no {shell}"));
    }
    let Some(server) = Server::start(&format!("ForceCommand {noise} {shell} -c \"$SSH_ORIGINAL_COMMAND\"\n")) else {
        return;
    };
    let surroundings = surroundings(&server);
    for _ in 0..2 {
        let pool = pool(&surroundings);
        assert_eq!(command(&pool, &server.endpoint([]), "echo 'in it'").await, Ok("in it".into()), "{shell}");
        pool.close().await;
    }
}

#[tokio::test]
async fn every_shell_starts_it() {
    for shell in ["/bin/dash", "/bin/bash", "/bin/csh", "/usr/bin/tcsh", "/usr/bin/fish", "/bin/busybox sh"] {
        in_shell(shell, "").await;
    }
}

#[tokio::test]
async fn what_a_login_prints_is_skipped() {
    in_shell("/bin/sh", "echo; echo welcome; printf \"no newline\"; echo complaint >&2;").await;
}

#[tokio::test]
async fn an_account_without_a_shell_says_so() {
    let Some(server) = Server::start("ForceCommand echo This account is currently not available.; exit 1\n") else {
        return;
    };
    let pool = pool(&surroundings(&server));
    let error = command(&pool, &server.endpoint([]), "true").await.expect_err("there is no shell");
    assert_eq!(error, "The login's shell on server cannot be used: This account is currently not available.");
    pool.close().await;
}

#[tokio::test]
async fn the_local_connection_runs_the_same_runner() {
    let Some(server) = Server::start("") else { return };
    let pool = pool(&surroundings(&server));
    let endpoint = Endpoint { host: "localhost".into(), connection: "local".into(), options: Map::new().into() };
    assert_eq!(command(&pool, &endpoint, "pwd").await, Ok(server.folder.display().to_string()));
    pool.close().await;
}
