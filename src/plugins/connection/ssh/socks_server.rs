//! A SOCKS5 server whose connections go out from a host that is reached by SSH: for browsers and
//! other programs that are to see a network behind it.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Ssh;
use crate::transport::{Endpoint, Surroundings, Unreachable};

/// Answers of the protocol.
const DONE: u8 = 0;
const FAILED: u8 = 1;
const REFUSED: u8 = 5;
const NOT_KNOWN: u8 = 7;

/// Takes connections for as long as it is polled. The first login is made at once, so that mistakes
/// show; later ones when it was lost.
pub async fn serve(
    listener: TcpListener,
    surroundings: &Surroundings,
    endpoint: Endpoint,
    ready: impl FnOnce(),
) -> Result<(), Unreachable> {
    let ssh = Arc::new(Ssh::direct(surroundings));
    ssh.login(&ssh.plan(&endpoint).await?).await?;
    ready();
    let endpoint = Arc::new(endpoint);
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    running.spawn(attend(stream, Arc::clone(&ssh), Arc::clone(&endpoint)));
                }
            }
            Some(_) = running.join_next() => {}
        }
    }
}

async fn attend(mut client: TcpStream, ssh: Arc<Ssh>, endpoint: Arc<Endpoint>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let Some((host, port)) = read_request(&mut client).await? else { return Ok(()) };
    let lead = async {
        let login = ssh.login(&ssh.plan(&endpoint).await?).await?;
        login.through(&host, port).await.map_err(Unreachable::new)
    };
    match lead.await {
        Ok(mut stream) => {
            answer(&mut client, DONE).await?;
            tokio::io::copy_bidirectional(&mut client, &mut stream).await.map(|_| ())
        }
        Err(error) if error.message.contains("refused") => answer(&mut client, REFUSED).await,
        Err(_) => answer(&mut client, FAILED).await,
    }
}

/// Where the client wants to go; nothing where it was told why not.
async fn read_request(client: &mut TcpStream) -> io::Result<Option<(String, u16)>> {
    let [version, count] = read(client).await?;
    if version != 5 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut methods = vec![0; usize::from(count)];
    client.read_exact(&mut methods).await?;
    if !methods.contains(&0) {
        client.write_all(&[5, 0xff]).await?;
        return Ok(None);
    }
    client.write_all(&[5, 0]).await?;
    let [_, command, _, kind] = read(client).await?;
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(client).await?).to_string(),
        3 => {
            let [length] = read(client).await?;
            let mut name = vec![0; usize::from(length)];
            client.read_exact(&mut name).await?;
            String::from_utf8(name).map_err(io::Error::other)?
        }
        4 => Ipv6Addr::from(read::<16>(client).await?).to_string(),
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    let port = u16::from_be_bytes(read(client).await?);
    if command != 1 {
        answer(client, NOT_KNOWN).await?;
        return Ok(None);
    }
    Ok(Some((host, port)))
}

async fn read<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn answer(client: &mut TcpStream, code: u8) -> io::Result<()> {
    client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await
}
