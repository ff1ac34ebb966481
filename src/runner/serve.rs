//! The runner's life: frames in, calls on threads, replies out.
//!
//! A lost stream ends no call: what runs goes on to its end, and replies are kept until the controller
//! has them or no longer comes back for them. Only a goodbye or a cancel ends calls early.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::execute::{self, execute as run_call};
use super::files::write::random_name;
use super::outlet::Outlet;
use super::{Failure, Registry, Site, doorbell, job, syslog};
use crate::data::{Environment, Map, Value};
use crate::wire::{self, BecomeAs, Body, Call, Frame, Hello, Reply, Route};

/// Runners as other users, behind this one. Frames of other routes are theirs.
pub trait Routes: Send {
    /// Starts a runner and answers with `Became`, at once or later.
    fn open(&mut self, route: Route, become_as: BecomeAs, outlet: &Outlet);
    /// A frame for the runner of another route.
    fn forward(&mut self, frame: Frame, outlet: &Outlet);
    /// Which routes there are, and whether they are open already.
    fn known(&self) -> Vec<(Route, bool)>;
    /// The run is over: they end.
    fn close(&mut self);
}

/// Both directions to whoever gives the calls.
pub struct Wire {
    pub input: Box<dyn Read + Send>,
    pub output: Box<dyn Write + Send>,
    /// Set when another stream takes this one's place: what is stuck in a write gives up.
    pub replaced: Arc<AtomicBool>,
}

impl Wire {
    pub fn new(input: impl Read + Send + 'static, output: impl Write + Send + 'static) -> Self {
        Self { input: Box::new(input), output: Box::new(output), replaced: Arc::default() }
    }
}

/// How long what a goodbye ends may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// Frames that wait between the thread that reads them and the one that acts on them.
const QUEUE: usize = 16;

/// What the serving thread waits for. Streams are numbered: what comes from one that was replaced
/// does not count.
enum Event {
    Frame(u32, Frame),
    Lost(u32),
    /// The controller has come back by another way.
    Called(UnixStream),
}

/// Serves until the stream ends or says goodbye. With `patience`, a controller whose stream was lost
/// is waited for that long.
pub fn serve(
    registry: &Registry,
    environment: Environment,
    build: &str,
    wire: Wire,
    routes: &mut dyn Routes,
    patience: Option<Duration>,
) {
    let site = Site::new(environment);
    let hello = Hello {
        build: build.to_owned(),
        instance: format!("{}{}", random_name(), random_name()),
        user: site.environment.user.clone(),
        uid: rustix::process::geteuid().as_raw(),
        hostname: site.environment.hostname.clone(),
    };
    let (events, queue) = sync_channel(QUEUE);
    let outlet = Outlet::new(wire.output, patience.is_some());
    outlet.send(Frame { route: 0, body: Body::Hello(hello.clone()) });
    spawn_reader(wire.input, 0, events.clone());
    if patience.is_some() {
        let events = events.clone();
        // Without a place to call at, a lost stream stays lost.
        let _ = doorbell::listen(&hello.instance, move |stream| events.send(Event::Called(stream)).is_ok());
    }
    let mut server = Server {
        registry,
        site,
        hello,
        outlet,
        events,
        patience,
        generation: 0,
        replaced: wire.replaced,
        deadline: None,
    };
    let said_goodbye = server.run(&queue, routes);
    routes.close();
    if said_goodbye {
        server.outlet.end_calls();
        server.outlet.wait_for_calls(Some(GOODBYE));
    } else {
        server.outlet.lose();
        server.outlet.give_up();
        server.outlet.wait_for_calls(None);
    }
}

struct Server<'r> {
    registry: &'r Registry,
    site: Site,
    hello: Hello,
    outlet: Outlet,
    events: SyncSender<Event>,
    patience: Option<Duration>,
    generation: u32,
    replaced: Arc<AtomicBool>,
    /// Until when a controller that was lost is waited for.
    deadline: Option<Instant>,
}

impl Server<'_> {
    /// True where the controller said goodbye, false where it was lost.
    fn run(&mut self, queue: &Receiver<Event>, routes: &mut dyn Routes) -> bool {
        loop {
            match self.next(queue) {
                Some(Event::Frame(generation, frame)) if generation == self.generation => match frame {
                    Frame { route: 0, body: Body::Bye } => return true,
                    Frame { route: 0, body: Body::Rest } => self.rest(routes),
                    frame => self.outlet.take(frame, self.registry, &self.site, routes),
                },
                Some(Event::Lost(generation)) if generation == self.generation => {
                    let Some(patience) = self.patience else { return false };
                    self.outlet.lose();
                    self.deadline = Some(Instant::now() + patience);
                }
                Some(Event::Called(stream)) => self.attach(stream, routes),
                Some(_) => {}
                None => {}
            }
            if let Some(deadline) = self.deadline {
                // What runs goes on, whoever waits for it; a reply is kept for a while.
                let over = Instant::now() >= deadline;
                if over {
                    self.outlet.give_up();
                }
                if !self.outlet.is_busy() && (over || !self.outlet.holds_replies()) {
                    return false;
                }
            }
        }
    }

    /// The next event; none where time has passed that a lost controller was given.
    fn next(&self, queue: &Receiver<Event>) -> Option<Event> {
        const LOOK: Duration = Duration::from_millis(200);
        match self.deadline {
            None => Some(queue.recv().unwrap_or(Event::Lost(self.generation))),
            Some(_) => queue.recv_timeout(LOOK).ok(),
        }
    }

    /// Goes on with another stream, and tells what it still has for it.
    fn attach(&mut self, stream: UnixStream, routes: &mut dyn Routes) {
        let Ok(input) = stream.try_clone() else { return };
        self.replaced.store(true, Ordering::SeqCst);
        self.replaced = Arc::default();
        self.generation += 1;
        self.deadline = None;
        spawn_reader(Box::new(input), self.generation, self.events.clone());
        self.outlet.attach(Box::new(stream), &self.hello, routes.known());
    }

    /// A run has ended and the next one may come: nothing of the first is left to it.
    fn rest(&mut self, routes: &mut dyn Routes) {
        self.outlet.end_calls();
        routes.close();
        self.outlet.wait_for_calls(Some(GOODBYE));
        self.outlet.forget();
        self.outlet.send(Frame { route: 0, body: Body::Rested });
    }
}

fn spawn_reader(input: Box<dyn Read + Send>, generation: u32, events: SyncSender<Event>) {
    thread::spawn(move || {
        let mut input = io::BufReader::new(input);
        while let Ok(frame) = read_frame(&mut input) {
            if events.send(Event::Frame(generation, frame)).is_err() {
                return;
            }
        }
        let _ = events.send(Event::Lost(generation));
    });
}

pub(super) fn read_frame(input: &mut impl Read) -> io::Result<Frame> {
    let mut head = [0; 4];
    input.read_exact(&mut head)?;
    let mut body = vec![0; wire::length(head).map_err(io::Error::other)?];
    input.read_exact(&mut body)?;
    wire::decode(&body).map_err(io::Error::other)
}

/// A call as it was asked for: at once, or as a job.
pub(super) fn perform(registry: &Registry, mut call: Call, site: &Site) -> Reply {
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

pub(super) fn failed(message: String) -> Reply {
    let Failure { message, .. } = Failure::new(message);
    let result = Map::from([("failed", Value::from(true)), ("changed", false.into()), ("msg", message.into())]);
    Reply { result, ..Reply::default() }
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

    fn known(&self) -> Vec<(Route, bool)> {
        Vec::new()
    }

    fn close(&mut self) {}
}
