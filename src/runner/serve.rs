//! The runner's life: frames in, calls on threads, replies out.
//!
//! A lost stream ends no call: what runs goes on to its end, and replies are kept. Only a goodbye or
//! a cancel ends calls early.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::blobs::BlobReader;
use super::cancel::Cancel;
use super::execute::{self, execute as run_call};
use super::files::write::random_name;
use super::{Failure, Registry, Site, job, syslog};
use crate::data::{Environment, Map, Value};
use crate::wire::{self, BecomeAs, Body, Call, CallId, Frame, Hello, Reply, Route, WINDOW};

/// Runners as other users, behind this one. Frames of other routes are theirs.
pub trait Routes: Send {
    /// Starts a runner and answers with `Became`, at once or later.
    fn open(&mut self, route: Route, become_as: BecomeAs, outlet: &Outlet);
    /// A frame for the runner of another route.
    fn forward(&mut self, frame: Frame, outlet: &Outlet);
    /// Whether calls are under way there.
    fn is_busy(&self) -> bool;
    /// The login goes away.
    fn close(&mut self);
}

/// Where frames go out; shared by all threads.
#[derive(Clone)]
pub struct Outlet {
    shared: Arc<Shared>,
}

struct Shared {
    output: Mutex<Output>,
    calls: Mutex<HashMap<CallId, Running>>,
    ended: Condvar,
}

struct Output {
    /// `None` once the stream is lost.
    stream: Option<Box<dyn Write + Send>>,
    /// Replies that nobody could take.
    kept: Vec<Frame>,
}

/// A call that has no reply yet.
struct Running {
    cancel: Cancel,
    chunks: Sender<Chunk>,
}

struct Chunk {
    offset: u64,
    data: Vec<u8>,
}

/// How long what a goodbye ends may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// Serves until the stream ends or says goodbye.
pub fn serve(
    registry: &Registry,
    environment: Environment,
    build: &str,
    mut input: impl Read,
    output: impl Write + Send + 'static,
    routes: &mut dyn Routes,
) {
    let site = Site::new(environment);
    let output = Output { stream: Some(Box::new(output)), kept: Vec::new() };
    let shared = Shared { output: Mutex::new(output), calls: Mutex::default(), ended: Condvar::new() };
    let outlet = Outlet { shared: Arc::new(shared) };
    let hello = Hello {
        build: build.to_owned(),
        instance: random_name(),
        user: site.environment.user.clone(),
        uid: rustix::process::geteuid().as_raw(),
        hostname: site.environment.hostname.clone(),
    };
    outlet.send(Frame { route: 0, body: Body::Hello(hello) });
    let said_goodbye = loop {
        match read_frame(&mut input) {
            Ok(Frame { route: 0, body: Body::Bye }) => break true,
            Ok(frame) => outlet.take(frame, registry, &site, routes),
            Err(_) => break false,
        }
    };
    routes.close();
    if said_goodbye {
        outlet.end_calls();
    } else {
        outlet.lose();
    }
    outlet.wait_for_calls(if said_goodbye { Some(GOODBYE) } else { None });
}

pub(super) fn read_frame(input: &mut impl Read) -> io::Result<Frame> {
    let mut head = [0; 4];
    input.read_exact(&mut head)?;
    let mut body = vec![0; wire::length(head).map_err(io::Error::other)?];
    input.read_exact(&mut body)?;
    wire::decode(&body).map_err(io::Error::other)
}

impl Outlet {
    /// Sends a frame; a reply that cannot be sent is kept.
    pub fn send(&self, frame: Frame) {
        let mut output = lock(&self.shared.output);
        if let Some(stream) = &mut output.stream {
            if stream.write_all(&wire::encode(&frame)).and_then(|()| stream.flush()).is_ok() {
                return;
            }
            output.stream = None;
        }
        if matches!(frame.body, Body::Reply(..)) {
            output.kept.push(frame);
        }
    }

    fn take(&self, frame: Frame, registry: &Registry, site: &Site, routes: &mut dyn Routes) {
        let route = frame.route;
        match frame.body {
            Body::Become(become_as) => routes.open(route, *become_as, self),
            _ if route != 0 => routes.forward(frame, self),
            Body::Call(id, call) => self.start(route, id, *call, registry, site),
            Body::Cancel(id) => {
                if let Some(running) = lock(&self.shared.calls).get(&id) {
                    let cancel = running.cancel.clone();
                    thread::spawn(move || cancel.cancel());
                }
            }
            Body::Chunk { call, offset, data, .. } => {
                if let Some(running) = lock(&self.shared.calls).get(&call) {
                    // The call may just have ended without reading all.
                    let _ = running.chunks.send(Chunk { offset, data });
                }
            }
            Body::Ping(number) => self.send(Frame { route, body: Body::Ping(number) }),
            _ => {}
        }
    }

    fn start(&self, route: Route, id: CallId, call: Call, registry: &Registry, site: &Site) {
        let (sender, receiver) = channel();
        let cancel = Cancel::default();
        lock(&self.shared.calls).insert(id, Running { cancel: cancel.clone(), chunks: sender });
        let (outlet, live) = (self.clone(), self.clone());
        let blobs = Remote { route, call: id, outlet: self.clone(), state: Mutex::new((receiver, 0)) };
        let site = Site {
            environment: site.environment.clone(),
            umask: site.umask,
            blobs: Arc::new(blobs),
            live: Some(Arc::new(move |stream, bytes: &[u8]| {
                live.send(Frame { route, body: Body::Output(id, stream, bytes.to_vec()) });
            })),
            cancel,
        };
        let registry = registry.clone();
        let started = thread::Builder::new().name(call.module.clone()).spawn(move || {
            let reply = perform(&registry, call, &site);
            outlet.finish(route, id, reply);
        });
        if let Err(error) = started {
            self.finish(route, id, failed(format!("The runner cannot start a thread: {error}")));
        }
    }

    fn finish(&self, route: Route, id: CallId, reply: Reply) {
        self.send(Frame { route, body: Body::Reply(id, reply) });
        lock(&self.shared.calls).remove(&id);
        self.shared.ended.notify_all();
    }

    fn lose(&self) {
        lock(&self.shared.output).stream = None;
        // Who waits for content will not get any more.
        for running in lock(&self.shared.calls).values_mut() {
            running.chunks = channel().0;
        }
    }

    fn end_calls(&self) {
        let cancels: Vec<Cancel> = lock(&self.shared.calls).values().map(|running| running.cancel.clone()).collect();
        for cancel in cancels {
            thread::spawn(move || cancel.cancel());
        }
    }

    fn wait_for_calls(&self, limit: Option<Duration>) {
        let calls = lock(&self.shared.calls);
        match limit {
            Some(limit) => drop(self.shared.ended.wait_timeout_while(calls, limit, |calls| !calls.is_empty())),
            None => drop(self.shared.ended.wait_while(calls, |calls| !calls.is_empty())),
        }
    }
}

/// A call as it was asked for: at once, or as a job.
fn perform(registry: &Registry, mut call: Call, site: &Site) -> Reply {
    syslog::note(registry, &call, &site.environment);
    match call.job.take() {
        Some(job) => {
            let python = execute::discovered(&call, site);
            call.interpreters.clear();
            let reply = job::start(call, &job, site).unwrap_or_else(|failure| failed(failure.message));
            execute::with_interpreter(reply, python)
        }
        None => run_call(registry, call, site),
    }
}

fn failed(message: String) -> Reply {
    let Failure { message, .. } = Failure::new(message);
    let result = Map::from([("failed", Value::from(true)), ("changed", false.into()), ("msg", message.into())]);
    Reply { result, ..Reply::default() }
}

/// The content of one call, asked for by windows.
struct Remote {
    route: Route,
    call: CallId,
    outlet: Outlet,
    /// The pieces that come, and up to where they have been asked for.
    state: Mutex<(Receiver<Chunk>, u64)>,
}

impl BlobReader for Remote {
    fn read(&self, blob: u32, offset: u64) -> io::Result<Vec<u8>> {
        let mut state = lock(&self.state);
        if offset == 0 || offset >= state.1 {
            state.1 = offset + WINDOW as u64;
            self.outlet.send(Frame { route: self.route, body: Body::Want { call: self.call, blob, offset } });
        }
        loop {
            let chunk = state.0.recv().map_err(|_| io::Error::other("the controller went away"))?;
            // Pieces of a window that was not read to its end may still come in.
            if chunk.offset == offset {
                return Ok(chunk.data);
            }
        }
    }
}

/// No runners behind this one: those are refused.
pub struct NoRoutes;

impl Routes for NoRoutes {
    fn open(&mut self, route: Route, become_as: BecomeAs, outlet: &Outlet) {
        let output = format!("this runner cannot become {}", become_as.user);
        let failure = wire::BecomeFailure::Ended { code: None, output };
        outlet.send(Frame { route, body: Body::Became(Err(failure)) });
    }

    fn forward(&mut self, frame: Frame, outlet: &Outlet) {
        outlet.send(Frame { route: frame.route, body: Body::Bye });
    }

    fn is_busy(&self) -> bool {
        false
    }

    fn close(&mut self) {}
}

/// No code panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
