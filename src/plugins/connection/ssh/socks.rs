//! The client of a SOCKS5 proxy: with and without login, names resolved here or at the far end.

use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// `socks5://[user:password@]host:port`, or `socks5h://` where the proxy resolves names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocksProxy {
    pub host: String,
    pub port: u16,
    pub login: Option<(String, String)>,
    pub remote_names: bool,
}

impl SocksProxy {
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("'{text}' is not a SOCKS5 proxy: socks5h://[user:password@]host:port was expected");
        let (remote_names, rest) = match text.split_once("://") {
            Some(("socks5h", rest)) => (true, rest),
            Some(("socks5" | "socks", rest)) => (false, rest),
            None => (true, text),
            Some(_) => return Err(bad()),
        };
        let rest = rest.trim_end_matches('/');
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => {
                let (user, password) = login.split_once(':').unwrap_or((login, ""));
                (Some((percent_decoded(user), percent_decoded(password))), place)
            }
            None => (None, rest),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() => (host, port.parse().map_err(|_| bad())?),
            _ if !place.is_empty() && !place.contains(':') => (place, 1080),
            _ => return Err(bad()),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port, login, remote_names })
    }
}

/// Asks the proxy at the other end of the stream to connect on.
pub async fn connect<S>(stream: &mut S, proxy: &SocksProxy, host: &str, port: u16) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    talk(stream, proxy, host, port).await.map_err(|error| match error {
        Refusal::Io(error) => format!("proxy {}:{}: {error}", proxy.host, proxy.port),
        Refusal::Said(reason) => format!("proxy {}:{}: {reason}", proxy.host, proxy.port),
    })
}

enum Refusal {
    Io(std::io::Error),
    Said(String),
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

async fn talk<S>(stream: &mut S, proxy: &SocksProxy, host: &str, port: u16) -> Result<(), Refusal>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let greeting: &[u8] = if proxy.login.is_some() { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    stream.write_all(greeting).await?;
    let mut choice = [0; 2];
    stream.read_exact(&mut choice).await?;
    match (choice, &proxy.login) {
        ([5, 0], _) => {}
        ([5, 2], Some((user, password))) => log_in(stream, user, password).await?,
        ([5, _], _) => return Err(Refusal::Said("it wants another login".into())),
        _ => return Err(Refusal::Said("it does not speak SOCKS5".into())),
    }
    let mut request = vec![5, 1, 0];
    match host.parse() {
        Ok(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        Err(_) => {
            let length = u8::try_from(host.len()).map_err(|_| Refusal::Said("the name is too long".into()))?;
            request.extend([3, length]);
            request.extend(host.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    stream.write_all(&request).await?;
    read_answer(stream).await
}

async fn log_in<S>(stream: &mut S, user: &str, password: &str) -> Result<(), Refusal>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut login = vec![1];
    for part in [user, password] {
        login.push(u8::try_from(part.len()).map_err(|_| Refusal::Said("the login is too long".into()))?);
        login.extend(part.as_bytes());
    }
    stream.write_all(&login).await?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await?;
    if answer[1] == 0 { Ok(()) } else { Err(Refusal::Said("it refused the login".into())) }
}

async fn read_answer<S>(stream: &mut S) -> Result<(), Refusal>
where
    S: AsyncRead + Unpin,
{
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let rest = match head[3] {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await?),
        _ => return Err(Refusal::Said("it does not speak SOCKS5".into())),
    };
    // The address that the proxy connects from, and its port: of no use here.
    let mut address = vec![0; rest + 2];
    stream.read_exact(&mut address).await?;
    let reason = match head[1] {
        0 => return Ok(()),
        2 => "Connection not allowed by the rules",
        3 => "Network is unreachable",
        4 => "No route to host",
        5 => "Connection refused",
        6 => "Connection timed out",
        7 | 8 => "it does not support this",
        _ => "it failed to connect",
    };
    Err(Refusal::Said(reason.into()))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_proxies() {
        let check = |text: &str, host: &str, port: u16, login: Option<(&str, &str)>, remote_names: bool| {
            let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
            assert_eq!(SocksProxy::parse(text), Ok(SocksProxy { host: host.into(), port, login, remote_names }));
        };
        check("socks5h://vpn:1081", "vpn", 1081, None, true);
        check("socks5://me:p%40ss@vpn:1081/", "vpn", 1081, Some(("me", "p@ss")), false);
        check("vpn", "vpn", 1080, None, true);
        check("socks5://[::1]:9", "::1", 9, None, false);
        for bad in ["http://vpn:1", "socks5://", "vpn:x"] {
            assert!(SocksProxy::parse(bad).is_err(), "{bad}");
        }
    }

    /// Plays a proxy: (what it reads, what it says) in turn.
    async fn check(proxy: &str, host: &str, script: &[(&[u8], &[u8])], expected: Result<(), &str>) {
        let (mut here, mut there) = tokio::io::duplex(1024);
        let play = async {
            for (expected, answer) in script {
                let mut read = vec![0; expected.len()];
                there.read_exact(&mut read).await.expect("the client speaks");
                assert_eq!(read, *expected);
                there.write_all(answer).await.expect("the client listens");
            }
        };
        let proxy = SocksProxy::parse(proxy).expect("a proxy");
        let (outcome, ()) = tokio::join!(connect(&mut here, &proxy, host, 22), play);
        assert_eq!(outcome, expected.map_err(str::to_owned));
    }

    #[tokio::test]
    async fn the_proxy_is_asked() {
        let name: &[u8] = b"\x05\x01\x00\x03\x03web\x00\x16";
        let ok: &[u8] = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
        check("p:1", "web", &[(b"\x05\x01\x00", b"\x05\x00"), (name, ok)], Ok(())).await;
        let login: &[u8] = b"\x01\x01u\x01p";
        check("u:p@p:1", "web", &[(b"\x05\x02\x00\x02", b"\x05\x02"), (login, b"\x01\x00"), (name, ok)], Ok(())).await;
        check(
            "u:p@p:1",
            "web",
            &[(b"\x05\x02\x00\x02", b"\x05\x02"), (login, b"\x01\x01")],
            Err("proxy p:1: it refused the login"),
        )
        .await;
        let refused: &[u8] = b"\x05\x05\x00\x03\x01x\x00\x00";
        let address: &[u8] = b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x16";
        check(
            "p:1",
            "127.0.0.1",
            &[(b"\x05\x01\x00", b"\x05\x00"), (address, refused)],
            Err("proxy p:1: Connection refused"),
        )
        .await;
    }
}
