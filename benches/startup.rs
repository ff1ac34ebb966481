//! What it costs to start: CPU of `--version` and `--help` under several names, the median of many.
//!
//! `cargo bench --bench startup`; fails where a median is above the limit.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

const ROUNDS: usize = 50;
const LIMIT: Duration = Duration::from_millis(10);

const CALLS: [(&str, &str); 6] = [
    ("muster", "--version"),
    ("muster", "--help"),
    ("ansible", "--version"),
    ("ansible-playbook", "--version"),
    ("ansible-playbook", "--help"),
    ("ansible-inventory", "--help"),
];

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{:<28} {:>10} {:>10} {:>10}", "CPU of a start", "least", "median", "most");
    let mut slow = false;
    for (name, word) in CALLS {
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| once(name, word)).collect();
        times.sort_unstable();
        let shown = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
        let median = times[ROUNDS / 2];
        slow |= median >= LIMIT;
        let call = format!("{name} {word}");
        let _ =
            writeln!(out, "{call:<28} {:>10} {:>10} {:>10}", shown(times[0]), shown(median), shown(times[ROUNDS - 1]));
    }
    if slow { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// CPU of one start, of the program and of the system for it.
fn once(name: &str, word: &str) -> Duration {
    let before = of_children();
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.arg0(name).arg(word).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().expect("the program can be started").success(), "{name} {word} works");
    of_children().saturating_sub(before)
}

fn of_children() -> Duration {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // Safety: the pointer is to memory of the right type, which zeroes fill validly.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.unsigned_abs()) + Duration::from_micros(time.tv_usec.unsigned_abs())
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}
