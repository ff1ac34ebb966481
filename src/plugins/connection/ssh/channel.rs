//! One channel as a stream: a pump of its own drains it, so that a slow reader holds up nobody else
//! on the same connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use russh::client::Msg;
use russh::{Channel, ChannelMsg};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{mpsc, oneshot};

use super::dial::Said;

/// A command under way on the host.
pub struct Running {
    pub stdout: ChannelReader,
    pub stdin: Box<dyn AsyncWrite + Send + Unpin>,
    /// What it said on stderr, the last of it.
    pub said: Said,
    pub exit: oneshot::Receiver<i32>,
}

/// Takes a channel over on which a command was just started. `said` gets its stderr.
pub fn run(channel: Channel<Msg>, said: Said) -> Running {
    let (read, write) = channel.split();
    let (open, ended) = oneshot::channel();
    let stdin = Box::new(Stdin { inner: Box::new(write.make_writer()), ended, has_ended: false });
    let (pieces, receiver) = mpsc::unbounded_channel();
    let (exit_sender, exit) = oneshot::channel();
    let stderr = said.clone();
    let (dropped, mut alive) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let mut read = read;
        let mut code = None;
        loop {
            let message = tokio::select! {
                message = read.wait() => message,
                // Nobody reads any more: the command is hung up on.
                _ = &mut alive => break,
            };
            match message {
                Some(ChannelMsg::Data { data }) => {
                    if pieces.send(data.to_vec()).is_err() {
                        break;
                    }
                }
                Some(ChannelMsg::ExtendedData { data, .. }) => stderr.add(&data),
                Some(ChannelMsg::ExitStatus { exit_status }) => code = Some(exit_status as i32),
                Some(ChannelMsg::ExitSignal { .. }) => code = Some(-1),
                Some(ChannelMsg::Close) | None => break,
                Some(_) => {}
            }
        }
        if let Some(code) = code {
            let _ = exit_sender.send(code);
        }
        // Whoever still waits to write need not.
        drop(open);
        let _ = write.close().await;
    });
    Running { stdout: ChannelReader { receiver, current: Vec::new(), read: 0, _alive: dropped }, stdin, said, exit }
}

/// A stream to whatever a channel leads to.
pub fn stream(channel: Channel<Msg>) -> impl AsyncRead + AsyncWrite + Send + Unpin {
    let running = run(channel, Said::default());
    tokio::io::join(running.stdout, running.stdin)
}

/// What is written to a channel. The other side's leave to write may never come when the connection
/// is lost, so its end is watched as well.
struct Stdin {
    inner: Box<dyn AsyncWrite + Send + Unpin>,
    ended: oneshot::Receiver<()>,
    has_ended: bool,
}

impl Stdin {
    fn unless_ended<T>(&mut self, context: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_pending() && (self.has_ended || Pin::new(&mut self.ended).poll(context).is_ready()) {
            self.has_ended = true;
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        poll
    }
}

impl AsyncWrite for Stdin {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.unless_ended(context, poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_flush(context);
        self.unless_ended(context, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_shutdown(context);
        self.unless_ended(context, poll)
    }
}

/// The bytes of a channel. The queue before it is bounded by what the other side may send ahead: the
/// frames of a session are taken out as they come, and output of commands is kept anyway.
pub struct ChannelReader {
    receiver: mpsc::UnboundedReceiver<Vec<u8>>,
    current: Vec<u8>,
    read: usize,
    _alive: oneshot::Sender<()>,
}

impl AsyncRead for ChannelReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read == self.current.len() {
            match ready!(self.receiver.poll_recv(context)) {
                Some(piece) => {
                    self.current = piece;
                    self.read = 0;
                }
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = buffer.remaining().min(self.current.len() - self.read);
        buffer.put_slice(&self.current[self.read..self.read + length]);
        self.read += length;
        Poll::Ready(Ok(()))
    }
}
