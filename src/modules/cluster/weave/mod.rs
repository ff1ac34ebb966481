//! muster.cluster.weave: a Weave Net router, its peers, and how the host is seen in it.

mod status;

use std::time::Duration;

use crate::args::{Args, Choice};
use crate::data::Value;
use crate::object;
use crate::runner::{Change, Failure, Finished, Module, Outcome, Run, Target};

use status::{State as Found, Status};

pub static MODULE: Module = Module::of::<Weave>("muster.cluster.weave", "Runs a Weave Net router");

#[derive(Args)]
struct Weave {
    /// What the router is to be.
    #[arg(default = "launched")]
    state: State,
    /// Addresses of other routers.
    #[arg(default = [])]
    peers: Vec<String>,
    /// Whether targets go that are not named.
    #[arg(default = false)]
    replace_peers: bool,
    /// More targets to connect to.
    #[arg(default = [])]
    connect: Vec<String>,
    /// Targets to forget.
    #[arg(default = [])]
    forget: Vec<String>,
    /// Peers that are gone for good: their addresses are taken over.
    #[arg(default = [])]
    remove_peers: Vec<String>,
    /// Whether all peers that own addresses and cannot be reached are removed.
    #[arg(default = false)]
    remove_unreachable: bool,
    /// The range of addresses.
    ipalloc_range: Option<String>,
    /// How the range is first shared out, as `consensus=3`.
    ipalloc_init: Option<String>,
    /// The password that encrypts what goes between routers.
    #[arg(no_log)]
    password: Option<String>,
    /// The name under which others see this router.
    nickname: Option<String>,
    /// Whether the host has an address in the network: true, false, or the address.
    expose: Option<String>,
    /// Whether names are resolved.
    #[arg(default = true)]
    dns: bool,
    /// Whether the proxy runs; old routers have one of their own.
    #[arg(default = true)]
    proxy: bool,
    /// More words for `weave launch`.
    #[arg(default = [])]
    launch_args: Vec<String>,
    /// Whether a router with another range or password is reset and launched anew.
    #[arg(default = false)]
    force: bool,
    /// The program.
    #[arg(default = "weave")]
    executable: String,
}

#[derive(Clone, Copy, PartialEq, Choice)]
enum State {
    Launched,
    Stopped,
    Absent,
}

impl Run for Weave {
    fn run(self, target: &mut Target) -> Outcome {
        let program = target.required_program(&self.executable)?.to_string_lossy().into_owned();
        let weave = Program { path: program };
        let before = weave.status(target)?;
        match self.state {
            State::Absent if before.state != Found::Absent => weave.change(&["reset", "--force"], target)?,
            State::Stopped if before.state == Found::Launched => weave.change(&["stop"], target)?,
            State::Launched => self.launched(&weave, before, target)?,
            _ => {}
        }
        let mut status = weave.status(target)?;
        if self.state == State::Launched && target.has_changed() && !target.is_check() {
            // Connections take a moment; what keeps them apart shows only there.
            for _ in 0..10 {
                if status
                    .connections
                    .iter()
                    .all(|connection| connection.state != "pending" && connection.state != "connecting")
                {
                    break;
                }
                target.sleep(Duration::from_millis(500))?;
                status = weave.status(target)?;
            }
        }
        for problem in status.problems() {
            target.warn(format!("Weave cannot connect to {problem}"));
        }
        let problems = Value::list(status.problems().into_iter().map(Value::from));
        Ok(object! { "problems" => problems, "ansible_facts" => status.facts() })
    }
}

impl Weave {
    fn launched(&self, weave: &Program, before: Status, target: &mut Target) -> Result<(), Failure> {
        let mut status = before;
        if status.state == Found::Launched {
            if let Some(difference) = self.difference(&status) {
                if !self.force {
                    return Err(Failure::new(format!(
                        "The router runs with {difference}. Only a reset changes that, and containers lose their \
                         addresses: give `force: true`"
                    )));
                }
                weave.change(&["reset", "--force"], target)?;
                status = Status::of_state(Found::Absent);
            }
        }
        if status.state != Found::Launched {
            self.launch(weave, target)?;
            status = if target.is_check() { Status::of_state(Found::Launched) } else { weave.status(target)? };
        }
        self.peers(weave, &status, target)?;
        self.remove(weave, &status, target)?;
        self.expose(weave, target)
    }

    /// What cannot be changed while the router runs.
    fn difference(&self, status: &Status) -> Option<String> {
        let range = self.ipalloc_range.as_ref().filter(|range| **range != status.range && !status.range.is_empty());
        if let Some(range) = range {
            return Some(format!("the address range {} and not {range}", status.range));
        }
        (self.password.is_some() != status.encryption).then(|| {
            let word = if status.encryption { "a password" } else { "no password" };
            format!("{word}, against what is wanted")
        })
    }

    fn launch(&self, weave: &Program, target: &mut Target) -> Result<(), Failure> {
        let is_old = weave.is_old(target)?;
        let mut words = vec!["launch".to_owned()];
        let mut option = |name: &str, value: &Option<String>| {
            words.extend(value.iter().flat_map(|value| [name.to_owned(), value.clone()]));
        };
        if is_old {
            option("-iprange", &self.ipalloc_range);
            option("-password", &self.password);
            option("-nickname", &self.nickname);
        } else {
            option("--ipalloc-range", &self.ipalloc_range);
            option("--ipalloc-init", &self.ipalloc_init);
            option("--password", &self.password);
            option("--nickname", &self.nickname);
            if !self.dns {
                words.push("--no-dns".to_owned());
            }
            if !self.proxy {
                words.push("--proxy=false".to_owned());
            }
        }
        words.extend(self.launch_args.iter().chain(&self.peers).cloned());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        weave.change(&words, target)?;
        if is_old {
            for (wanted, word) in [(self.dns, "launch-dns"), (self.proxy, "launch-proxy")] {
                if wanted {
                    weave.change(&[word], target)?;
                }
            }
        }
        Ok(())
    }

    fn peers(&self, weave: &Program, status: &Status, target: &mut Target) -> Result<(), Failure> {
        let wanted: Vec<&str> = self.peers.iter().chain(&self.connect).map(String::as_str).collect();
        let extra = status.targets.iter().any(|known| !wanted.contains(&known.as_str()));
        if self.replace_peers && extra {
            let words: Vec<&str> = ["connect", "--replace"].into_iter().chain(wanted.iter().copied()).collect();
            weave.change(&words, target)?;
        } else if !status.name.is_empty() {
            for peer in wanted.iter().filter(|peer| !status.knows(peer)) {
                weave.change(&["connect", peer], target)?;
            }
        }
        for peer in self.forget.iter().filter(|peer| status.targets.contains(peer)) {
            weave.change(&["forget", peer], target)?;
        }
        Ok(())
    }

    fn remove(&self, weave: &Program, status: &Status, target: &mut Target) -> Result<(), Failure> {
        let mut gone: Vec<&String> =
            self.remove_peers.iter().filter(|peer| status.unreachable.contains(peer)).collect();
        if self.remove_unreachable {
            gone.extend(status.unreachable.iter().filter(|peer| !self.remove_peers.contains(peer)));
        }
        for peer in gone {
            weave.change(&["rmpeer", peer], target)?;
        }
        Ok(())
    }

    fn expose(&self, weave: &Program, target: &mut Target) -> Result<(), Failure> {
        let Some(expose) = &self.expose else { return Ok(()) };
        let (wanted, address) = match expose.to_ascii_lowercase().as_str() {
            "true" | "yes" => (true, None),
            "false" | "no" => (false, None),
            _ => (true, Some(expose.as_str())),
        };
        // `weave:expose NAME ADDRESS`, without an address where the host has none.
        let shown = weave.run(&["ps", "weave:expose"], target)?.stdout_text();
        let has = shown.split_whitespace().nth(2).is_some();
        if wanted && !has {
            let words: Vec<&str> = ["expose"].into_iter().chain(address).collect();
            weave.change(&words, target)?;
        } else if !wanted && has {
            weave.change(&["hide"], target)?;
        }
        Ok(())
    }
}

struct Program {
    path: String,
}

impl Program {
    fn run(&self, words: &[&str], target: &Target) -> Result<Finished, Failure> {
        let all = [self.path.as_str()].into_iter().chain(words.iter().copied()).map(str::to_owned);
        target.command(all).run_or_fail()
    }

    /// Runs what changes something.
    fn change(&self, words: &[&str], target: &mut Target) -> Result<(), Failure> {
        target.converge(Change::new(), |target| {
            let finished = self.run(words, target)?;
            if finished.is_success() {
                return Ok(());
            }
            Err(Failure::new(format!("weave {} failed: {}", words[0], finished.stderr_text().trim()))
                .with("rc", finished.code)
                .with("stdout", finished.stdout_text())
                .with("stderr", finished.stderr_text()))
        })?;
        Ok(())
    }

    /// Routers before 1.0 have no `report`, and DNS and proxy as containers of their own.
    fn is_old(&self, target: &Target) -> Result<bool, Failure> {
        let text = self.run(&["version"], target)?.stdout_text();
        let version = text.lines().filter_map(|line| line.strip_prefix("weave ")).find_map(|rest| {
            rest.split_whitespace().find(|word| word.starts_with(|character: char| character.is_ascii_digit()))
        });
        Ok(version.is_some_and(|version| version.starts_with("0.")))
    }

    fn status(&self, target: &Target) -> Result<Status, Failure> {
        let report = self.run(&["report"], target)?;
        if report.is_success() {
            return Status::from_report(&report.stdout_text()).map_err(Failure::new);
        }
        let finished = self.run(&["status"], target)?;
        let (output, errors) = (finished.stdout_text(), finished.stderr_text());
        if output.contains("weave router") {
            return Ok(Status::from_text(&output));
        }
        let said = format!("{output}\n{errors}");
        if said.contains("is not present") || said.contains("Is weave running") {
            Ok(Status::of_state(Found::Absent))
        } else if said.contains("is not running") {
            Ok(Status::of_state(Found::Stopped))
        } else {
            Err(Failure::new(format!("weave cannot tell its status: {}", said.trim())).with("rc", finished.code))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    /// A stand-in with Weave's command line and its own words, as the real 2.8.1 was recorded.
    const STAND_IN: &str = r#"#!/bin/sh
here=$(dirname "$0"); echo "$*" >> "$here/log"
gone() { echo "weave container is not present. Have you launched it?" >&2; exit "$1"; }
case $1 in
version) printf 'weave script unreleased\nweave 2.8.1\n' ;;
launch)
    [ -e "$here/on" ] && { echo "weave is already running; you can stop it with 'weave stop'." >&2; exit 3; }
    shift; : > "$here/on"; : > "$here/targets"
    while [ $# -gt 0 ]; do case $1 in --*) shift ;; *) echo "$1" >> "$here/targets" ;; esac; shift; done ;;
stop | reset) [ -e "$here/on" ] || echo "Weave is not running (ignore on Kubernetes)." >&2; rm -f "$here/on" "$here/exposed" ;;
connect) echo "$2" >> "$here/targets" ;;
forget) grep -vx "$2" "$here/targets" > "$here/new"; mv "$here/new" "$here/targets" ;;
expose) : > "$here/exposed"; echo 10.40.128.1 ;;
hide) rm -f "$here/exposed" ;;
ps) if [ -e "$here/exposed" ]; then echo "weave:expose a6:e8:74:29:ea:7a 10.40.128.1/16"; else echo "weave:expose a6:e8:74:29:ea:7a"; fi ;;
report)
    [ -e "$here/on" ] || gone 7
    targets=$(sed 's/.*/"&"/' "$here/targets" | paste -sd, -)
    printf '{"Version": "2.8.1", "Router": {"Name": "a6:e8:74:29:ea:7a", "NickName": "w1", "Encryption": false, "Targets": [%s], "Peers": [], "Connections": null}, "IPAM": {"Range": "10.40.0.0/16", "Entries": null}, "DNS": {}}\n' "$targets" ;;
status) [ -e "$here/on" ] || gone 1 ;;
esac
"#;

    /// Arguments, what must come out, whether the second time nothing changes.
    const STORY: &[(&str, &str)] = &[
        (r#"{"state": "stopped"}"#, r#"{"changed": false}"#),
        (r#"{"ipalloc_range": "10.40.0.0/16", "peers": ["172.28.30.22"]}"#, r#"{"changed": true, "problems": []}"#),
        (r#"{"ipalloc_range": "10.40.0.0/16", "peers": ["172.28.30.22"]}"#, r#"{"changed": false}"#),
        (r#"{"peers": ["172.28.30.22", "172.28.30.23"], "expose": "true"}"#, r#"{"changed": true}"#),
        (r#"{"peers": ["172.28.30.23"], "expose": "true"}"#, r#"{"changed": false}"#),
        (r#"{"forget": ["172.28.30.23"], "expose": "false"}"#, r#"{"changed": true}"#),
        (r#"{"forget": ["172.28.30.23"]}"#, r#"{"changed": false}"#),
        (r#"{"ipalloc_range": "10.50.0.0/16"}"#, r#"{"failed": true}"#),
        (r#"{"ipalloc_range": "10.50.0.0/16", "password": "hidden"}"#, r#"{"failed": true}"#),
        (r#"{"state": "stopped"}"#, r#"{"changed": true}"#),
        (r#"{"state": "absent"}"#, r#"{"changed": false}"#),
    ];

    #[test]
    fn a_router_from_launch_to_reset() {
        let scratch = Scratch::new();
        scratch.put("weave", STAND_IN);
        scratch.mode("weave", 0o755);
        for (args, wanted) in STORY {
            let args = args.replacen('{', "{\"executable\": \"@/weave\", ", 1);
            let checked = scratch.call(&MODULE, &args, "check");
            let log = scratch.text("log");
            let asked = ["launch", "connect", "forget", "expose", "hide", "stop", "reset"];
            let reply = scratch.call(&MODULE, &args, "");
            scratch.assert_result(&reply, wanted);
            if reply.result.get("failed").is_none() {
                assert_eq!(checked.result.get("changed"), reply.result.get("changed"), "in check mode: {args}");
            }
            let done =
                scratch.text("log")[log.len()..].lines().any(|line| asked.iter().any(|word| line.starts_with(word)));
            assert_eq!(Some(done), reply.result.get("changed").and_then(crate::data::Value::as_bool), "{args}");
        }
    }
}
