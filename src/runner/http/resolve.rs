//! Names of hosts to addresses. The target's own programs are asked before the C library, which a
//! static program can only use where its own version is installed.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use crate::data::Environment;

/// The addresses of a name, in the order in which they should be tried.
pub fn resolve(host: &str, port: u16, environment: &Environment) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let known = from_hosts(&std::fs::read_to_string("/etc/hosts").unwrap_or_default(), host);
    if !known.is_empty() {
        return Ok(known.into_iter().map(|address| SocketAddr::new(address, port)).collect());
    }
    let asked = std::process::Command::new("getent")
        .args(["ahosts", host])
        .env_clear()
        .envs(environment.variables.iter())
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output();
    if let Ok(output) = asked {
        let mut addresses: Vec<IpAddr> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| line.split_whitespace().next()?.parse().ok())
            .collect();
        addresses.dedup();
        if output.status.success() && !addresses.is_empty() {
            return Ok(addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect());
        }
        if output.status.code() == Some(2) {
            return Err(io::Error::other("[Errno -2] Name or service not known"));
        }
    }
    match (host, port).to_socket_addrs() {
        Ok(addresses) => Ok(addresses.collect()),
        Err(_) => Err(io::Error::other("[Errno -2] Name or service not known")),
    }
}

/// The addresses that the hosts file has for a name, those of version 4 first.
fn from_hosts(text: &str, host: &str) -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split('#').next()?.split_whitespace();
            let address = words.next()?.parse().ok()?;
            words.any(|name| name.eq_ignore_ascii_case(host)).then_some(address)
        })
        .collect();
    found.sort_by_key(|address: &IpAddr| !address.is_ipv4());
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_file_comes_first() {
        let text = "::1 localhost\n127.0.0.1\tlocalhost me # not.this\n";
        let shown = |host| from_hosts(text, host).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown("localhost"), ["127.0.0.1", "::1"]);
        assert_eq!(shown("ME"), ["127.0.0.1"]);
        assert!(shown("not.this").is_empty());
    }
}
