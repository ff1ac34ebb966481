//! The holder itself: one process for all connections of a user, as long as there are any.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc as sync_mpsc};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use super::relay::{read_raw, relay};
use super::{is_own, read_word};
use crate::data::Environment;
use crate::operator::{Operator, Question};
use crate::plugins::connection::ssh::Ssh;
use crate::transport::{Connection, Endpoint, Link, Surroundings, Unreachable};
use crate::wire::holder::{Around, FromHolder, Order, ToHolder, Wish, decode, encode};
use crate::wire::{self, Body, Frame};

/// How long a holder stays that nobody asks for anything.
const IDLE: Duration = Duration::from_secs(5);

/// How long a run waits for a runner that another run has just left.
const SETTLE: Duration = Duration::from_secs(3);

/// How often it looks whether something is to go.
const LOOK: Duration = Duration::from_millis(500);

struct Holder {
    surroundings: Surroundings,
    /// Runs with the same surroundings share their logins.
    groups: Mutex<HashMap<Around, Arc<Group>>>,
    logins: Mutex<HashMap<String, Kept>>,
    /// Runs that are connected.
    clients: std::sync::atomic::AtomicUsize,
}

struct Group {
    ssh: Ssh,
    inquiry: Arc<Inquiry>,
}

/// One login and the runners on it.
struct Kept {
    group: Arc<Group>,
    plan: String,
    resting: Vec<Resting>,
    /// Runners whose run has ended and that will rest in a moment.
    settling: usize,
    settled: Arc<Notify>,
    /// Orders under way.
    active: usize,
    last: Instant,
    keep: Duration,
}

/// A runner that waits for the next run. The task gives it back when it is woken, unless it has ended.
struct Resting {
    hello: Vec<u8>,
    wake: Arc<Notify>,
    task: JoinHandle<Option<Link>>,
}

/// Serves on the socket until nothing is kept any more. The lock file beside it makes it the only one.
pub async fn serve(socket: &Path, surroundings: Surroundings) -> io::Result<()> {
    let mut lock = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(lock_file(socket))?;
    if rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
        return Ok(());
    }
    // For whoever wants to end it.
    lock.set_len(0)?;
    io::Write::write_all(&mut lock, format!("{}\n", std::process::id()).as_bytes())?;
    let _ = std::fs::remove_file(socket);
    let listener = UnixListener::bind(socket)?;
    let holder = Arc::new(Holder {
        surroundings,
        groups: Mutex::default(),
        logins: Mutex::default(),
        clients: std::sync::atomic::AtomicUsize::new(0),
    });
    let mut used = Instant::now();
    loop {
        match tokio::time::timeout(LOOK, listener.accept()).await {
            Ok(Ok((stream, _))) if is_own(&stream) => {
                holder.clients.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let holder = Arc::clone(&holder);
                // Ends with its client.
                tokio::spawn(async move {
                    holder.attend(stream).await;
                    holder.clients.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                });
            }
            Ok(_) => {}
            Err(_) => holder.expire().await,
        }
        if holder.is_used() {
            used = Instant::now();
        } else if used.elapsed() > IDLE {
            break;
        }
    }
    std::fs::remove_file(socket)
}

/// Beside the socket; holds the holder's process id.
fn lock_file(socket: &Path) -> std::path::PathBuf {
    let mut name = socket.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

impl Holder {
    fn is_used(&self) -> bool {
        self.clients.load(std::sync::atomic::Ordering::SeqCst) > 0 || !lock(&self.logins).is_empty()
    }

    /// Ends what has been kept for long enough.
    async fn expire(&self) {
        let over: Vec<Kept> = {
            let mut logins = lock(&self.logins);
            let is_over = |kept: &Kept| kept.active == 0 && kept.last.elapsed() >= kept.keep;
            let keys: Vec<String> =
                logins.iter().filter(|(_, kept)| is_over(kept)).map(|(key, _)| key.clone()).collect();
            keys.iter().filter_map(|key| logins.remove(key)).collect()
        };
        for kept in over {
            kept.end().await;
        }
    }

    /// One client, one order.
    async fn attend(&self, mut stream: UnixStream) {
        let Ok(body) = read_word(&mut stream).await else { return };
        let Ok(ToHolder::Want(order)) = decode(&body) else { return };
        let order = *order;
        if matches!(order.wish, Wish::Reset) {
            let kept = lock(&self.logins).remove(&order.key);
            if let Some(kept) = kept {
                kept.end().await;
            }
            let _ = stream.write_all(&encode(&FromHolder::Done)).await;
            return;
        }
        let group = self.group(&order.around);
        let key = order.key.clone();
        let keep = Duration::from_secs(order.keep);
        {
            let mut logins = lock(&self.logins);
            let fresh = || Kept {
                group: Arc::clone(&group),
                plan: String::new(),
                resting: Vec::new(),
                settling: 0,
                settled: Arc::default(),
                active: 0,
                last: Instant::now(),
                keep,
            };
            let kept = logins.entry(key.clone()).or_insert_with(fresh);
            kept.active += 1;
            kept.keep = keep;
        }
        let mut leaves = Leaves { holder: self, key: &key, settles: false };
        let rests = self.perform(stream, order, &group, &mut leaves).await;
        let settles = leaves.settles;
        let mut logins = lock(&self.logins);
        let Some(kept) = logins.get_mut(&key) else { return };
        kept.active -= 1;
        if settles {
            kept.settling = kept.settling.saturating_sub(1);
            kept.settled.notify_waiters();
        }
        kept.last = Instant::now();
        match rests {
            Performed::Rests(resting) => kept.resting.push(resting),
            Performed::Done => {}
            Performed::Failed => {
                if kept.active == 0 && kept.resting.is_empty() {
                    logins.remove(&key);
                }
            }
        }
    }

    async fn perform(
        &self,
        mut stream: UnixStream,
        order: Order,
        group: &Arc<Group>,
        leaves: &mut Leaves<'_>,
    ) -> Performed {
        if matches!(order.wish, Wish::Runner)
            && let Some((hello, link)) = self.awaken(&order.key).await
        {
            return pass(stream, link, hello, leaves).await;
        }
        let endpoint =
            Endpoint { host: order.host.as_str().into(), connection: "ssh".into(), options: Arc::new(order.options) };
        group.ssh.logins.files().forget();
        let plan = group.ssh.plan(&endpoint).await.map(|plan| format!("{plan:?}")).unwrap_or_default();
        if let Some(kept) = lock(&self.logins).get_mut(&order.key) {
            kept.plan = plan;
        }
        let (questions, mut asked) = mpsc::unbounded_channel();
        let place = group.inquiry.enter(questions);
        let work = async {
            Ok::<_, Unreachable>(match &order.wish {
                Wish::Exec { command, stdin } => Worked::Output(group.ssh.exec(&endpoint, command, stdin).await?),
                Wish::Return(instance) => first_frame(group.ssh.go_back(&endpoint, instance).await?).await?,
                Wish::Runner | Wish::Reset => first_frame(group.ssh.open(&endpoint).await?).await?,
            })
        };
        let mut work = std::pin::pin!(work);
        let mut words = Words::default();
        let mut open_question = None;
        let worked = loop {
            tokio::select! {
                worked = &mut work => break worked,
                Some(asked) = asked.recv() => match put(&mut stream, asked).await {
                    Ok(question) => open_question = question.or(open_question),
                    Err(_) => return Performed::Failed,
                },
                word = words.next(&mut stream) => match word.map(|body| decode(&body)) {
                    Ok(Ok(ToHolder::Answer(answer))) => {
                        if let Some(question) = open_question.take() {
                            let _ = question.send(answer);
                        }
                    }
                    // A client that goes away wants nothing any more.
                    _ => return Performed::Failed,
                },
            }
        };
        drop(place);
        match worked {
            Ok(Worked::Link(hello, link)) => pass(stream, link, hello, leaves).await,
            Ok(Worked::Output(output)) => {
                let word = FromHolder::Output { code: output.code, stdout: output.stdout, stderr: output.stderr };
                let _ = stream.write_all(&encode(&word)).await;
                Performed::Done
            }
            Err(unreachable) => {
                let _ = stream.write_all(&encode(&FromHolder::Failed(unreachable.message))).await;
                Performed::Failed
            }
        }
    }

    /// A runner that rests on this login, if it still lives; one that is about to rest is waited for.
    async fn awaken(&self, key: &str) -> Option<(Vec<u8>, Link)> {
        loop {
            let (resting, settled) = {
                let mut logins = lock(&self.logins);
                let kept = logins.get_mut(key)?;
                let settled = (kept.settling > 0).then(|| Arc::clone(&kept.settled).notified_owned());
                (kept.resting.pop(), settled)
            };
            let Some(resting) = resting else {
                if tokio::time::timeout(SETTLE, settled?).await.is_err() {
                    return None;
                }
                continue;
            };
            resting.wake.notify_one();
            if let Ok(Some(link)) = resting.task.await {
                return Some((resting.hello, link));
            }
        }
    }

    fn group(&self, around: &Around) -> Arc<Group> {
        let mut groups = lock(&self.groups);
        let make = || {
            let inquiry = Arc::new(Inquiry::default());
            let notices = Arc::clone(&inquiry);
            let own = &self.surroundings.environment;
            let surroundings = Surroundings {
                environment: Environment {
                    variables: Arc::new(around.variables.iter().cloned().collect()),
                    working_directory: around.working_directory.clone().into(),
                    home: around.home.clone().into(),
                    user: around.user.clone(),
                    ..own.clone()
                },
                operator: Arc::clone(&inquiry) as Arc<dyn Operator>,
                notice: Arc::new(move |text| notices.tell(text)),
                ..self.surroundings.clone()
            };
            Arc::new(Group { ssh: Ssh::direct(&surroundings), inquiry })
        };
        Arc::clone(groups.entry(around.clone()).or_insert_with(make))
    }
}

/// Notes that a run has left its runner.
struct Leaves<'a> {
    holder: &'a Holder,
    key: &'a str,
    settles: bool,
}

impl Leaves<'_> {
    fn note(&mut self) {
        if let Some(kept) = lock(&self.holder.logins).get_mut(self.key) {
            kept.settling += 1;
            self.settles = true;
        }
    }
}

impl Kept {
    async fn end(self) {
        for resting in self.resting {
            resting.wake.notify_one();
            if let Ok(Some(mut link)) = resting.task.await {
                let _ = link.writer.write_all(&wire::encode(&Frame { route: 0, body: Body::Bye })).await;
                let _ = link.writer.shutdown().await;
                let mut rest = Vec::new();
                let _ = tokio::time::timeout(Duration::from_secs(2), link.reader.read_to_end(&mut rest)).await;
            }
        }
        self.group.ssh.forget(&self.plan).await;
    }
}

/// How an order ended.
enum Performed {
    Rests(Resting),
    Done,
    Failed,
}

enum Worked {
    Link(Vec<u8>, Link),
    Output(crate::transport::Output),
}

async fn first_frame(mut link: Link) -> Result<Worked, Unreachable> {
    let first = read_raw(&mut link.reader).await;
    let hello = first.map_err(|error| Unreachable::new(format!("The runner on the host did not start: {error}")))?;
    Ok(Worked::Link(hello, link))
}

/// Lets the run's frames through, and the runner rest afterwards.
async fn pass(mut stream: UnixStream, link: Link, hello: Vec<u8>, leaves: &mut Leaves<'_>) -> Performed {
    if stream.write_all(&encode(&FromHolder::Open(hello.clone()))).await.is_err() {
        return Performed::Failed;
    }
    match relay(stream, link, || leaves.note()).await {
        Some(link) => Performed::Rests(rest(hello, link)),
        None => Performed::Done,
    }
}

fn rest(hello: Vec<u8>, mut link: Link) -> Resting {
    let wake = Arc::new(Notify::new());
    let woken = Arc::clone(&wake);
    let task = tokio::spawn(async move {
        let mut nothing = [0; 1];
        tokio::select! {
            () = woken.notified() => Some(link),
            // It has no reason to speak: this is its end.
            _ = link.reader.read(&mut nothing) => None,
        }
    });
    Resting { hello, wake, task }
}

type Reply = sync_mpsc::Sender<Option<String>>;

/// Puts a question to the run; its answer comes later.
async fn put(stream: &mut UnixStream, asked: Asked) -> io::Result<Option<Reply>> {
    match asked {
        Asked::Notice(text) => stream.write_all(&encode(&FromHolder::Notice(text))).await.map(|()| None),
        Asked::Question(question, reply) => {
            let word = FromHolder::Ask { prompt: question.prompt, echo: question.echo };
            stream.write_all(&encode(&word)).await.map(|()| Some(reply))
        }
    }
}

/// Words as they come in; one that is half read is kept.
#[derive(Default)]
struct Words {
    read: Vec<u8>,
}

impl Words {
    async fn next(&mut self, stream: &mut UnixStream) -> io::Result<Vec<u8>> {
        loop {
            if let Some(head) = self.read.first_chunk() {
                let end = 4 + wire::length(*head).map_err(io::Error::other)?;
                if self.read.len() >= end {
                    let rest = self.read.split_off(end);
                    return Ok(std::mem::replace(&mut self.read, rest).split_off(4));
                }
            }
            if stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

enum Asked {
    Question(Question, Reply),
    Notice(String),
}

/// The operators of all runs that wait for a connection: the last one to come is asked.
#[derive(Default)]
struct Inquiry {
    waiting: Arc<Mutex<Vec<(u64, mpsc::UnboundedSender<Asked>)>>>,
}

/// A run's place among them.
struct Waiting {
    number: u64,
    all: Arc<Mutex<Vec<(u64, mpsc::UnboundedSender<Asked>)>>>,
}

impl Inquiry {
    fn enter(&self, questions: mpsc::UnboundedSender<Asked>) -> Waiting {
        let mut waiting = lock(&self.waiting);
        let number = waiting.last().map_or(0, |(number, _)| number + 1);
        waiting.push((number, questions));
        Waiting { number, all: Arc::clone(&self.waiting) }
    }

    fn tell(&self, text: &str) {
        if let Some((_, last)) = lock(&self.waiting).last() {
            let _ = last.send(Asked::Notice(text.to_owned()));
        }
    }
}

impl Operator for Inquiry {
    fn ask(&self, question: &Question) -> Option<String> {
        loop {
            let last = lock(&self.waiting).last().map(|(_, last)| last.clone())?;
            let (reply, answer) = sync_mpsc::channel();
            if last.send(Asked::Question(question.clone(), reply)).is_ok()
                && let Ok(answer) = answer.recv()
            {
                return answer;
            }
            // It went away meanwhile; perhaps another one waits for the same.
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        lock(&self.all).retain(|(number, _)| *number != self.number);
    }
}

/// No code panics while it holds one of these locks, and none is held across an await.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
