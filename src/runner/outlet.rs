//! Where frames go out: shared by all threads of a runner. It knows which calls run and which replies
//! the controller may not have.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::blobs::BlobReader;
use super::cancel::Cancel;
use super::serve::{Routes, failed, perform};
use super::{Registry, Site};
use crate::wire::{self, Body, Call, CallId, Frame, Hello, Reply, Route, WINDOW};

/// A cheap handle.
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
    /// Calls without a reply, those of other users' runners too.
    open: HashMap<CallId, Route>,
    /// Replies of which nobody has said that they arrived.
    kept: Vec<(CallId, Vec<u8>)>,
    /// Whether they are kept at all.
    keeps: bool,
}

/// A call of this runner that has no reply yet.
struct Running {
    cancel: Cancel,
    chunks: Sender<Chunk>,
}

enum Chunk {
    Data {
        offset: u64,
        data: Vec<u8>,
    },
    /// What was asked for may have been lost.
    Again,
}

impl Outlet {
    pub fn new(stream: Box<dyn Write + Send>, keeps: bool) -> Self {
        let output = Output { stream: Some(stream), open: HashMap::new(), kept: Vec::new(), keeps };
        let shared = Shared { output: Mutex::new(output), calls: Mutex::default(), ended: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Sends a frame; a reply is kept besides until it has arrived.
    pub fn send(&self, frame: Frame) {
        let bytes = wire::encode(&frame);
        let mut output = lock(&self.shared.output);
        output.write(&bytes);
        if let Body::Reply(id, _) = frame.body
            && output.open.remove(&id).is_some()
            && output.keeps
        {
            output.kept.push((id, bytes));
        }
    }

    /// Acts on a frame of the controller.
    pub(super) fn take(&self, frame: Frame, registry: &Registry, site: &Site, routes: &mut dyn Routes) {
        let mut frame = frame;
        match &frame.body {
            Body::Call(id, call) => self.begin(*id, frame.route, &call.arrived),
            // After a reconnection it is not known any more whose call it was.
            Body::Cancel(id) => frame.route = *lock(&self.shared.output).open.get(id).unwrap_or(&frame.route),
            _ => {}
        }
        let route = frame.route;
        match frame.body {
            Body::Become(become_as) => routes.open(route, *become_as, self),
            Body::Arrived(ids) => self.arrived(&ids),
            Body::Cancel(id) if lock(&self.shared.output).drop_kept(id) => {}
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
                    let _ = running.chunks.send(Chunk::Data { offset, data });
                }
            }
            Body::Again => self.ask_again(),
            Body::Ping(number) => self.send(Frame { route, body: Body::Ping(number) }),
            _ => {}
        }
    }

    fn begin(&self, id: CallId, route: Route, arrived: &[CallId]) {
        let mut output = lock(&self.shared.output);
        output.open.insert(id, route);
        output.kept.retain(|(kept, _)| !arrived.contains(kept));
    }

    fn arrived(&self, ids: &[CallId]) {
        lock(&self.shared.output).kept.retain(|(kept, _)| !ids.contains(kept));
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
            outlet.finish(route, id, reply, &site.cancel);
        });
        if let Err(error) = started {
            let reply = failed(format!("The runner cannot start a thread: {error}"));
            self.send(Frame { route, body: Body::Reply(id, reply) });
            lock(&self.shared.calls).remove(&id);
        }
    }

    /// A call that was given up, as the run that made it has ended, says nothing any more.
    fn finish(&self, route: Route, id: CallId, reply: Reply, cancel: &Cancel) {
        let is_this =
            |calls: &HashMap<CallId, Running>| calls.get(&id).is_some_and(|running| running.cancel == *cancel);
        if is_this(&lock(&self.shared.calls)) {
            self.send(Frame { route, body: Body::Reply(id, reply) });
            lock(&self.shared.calls).remove(&id);
            self.shared.ended.notify_all();
        }
    }

    /// A route's runner has ended, and no reply will come from it.
    pub fn route_has_ended(&self, route: Route) {
        lock(&self.shared.output).open.retain(|_, of| *of != route);
        self.send(Frame { route, body: Body::Bye });
    }

    pub(super) fn lose(&self) {
        lock(&self.shared.output).stream = None;
    }

    /// Nobody comes back: who waits for content will not get any, and replies are of no use.
    pub(super) fn give_up(&self) {
        let mut output = lock(&self.shared.output);
        output.kept.clear();
        output.keeps = false;
        drop(output);
        for running in lock(&self.shared.calls).values_mut() {
            running.chunks = channel().0;
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        !lock(&self.shared.output).open.is_empty()
    }

    pub(super) fn holds_replies(&self) -> bool {
        !lock(&self.shared.output).kept.is_empty()
    }

    /// Goes on with another stream: says who this is and what there is, then the replies.
    pub(super) fn attach(&self, stream: Box<dyn Write + Send>, hello: &Hello, routes: Vec<(Route, bool)>) {
        let mut output = lock(&self.shared.output);
        output.stream = Some(stream);
        let calls = output.open.keys().copied().chain(output.kept.iter().map(|(id, _)| *id)).collect();
        for body in [Body::Hello(hello.clone()), Body::Resumed { calls, routes }] {
            output.write(&wire::encode(&Frame { route: 0, body }));
        }
        for (id, bytes) in std::mem::take(&mut output.kept) {
            output.write(&bytes);
            output.kept.push((id, bytes));
        }
        drop(output);
        self.ask_again();
    }

    fn ask_again(&self) {
        for running in lock(&self.shared.calls).values() {
            let _ = running.chunks.send(Chunk::Again);
        }
    }

    pub(super) fn end_calls(&self) {
        let cancels: Vec<Cancel> = lock(&self.shared.calls).values().map(|running| running.cancel.clone()).collect();
        for cancel in cancels {
            thread::spawn(move || cancel.cancel());
        }
    }

    /// Nothing is left of the calls up to now; those that have not ended yet say nothing.
    pub(super) fn forget(&self) {
        lock(&self.shared.calls).clear();
        let mut output = lock(&self.shared.output);
        output.open.clear();
        output.kept.clear();
    }

    pub(super) fn wait_for_calls(&self, limit: Option<Duration>) {
        let calls = lock(&self.shared.calls);
        match limit {
            Some(limit) => drop(self.shared.ended.wait_timeout_while(calls, limit, |calls| !calls.is_empty())),
            None => drop(self.shared.ended.wait_while(calls, |calls| !calls.is_empty())),
        }
    }
}

impl Output {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(stream) = &mut self.stream
            && stream.write_all(bytes).and_then(|()| stream.flush()).is_err()
        {
            self.stream = None;
        }
    }

    fn drop_kept(&mut self, id: CallId) -> bool {
        let before = self.kept.len();
        self.kept.retain(|(kept, _)| *kept != id);
        self.kept.len() < before
    }
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
        let want = || self.outlet.send(Frame { route: self.route, body: Body::Want { call: self.call, blob, offset } });
        if offset == 0 || offset >= state.1 {
            state.1 = offset + WINDOW as u64;
            want();
        }
        loop {
            match state.0.recv().map_err(|_| io::Error::other("the controller went away"))? {
                // Pieces of a window that was not read to its end may still come in.
                Chunk::Data { offset: at, data } if at == offset => return Ok(data),
                Chunk::Data { .. } => {}
                Chunk::Again => {
                    state.1 = offset + WINDOW as u64;
                    want();
                }
            }
        }
    }
}

/// No code panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
