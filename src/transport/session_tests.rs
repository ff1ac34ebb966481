//! A session with a pretended runner on the other end.

use super::session::*;
use super::{BlobSource, CallError, Link};
use crate::wire::{self, BecomeAs, BecomeFailure, Body, Call, CallId, Frame, Hello, Reply, Route, Stream, WINDOW};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::data::{Map, Value};
use tokio::io::DuplexStream;

const BUILD: &str = "b1";

/// A pretended runner: `echo` replies its arguments, `read` asks for a blob and tells its length,
/// `noise` floods output first, `never` does not reply and tells of its cancelling by `note`.
async fn runner(stream: DuplexStream, note: mpsc::UnboundedSender<String>) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let hello = Hello { build: BUILD.into(), instance: "i".into(), user: "me".into(), uid: 1, hostname: "h".into() };
    write(&mut writer, 0, Body::Hello(hello)).await;
    let mut received: HashMap<CallId, u64> = HashMap::new();
    while let Ok(frame) = read_frame(&mut reader).await {
        match frame.body {
            Body::Call(id, call) => match call.module.as_str() {
                "echo" => {
                    write(&mut writer, frame.route, Body::Reply(id, Reply { result: call.args, ..Reply::default() }))
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
    (Session::start(link, BUILD, None).await.expect("it says hello"), notes)
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
    let session = Session::start(link, BUILD, None).await.expect("it says hello");
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
    assert!(Session::start(link, "b2", None).await.is_err());
}

#[tokio::test]
async fn goodbye_ends_the_runner() {
    let (session, _notes) = session().await;
    session.close().await;
    assert!(session.lost().is_some());
}
