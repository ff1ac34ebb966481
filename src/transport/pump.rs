//! What moves a session's bytes: until either side ends, and on by another stream where the first one
//! was lost in the middle of a call.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::Link;
use super::session::WayBack;
use crate::wire::{self, BecomeFailure, Body, CallId, Frame, Reply, Route, Stream};

/// How long a reply's arrival may go untold when no call comes that says it in passing.
const TELL: Duration = Duration::from_millis(300);

/// What a session and its pump both know.
#[derive(Default)]
pub(super) struct Shared {
    calls: Mutex<BTreeMap<CallId, CallUnderWay>>,
    routes: Mutex<BTreeMap<Route, RouteUnderWay>>,
    /// Routes whose runner has ended.
    pub ended: Mutex<HashSet<Route>>,
    /// Replies that the runner does not know to have arrived.
    pub arrived: Mutex<Vec<CallId>>,
    pub lost: OnceLock<String>,
}

struct CallUnderWay {
    route: Route,
    events: mpsc::Sender<Incoming>,
    frame: Arc<Vec<u8>>,
    sent: bool,
}

struct RouteUnderWay {
    answer: oneshot::Sender<Result<(), BecomeFailure>>,
    frame: Arc<Vec<u8>>,
    sent: bool,
}

/// What comes back for one call.
pub(super) enum Incoming {
    Reply(Reply),
    Output(Stream, Vec<u8>),
    Want { blob: u32, offset: u64 },
}

/// What waits in line. Calls are in the table, from which they are sent again where they were lost.
pub(super) enum Outgoing {
    Call(CallId),
    Become(Route),
    Bytes(Vec<u8>),
}

/// What does not wait in line: bounded by the number of calls.
pub(super) enum Urgent {
    Frame(Vec<u8>),
    Goodbye,
}

/// The receiving ends of a session's lines.
pub(super) struct Lines {
    pub queue: mpsc::Receiver<Outgoing>,
    pub urgent: mpsc::UnboundedReceiver<Urgent>,
}

/// How a stream ended.
enum End {
    /// The connection broke.
    Lost(String),
    /// One side said so.
    Final(String),
}

impl Shared {
    pub fn add_call(&self, id: CallId, route: Route, frame: Vec<u8>, events: mpsc::Sender<Incoming>) {
        lock(&self.calls).insert(id, CallUnderWay { route, events, frame: Arc::new(frame), sent: false });
    }

    pub fn remove_call(&self, id: CallId) {
        lock(&self.calls).remove(&id);
    }

    pub fn add_route(&self, route: Route, frame: Vec<u8>, answer: oneshot::Sender<Result<(), BecomeFailure>>) {
        lock(&self.routes).insert(route, RouteUnderWay { answer, frame: Arc::new(frame), sent: false });
    }

    /// Whether somebody waits for something.
    fn is_waited_for(&self) -> bool {
        !lock(&self.calls).is_empty() || !lock(&self.routes).is_empty()
    }

    /// The bytes of what stands in line; nothing where they went out before or nobody waits any more.
    fn take(&self, outgoing: Outgoing) -> Option<Arc<Vec<u8>>> {
        let first = |sent: &mut bool, frame: &Arc<Vec<u8>>| {
            let fresh = !std::mem::replace(sent, true);
            fresh.then(|| Arc::clone(frame))
        };
        match outgoing {
            Outgoing::Bytes(bytes) => Some(Arc::new(bytes)),
            Outgoing::Call(id) => lock(&self.calls).get_mut(&id).and_then(|call| first(&mut call.sent, &call.frame)),
            Outgoing::Become(route) => {
                lock(&self.routes).get_mut(&route).and_then(|route| first(&mut route.sent, &route.frame))
            }
        }
    }

    /// After a reconnection: what was lost on the way out is to be sent again, and what the runner has
    /// but nobody waits for is to be ended.
    fn reconcile(&self, calls: &[CallId], routes: &[(Route, bool)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut pending = lock(&self.routes);
        for (route, open) in routes {
            if *open && let Some(found) = pending.remove(route) {
                let _ = found.answer.send(Ok(()));
            }
        }
        for (route, pending) in pending.iter_mut() {
            if pending.sent && !routes.iter().any(|(known, _)| known == route) {
                bytes.extend_from_slice(&pending.frame);
            }
        }
        drop(pending);
        let mut ours = lock(&self.calls);
        for (id, call) in ours.iter_mut() {
            if call.sent && !calls.contains(id) {
                bytes.extend_from_slice(&call.frame);
            }
        }
        for id in calls.iter().filter(|id| !ours.contains_key(id)) {
            bytes.extend(wire::encode(&Frame { route: 0, body: Body::Cancel(*id) }));
        }
        bytes
    }

    /// Hands an event to its call. Never waits, so that one slow call holds up no other: output that
    /// finds the queue nearly full is dropped, which costs the live view a line and nothing else.
    fn deliver(&self, id: CallId, event: Incoming) {
        let calls = lock(&self.calls);
        let Some(call) = calls.get(&id) else { return };
        if matches!(event, Incoming::Output(..)) && call.events.capacity() < call.events.max_capacity() / 4 {
            return;
        }
        let _ = call.events.try_send(event);
    }

    fn end(&self, reason: String) {
        // The reason first: whoever is woken asks for it.
        let _ = self.lost.set(reason);
        lock(&self.calls).clear();
        lock(&self.routes).clear();
    }
}

/// Moves bytes until either side ends for good, then wakes all who wait.
pub(super) async fn pump(
    shared: Arc<Shared>,
    mut reader: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
    mut writer: Box<dyn AsyncWrite + Send + Unpin>,
    mut lines: Lines,
    instance: String,
    way_back: Option<WayBack>,
) {
    let reason = loop {
        let end = tokio::select! {
            end = read_loop(&shared, &mut reader) => end,
            end = write_loop(&shared, writer, &mut lines) => end,
        };
        let lost = match end {
            End::Final(reason) => break reason,
            End::Lost(reason) => reason,
        };
        let Some(way_back) = way_back.as_ref().filter(|_| shared.is_waited_for()) else { break lost };
        match go_back(&shared, way_back, &instance, &lost).await {
            Ok(link) => (reader, writer) = link,
            Err(reason) => break reason,
        }
    };
    // No call may find a place in line from here on.
    lines.queue.close();
    shared.end(reason);
}

type Streams = (BufReader<Box<dyn AsyncRead + Send + Unpin>>, Box<dyn AsyncWrite + Send + Unpin>);

/// Dials until the runner is found again, its time is over, or it is known to be gone.
async fn go_back(shared: &Shared, way_back: &WayBack, instance: &str, lost: &str) -> Result<Streams, String> {
    let deadline = Instant::now() + way_back.patience;
    let mut pause = Duration::from_millis(100);
    let mut last = lost.to_owned();
    loop {
        let attempt = async {
            let link = (way_back.dial)(instance.to_owned()).await.map_err(|error| error.message)?;
            resume(shared, link, instance).await
        };
        match tokio::time::timeout_at(deadline, attempt).await {
            Ok(Ok(Some(streams))) => return Ok(streams),
            Ok(Ok(None)) => return Err(format!("{lost}, and the runner there has ended")),
            Ok(Err(reason)) => last = reason,
            Err(_) => {}
        }
        if Instant::now() + pause >= deadline {
            let seconds = way_back.patience.as_secs();
            return Err(format!("{lost}, and could not be made again within {seconds} s: {last}"));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(3));
    }
}

/// Agrees with the runner on what is under way. Nothing where it is no more.
async fn resume(shared: &Shared, link: Link, instance: &str) -> Result<Option<Streams>, String> {
    let Link { reader, mut writer } = link;
    let mut reader = BufReader::with_capacity(8 * 1024, reader);
    match read_frame(&mut reader).await?.body {
        Body::Hello(hello) if hello.instance == instance => {}
        Body::Bye => return Ok(None),
        _ => return Err("another runner answered".into()),
    }
    let Body::Resumed { calls, routes } = read_frame(&mut reader).await?.body else {
        return Err("the runner did not tell what it has".into());
    };
    let again = shared.reconcile(&calls, &routes);
    let written = async {
        writer.write_all(&again).await?;
        writer.flush().await
    };
    written.await.map_err(|error| error.to_string())?;
    Ok(Some((reader, writer)))
}

async fn read_loop(shared: &Shared, reader: &mut (impl AsyncRead + Unpin)) -> End {
    loop {
        let frame = match read_frame(reader).await {
            Ok(frame) => frame,
            Err(reason) => return End::Lost(reason),
        };
        match frame.body {
            Body::Reply(id, reply) => {
                lock(&shared.arrived).push(id);
                shared.deliver(id, Incoming::Reply(reply));
                shared.remove_call(id);
            }
            Body::Output(id, stream, bytes) => shared.deliver(id, Incoming::Output(stream, bytes)),
            Body::Want { call, blob, offset } => shared.deliver(call, Incoming::Want { blob, offset }),
            Body::Became(answer) => {
                if let Some(pending) = lock(&shared.routes).remove(&frame.route) {
                    let _ = pending.answer.send(answer);
                }
            }
            Body::Bye if frame.route == 0 => return End::Final("The runner on the host ended".into()),
            Body::Bye => {
                lock(&shared.ended).insert(frame.route);
                lock(&shared.calls).retain(|_, call| call.route != frame.route);
            }
            _ => {}
        }
    }
}

async fn write_loop(shared: &Shared, mut writer: Box<dyn AsyncWrite + Send + Unpin>, lines: &mut Lines) -> End {
    loop {
        let bytes = tokio::select! {
            biased;
            next = lines.urgent.recv() => match next {
                Some(Urgent::Frame(bytes)) => Arc::new(bytes),
                Some(Urgent::Goodbye) | None => break,
            },
            next = lines.queue.recv() => match next.map(|next| shared.take(next)) {
                Some(Some(bytes)) => bytes,
                Some(None) => continue,
                None => break,
            },
            () = tokio::time::sleep(TELL), if !lock(&shared.arrived).is_empty() => {
                let ids = std::mem::take(&mut *lock(&shared.arrived));
                Arc::new(wire::encode(&Frame { route: 0, body: Body::Arrived(ids) }))
            }
        };
        let written = async {
            writer.write_all(&bytes).await?;
            writer.flush().await
        };
        if let Err(error) = written.await {
            return End::Lost(format!("The connection to the host was lost: {error}"));
        }
    }
    let _ = writer.write_all(&wire::encode(&Frame { route: 0, body: Body::Bye })).await;
    let _ = writer.shutdown().await;
    // The reader sees the end of the stream when the runner has ended; that is no loss.
    lines.queue.close();
    shared.end("The session was closed".into());
    std::future::pending().await
}

/// One frame, or why there is none.
pub async fn read_frame(reader: &mut (impl AsyncRead + Unpin)) -> Result<Frame, String> {
    let lost = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "The connection to the host was closed".to_owned(),
        _ => format!("The connection to the host was lost: {error}"),
    };
    let mut head = [0; 4];
    reader.read_exact(&mut head).await.map_err(lost)?;
    let length = wire::length(head).map_err(|error| error.to_string())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.map_err(lost)?;
    wire::decode(&body).map_err(|error| error.to_string())
}

/// No code panics while it holds one of these locks, and none is held across an await.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
