//! Ctrl-C in its stages, with real processes: none of them stays.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::Session;
use crate::conformance::program::{Programs, Scratch};

/// A sleep that can be told from all others by how long it takes.
fn play(seconds: &str) -> String {
    format!(
        "- hosts: all
  gather_facts: false
  tasks:
    - {{name: begun, shell: 'echo $$ > {{{{ inventory_hostname }}}}.pid; sleep {{{{ time | default({seconds}) }}}}; true'}}
    - {{name: next, debug: {{msg: after}}}}
"
    )
}

const WORDS: [&str; 6] = ["ansible-playbook", "-i", "hosts", "-c", "local", "site.yml"];

fn at_a_terminal(hosts: &str, seconds: &str) -> Session {
    let mut session = Session::start(&[("site.yml", &play(seconds)), ("hosts", hosts)], &WORDS, &[]);
    session.expect("TASK [begun]");
    for host in hosts.lines() {
        let name = host.split(' ').next().expect("a line has a first word");
        wait_for(&session.scratch.path().join(format!("{name}.pid")));
    }
    session
}

fn wait_for(file: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::fs::read_to_string(file).unwrap_or_default().trim().is_empty() {
        assert!(Instant::now() < deadline, "{} does not come", file.display());
        thread::sleep(Duration::from_millis(20));
    }
}

/// Processes whose command line is a sleep of so many seconds.
fn sleeping(seconds: &str) -> Vec<String> {
    let wanted = format!("sleep\0{seconds}\0");
    let processes = std::fs::read_dir("/proc").expect("Linux has it").flatten();
    let lines = processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| *line == wanted).collect()
}

#[test]
fn the_first_lets_tasks_end_and_begins_nothing_new() {
    let mut session = at_a_terminal("a time=3\n", "61001");
    session.send("\x03").expect("then muster stops");
    let end = session.finish();
    let text = end.screen.text();
    assert!(text.contains("changed: [a]"), "the task has come to its end: {text}");
    assert!(!text.contains("TASK [next]"), "nothing new has begun: {text}");
    assert!(text.contains("a                          : ok=1    changed=1"), "the recap tells: {text}");
    assert!(text.ends_with("[ERROR]: User interrupted execution"), "{text}");
    assert_eq!(end.code, 99);
}

#[test]
fn the_second_cancels_what_runs() {
    let mut session = at_a_terminal("a\nb\n", "61002");
    assert_eq!(sleeping("61002").len(), 2);
    session.send("\x03").expect("then muster stops");
    let begin = Instant::now();
    session.send("\x03");
    let end = session.finish();
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_eq!(end.code, 99, "{}", end.screen.text());
    assert!(end.screen.text().ends_with("[ERROR]: User interrupted execution"), "{}", end.screen.text());
    assert_eq!(sleeping("61002"), Vec::<String>::new());
}

#[test]
fn the_third_leaves_at_once() {
    // A command that does not hear of being ended holds the second up for as long as that may take.
    let stubborn = play("61003").replace("echo", "trap \"\" TERM; echo");
    let mut session = Session::start(&[("site.yml", &stubborn), ("hosts", "a\n")], &WORDS, &[]);
    wait_for(&session.scratch.path().join("a.pid"));
    session.send("\x03").expect("then muster stops");
    session.send("\x03");
    let begin = Instant::now();
    session.send("\x03");
    let end = session.finish();
    assert!(begin.elapsed() < Duration::from_millis(900), "{:?}", begin.elapsed());
    assert_eq!(end.code, 99, "{}", end.screen.text());
    thread::sleep(Duration::from_millis(2500));
    assert_eq!(sleeping("61003"), Vec::<String>::new());
}

/// Without a terminal the first signal cancels.
fn check(play: &str, seconds: &str, signal: Signal, code: i32, said: &str) {
    let (scratch, programs) = (Scratch::new(0o755), Programs::new());
    std::fs::write(scratch.path().join("site.yml"), play).expect("the folder takes files");
    std::fs::write(scratch.path().join("hosts"), "a\nb\n").expect("the folder takes files");
    let child = Command::new(programs.folder().join(WORDS[0]))
        .args(&WORDS[1..])
        .current_dir(scratch.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    for host in ["a", "b"] {
        wait_for(&scratch.path().join(format!("{host}.pid")));
    }
    let begin = Instant::now();
    let process = Pid::from_raw(child.id().cast_signed()).expect("it has a number");
    rustix::process::kill_process(process, signal).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), error.trim()), (Some(code), said));
    assert_eq!(sleeping(seconds), Vec::<String>::new());
}

#[test]
fn without_a_terminal_the_first_cancels() {
    check(&play("61004"), "61004", Signal::INT, 99, "[ERROR]: User interrupted execution");
    check(&play("61005"), "61005", Signal::TERM, 143, "[ERROR]: Terminated");
    let raw = play("61006").replace("shell:", "raw:");
    check(&raw, "61006", Signal::INT, 99, "[ERROR]: User interrupted execution");
    // A program that ends before its group is asked to: nothing waits for what is gone.
    let nested = play("61007").replace("; true", " & wait; true");
    check(&nested, "61007", Signal::INT, 99, "[ERROR]: User interrupted execution");
}
