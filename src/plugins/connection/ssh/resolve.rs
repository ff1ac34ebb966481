//! Names to addresses without the C library: a static program must not load the machine's name
//! services. `/etc/hosts` is read here; everything else is asked of `getent`, which knows them all.

use std::net::{IpAddr, SocketAddr};
use std::process::Stdio;

use tokio::process::Command;

use super::host_config::Family;

/// The addresses of a name in the order in which they are tried.
pub async fn resolve(host: &str, port: u16, family: Family) -> Result<Vec<SocketAddr>, String> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let mut addresses: Vec<IpAddr> = match address(bare) {
        Some(address) => vec![address],
        None => match tokio::fs::read_to_string("/etc/hosts").await.map(|text| in_hosts_file(&text, bare)) {
            Ok(found) if !found.is_empty() => found,
            _ => ask_getent(bare).await,
        },
    };
    addresses.retain(|address| match family {
        Family::Any => true,
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
    });
    if addresses.is_empty() {
        return Err(format!("ssh: Could not resolve hostname {host}: Name or service not known"));
    }
    Ok(addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

/// An address as it stands; IPv4 also in its short forms, as `127.1`.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.split('%').next()?.parse() {
        return Some(address);
    }
    let parts: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
    let parts = parts?;
    let (last, leading) = parts.split_last()?;
    if leading.len() > 2 || leading.iter().any(|part| *part > 255) || (*last >> (32 - 8 * leading.len()).min(31)) > 1 {
        return None;
    }
    let high = leading.iter().enumerate().fold(0_u32, |sum, (place, part)| sum | part << (24 - 8 * place));
    Some(IpAddr::V4((high | last).into()))
}

fn in_hosts_file(text: &str, name: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else { continue };
        if words.any(|word| word.eq_ignore_ascii_case(name)) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

async fn ask_getent(name: &str) -> Vec<IpAddr> {
    let mut command = Command::new("getent");
    command.args(["ahosts", "--", name]).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let Ok(output) = command.output().await else { return Vec::new() };
    let mut found: Vec<IpAddr> = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let address = line.split_ascii_whitespace().next().and_then(|word| word.split('%').next()?.parse().ok());
        found.extend(address.filter(|address| !found.contains(address)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_file_is_read() {
        let text = "# x\n127.0.0.1\tlocalhost web # db\n::1 localhost\n10.0.0.1 WEB web.org\nnonsense web\n";
        let check = |name: &str, expected: &[&str]| {
            let expected: Vec<IpAddr> = expected.iter().map(|text| text.parse().expect("an address")).collect();
            assert_eq!(in_hosts_file(text, name), expected);
        };
        check("localhost", &["127.0.0.1", "::1"]);
        check("web", &["127.0.0.1", "10.0.0.1"]);
        check("db", &[]);
    }

    #[test]
    fn addresses_need_no_names() {
        for (text, expected) in [
            ("127.0.0.1", Some("127.0.0.1")),
            ("127.1", Some("127.0.0.1")),
            ("::1", Some("::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("web", None),
            ("1.2.3.4.5", None),
        ] {
            assert_eq!(address(text), expected.map(|text| text.parse().expect("an address")), "{text}");
        }
    }

    #[tokio::test]
    async fn an_unknown_name_is_an_error() {
        let error = resolve("nonexistent.invalid", 22, Family::Any).await.expect_err("there is none");
        assert_eq!(error, "ssh: Could not resolve hostname nonexistent.invalid: Name or service not known");
    }
}
