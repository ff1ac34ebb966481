//! A runner on one end of a socket, a pretended controller on the other.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::module::{Module, Outcome};
use super::serve::{NoRoutes, Wire, serve};
use super::testing::Scratch;
use super::{Failure, Registry, Target};
use crate::args::ArgSpec;
use crate::data::Map;
use crate::wire::{self, BecomeAs, Blob, Body, Call, Frame};

static ECHO: Module = Module::plain("test.echo", |args, _| Ok(args));
static SLEEP: Module = Module::plain("test.sleep", |_, target| {
    let finished = target.command(["sleep", "20"]).run_or_fail()?;
    Ok(Map::from([("rc", finished.code)]))
});
static PANIC: Module = Module::plain("test.panic", |_, _| panic!("oh no"));
static LATE: Module = Module::plain("test.late", |args, target| {
    target.command(["sleep", "0.2"]).run_or_fail()?;
    let file = args.get("file").and_then(crate::data::Value::as_str).unwrap_or_default();
    std::fs::write(file, "done").map_err(|error| error.to_string())?;
    Ok(Map::new())
});
static COUNT: Module = Module::plain("test.count", count);

fn count(_args: Map, target: &mut Target) -> Outcome {
    let mut content = target.blob("src").ok_or("no content")?;
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes).map_err(|error| Failure::new(error.to_string()))?;
    Ok(Map::from([("size", bytes.len()), ("last", usize::from(bytes[bytes.len() - 1]))]))
}

impl Module {
    const fn plain(name: &'static str, run: fn(Map, &mut Target) -> Outcome) -> Self {
        Self { name, aliases: &[], summary: "", spec: ArgSpec::EMPTY, run, traits: super::Traits::NONE }
    }
}

struct Controller {
    stream: UnixStream,
    runner: Option<JoinHandle<()>>,
    scratch: Scratch,
    instance: String,
}

impl Controller {
    fn start() -> Self {
        Self::waited_for(None)
    }

    fn waited_for(patience: Option<Duration>) -> Self {
        let scratch = Scratch::new();
        let environment = scratch.environment();
        let (ours, theirs) = UnixStream::pair().expect("sockets");
        let output = theirs.try_clone().expect("a second handle");
        let runner = thread::spawn(move || {
            let registry = Registry::new([&ECHO, &SLEEP, &PANIC, &COUNT, &LATE]);
            serve(&registry, environment, "b", Wire::new(theirs, output), &mut NoRoutes, patience);
        });
        let mut controller = Self { stream: ours, runner: Some(runner), scratch, instance: String::new() };
        match controller.receive() {
            Body::Hello(hello) => {
                assert_eq!((hello.build.as_str(), hello.hostname.as_str()), ("b", "host"));
                controller.instance = hello.instance;
            }
            other => panic!("{other:?}"),
        }
        controller
    }

    fn send(&mut self, body: Body) {
        self.stream.write_all(&wire::encode(&Frame { route: 0, body })).expect("the runner reads");
    }

    fn call(&mut self, id: u32, module: &str, args: Map) {
        let call = Call { module: module.into(), args, ..Call::default() };
        self.send(Body::Call(id, Box::new(call)));
    }

    fn receive(&mut self) -> Body {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head).expect("the runner answers");
        let mut body = vec![0; wire::length(head).expect("short")];
        self.stream.read_exact(&mut body).expect("the runner answers");
        wire::decode(&body).expect("a frame").body
    }

    fn reply(&mut self) -> (u32, Map) {
        match self.receive() {
            Body::Reply(id, reply) => (id, reply.result),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn calls_get_their_replies() {
    let mut controller = Controller::start();
    controller.call(7, "test.echo", Map::from([("a", 1)]));
    assert_eq!(controller.reply(), (7, Map::from([("a", 1.into()), ("changed", crate::data::Value::from(false))])));
    controller.call(8, "test.unknown", Map::new());
    assert!(controller.reply().1.contains_key("failed"));
    controller.call(9, "test.panic", Map::new());
    let (_, result) = controller.reply();
    let message = result.get("msg").and_then(|message| message.as_str()).unwrap_or_default().to_owned();
    assert_eq!(message, "muster has a bug in test.panic, please report it: oh no");
    controller.send(Body::Ping(5));
    assert!(matches!(controller.receive(), Body::Ping(5)));
    let become_as = BecomeAs {
        user: "x".into(),
        argv: Vec::new(),
        prompts: Vec::new(),
        failures: Vec::new(),
        missing: Vec::new(),
        password: None,
        method: "sudo".into(),
    };
    controller.send(Body::Become(Box::new(become_as)));
    assert!(matches!(controller.receive(), Body::Became(Err(_))));
    controller.send(Body::Bye);
    controller.runner.take().expect("it runs").join().expect("it ends well");
}

#[test]
fn cancel_ends_a_call() {
    let mut controller = Controller::start();
    let start = Instant::now();
    controller.call(1, "test.sleep", Map::new());
    controller.call(2, "test.echo", Map::new());
    assert_eq!(controller.reply().0, 2, "calls do not wait for each other");
    thread::sleep(Duration::from_millis(50));
    controller.send(Body::Cancel(1));
    let (id, result) = controller.reply();
    assert_eq!((id, result.get("rc").and_then(crate::data::Value::as_int)), (1, Some(-15)));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn large_content_comes_by_windows() {
    const SIZE: usize = wire::WINDOW * 2 + 1000;
    let mut controller = Controller::start();
    let blob = Blob { name: "src".into(), sha1: [0; 20], size: SIZE as u64, content: None };
    let call = Call { module: "test.count".into(), blobs: vec![blob], ..Call::default() };
    controller.send(Body::Call(1, Box::new(call)));
    let mut windows = 0;
    loop {
        match controller.receive() {
            Body::Want { call, blob, offset } => {
                windows += 1;
                let mut position = offset as usize;
                while position < SIZE.min(offset as usize + wire::WINDOW) {
                    let length = wire::CHUNK.min(SIZE - position);
                    let data = vec![(position / wire::CHUNK) as u8; length];
                    let last = position + length == SIZE;
                    controller.send(Body::Chunk { call, blob, offset: position as u64, data, last });
                    position += length;
                }
            }
            Body::Reply(_, reply) => {
                assert_eq!(reply.result.get("size").and_then(crate::data::Value::as_int), Some(SIZE as i64));
                assert_eq!(reply.result.get("last").and_then(crate::data::Value::as_int), Some(16));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(windows, 3);
}

#[test]
fn a_lost_stream_ends_no_call() {
    let mut controller = Controller::start();
    let file = controller.scratch.path("done").to_string_lossy().into_owned();
    controller.call(1, "test.late", Map::from([("file", file)]));
    controller.stream.shutdown(std::net::Shutdown::Both).expect("it is open");
    controller.runner.take().expect("it runs").join().expect("it ends by itself");
    assert_eq!(controller.scratch.text("done"), "done");
}

/// A runner that waits for its controller, lost while a call is under way and asked for by its name.
#[test]
fn a_lost_controller_comes_back_for_its_replies() {
    let mut controller = Controller::waited_for(Some(Duration::from_secs(20)));
    let instance = controller.instance.clone();
    let file = controller.scratch.path("done").to_string_lossy().into_owned();
    controller.call(1, "test.echo", Map::from([("a", 1)]));
    assert_eq!(controller.reply().0, 1);
    controller.call(2, "test.late", Map::from([("file", file)]));
    controller.stream.shutdown(std::net::Shutdown::Both).expect("it is open");
    thread::sleep(Duration::from_millis(500));
    // What the program of the second login does, on two pipes.
    let (ours, theirs) = UnixStream::pair().expect("sockets");
    let output = theirs.try_clone().expect("a second handle");
    thread::spawn(move || super::doorbell::lead_back(&instance, theirs, output));
    controller.stream = ours;
    assert!(matches!(controller.receive(), Body::Hello(hello) if hello.instance == controller.instance));
    match controller.receive() {
        Body::Resumed { mut calls, .. } => {
            calls.sort_unstable();
            assert_eq!(calls, [1, 2], "the first reply may have been lost too");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!((controller.reply().0, controller.reply().0), (1, 2));
    assert_eq!(controller.scratch.text("done"), "done");
    controller.send(Body::Arrived(vec![1, 2]));
    // With nothing left to wait for it does not.
    let start = Instant::now();
    controller.stream.shutdown(std::net::Shutdown::Both).expect("it is open");
    controller.runner.take().expect("it runs").join().expect("it ends by itself");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn content_is_asked_for_again() {
    let mut controller = Controller::waited_for(Some(Duration::from_secs(20)));
    let instance = controller.instance.clone();
    let blob = Blob { name: "src".into(), sha1: [0; 20], size: 3, content: None };
    let call = Call { module: "test.count".into(), blobs: vec![blob], ..Call::default() };
    controller.send(Body::Call(1, Box::new(call)));
    assert!(matches!(controller.receive(), Body::Want { offset: 0, .. }));
    let (ours, theirs) = UnixStream::pair().expect("sockets");
    let output = theirs.try_clone().expect("a second handle");
    thread::spawn(move || super::doorbell::lead_back(&instance, theirs, output));
    // The first stream is still there: it is replaced.
    let _stuck = std::mem::replace(&mut controller.stream, ours);
    assert!(matches!(controller.receive(), Body::Hello(_)));
    assert!(matches!(controller.receive(), Body::Resumed { .. }));
    assert!(matches!(controller.receive(), Body::Want { offset: 0, .. }));
    controller.send(Body::Chunk { call: 1, blob: 0, offset: 0, data: b"abc".to_vec(), last: true });
    assert_eq!(controller.reply().1.get("size").and_then(crate::data::Value::as_int), Some(3));
    controller.send(Body::Bye);
    controller.runner.take().expect("it runs").join().expect("it ends well");
}

#[test]
fn a_run_that_rests_leaves_nothing_to_the_next() {
    let mut controller = Controller::start();
    controller.call(1, "test.sleep", Map::new());
    thread::sleep(Duration::from_millis(50));
    controller.send(Body::Rest);
    match controller.receive() {
        Body::Reply(1, _) => assert!(matches!(controller.receive(), Body::Rested)),
        other => assert!(matches!(other, Body::Rested), "{other:?}"),
    }
    controller.call(1, "test.echo", Map::from([("a", 2)]));
    assert_eq!(controller.reply().1.get("a").and_then(crate::data::Value::as_int), Some(2));
}
