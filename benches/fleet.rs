//! What a play over very many hosts costs: memory, time and CPU by result, output included. The hosts
//! are pretended; modules run in this process, so all that is measured is muster itself.
//!
//! `cargo bench --bench fleet`; numbers behind `--` are the sizes to try instead of the usual ones.
//! Each size is a process of its own, so that its peak of memory is its own.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use muster::cli::{self, Invocation};
use muster::data::Environment;
use muster::data::environment::{SystemClock, SystemDice};
use muster::runner::{Registry, Site, execute};
use muster::transport::{Carrier, InProcess, Surroundings};

const SIZES: [usize; 3] = [500, 5_000, 50_000];
const FORKS: usize = 500;
const TASKS: usize = 20;

/// In whose environment the figures travel from the measured process to the one that prints.
const ROLE: &str = "MUSTER_BENCH_FLEET";

fn main() -> ExitCode {
    if let Some(folder) = std::env::var_os(ROLE) {
        return measured(Path::new(&folder));
    }
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{TASKS} tasks, forks {FORKS}, output to a file");
    let _ = writeln!(
        out,
        "{:<7} {:>7} {:>9} {:>9} {:>9} {:>12} {:>12} {:>9}",
        "play", "hosts", "results", "time", "CPU", "time/result", "CPU/result", "memory"
    );
    for (name, tasks) in [("ping", pings()), ("mixed", mixed())] {
        for hosts in &sizes {
            let figures = measure(&tasks, *hosts);
            let _ = writeln!(out, "{name:<7} {hosts:>7} {}", figures.row());
        }
    }
    ExitCode::SUCCESS
}

fn pings() -> String {
    "  - ping:\n".repeat(TASKS)
}

/// Every task gives one result on every host.
fn mixed() -> String {
    let round = "  - ping:
    register: answer
  - set_fact:
      greeting: \"hello {{ inventory_hostname }}\"
  - debug:
      msg: \"{{ greeting }}: {{ answer.ping }}\"
  - assert:
      that: answer.ping == 'pong' and greeting is search(inventory_hostname)
      quiet: true
  - ping:
      data: to {{ greeting }}
    when: answer is not changed
";
    round.repeat(TASKS / round.matches("  - ").count())
}

struct Figures {
    results: usize,
    time: Duration,
    cpu: Duration,
    /// Kilobytes.
    memory: usize,
}

impl Figures {
    fn row(&self) -> String {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / self.results as f64;
        format!(
            "{:>9} {:>7.2} s {:>7.2} s {:>9.1} µs {:>9.1} µs {:>6.0} MB",
            self.results,
            self.time.as_secs_f64(),
            self.cpu.as_secs_f64(),
            each(self.time),
            each(self.cpu),
            self.memory as f64 / 1024.0
        )
    }
}

/// Runs the play in a process of its own and reads what it found out about itself.
fn measure(tasks: &str, hosts: usize) -> Figures {
    let folder = std::env::temp_dir().join(format!("muster-fleet-{}-{hosts}", std::process::id()));
    fs::create_dir_all(&folder).expect("there is a folder for temporary files");
    let play = format!("- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}");
    fs::write(folder.join("site.yml"), play).expect("the folder takes files");
    let names = (0..hosts).fold(String::new(), |mut names, number| {
        let _ = writeln!(names, "host{number:05}");
        names
    });
    fs::write(folder.join("hosts"), names).expect("the folder takes files");
    let output = fs::File::create(folder.join("output")).expect("the folder takes files");
    let program = std::env::current_exe().expect("a program knows where it is");
    let status = Command::new(program).env(ROLE, &folder).stdin(Stdio::null()).stdout(output).status();
    let printed = fs::read_to_string(folder.join("output")).expect("it was just written");
    assert!(status.expect("the program can be started").success(), "the play failed: {printed}");
    let told = fs::read_to_string(folder.join("figures")).expect("the figures were written");
    let told: Vec<usize> = told.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let recap = format!("ok={TASKS}");
    assert_eq!(printed.lines().filter(|line| line.contains(&recap)).count(), hosts, "every host did every task");
    let _ = fs::remove_dir_all(&folder);
    let micros = |micros: usize| Duration::from_micros(micros as u64);
    Figures { results: hosts * TASKS, time: micros(told[0]), cpu: micros(told[1]), memory: told[2] }
}

/// The measured process: `ansible-playbook` from its first word to its exit code.
fn measured(folder: &Path) -> ExitCode {
    let begin = Instant::now();
    let forks = FORKS.to_string();
    let words = ["ansible-playbook", "-i", "hosts", "-f", &forks, "site.yml"].map(str::to_owned).to_vec();
    let environment = environment(folder);
    let code = cli::run(Invocation { words, executable: PathBuf::from("/muster"), environment, carrier: fleet });
    let cpu = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let cpu = cpu.tv_sec * 1_000_000 + cpu.tv_nsec / 1000;
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells the peak");
    let peak = peak.trim().trim_end_matches(" kB");
    let figures = format!("{} {cpu} {peak}\n", begin.elapsed().as_micros());
    fs::write(folder.join("figures"), figures).expect("the folder takes files");
    ExitCode::from(code)
}

/// Hosts in this process.
fn fleet(_: &Surroundings) -> Arc<dyn Carrier> {
    let registry = Registry::new(muster::modules::all());
    let site = Site::new(environment(Path::new("/")));
    Arc::new(InProcess::new(FORKS, move |_, call| Ok(execute(&registry, call, &site))))
}

fn environment(folder: &Path) -> Environment {
    let path = ("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    Environment {
        variables: Arc::new([path].into_iter().collect()),
        working_directory: folder.to_path_buf(),
        home: folder.to_path_buf(),
        user: "nobody".to_owned(),
        hostname: "controller".to_owned(),
        time_zone: jiff::tz::TimeZone::UTC,
        clock: Arc::new(SystemClock),
        dice: Arc::new(SystemDice),
    }
}
