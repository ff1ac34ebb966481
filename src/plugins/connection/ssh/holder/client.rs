//! The run's side: finds the holder or starts one, tells it what is wanted, answers its questions.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{Mutex, OnceCell};

use super::{is_own, read_word};
use crate::operator::Question;
use crate::transport::{Link, Output, Surroundings, Unreachable};
use crate::wire::holder::{FromHolder, Order, ToHolder, decode, encode};

/// The word after `muster` by which the program learns that it is a holder.
pub const HOLDER_WORD: &str = "holder";

/// How long a holder may take to start.
const START: Duration = Duration::from_secs(5);

/// The way to the holder.
pub struct Holder {
    surroundings: Surroundings,
    socket: OnceCell<Option<PathBuf>>,
    starting: Mutex<()>,
}

/// What an order leads to.
pub enum Answer {
    Link(Link),
    Output(Output),
    Done,
}

impl Holder {
    pub fn new(surroundings: &Surroundings) -> Self {
        Self { surroundings: surroundings.clone(), socket: OnceCell::new(), starting: Mutex::default() }
    }

    /// `None` where there is no holder and none can be started: then this process dials itself.
    pub async fn order(&self, order: Order) -> Option<Result<Answer, Unreachable>> {
        let word = encode(&ToHolder::Want(Box::new(order)));
        // A holder that just goes away may take a connection and say nothing.
        for _ in 0..3 {
            let stream = self.connect(true).await?;
            if let Some(answer) = self.talk(stream, &word).await {
                return Some(answer);
            }
        }
        None
    }

    /// The same, but only where a holder is there already.
    pub async fn order_from_running(&self, order: Order) -> Option<Result<Answer, Unreachable>> {
        let stream = self.connect(false).await?;
        self.talk(stream, &encode(&ToHolder::Want(Box::new(order)))).await
    }

    async fn talk(&self, mut stream: UnixStream, word: &[u8]) -> Option<Result<Answer, Unreachable>> {
        stream.write_all(word).await.ok()?;
        loop {
            let body = read_word(&mut stream).await.ok()?;
            match decode(&body).ok()? {
                FromHolder::Ask { prompt, echo } => {
                    let operator = Arc::clone(&self.surroundings.operator);
                    let ask = move || operator.ask(&Question { prompt, echo });
                    let answer = tokio::task::spawn_blocking(ask).await.ok().flatten();
                    stream.write_all(&encode(&ToHolder::Answer(answer))).await.ok()?;
                }
                FromHolder::Notice(text) => (self.surroundings.notice)(&text),
                FromHolder::Open(first) => {
                    let (reader, writer) = stream.into_split();
                    let reader = Box::new(std::io::Cursor::new(first).chain(reader));
                    return Some(Ok(Answer::Link(Link { reader, writer: Box::new(writer) })));
                }
                FromHolder::Output { code, stdout, stderr } => {
                    return Some(Ok(Answer::Output(Output { code, stdout, stderr })));
                }
                FromHolder::Done => return Some(Ok(Answer::Done)),
                FromHolder::Failed(message) => return Some(Err(Unreachable { message })),
            }
        }
    }

    async fn connect(&self, start: bool) -> Option<UnixStream> {
        let find = || async { super::socket(&self.surroundings.environment, &self.surroundings.build) };
        let socket = self.socket.get_or_init(find).await.as_ref()?;
        if let Ok(stream) = UnixStream::connect(socket).await {
            return is_own(&stream).then_some(stream);
        }
        if !start {
            return None;
        }
        let _turn = self.starting.lock().await;
        let deadline = tokio::time::Instant::now() + START;
        let mut child = None;
        loop {
            match UnixStream::connect(socket).await {
                Ok(stream) => return is_own(&stream).then_some(stream),
                // So many at once that they stand in line.
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) if child.is_none() => child = Some(self.start(socket)?),
                Err(_) => {}
            }
            if tokio::time::Instant::now() > deadline {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn start(&self, socket: &std::path::Path) -> Option<tokio::process::Child> {
        let mut command = tokio::process::Command::new(&self.surroundings.program);
        command.arg(HOLDER_WORD).arg(socket).current_dir("/");
        command.env_clear().envs(self.surroundings.environment.variables.iter());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        command.spawn().ok()
    }
}
