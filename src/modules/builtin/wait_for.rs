//! ansible.builtin.wait_for: waits for a port, a file, a text in either, or for some time.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use fancy_regex::Regex;

use crate::args::{Args, Choice, TargetPath};
use crate::data::{Map, Value};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<WaitFor>("ansible.builtin.wait_for", "Wait for a condition");

#[derive(Args)]
#[args(exclusive("port", "path"))]
struct WaitFor {
    /// The host whose port it is.
    #[arg(default = "127.0.0.1")]
    host: String,
    /// Seconds for all of it.
    #[arg(default = 300)]
    timeout: i64,
    /// Seconds for one attempt to connect.
    #[arg(default = 5)]
    connect_timeout: i64,
    /// Seconds before the first look.
    #[arg(default = 0)]
    delay: i64,
    /// The port.
    port: Option<i64>,
    /// States of connections that count as busy when they are to be drained.
    #[arg(default = ["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"])]
    active_connection_states: Vec<String>,
    /// What to wait for.
    #[arg(default = "started")]
    state: State,
    /// The file.
    path: Option<TargetPath>,
    /// A pattern that must be found in the file, or in what the port sends.
    search_regex: Option<String>,
    /// Hosts whose connections do not count when they are to be drained.
    exclude_hosts: Option<Vec<String>>,
    /// Seconds between looks.
    #[arg(default = 1)]
    sleep: i64,
    /// What a failure says.
    msg: Option<String>,
}

#[derive(Choice, Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Drained,
    Present,
    Started,
    Stopped,
}

impl Run for WaitFor {
    fn run(self, target: &mut Target) -> Outcome {
        self.check()?;
        let start = Instant::now();
        target.sleep(seconds(self.delay))?;
        if self.port.is_none() && self.path.is_none() && self.state != State::Drained {
            target.sleep(seconds(self.timeout))?;
            return Ok(self.result(start, "started", Vec::new(), Map::new()));
        }
        match self.state {
            State::Absent | State::Stopped => self.until_gone(target, start),
            State::Present | State::Started => self.until_there(target, start),
            State::Drained => self.until_drained(target, start),
        }
    }
}

fn seconds(number: i64) -> Duration {
    Duration::from_secs(number.max(0).unsigned_abs())
}

/// What a look at a file or port found.
enum Look {
    Nothing,
    Found { groups: Vec<Value>, named: Map },
}

impl WaitFor {
    fn check(&self) -> Result<(), Failure> {
        let elapsed = |failure: Failure| failure.with("elapsed", 0);
        if self.path.is_some() && self.state == State::Drained {
            return Err(elapsed(Failure::new(
                "state=drained should only be used for checking a port in the wait_for module",
            )));
        }
        if self.path.is_some() && self.state == State::Stopped {
            return Err(elapsed(Failure::new(
                "state=stopped should only be used for checking a port in the wait_for module",
            )));
        }
        if self.exclude_hosts.is_some() && self.state != State::Drained {
            return Err(elapsed(Failure::new("exclude_hosts should only be with state=drained")));
        }
        Ok(())
    }

    fn result(&self, start: Instant, state: &str, groups: Vec<Value>, named: Map) -> Map {
        Map::from([
            ("state", Value::from(state)),
            ("port", Value::from(self.port)),
            ("search_regex", Value::from(self.search_regex.clone())),
            ("match_groups", Value::list(groups)),
            ("match_groupdict", Value::from(named)),
            ("path", self.path.as_ref().map_or(Value::NULL, Value::from)),
            ("elapsed", Value::from(start.elapsed().as_secs())),
        ])
    }

    fn too_late(&self, start: Instant, usual: String) -> Failure {
        Failure::new(self.msg.clone().unwrap_or(usual)).with("elapsed", start.elapsed().as_secs())
    }

    /// What is waited for, in messages.
    fn subject(&self) -> String {
        match (&self.path, self.port) {
            (Some(path), _) => path.display().to_string(),
            (None, port) => format!("{}:{}", self.host, port.unwrap_or_default()),
        }
    }

    fn until_gone(&self, target: &mut Target, start: Instant) -> Outcome {
        let end = start + seconds(self.timeout);
        loop {
            let there = match &self.path {
                Some(path) => target.absolute(path).exists(),
                None => self.connect().is_some(),
            };
            if !there {
                let state = if self.path.is_some() { "absent" } else { "stopped" };
                return Ok(self.result(start, state, Vec::new(), Map::new()));
            }
            if Instant::now() >= end {
                let usual = match &self.path {
                    Some(path) => format!("Timeout when waiting for {} to be absent.", path.display()),
                    None => format!("Timeout when waiting for {} to stop.", self.subject()),
                };
                return Err(self.too_late(start, usual));
            }
            target.sleep(seconds(self.sleep))?;
        }
    }

    fn until_there(&self, target: &mut Target, start: Instant) -> Outcome {
        let end = start + seconds(self.timeout);
        let pattern = match &self.search_regex {
            Some(text) => Some(Regex::new(&format!("(?m){text}")).map_err(|error| Failure::new(error.to_string()))?),
            None => None,
        };
        loop {
            let look = match &self.path {
                Some(path) => look_into(&target.absolute(path), pattern.as_ref()),
                None => self.listen(pattern.as_ref(), end),
            };
            if let Look::Found { groups, named } = look {
                let state = match &self.path {
                    Some(path) if target.absolute(path).is_dir() => "directory",
                    Some(_) => "file",
                    None => "started",
                };
                return Ok(self.result(start, state, groups, named));
            }
            if Instant::now() >= end {
                let subject = self.subject();
                let usual = match (&self.path, &self.search_regex) {
                    (_, Some(pattern)) => format!("Timeout when waiting for search string {pattern} in {subject}"),
                    (Some(_), None) => format!("Timeout when waiting for file {subject}"),
                    (None, None) => format!("Timeout when waiting for {subject}"),
                };
                return Err(self.too_late(start, usual));
            }
            target.sleep(seconds(self.sleep))?;
        }
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        let port = u16::try_from(self.port.unwrap_or_default()).unwrap_or_default();
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return vec![SocketAddr::new(address, port)];
        }
        (self.host.as_str(), port).to_socket_addrs().map(Iterator::collect).unwrap_or_default()
    }

    fn connect(&self) -> Option<TcpStream> {
        let limit = seconds(self.connect_timeout.max(1));
        self.addresses().iter().find_map(|address| TcpStream::connect_timeout(address, limit).ok())
    }

    /// Connects, and where a pattern is given reads until it is found or nothing more comes.
    fn listen(&self, pattern: Option<&Regex>, end: Instant) -> Look {
        let Some(mut stream) = self.connect() else { return Look::Nothing };
        let Some(pattern) = pattern else { return Look::Found { groups: Vec::new(), named: Map::new() } };
        let mut text = Vec::new();
        let mut piece = [0; 1024];
        while Instant::now() < end {
            let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(10));
            let _ = stream.set_read_timeout(Some(left));
            match stream.read(&mut piece) {
                Ok(0) | Err(_) => break,
                Ok(length) => text.extend_from_slice(&piece[..length]),
            }
            if let found @ Look::Found { .. } = search(&text, pattern) {
                let _ = stream.flush();
                return found;
            }
        }
        Look::Nothing
    }

    fn until_drained(&self, target: &mut Target, start: Instant) -> Outcome {
        let end = start + seconds(self.timeout);
        loop {
            let busy = self.connections()?;
            if busy == 0 {
                return Ok(self.result(start, "drained", Vec::new(), Map::new()));
            }
            if Instant::now() >= end {
                return Err(self.too_late(start, format!("Timeout when waiting for {} to drain", self.subject())));
            }
            target.sleep(seconds(self.sleep))?;
        }
    }

    /// How many connections to the port are busy, from the kernel's tables.
    fn connections(&self) -> Result<usize, Failure> {
        let port = self.port.unwrap_or_default();
        let excluded: Vec<String> = self.exclude_hosts.clone().unwrap_or_default();
        let mut count = 0;
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            let text = std::fs::read_to_string(table).unwrap_or_default();
            for line in text.lines().skip(1) {
                let words: Vec<_> = line.split_whitespace().collect();
                let (Some(local), Some(remote), Some(state)) = (words.get(1), words.get(2), words.get(3)) else {
                    continue;
                };
                let local_port = local.rsplit(':').next().and_then(|port| i64::from_str_radix(port, 16).ok());
                let from = remote.split(':').next().and_then(address_of).map(|address| address.to_string());
                let counts = local_port == Some(port)
                    && self.active_connection_states.iter().any(|name| state_code(name) == Some(state))
                    && !from.is_some_and(|from| excluded.contains(&from));
                count += usize::from(counts);
            }
        }
        Ok(count)
    }
}

/// The kernel's number of a state.
fn state_code(name: &str) -> Option<&'static str> {
    Some(match name {
        "ESTABLISHED" => "01",
        "SYN_SENT" => "02",
        "SYN_RECV" => "03",
        "FIN_WAIT1" => "04",
        "FIN_WAIT2" => "05",
        "TIME_WAIT" => "06",
        "CLOSE" => "07",
        "CLOSE_WAIT" => "08",
        "LAST_ACK" => "09",
        "LISTEN" => "0A",
        "CLOSING" => "0B",
        _ => return None,
    })
}

/// An IPv4 address as the kernel's table has it.
fn address_of(digits: &str) -> Option<IpAddr> {
    let number = u32::from_str_radix(digits, 16).ok()?;
    Some(IpAddr::from(number.to_le_bytes()))
}

fn look_into(path: &std::path::Path, pattern: Option<&Regex>) -> Look {
    match pattern {
        None if path.exists() => Look::Found { groups: Vec::new(), named: Map::new() },
        None => Look::Nothing,
        Some(pattern) => std::fs::read(path).map_or(Look::Nothing, |text| search(&text, pattern)),
    }
}

fn search(text: &[u8], pattern: &Regex) -> Look {
    let text = String::from_utf8_lossy(text);
    let Ok(Some(found)) = pattern.captures(&*text) else { return Look::Nothing };
    let group = |index: usize| found.get(index).map_or(Value::NULL, |part| Value::from(part.as_str()));
    let groups = (1..found.len()).map(group).collect();
    let names = pattern.capture_names().enumerate();
    let named = names.filter_map(|(index, name)| Some((name?, group(index)))).collect();
    Look::Found { groups, named }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    #[test]
    fn a_port_is_waited_for() {
        let scratch = Scratch::new();
        let server = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let port = server.local_addr().expect("it is bound").port();
        let reply = scratch.call(&MODULE, &format!(r#"{{"port": {port}, "timeout": 5}}"#), "");
        scratch.assert_result(&reply, &format!(r#"{{"state": "started", "port": {port}, "changed": false}}"#));
        drop(server);
        let reply = scratch.call(&MODULE, &format!(r#"{{"port": {port}, "state": "stopped", "timeout": 5}}"#), "");
        scratch.assert_result(&reply, r#"{"state": "stopped"}"#);
    }

    #[test]
    fn time_runs_out() {
        let scratch = Scratch::new();
        let reply = scratch.call(&MODULE, r#"{"path": "/nowhere/f", "timeout": 0}"#, "");
        scratch.assert_result(&reply, r#"{"failed": true, "msg": "Timeout when waiting for file /nowhere/f"}"#);
    }

    #[test]
    fn a_text_in_a_file_gives_its_groups() {
        let scratch = Scratch::new();
        scratch.put("f", "not yet\nready 5\n");
        let args =
            format!(r#"{{"path": "{}", "search_regex": "^ready (\\d)", "timeout": 2}}"#, scratch.path("f").display());
        let reply = scratch.call(&MODULE, &args, "");
        scratch.assert_result(&reply, r#"{"state": "file", "match_groups": ["5"]}"#);
    }
}
