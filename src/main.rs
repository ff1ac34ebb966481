//! The program: it looks around once, and hands what it saw to the command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use muster::cli::{self, Invocation};
use muster::data::Environment;
use muster::data::environment::{SystemClock, SystemDice};

fn main() -> ExitCode {
    let text = |word: std::ffi::OsString| word.to_string_lossy().into_owned();
    let words: Vec<String> = std::env::args_os().map(text).collect();
    let environment = look_around();
    let executable = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("muster"));
    ExitCode::from(cli::run(Invocation { words, executable, environment, carrier: cli::sessions }))
}

/// The only place that reads the process's surroundings.
fn look_around() -> Environment {
    let text = |word: std::ffi::OsString| word.to_string_lossy().into_owned();
    let variables: indexmap::IndexMap<String, String> =
        std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
    let account = account(rustix::process::getuid().as_raw());
    let home = variables.get("HOME").cloned().or_else(|| account.as_ref().map(|(_, home)| home.clone()));
    Environment {
        working_directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
        home: PathBuf::from(home.unwrap_or_else(|| "/".to_owned())),
        user: account.map_or_else(|| variables.get("USER").cloned().unwrap_or_default(), |(name, _)| name),
        hostname: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        time_zone: jiff::tz::TimeZone::system(),
        clock: Arc::new(SystemClock),
        dice: Arc::new(SystemDice),
        variables: Arc::new(variables),
    }
}

/// Name and home of a user id, from the system's list. A static program cannot ask the C library.
fn account(id: u32) -> Option<(String, String)> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let found = fields.len() > 5 && fields[2].parse() == Ok(id);
        found.then(|| (fields[0].to_owned(), fields[5].to_owned()))
    })
}
