//! Tasks as another user, through real sudo and su. They need root, to make two users for the time of
//! the tests, and sudo.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use muster::data::{Map, Value};
use muster::transport::{Carrier, Endpoint, Pool, Request};
use muster::wire::{BecomeAs, Call};

use super::runner::{arguments, pool, surroundings};
use super::server::{Server, skipped};

/// The user who logs in, with the right to everything by a password, and another one.
const LOGIN: (&str, &str) = ("muster-login", "open sesame");
const OTHER: (&str, &str) = ("muster-other", "other word");

const GROUP: &str = "muster-group";
const RULES: &str = "/etc/sudoers.d/muster-login";

/// Takes away what `users` made, when the tests are over.
extern "C" fn remove_users() {
    let quietly = |program: &str, words: &[&str]| {
        let _ = Command::new(program).args(words).stdout(Stdio::null()).stderr(Stdio::null()).status();
    };
    for (name, _) in [LOGIN, OTHER] {
        quietly("pkill", &["-KILL", "-u", name]);
        quietly("userdel", &["-r", "-f", name]);
    }
    quietly("groupdel", &[GROUP]);
    let _ = fs::remove_file(RULES);
}

/// Makes the users once; they go with the process.
fn users() -> bool {
    static MADE: OnceLock<bool> = OnceLock::new();
    *MADE.get_or_init(|| {
        if !rustix::process::getuid().is_root()
            || !Path::new("/usr/bin/sudo").exists()
            || !Path::new("/etc/sudoers.d").exists()
        {
            skipped("becoming other users needs root and sudo");
            return false;
        }
        remove_users();
        for (name, password) in [LOGIN, OTHER] {
            let _ = Command::new("useradd").args(["-m", "-s", "/bin/bash", name]).stderr(Stdio::null()).status();
            let line = format!("echo '{name}:{password}' | chpasswd");
            assert!(Command::new("sh").args(["-c", &line]).status().expect("sh runs").success());
        }
        // SAFETY: the function is of the kind that is called at the end, and needs nothing of this process.
        assert_eq!(unsafe { libc::atexit(remove_users) }, 0);
        fs::write(RULES, format!("{} ALL=(ALL) ALL\n", LOGIN.0)).expect("root may");
        true
    })
}

async fn run(pool: &Pool, endpoint: &Endpoint, become_as: Option<&BecomeAs>, line: &str) -> Result<String, String> {
    let call = Call { module: "ansible.builtin.command".into(), args: arguments(line), ..Call::default() };
    let request = Request { endpoint, become_as, call, blobs: None, live: None };
    let reply = pool.call(request).await.map_err(|error| error.to_string())?;
    let text = reply.result.get("stdout").and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("{:?}", reply.result))
}

fn method(name: &str, options: &[(&str, &str)]) -> BecomeAs {
    let method = muster::plugins::r#become::find(name).expect("it is built in");
    (method.prepare)(&options.iter().map(|(key, value)| (*key, *value)).collect::<Map>())
}

fn endpoint(server: &Server) -> Endpoint {
    server.endpoint([("remote_user", Value::text(LOGIN.0))])
}

/// sshd for another user than its own needs the keys where that user can read them.
fn server() -> Option<Server> {
    if !users() {
        return None;
    }
    Server::start("")
}

#[tokio::test]
async fn sudo_asks_once_for_many_tasks() {
    let Some(server) = server() else { return };
    let pool = pool(&surroundings(&server));
    let endpoint = endpoint(&server);
    assert_eq!(run(&pool, &endpoint, None, "id -un").await, Ok(LOGIN.0.into()));
    let root = method("sudo", &[("become_flags", "-H -S -n"), ("become_pass", LOGIN.1)]);
    for _ in 0..3 {
        assert_eq!(run(&pool, &endpoint, Some(&root), "id -un").await, Ok("root".into()));
    }
    let other = method("sudo", &[("become_user", OTHER.0), ("become_pass", LOGIN.1)]);
    assert_eq!(
        run(&pool, &endpoint, Some(&other), "id -un; umask; tty")
            .await
            .map(|text| text.lines().next().map(str::to_owned)),
        Ok(Some(OTHER.0.into()))
    );
    assert_eq!(run(&pool, &endpoint, None, "id -un").await, Ok(LOGIN.0.into()));
    pool.close().await;
}

#[tokio::test]
async fn wrong_and_missing_passwords_are_told() {
    let Some(server) = server() else { return };
    let pool = pool(&surroundings(&server));
    let endpoint = endpoint(&server);
    let check = async |become_as: BecomeAs, expected: &str| {
        assert_eq!(run(&pool, &endpoint, Some(&become_as), "true").await, Err(expected.to_owned()));
    };
    check(method("sudo", &[("become_flags", "-H -S -n")]), "Missing sudo password").await;
    check(method("sudo", &[("become_flags", "-H -S -n"), ("become_pass", "wrong")]), "Incorrect sudo password").await;
    check(method("su", &[("become_user", OTHER.0), ("become_pass", "wrong")]), "Incorrect su password").await;
    check(method("su", &[("become_user", OTHER.0)]), "Missing su password").await;
    check(method("sudo", &[("become_exe", "nosuch")]), "/bin/sh: 1: nosuch: not found").await;
    pool.close().await;
}

#[tokio::test]
async fn su_becomes_an_unprivileged_user() {
    let Some(server) = server() else { return };
    let pool = pool(&surroundings(&server));
    let endpoint = endpoint(&server);
    let other = method("su", &[("become_user", OTHER.0), ("become_pass", OTHER.1)]);
    assert_eq!(run(&pool, &endpoint, Some(&other), "id -un").await, Ok(OTHER.0.into()));
    let login = method("su", &[("become_user", OTHER.0), ("become_flags", "-l"), ("become_pass", OTHER.1)]);
    assert_eq!(
        run(&pool, &endpoint, Some(&login), "pwd; echo $HOME").await,
        Ok(format!("/home/{0}\n/home/{0}", OTHER.0))
    );
    pool.close().await;
}

#[tokio::test]
async fn a_group_joined_just_now_counts() {
    let Some(server) = server() else { return };
    let pool = pool(&surroundings(&server));
    let endpoint = endpoint(&server);
    let _ = Command::new("groupadd").arg(GROUP).stderr(Stdio::null()).status();
    let _ = Command::new("gpasswd").args(["-d", OTHER.0, GROUP]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let root = method("sudo", &[("become_pass", LOGIN.1)]);
    let other = method("sudo", &[("become_user", OTHER.0), ("become_pass", LOGIN.1)]);
    assert_eq!(run(&pool, &endpoint, Some(&other), "id -Gn").await, Ok(OTHER.0.into()));
    let join = format!("usermod -aG muster-group {}", OTHER.0);
    assert_eq!(run(&pool, &endpoint, Some(&root), &join).await, Ok(String::new()));
    assert_eq!(run(&pool, &endpoint, Some(&other), "id -Gn").await, Ok(format!("{} muster-group", OTHER.0)));
    pool.close().await;
}

#[tokio::test]
async fn nothing_privileged_is_left() {
    let Some(server) = server() else { return };
    let pool = pool(&surroundings(&server));
    let endpoint = endpoint(&server);
    let root = method("sudo", &[("become_pass", LOGIN.1)]);
    let pid = run(&pool, &endpoint, Some(&root), "sleep 1000 >/dev/null 2>&1 </dev/null & echo $PPID $!")
        .await
        .expect("it runs");
    let (runner, background) = pid.split_once(' ').expect("two numbers");
    let alive = |pid: &str| Path::new("/proc").join(pid).exists();
    assert!(alive(runner) && alive(background));
    pool.close().await;
    for _ in 0..200 {
        if !alive(runner) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(!alive(runner), "the runner ends with the run");
    assert!(alive(background), "what a task left in the background lives on");
    let _ = Command::new("kill").arg(background).status();
}
