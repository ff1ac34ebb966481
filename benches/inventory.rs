//! What large inventories cost: time and memory of `ansible all --list-hosts`, beside ansible-core
//! where `MUSTER_REFERENCE` names a Python that has it; and what vaulted strings cost.
//!
//! `cargo bench --bench inventory`. Every figure is of a process of its own, the best of three.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const GROUPS: usize = 200;
const SIZES: [usize; 3] = [1_000, 10_000, 50_000];
/// The reference needs minutes for more.
const REFERENCE_UP_TO: usize = 10_000;

struct Figures {
    time: Duration,
    /// Kilobytes at the peak.
    memory: usize,
}

fn main() {
    let folder = std::env::temp_dir().join(format!("muster-inventory-{}", std::process::id()));
    let reference = std::env::var_os("MUSTER_REFERENCE").map(PathBuf::from);
    let mut out = std::io::stdout().lock();
    let mut say = |line: String| writeln!(out, "{line}").expect("the terminal takes lines");
    if reference.is_none() {
        say("MUSTER_REFERENCE names no Python with ansible-core: its column stays empty.".to_owned());
    }
    say(format!("{:>7} {:>10} {:>10} {:>12} {:>8}", "hosts", "time", "memory", "ansible", "times"));
    let mut peaks = Vec::new();
    for hosts in SIZES {
        let site = folder.join(hosts.to_string());
        write_site(&site, hosts);
        let ours = best(&|| list(&muster("ansible"), &site, hosts));
        let theirs = reference
            .as_ref()
            .filter(|_| hosts <= REFERENCE_UP_TO)
            .map(|python| list(&[python.with_file_name("ansible").to_string_lossy().into_owned()], &site, hosts));
        let (shown, times) = theirs.map_or((String::new(), String::new()), |theirs| {
            let times = theirs.time.as_secs_f64() / ours.time.as_secs_f64();
            (format!("{:.2} s", theirs.time.as_secs_f64()), format!("{times:.0}"))
        });
        let megabytes = ours.memory as f64 / 1024.0;
        say(format!("{hosts:>7} {:>8.3} s {megabytes:>7.0} MB {shown:>12} {times:>8}", ours.time.as_secs_f64()));
        peaks.push((hosts, ours.memory));
    }
    let [.., (few, low), (many, high)] = peaks[..] else { return };
    let slope = (high - low) as f64 * 1024.0 / (many - few) as f64;
    say(format!("memory per host, from {few} to {many}: {slope:.0} bytes"));
    for (salts, name) in [(1, "one salt"), (100, "a hundred salts")] {
        let site = folder.join(format!("vault-{salts}"));
        write_vaulted(&site, salts);
        let figures = best(&|| {
            measured(&muster("ansible-playbook"), &["-i", "hosts", "site.yml", "--vault-password-file", "pw"], &site).0
        });
        say(format!("a hundred vaulted strings, {name}: {:.3} s", figures.time.as_secs_f64()));
    }
    let _ = fs::remove_dir_all(&folder);
}

/// The program under one of the reference's names.
fn muster(name: &str) -> [String; 2] {
    [env!("CARGO_BIN_EXE_muster").to_owned(), name.to_owned()]
}

fn best(measure: &dyn Fn() -> Figures) -> Figures {
    let all = [measure(), measure(), measure()];
    all.into_iter().min_by_key(|figures| figures.time).expect("there are three")
}

fn list(program: &[String], site: &Path, hosts: usize) -> Figures {
    let (figures, printed) = measured(program, &["-i", "hosts", "all", "--list-hosts"], site);
    assert_eq!(printed.lines().count(), hosts + 1, "every host is listed");
    figures
}

/// Runs a program to its end; its first word is the file, a second one its name.
fn measured(program: &[String], words: &[&str], site: &Path) -> (Figures, String) {
    let output = site.join("output");
    let file = fs::File::create(&output).expect("the folder takes files");
    let mut command = Command::new(&program[0]);
    if let Some(name) = program.get(1) {
        command.arg0(name);
    }
    command.args(words).current_dir(site).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", site);
    command.env("LANG", "C.UTF-8").stdin(Stdio::null()).stdout(file).stderr(Stdio::null());
    let begin = Instant::now();
    #[expect(clippy::zombie_processes, reason = "it is waited for below, in a way that tells its memory")]
    let child = command.spawn().expect("the program can be started");
    let mut status = 0;
    // Safety: both are ours, and a zeroed rusage is valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // Safety: as above; the child is waited for here only.
    let waited = unsafe { libc::wait4(child.id() as i32, &raw mut status, 0, &raw mut usage) };
    let time = begin.elapsed();
    assert!(waited > 0 && status == 0, "{program:?} failed");
    let printed = fs::read_to_string(&output).expect("it was just written");
    (Figures { time, memory: usage.ru_maxrss as usize }, printed)
}

/// Hosts in groups that all have variables in the text and in a file.
fn write_site(site: &Path, hosts: usize) {
    fs::create_dir_all(site.join("group_vars")).expect("there is a folder for temporary files");
    let mut text = String::new();
    for group in 0..GROUPS {
        let _ = writeln!(text, "[group{group:03}]");
        for host in (group..hosts).step_by(GROUPS) {
            let _ = writeln!(
                text,
                "host{host:05}.example.org ansible_host=10.{}.{}.{} rack={}",
                host >> 16,
                (host >> 8) & 255,
                host & 255,
                host % 40
            );
        }
        let _ = writeln!(text, "[group{group:03}:vars]\nzone=zone{}", group % 7);
        let variables = format!(
            "role: role{group}\nports: [80, 443, {group}]\npaths: {{data: /srv/{group}, logs: /var/log/{group}}}\n"
        );
        fs::write(site.join(format!("group_vars/group{group:03}.yml")), variables).expect("the folder takes files");
    }
    fs::write(site.join("hosts"), text).expect("the folder takes files");
}

/// A play that uses a hundred vaulted strings.
fn write_vaulted(site: &Path, salts: usize) {
    fs::create_dir_all(site).expect("there is a folder for temporary files");
    let mut variables = String::new();
    for number in 0..100 {
        let salt = format!("{:032}", number % salts);
        let sealed = muster::data::vault::encrypt(format!("word{number}").as_bytes(), b"pw", None, salt.as_bytes());
        let sealed = sealed.expect("the text can be sealed").replace('\n', "\n  ");
        let _ = writeln!(variables, "v{number}: !vault |\n  {}", sealed.trim_end());
    }
    let all: Vec<String> = (0..100).map(|number| format!("v{number}")).collect();
    let play = format!(
        "- hosts: h\n  gather_facts: false\n  vars_files: [v.yml]\n  tasks:\n    - debug: {{msg: \"{{{{ [{}] | length }}}}\"}}\n",
        all.join(", ")
    );
    for (name, text) in [("v.yml", variables.as_str()), ("pw", "pw\n"), ("hosts", "h\n"), ("site.yml", play.as_str())] {
        fs::write(site.join(name), text).expect("the folder takes files");
    }
}
