//! Runs that are recorded, cut short and resumed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::conformance::program::Scratch;

const HOSTS: [&str; 3] = ["h1", "h2", "h3"];
const TASKS: usize = 30;

/// A folder with a playbook, an inventory and a home.
struct Site {
    scratch: Scratch,
}

impl Site {
    fn new(playbook: &str) -> Self {
        let scratch = Scratch::new(0o700);
        let hosts: String = HOSTS.iter().map(|host| format!("{host} ansible_connection=local\n")).collect();
        for (name, text) in [("hosts", hosts.as_str()), ("site.yml", playbook)] {
            fs::write(scratch.path().join(name), text).expect("the scratch folder can be written");
        }
        for folder in ["home", "state", "ledger"] {
            fs::create_dir(scratch.path().join(folder)).expect("a folder can be made");
        }
        Self { scratch }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.args(words).current_dir(self.scratch.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin").env("HOME", self.path("home"));
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the program can be started")
    }

    /// The one journal that there is.
    fn journal(&self) -> Option<PathBuf> {
        let folder = self.path("home/.local/state/muster/runs");
        fs::read_dir(folder).ok()?.find_map(|entry| Some(entry.ok()?.path()))
    }

    fn id(&self) -> String {
        let journal = self.journal().expect("the run is recorded");
        journal.file_stem().expect("journals have names").to_string_lossy().into_owned()
    }

    /// All files of a folder by name.
    fn files(&self, folder: &str) -> BTreeMap<String, String> {
        let entries = fs::read_dir(self.path(folder)).expect("the folder is there").filter_map(Result::ok);
        let read = |path: &Path| fs::read_to_string(path).expect("the file can be read");
        entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), read(&entry.path()))).collect()
    }

    /// Kills the run as soon as its journal has so many lines; whether it was still going on.
    fn run_and_kill(&self, words: &[&str], lines: usize) -> bool {
        let mut child = self.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let deadline = Instant::now() + Duration::from_mins(2);
        loop {
            if child.try_wait().expect("the child can be waited for").is_some() {
                return false;
            }
            let text = self.journal().and_then(|path| fs::read(path).ok()).unwrap_or_default();
            if text.split(|byte| *byte == b'\n').count() > lines || Instant::now() > deadline {
                child.kill().expect("the child can be killed");
                child.wait().expect("the child has ended");
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Thirty tasks, of which some notify, register, loop, fail and are rescued; each leaves a line for
/// every time that it runs.
fn long_play() -> String {
    let mut text = "- hosts: all\n  gather_facts: false\n  tasks:\n".to_owned();
    for number in 0..TASKS - 3 {
        let act = format!(
            "echo t{number} >> ledger/{{{{ inventory_hostname }}}}; echo {number} > state/{{{{ inventory_hostname }}}}-{number}"
        );
        text.push_str(&format!("    - shell: {act}; echo out{number}\n      register: r{number}\n"));
        if number % 7 == 3 {
            text.push_str("      notify: hand\n");
        }
        if number == 20 {
            text.push_str("    - meta: flush_handlers\n");
        }
    }
    text.push_str(concat!(
        "    - block:\n",
        "        - shell: echo fails >> ledger/{{ inventory_hostname }}; exit 3\n",
        "      rescue:\n",
        "        - shell: echo {{ ansible_failed_result.rc }}{{ r5.stdout }} >> ledger/{{ inventory_hostname }}\n",
        "    - shell: echo item{{ item }} >> ledger/{{ inventory_hostname }}\n      loop: [1, 2]\n      notify: hand\n",
        "  handlers:\n",
        "    - name: hand\n      shell: echo handler >> ledger/{{ inventory_hostname }}\n",
    ));
    text
}

fn recap(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().skip_while(|line| !line.starts_with("PLAY RECAP")).skip(1).map(|line| line.trim().to_owned()).collect()
}

/// Steps that had begun and not ended, by host: how often each may have run once too often.
fn in_flight(journal: &str) -> BTreeMap<String, usize> {
    let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in journal.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        for (word, begins) in [("begin", true), ("end", false)] {
            let Some(key) = record.get(word) else { continue };
            let steps = open.entry(key[1].as_str().unwrap_or_default().to_owned()).or_default();
            let key = key.to_string();
            steps.retain(|known| *known != key);
            if begins {
                steps.push(key);
            }
        }
    }
    open.into_iter().map(|(host, steps)| (host, steps.len())).collect()
}

#[test]
fn a_killed_run_goes_on_where_it_stopped() {
    let words = ["playbook", "-i", "hosts", "site.yml"];
    let whole = Site::new(&long_play());
    let undisturbed = whole.run(&words);
    assert_eq!(undisturbed.status.code(), Some(0), "{}", String::from_utf8_lossy(&undisturbed.stdout));
    let lines = fs::read_to_string(whole.journal().expect("it is recorded")).expect("it is text").lines().count();
    let (state, ledger) = (whole.files("state"), whole.files("ledger"));
    assert_eq!(state.len(), HOSTS.len() * (TASKS - 3));
    let mut seed = u64::from(std::process::id());
    let mut killed = 0;
    for _ in 0..20 {
        // A simple generator is enough to spread the moments.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = 2 + (seed >> 33) as usize % (lines - 4);
        let site = Site::new(&long_play());
        if !site.run_and_kill(&words, moment) {
            continue;
        }
        killed += 1;
        let text = fs::read_to_string(site.journal().expect("it was recorded")).expect("it is text");
        let again = in_flight(&text);
        let resumed = site.run(&["resume", &site.id()]);
        let shown = String::from_utf8_lossy(&resumed.stdout).into_owned();
        assert_eq!(resumed.status.code(), Some(0), "killed after {moment} lines:\n{shown}");
        assert_eq!(recap(&resumed), recap(&undisturbed), "killed after {moment} lines:\n{shown}");
        assert_eq!(site.files("state"), state, "killed after {moment} lines");
        for (host, text) in site.files("ledger") {
            let expected: Vec<&str> = ledger[&host].lines().collect();
            let mut ran: Vec<&str> = text.lines().collect();
            let twice = ran.len().saturating_sub(expected.len());
            // A step that loops has two lines.
            assert!(
                twice <= 2 * again.get(&host).copied().unwrap_or(0),
                "{host}, after {moment} lines:\n{text}\n{shown}"
            );
            let mut seen = expected.clone();
            seen.sort_unstable();
            seen.dedup();
            ran.sort_unstable();
            ran.dedup();
            assert_eq!(ran, seen, "{host}, after {moment} lines");
        }
    }
    assert!(killed >= 15, "only {killed} runs were killed in time");
}

#[test]
fn runs_are_listed_shown_and_refused() {
    let site = Site::new("- hosts: all\n  gather_facts: false\n  tasks:\n    - command: echo hi\n");
    assert_eq!(String::from_utf8_lossy(&site.run(&["runs"]).stdout), "No runs are recorded.\n");
    site.run(&["playbook", "-i", "hosts", "site.yml"]);
    let id = site.id();
    let text = |words: &[&str]| {
        let output = site.run(words);
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let listed = text(&["runs"]);
    assert!(listed.contains(&id) && listed.contains("ended well") && listed.contains("3 hosts"), "{listed}");
    let shown = text(&["runs", "show", &id]);
    assert!(shown.contains("changed") && shown.contains("h2: command"), "{shown}");
    assert!(text(&["resume", &id]).contains("nothing left to do"));
    assert!(text(&["resume", "nope"]).contains("There is no run nope"));
    let journal = site.journal().expect("it is recorded");
    let old = fs::read_to_string(&journal).expect("it is text");
    let other = old.replacen("\"journal\":1", "\"journal\":99", 1);
    fs::write(&journal, other).expect("it can be written");
    assert!(text(&["resume", &id]).contains("is of version 99"));
    // The next run removes nothing, as the journal is young.
    assert!(text(&["runs"]).contains(&id));
}

#[test]
fn secrets_are_not_in_journals() {
    let playbook = concat!(
        "- hosts: h1\n  gather_facts: false\n  vars_files: [v.yml]\n  tasks:\n",
        "    - command: echo {{ word }}\n      register: r\n",
        "    - command: echo hidden-word\n      no_log: true\n",
        "    - command: test -e there\n      when: r.stdout == 'vaulted-word'\n",
    );
    let site = Site::new(playbook);
    fs::write(site.path("pw"), "pw\n").expect("it can be written");
    fs::write(site.path("v.yml"), "word: vaulted-word\n").expect("it can be written");
    site.run(&["vault", "encrypt", "v.yml", "--vault-password-file", "pw"]);
    let words = ["playbook", "-i", "hosts", "site.yml", "--vault-password-file", "pw", "-e", "my_password=typed-word"];
    assert_eq!(site.run(&words).status.code(), Some(2));
    let journal = fs::read_to_string(site.journal().expect("it is recorded")).expect("it is text");
    for secret in ["vaulted-word", "hidden-word", "typed-word"] {
        assert!(!journal.contains(secret), "{secret} stands in\n{journal}");
    }
    let refused = site.run(&["resume", &site.id()]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("secrets by -e"));
    fs::write(site.path("there"), "").expect("it can be written");
    let resumed = site.run(&["resume", &site.id(), "-e", "my_password=typed-word"]);
    let shown = String::from_utf8_lossy(&resumed.stdout).into_owned();
    assert_eq!(resumed.status.code(), Some(0), "{shown}{}", String::from_utf8_lossy(&resumed.stderr));
    assert!(recap(&resumed)[0].contains("ok=3"), "{shown}");
}

#[test]
fn a_home_that_cannot_be_written_costs_a_warning() {
    let site = Site::new("- hosts: h1\n  gather_facts: false\n  tasks:\n    - debug: msg=hi\n");
    fs::write(site.path("file"), "").expect("it can be written");
    let output = site
        .command(&["playbook", "-i", "hosts", "site.yml"])
        .env("MUSTER_JOURNAL_DIR", site.path("file"))
        .output()
        .expect("the program can be started");
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("The run is not recorded"));
}
