//! One runner's stream, shared by many calls: frames out, replies, output and requests for content
//! back. One task a session moves the bytes; a call is a place in its table.
//!
//! A stream that breaks while calls are under way is not their end: the runner goes on, and is gone
//! back to by a new connection.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::pump::{Incoming, Outgoing, Shared, Urgent, lock, pump};
use super::{BlobSource, BoxFuture, CallError, Link, Unreachable};
use crate::wire::{self, BecomeAs, Body, CHUNK, Call, CallId, Frame, Hello, Reply, Route, Stream, WINDOW};

pub use super::pump::read_frame;

/// Frames that may wait for the writer before senders wait too.
const OUTGOING: usize = 16;

/// What a call may have unread; output over it is left out of the live view.
const INCOMING: usize = 64;

/// How long runners get to end after the goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// An open stream to a login runner and the runners behind it.
pub struct Session {
    shared: Arc<Shared>,
    hello: Hello,
    outgoing: mpsc::Sender<Outgoing>,
    urgent: mpsc::UnboundedSender<Urgent>,
    pump: Mutex<Option<JoinHandle<()>>>,
    next_call: AtomicU32,
}

/// Makes a new stream to the runner of a name.
pub type DialBack = Box<dyn Fn(String) -> BoxFuture<'static, Result<Link, Unreachable>> + Send + Sync>;

/// The way back to a runner whose stream was lost.
pub struct WayBack {
    pub dial: DialBack,
    /// For how long it is tried.
    pub patience: Duration,
}

/// What a call is carried with.
pub struct Cargo<'a> {
    pub route: Route,
    pub call: Call,
    pub blobs: Option<&'a dyn BlobSource>,
    pub live: Option<&'a (dyn Fn(Stream, &[u8]) + Send + Sync)>,
}

impl Session {
    /// Takes the stream over and waits for the runner's first frame.
    pub async fn start(link: Link, build: &str, way_back: Option<WayBack>) -> Result<Self, Unreachable> {
        let mut reader = BufReader::with_capacity(8 * 1024, link.reader);
        let hello = match read_frame(&mut reader).await {
            Ok(Frame { body: Body::Hello(hello), .. }) => hello,
            Ok(_) => return Err(Unreachable::new("The runner on the host did not introduce itself")),
            Err(reason) => return Err(Unreachable::new(format!("The runner on the host did not start: {reason}"))),
        };
        if hello.build != build {
            let message =
                format!("The runner on the host is another build ({}) than this program ({build})", hello.build);
            return Err(Unreachable::new(message));
        }
        let shared = Arc::new(Shared::default());
        let (outgoing, queue) = mpsc::channel(OUTGOING);
        let (urgent, urgent_queue) = mpsc::unbounded_channel();
        let lines = super::pump::Lines { queue, urgent: urgent_queue };
        let instance = hello.instance.clone();
        let pump = tokio::spawn(pump(Arc::clone(&shared), reader, link.writer, lines, instance, way_back));
        Ok(Self { shared, hello, outgoing, urgent, pump: Mutex::new(Some(pump)), next_call: AtomicU32::new(1) })
    }

    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Why the stream ended, once it has.
    pub fn lost(&self) -> Option<&str> {
        self.shared.lost.get().map(String::as_str)
    }

    /// Whether the runner behind a route has ended.
    pub fn route_ended(&self, route: Route) -> bool {
        lock(&self.shared.ended).contains(&route)
    }

    /// One call and its reply. Dropping the future cancels the call on the runner.
    pub async fn call(&self, cargo: Cargo<'_>) -> Result<Reply, CallError> {
        let Cargo { route, mut call, blobs, live } = cargo;
        let id = self.next_call.fetch_add(1, Ordering::Relaxed);
        call.arrived = std::mem::take(&mut *lock(&self.shared.arrived));
        let frame = wire::encode(&Frame { route, body: Body::Call(id, Box::new(call)) });
        let (sender, mut incoming) = mpsc::channel(INCOMING);
        self.shared.add_call(id, route, frame, sender);
        // From here on, leaving early takes the entry out and tells the runner.
        let mut place = Place { session: self, route, id, finished: false };
        self.send(Outgoing::Call(id)).await?;
        while let Some(event) = incoming.recv().await {
            match event {
                Incoming::Reply(reply) => {
                    place.finished = true;
                    return Ok(reply);
                }
                Incoming::Output(stream, bytes) => {
                    if let Some(live) = live {
                        live(stream, &bytes);
                    }
                }
                Incoming::Want { blob, offset } => self.send_window(route, id, blobs, blob, offset).await?,
            }
        }
        place.finished = true;
        Err(self.gone().into())
    }

    /// Opens a route to a runner as another user.
    pub async fn open_route(&self, route: Route, become_as: &BecomeAs) -> Result<(), CallError> {
        let (sender, answer) = oneshot::channel();
        let frame = wire::encode(&Frame { route, body: Body::Become(Box::new(become_as.clone())) });
        self.shared.add_route(route, frame, sender);
        self.send(Outgoing::Become(route)).await?;
        match answer.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(failure)) => Err(CallError::Become { method: become_as.method.clone(), failure }),
            Err(_) => Err(self.gone().into()),
        }
    }

    /// Ends the runner behind a route. The login's (0) ends with the session.
    pub fn close_route(&self, route: Route) {
        let _ = self.urgent.send(Urgent::Frame(wire::encode(&Frame { route, body: Body::Bye })));
    }

    /// Says goodbye and waits until the runner has ended, for a while.
    pub async fn close(&self) {
        let _ = self.urgent.send(Urgent::Goodbye);
        let pump = lock(&self.pump).take();
        if let Some(mut pump) = pump
            && tokio::time::timeout(GOODBYE, &mut pump).await.is_err()
        {
            pump.abort();
        }
    }

    async fn send(&self, outgoing: Outgoing) -> Result<(), CallError> {
        self.outgoing.send(outgoing).await.map_err(|_| self.gone().into())
    }

    /// Answers a request for content: up to a window of it, in chunks.
    async fn send_window(
        &self,
        route: Route,
        call: CallId,
        blobs: Option<&dyn BlobSource>,
        blob: u32,
        start: u64,
    ) -> Result<(), CallError> {
        let mut offset = start;
        while offset < start + WINDOW as u64 {
            // A source that fails ends early; the runner sees that size and hash do not fit.
            let data = blobs.map_or(Ok(Vec::new()), |blobs| blobs.read(blob, offset, CHUNK)).unwrap_or_default();
            let last = data.is_empty();
            let length = data.len() as u64;
            let frame = Frame { route, body: Body::Chunk { call, blob, offset, data, last } };
            self.send(Outgoing::Bytes(wire::encode(&frame))).await?;
            if last {
                break;
            }
            offset += length;
        }
        Ok(())
    }

    fn gone(&self) -> Unreachable {
        Unreachable::new(self.lost().unwrap_or("The runner on the host ended"))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(pump) = lock(&self.pump).take() {
            pump.abort();
        }
    }
}

/// A call's entry in the table.
struct Place<'a> {
    session: &'a Session,
    route: Route,
    id: CallId,
    finished: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.session.shared.remove_call(self.id);
        if !self.finished {
            let cancel = Frame { route: self.route, body: Body::Cancel(self.id) };
            let _ = self.session.urgent.send(Urgent::Frame(wire::encode(&cancel)));
        }
    }
}
