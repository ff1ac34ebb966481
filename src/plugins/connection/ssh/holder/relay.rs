//! A run's frames to a kept runner and back, until the run says goodbye. The goodbye itself is not
//! passed on: the runner rests, and can be given to the next run.

use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::transport::Link;
use crate::wire::{self, Body, Frame};

/// How long a runner may take to end what a run left.
const REST: Duration = Duration::from_secs(6);

/// The runner's link where it can serve another run. `leaves` is called when the run has said goodbye.
pub async fn relay(client: UnixStream, link: Link, leaves: impl FnOnce()) -> Option<Link> {
    let Link { mut reader, mut writer } = link;
    let (client_reader, mut client_writer) = client.into_split();
    let mut client_reader = tokio::io::BufReader::new(client_reader);
    let bye = wire::encode(&Frame { route: 0, body: Body::Bye });
    let rested = wire::encode(&Frame { route: 0, body: Body::Rested });
    let leaving = AtomicBool::new(false);
    let rests = {
        let inward = async {
            loop {
                let frame = read_raw(&mut reader).await?;
                if !leaving.load(Ordering::SeqCst) {
                    client_writer.write_all(&frame).await?;
                } else if frame == rested {
                    return Ok::<_, io::Error>(());
                }
            }
        };
        let outward = async {
            loop {
                let frame = read_raw(&mut client_reader).await?;
                if frame == bye {
                    break;
                }
                writer.write_all(&frame).await?;
                writer.flush().await?;
            }
            leaving.store(true, Ordering::SeqCst);
            leaves();
            // The run need not wait for what is done now.
            let stream = client_reader.get_ref().as_ref().as_fd();
            let _ = rustix::net::shutdown(stream, rustix::net::Shutdown::Write);
            writer.write_all(&wire::encode(&Frame { route: 0, body: Body::Rest })).await?;
            writer.flush().await
        };
        let mut inward = std::pin::pin!(inward);
        tokio::select! {
            _ = &mut inward => false,
            said = outward => said.is_ok() && matches!(tokio::time::timeout(REST, inward).await, Ok(Ok(()))),
        }
    };
    rests.then_some(Link { reader, writer })
}

/// A frame with its length, as it is.
pub async fn read_raw(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut head = [0; 4];
    reader.read_exact(&mut head).await?;
    let length = wire::length(head).map_err(io::Error::other)?;
    let mut frame = vec![0; 4 + length];
    frame[..4].copy_from_slice(&head);
    reader.read_exact(&mut frame[4..]).await?;
    Ok(frame)
}
