//! One runner's stream, shared by many calls: frames out, replies, output and requests for content
//! back. One task a session moves the bytes; a call is a place in its table.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{BlobSource, CallError, Link, Unreachable};
use crate::wire::{
    self, BecomeAs, BecomeFailure, Body, CHUNK, Call, CallId, Frame, Hello, Reply, Route, Stream, WINDOW,
};

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
    outgoing: mpsc::Sender<Vec<u8>>,
    urgent: mpsc::UnboundedSender<Urgent>,
    pump: Mutex<Option<JoinHandle<()>>>,
    next_call: AtomicU32,
}

/// What does not wait in line: bounded by the number of calls.
enum Urgent {
    Frame(Vec<u8>),
    Goodbye,
}

#[derive(Default)]
struct Shared {
    calls: Mutex<HashMap<CallId, (Route, mpsc::Sender<Incoming>)>>,
    /// Routes whose runner has ended.
    ended: Mutex<HashSet<Route>>,
    routes: Mutex<HashMap<Route, oneshot::Sender<Result<(), BecomeFailure>>>>,
    lost: OnceLock<String>,
}

/// What comes back for one call.
enum Incoming {
    Reply(Reply),
    Output(Stream, Vec<u8>),
    Want { blob: u32, offset: u64 },
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
    pub async fn start(link: Link, build: &str) -> Result<Self, Unreachable> {
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
        let pump = tokio::spawn(pump(Arc::clone(&shared), reader, link.writer, queue, urgent_queue));
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
        let Cargo { route, call, blobs, live } = cargo;
        let id = self.next_call.fetch_add(1, Ordering::Relaxed);
        let (sender, mut incoming) = mpsc::channel(INCOMING);
        lock(&self.shared.calls).insert(id, (route, sender));
        // From here on, leaving early takes the entry out and tells the runner.
        let mut place = Place { session: self, route, id, finished: false };
        self.send(Frame { route, body: Body::Call(id, Box::new(call)) }).await?;
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
        lock(&self.shared.routes).insert(route, sender);
        self.send(Frame { route, body: Body::Become(Box::new(become_as.clone())) }).await?;
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

    async fn send(&self, frame: Frame) -> Result<(), CallError> {
        self.outgoing.send(wire::encode(&frame)).await.map_err(|_| self.gone().into())
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
            self.send(Frame { route, body: Body::Chunk { call, blob, offset, data, last } }).await?;
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
        lock(&self.session.shared.calls).remove(&self.id);
        if !self.finished {
            let cancel = Frame { route: self.route, body: Body::Cancel(self.id) };
            let _ = self.session.urgent.send(Urgent::Frame(wire::encode(&cancel)));
        }
    }
}

/// Moves bytes until either side ends, then wakes all who wait.
async fn pump(
    shared: Arc<Shared>,
    reader: impl tokio::io::AsyncRead + Unpin + Send,
    writer: Box<dyn tokio::io::AsyncWrite + Send + Unpin>,
    queue: mpsc::Receiver<Vec<u8>>,
    urgent: mpsc::UnboundedReceiver<Urgent>,
) {
    let reason = tokio::select! {
        reason = read_loop(&shared, reader) => reason,
        reason = write_loop(writer, queue, urgent) => reason,
    };
    // The reason first: whoever is woken asks for it.
    let _ = shared.lost.set(reason);
    lock(&shared.calls).clear();
    lock(&shared.routes).clear();
}

async fn read_loop(shared: &Shared, mut reader: impl tokio::io::AsyncRead + Unpin) -> String {
    loop {
        let frame = match read_frame(&mut reader).await {
            Ok(frame) => frame,
            Err(reason) => return reason,
        };
        match frame.body {
            Body::Reply(id, reply) => deliver(shared, id, Incoming::Reply(reply)),
            Body::Output(id, stream, bytes) => deliver(shared, id, Incoming::Output(stream, bytes)),
            Body::Want { call, blob, offset } => deliver(shared, call, Incoming::Want { blob, offset }),
            Body::Became(answer) => {
                if let Some(sender) = lock(&shared.routes).remove(&frame.route) {
                    let _ = sender.send(answer);
                }
            }
            Body::Bye if frame.route == 0 => return "The runner on the host ended".into(),
            Body::Bye => {
                lock(&shared.ended).insert(frame.route);
                lock(&shared.calls).retain(|_, (route, _)| *route != frame.route);
            }
            _ => {}
        }
    }
}

/// Hands an event to its call. Never waits, so that one slow call holds up no other: output that
/// finds the queue nearly full is dropped, which costs the live view a line and nothing else.
fn deliver(shared: &Shared, id: CallId, event: Incoming) {
    let calls = lock(&shared.calls);
    let Some((_, sender)) = calls.get(&id) else { return };
    if matches!(event, Incoming::Output(..)) && sender.capacity() < INCOMING / 4 {
        return;
    }
    let _ = sender.try_send(event);
}

async fn write_loop(
    mut writer: Box<dyn tokio::io::AsyncWrite + Send + Unpin>,
    mut queue: mpsc::Receiver<Vec<u8>>,
    mut urgent: mpsc::UnboundedReceiver<Urgent>,
) -> String {
    loop {
        let bytes = tokio::select! {
            biased;
            next = urgent.recv() => match next {
                Some(Urgent::Frame(bytes)) => bytes,
                Some(Urgent::Goodbye) | None => break,
            },
            next = queue.recv() => match next {
                Some(bytes) => bytes,
                None => break,
            },
        };
        let written = async {
            writer.write_all(&bytes).await?;
            writer.flush().await
        };
        if let Err(error) = written.await {
            return format!("The connection to the host was lost: {error}");
        }
    }
    let _ = writer.write_all(&wire::encode(&Frame { route: 0, body: Body::Bye })).await;
    let _ = writer.shutdown().await;
    // The reader sees the end of the stream when the runner has ended.
    std::future::pending().await
}

/// One frame, or why there is none.
pub async fn read_frame(reader: &mut (impl tokio::io::AsyncRead + Unpin)) -> Result<Frame, String> {
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
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Map, Value};
    use tokio::io::DuplexStream;

    const BUILD: &str = "b1";

    /// A pretended runner: `echo` replies its arguments, `read` asks for a blob and tells its length,
    /// `noise` floods output first, `never` does not reply and tells of its cancelling by `note`.
    async fn runner(stream: DuplexStream, note: mpsc::UnboundedSender<String>) {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let hello =
            Hello { build: BUILD.into(), instance: "i".into(), user: "me".into(), uid: 1, hostname: "h".into() };
        write(&mut writer, 0, Body::Hello(hello)).await;
        let mut received: HashMap<CallId, u64> = HashMap::new();
        while let Ok(frame) = read_frame(&mut reader).await {
            match frame.body {
                Body::Call(id, call) => match call.module.as_str() {
                    "echo" => {
                        write(
                            &mut writer,
                            frame.route,
                            Body::Reply(id, Reply { result: call.args, ..Reply::default() }),
                        )
                        .await
                    }
                    "read" => write(&mut writer, 0, Body::Want { call: id, blob: 0, offset: 0 }).await,
                    "noise" => {
                        for _ in 0..1000 {
                            write(&mut writer, 0, Body::Output(id, Stream::Stdout, vec![b'x'; 100])).await;
                        }
                        write(&mut writer, 0, Body::Reply(id, Reply::default())).await;
                    }
                    _ => {}
                },
                Body::Chunk { call, data, last, .. } => {
                    let total = received.entry(call).or_default();
                    *total += data.len() as u64;
                    if last {
                        let result = Map::from([("length", Value::from(*total))]);
                        write(&mut writer, 0, Body::Reply(call, Reply { result, ..Reply::default() })).await;
                    } else if total.is_multiple_of(WINDOW as u64) {
                        let offset = *total;
                        write(&mut writer, 0, Body::Want { call, blob: 0, offset }).await;
                    }
                }
                Body::Become(become_as) => {
                    let answer = if become_as.user == "root" { Ok(()) } else { Err(BecomeFailure::WrongPassword) };
                    write(&mut writer, frame.route, Body::Became(answer)).await;
                }
                Body::Cancel(id) => note.send(format!("cancel {id}")).expect("the test listens"),
                Body::Bye => return,
                _ => {}
            }
        }
    }

    async fn write(writer: &mut (impl tokio::io::AsyncWrite + Unpin), route: Route, body: Body) {
        let _ = writer.write_all(&wire::encode(&Frame { route, body })).await;
    }

    async fn session() -> (Session, mpsc::UnboundedReceiver<String>) {
        let (here, there) = tokio::io::duplex(64 * 1024);
        let (note, notes) = mpsc::unbounded_channel();
        tokio::spawn(runner(there, note));
        let (reader, writer) = tokio::io::split(here);
        let link = Link { reader: Box::new(reader), writer: Box::new(writer) };
        (Session::start(link, BUILD).await.expect("it says hello"), notes)
    }

    fn cargo(module: &str, args: Map) -> Cargo<'static> {
        Cargo { route: 0, call: Call { module: module.into(), args, ..Call::default() }, blobs: None, live: None }
    }

    struct Zeros(u64);

    impl BlobSource for Zeros {
        fn read(&self, _blob: u32, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
            Ok(vec![0; (self.0 - offset.min(self.0)).min(length as u64) as usize])
        }
    }

    #[tokio::test]
    async fn many_calls_share_the_stream() {
        let (session, _notes) = session().await;
        let calls = (0..100).map(|number| session.call(cargo("echo", Map::from([("n", Value::from(number))]))));
        let mut replies = Vec::new();
        for call in calls.collect::<Vec<_>>() {
            replies.push(call.await.expect("a reply").result.get("n").and_then(Value::as_int));
        }
        assert_eq!(replies, (0..100).map(Some).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn content_is_streamed_in_windows() {
        let (session, _notes) = session().await;
        let size = 3 * WINDOW as u64 + 17;
        let blobs = Zeros(size);
        let reply = session.call(Cargo { blobs: Some(&blobs), ..cargo("read", Map::new()) }).await.expect("a reply");
        assert_eq!(reply.result.get("length"), Some(&Value::from(size)));
    }

    #[tokio::test]
    async fn a_dropped_call_is_cancelled() {
        let (session, mut notes) = session().await;
        let waited = tokio::time::timeout(Duration::from_millis(20), session.call(cargo("never", Map::new()))).await;
        assert!(waited.is_err());
        assert_eq!(notes.recv().await.as_deref(), Some("cancel 1"));
        assert!(session.call(cargo("echo", Map::new())).await.is_ok());
    }

    #[tokio::test]
    async fn output_that_nobody_reads_stalls_nothing() {
        let (session, _notes) = session().await;
        let seen = AtomicU32::new(0);
        let live = |_: Stream, bytes: &[u8]| {
            seen.fetch_add(bytes.len() as u32, Ordering::Relaxed);
        };
        session.call(Cargo { live: Some(&live), ..cargo("noise", Map::new()) }).await.expect("a reply");
        assert!(seen.load(Ordering::Relaxed) >= 100);
    }

    #[tokio::test]
    async fn routes_open_or_say_why_not() {
        let (session, _notes) = session().await;
        let become_as = |user: &str| BecomeAs {
            user: user.into(),
            argv: Vec::new(),
            prompts: Vec::new(),
            failures: Vec::new(),
            missing: Vec::new(),
            password: None,
            method: "sudo".into(),
        };
        assert!(session.open_route(1, &become_as("root")).await.is_ok());
        let refused = session.open_route(2, &become_as("other")).await;
        assert!(matches!(refused, Err(CallError::Become { failure: BecomeFailure::WrongPassword, .. })), "{refused:?}");
    }

    #[tokio::test]
    async fn a_lost_stream_ends_its_calls() {
        let (here, there) = tokio::io::duplex(1024);
        let (reader, writer) = tokio::io::split(here);
        let link = Link { reader: Box::new(reader), writer: Box::new(writer) };
        let (note, _notes) = mpsc::unbounded_channel();
        let runner = tokio::spawn(runner(there, note));
        let session = Session::start(link, BUILD).await.expect("it says hello");
        let call = session.call(cargo("never", Map::new()));
        runner.abort();
        match call.await {
            Err(CallError::Unreachable(reason)) => assert_eq!(reason.message, "The connection to the host was closed"),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn another_build_is_refused() {
        let (here, there) = tokio::io::duplex(1024);
        let (note, _notes) = mpsc::unbounded_channel();
        tokio::spawn(runner(there, note));
        let (reader, writer) = tokio::io::split(here);
        let link = Link { reader: Box::new(reader), writer: Box::new(writer) };
        assert!(Session::start(link, "b2").await.is_err());
    }

    #[tokio::test]
    async fn goodbye_ends_the_runner() {
        let (session, _notes) = session().await;
        session.close().await;
        assert!(session.lost().is_some());
    }
}
