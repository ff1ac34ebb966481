//! A TCP proxy on loopback whose links can be cut, held up and let go: the way on which connections
//! are lost.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the way does to what goes over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Open,
    /// Connections are cut, and new ones refused.
    Closed,
    /// Nothing is said and nothing passes.
    Silent,
}

pub struct Proxy {
    pub port: u16,
    way: watch::Sender<(Way, usize)>,
    pub connections: Arc<AtomicUsize>,
}

impl Proxy {
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let (way, watched) = watch::channel((Way::Open, 0));
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if watched.borrow().0 == Way::Closed {
                    continue;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(pass(stream, target, watched.clone()));
            }
        });
        Self { port, way, connections }
    }

    /// Cuts everything that is there; with `Way::Open` new connections may come.
    pub fn cut(&self, then: Way) {
        self.way.send_modify(|(way, cuts)| {
            *way = then;
            *cuts += 1;
        });
    }

    /// From now on.
    pub fn set(&self, now: Way) {
        self.way.send_modify(|(way, _)| *way = now);
    }
}

async fn pass(mut here: TcpStream, target: u16, mut way: watch::Receiver<(Way, usize)>) -> io::Result<()> {
    let mut there = TcpStream::connect(("127.0.0.1", target)).await?;
    let cuts = way.borrow().1;
    let (mut outward, mut inward) = (vec![0; 16384], vec![0; 16384]);
    loop {
        let silent = way.borrow().0 == Way::Silent;
        tokio::select! {
            read = here.read(&mut outward), if !silent => match read? {
                0 => return there.shutdown().await,
                length => there.write_all(&outward[..length]).await?,
            },
            read = there.read(&mut inward), if !silent => match read? {
                0 => return here.shutdown().await,
                length => here.write_all(&inward[..length]).await?,
            },
            changed = way.changed() => {
                if changed.is_err() || way.borrow().1 != cuts {
                    return Ok(());
                }
            }
        }
    }
}
