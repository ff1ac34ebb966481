//! How a controller comes back to a runner after its connection was lost: by another login, and a
//! program there that passes everything on to the runner's socket. The socket has no file; both sides
//! check that the other one is the same user.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::SendFlags;

use super::serve::Wire;
use crate::wire::{self, Body, Frame};

/// Waits for callers as long as the runner lives; `each` tells whether it still wants them.
pub fn listen(instance: &str, each: impl Fn(UnixStream) -> bool + Send + 'static) -> io::Result<()> {
    let listener = UnixListener::bind_addr(&address(instance)?)?;
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            if is_own(&stream) && !each(stream) {
                return;
            }
        }
    });
    Ok(())
}

/// Passes everything on between this program's own streams and the runner. Where it is no more, the
/// other side is told so.
pub fn lead_back(instance: &str, mut input: impl Read + Send + 'static, mut output: impl Write) -> io::Result<()> {
    let found = address(instance).and_then(|address| UnixStream::connect_addr(&address)).ok().filter(is_own);
    let Some(mut stream) = found else {
        output.write_all(&wire::encode(&Frame { route: 0, body: Body::Bye }))?;
        return output.flush();
    };
    let mut inward = stream.try_clone()?;
    thread::spawn(move || {
        let _ = io::copy(&mut input, &mut inward);
        let _ = inward.shutdown(Shutdown::Write);
    });
    let mut piece = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            length => output.write_all(&piece[..length]).and_then(|()| output.flush())?,
        }
    }
}

/// The login's own streams. Writing to them gives up when another stream takes their place, however
/// long the connection behind them has been stuck.
pub fn login_wire() -> io::Result<Wire> {
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    let replaced = Arc::new(AtomicBool::new(false));
    let output = Unstuck { output, replaced: Arc::clone(&replaced) };
    Ok(Wire { input: Box::new(io::stdin()), output: Box::new(output), replaced })
}

struct Unstuck {
    output: std::os::fd::OwnedFd,
    replaced: Arc<AtomicBool>,
}

impl Unstuck {
    /// As much as can be written now. The mode of the file stays as it is: servers may have given the
    /// same one for reading.
    fn write_some(&self, bytes: &[u8]) -> rustix::io::Result<usize> {
        /// So much fits into a pipe that can be written to at all.
        const PIPE: usize = 4096;
        match rustix::net::send(&self.output, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Err(rustix::io::Errno::NOTSOCK) => rustix::io::write(self.output.as_fd(), &bytes[..bytes.len().min(PIPE)]),
            sent => sent,
        }
    }
}

impl Write for Unstuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
        loop {
            if self.replaced.load(Ordering::SeqCst) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let mut waiting = [PollFd::new(&self.output, PollFlags::OUT)];
            match poll(&mut waiting, Some(&LOOK)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            match self.write_some(bytes) {
                Ok(length) => return Ok(length),
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn address(instance: &str) -> io::Result<SocketAddr> {
    SocketAddr::from_abstract_name(format!("muster-runner-{instance}"))
}

fn is_own(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid();
    rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == own)
}
