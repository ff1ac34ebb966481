//! `muster socks`: a SOCKS5 proxy on this machine whose connections go out from another one.

use std::sync::Arc;

use tokio::net::TcpListener;

use super::Context;
use super::play::block_on;
use crate::data::{Map, Value, build};
use crate::diagnostic::{Diagnostic, Kind};
use crate::plugins::connection::ssh::socks_server;
use crate::report::terminal::Terminal;
use crate::transport::{Endpoint, Surroundings, shell};

/// Where a proxy listens if nothing is said.
const USUAL: &str = "127.0.0.1:1080";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    listen: String,
    user: Option<String>,
    host: String,
    /// Arguments as `ssh` takes them.
    arguments: Vec<String>,
}

/// Serves until it is interrupted.
pub fn run(words: &[String], context: &Context) -> Result<u8, Diagnostic> {
    let wanted = read(words).map_err(|reason| {
        Diagnostic::new(reason).kind(Kind::Options).hint(
            "as ssh: muster socks [-D [address:]port] [-p port] [-i key] [-J jump] [-F file] [-o option] [user@]host",
        )
    })?;
    let screen = &context.screen;
    let surroundings = Surroundings {
        environment: context.environment.clone(),
        operator: Arc::new(Terminal::default()),
        program: context.executable.clone(),
        build: build::id().into(),
        notice: Arc::new(|_| {}),
    };
    let endpoint = endpoint(&wanted);
    let serve = async {
        let listener = TcpListener::bind(&wanted.listen)
            .await
            .map_err(|error| Diagnostic::new(format!("cannot listen on {}: {error}", wanted.listen)))?;
        let ready = || screen.line(&format!("socks5h://{} leads through {}", wanted.listen, wanted.host));
        let served = socks_server::serve(listener, &surroundings, endpoint, ready).await;
        served.map_err(|error| Diagnostic::new(error.message))
    };
    block_on(async {
        tokio::select! {
            served = serve => served.map(|()| 0),
            _ = tokio::signal::ctrl_c() => Ok(0),
        }
    })?
}

fn endpoint(wanted: &Wanted) -> Endpoint {
    let arguments: Vec<String> = wanted.arguments.iter().map(|word| shell::quote(word)).collect();
    let mut options =
        Map::from([("host", Value::text(wanted.host.as_str())), ("ssh_common_args", Value::text(arguments.join(" ")))]);
    if let Some(user) = &wanted.user {
        options.insert("remote_user", user.as_str());
    }
    // A person is there to be asked, as with ssh itself.
    options.insert("ssh_args", "-o PreferredAuthentications=publickey,keyboard-interactive,password -o KbdInteractiveAuthentication=yes -o PasswordAuthentication=yes");
    Endpoint { host: wanted.host.as_str().into(), connection: "ssh".into(), options: Arc::new(options) }
}

fn read(words: &[String]) -> Result<Wanted, String> {
    let (mut listen, mut destination, mut arguments) = (USUAL.to_owned(), None, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word
            .strip_prefix('-')
            .and_then(|rest| rest.chars().next().map(|letter| (letter, &rest[letter.len_utf8()..])))
        {
            Some((letter @ ('D' | 'p' | 'i' | 'J' | 'F' | 'o' | 'l'), attached)) => {
                let value = match attached {
                    "" => words.next().ok_or_else(|| format!("-{letter} needs a value"))?,
                    attached => attached,
                };
                match letter {
                    'D' if value.contains(':') => listen = value.to_owned(),
                    'D' => listen = format!("127.0.0.1:{value}"),
                    _ => arguments.extend([format!("-{letter}"), value.to_owned()]),
                }
            }
            Some((letter, "")) if "CA46N".contains(letter) => {
                if letter != 'N' {
                    arguments.push(word.clone());
                }
            }
            None if destination.is_none() && !word.is_empty() => destination = Some(word.as_str()),
            _ => return Err(format!("'{word}' is not understood")),
        }
    }
    let destination = destination.ok_or("the host is missing")?;
    let (user, host) = match destination.rsplit_once('@') {
        Some((user, host)) => (Some(user.to_owned()), host),
        None => (None, destination),
    };
    Ok(Wanted { listen, user, host: host.to_owned(), arguments })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Result<(&str, Option<&str>, &str, &[&str]), &str>) {
        let words: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let expected = expected.map(|(listen, user, host, arguments)| Wanted {
            listen: listen.to_owned(),
            user: user.map(str::to_owned),
            host: host.to_owned(),
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        });
        assert_eq!(read(&words), expected.map_err(str::to_owned), "{line}");
    }

    #[test]
    fn words_are_those_of_ssh() {
        check("-D 8888 me@vpn", Ok(("127.0.0.1:8888", Some("me"), "vpn", &[])));
        check("vpn -p2222 -D0.0.0.0:1 -N", Ok(("0.0.0.0:1", None, "vpn", &["-p", "2222"])));
        check("-o A=b -C vpn", Ok(("127.0.0.1:1080", None, "vpn", &["-o", "A=b", "-C"])));
        check("-D 1", Err("the host is missing"));
        check("-x vpn", Err("'-x' is not understood"));
        check("vpn -D", Err("-D needs a value"));
    }
}
