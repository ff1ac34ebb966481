//! A whole play over thousands of pretended hosts, in this process: some change, some fail, some are
//! rescued, some cannot be reached, and the recap counts them all.

use std::sync::{Arc, Mutex, PoisonError};

use super::options::{Options, Tool};
use super::{Context, argparse, playbook, prepare};
use crate::cli::{Invocation, Manner};
use crate::data::{Map, Value};
use crate::report;
use crate::report::screen::Look;
use crate::runner::testing::Scratch;
use crate::transport::{CallError, Carrier, InProcess, Surroundings, Unreachable};
use crate::wire::{Call, Reply};

const HOSTS: usize = 5_000;

/// Twenty tasks for a host that nothing befalls, and one for those that are rescued.
const PLAY: &str = "
- hosts: all
  gather_facts: false
  tasks:
    - {command: fail, when: number % 50 == 7, ignore_errors: true}
    - block:
        - {command: fail, when: number % 50 == 8}
      rescue:
        - {ping: , register: rescued}
    - {command: unreachable, when: number % 1000 == 9}
    - {command: fail, when: number % 1000 == 10}
    - {command: change, register: answer, notify: done}
    - {set_fact: {doubled: '{{ number * 2 }}'}}
    - {assert: {that: [doubled == number * 2, answer is changed]}}
    - {debug: {msg: '{{ inventory_hostname }} {{ answer.stdout }}'}, loop: [1, 2]}
    - {ping: , run_once: true}
    - {ping: , any_errors_fatal: true}
    - {ping: , throttle: 100}
    - include_tasks: more.yml
  handlers:
    - {name: done, ping: }
";

const MORE: &str = "
- {ping: }
- {stat: {path: /}}
- {stat: {path: /nonexistent}, register: nothing}
- {assert: {that: not nothing.stat.exists}}
- {ping: }
- {ping: }
- {ping: }
- {ping: }
";

/// What `number` becomes of: the words of the play's commands.
fn fleet(_: &Surroundings) -> Arc<dyn Carrier> {
    Arc::new(InProcess::new(500, |_, call: Call| {
        let word = call.args.get("_raw_params").map(crate::data::python::str).unwrap_or_default();
        let result = match (call.module.as_str(), word.as_str()) {
            (_, "unreachable") => return Err(CallError::from(Unreachable::new("nobody is there"))),
            (_, "fail") => Map::from([("failed", Value::from(true)), ("msg", "it is broken".into())]),
            (_, "change") => Map::from([("changed", Value::from(true)), ("stdout", "changed".into())]),
            ("ansible.builtin.stat", _) => {
                let exists = call.args.get("path").and_then(Value::as_str) == Some("/");
                Map::from([("stat", Value::from(Map::from([("exists", exists)])))])
            }
            _ => Map::from([("ping", "pong")]),
        };
        Ok(Reply { result, ..Reply::default() })
    }))
}

#[test]
fn a_play_over_five_thousand_hosts() {
    let scratch = Scratch::new();
    scratch.put("site.yml", PLAY);
    scratch.put("more.yml", MORE);
    let hosts: String = (0..HOSTS).map(|number| format!("host{number:04} number={number}\n")).collect();
    scratch.put("hosts", &hosts);
    let (code, text) = play(&scratch, &["-i", "hosts", "-f", "500", "site.yml"]);
    let recap: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("PLAY RECAP")).skip(1).collect();
    let recap: Vec<&str> = recap.into_iter().filter(|line| !line.is_empty()).collect();
    assert_eq!(code, 4, "some hosts could not be reached: {}", text.lines().take(40).collect::<Vec<_>>().join("\n"));
    assert_eq!(recap.len(), HOSTS);
    for (number, line) in recap.iter().enumerate() {
        let counts: Vec<&str> = line.split_whitespace().skip(2).collect();
        assert_eq!(counts.join(" "), expected(number), "host {number}: {line}");
    }
    let answers = text.lines().filter(|line| line.starts_with("changed: [")).count();
    assert_eq!(answers, HOSTS - HOSTS / 1000 * 2, "all but the unreachable and the broken are told of");
}

/// What the recap says of a host.
fn expected(number: usize) -> String {
    let counts = |ok: u32, changed: u32, unreachable: u32, failed: u32, skipped: u32, rescued: u32, ignored: u32| {
        format!(
            "ok={ok} changed={changed} unreachable={unreachable} failed={failed} skipped={skipped} rescued={rescued} ignored={ignored}"
        )
    };
    let first = u32::from(number == 0);
    match (number % 1000, number % 50) {
        (9, _) => counts(0, 0, 1, 0, 2, 0, 0),
        (10, _) => counts(0, 0, 0, 1, 3, 0, 0),
        (_, 7) => counts(17 + first, 1, 0, 0, 3, 0, 1),
        (_, 8) => counts(17 + first, 1, 0, 0, 3, 1, 0),
        _ => counts(16 + first, 1, 0, 0, 4, 0, 0),
    }
}

/// Runs `ansible-playbook` with these words in a folder; gives the exit code and what it printed.
fn play(scratch: &Scratch, words: &[&str]) -> (u8, String) {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let invocation = Invocation {
        words: words.clone(),
        executable: "/nonexistent".into(),
        environment: scratch.environment(),
        carrier: fleet,
    };
    let mut context: Context = prepare(&invocation, "ansible-playbook", Manner::Ansible).expect("settings");
    let printed = Kept::default();
    context.screen = super::screen::Screen::plain(&context.environment);
    *context.screen.lock() = report::Screen::new(Look::default(), Box::new(printed.clone()), Box::new(printed.clone()));
    let Ok(argparse::Outcome::Run(parsed)) = argparse::parse(&Tool::Playbook.declaration(), &words, 80) else {
        panic!("the words are right")
    };
    let Options::Playbook(options) = Options::read(Tool::Playbook, &parsed, &context.settings) else {
        panic!("a playbook's options")
    };
    let code = playbook::run(options, &context).expect("the play runs");
    let bytes = printed.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (code, String::from_utf8(bytes).expect("text"))
}

/// What is written, for whoever looks later.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
