//! All that crosses the channel between controller and target, and the only serializer for it.
//!
//! A frame is a 4-byte little-endian length and a postcard body. Both sides are the same build (the
//! hello names it), so the format needs no versions. Origins and trust stay on the controller.

pub mod holder;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::{Data, Date, Map, Text, Value};

/// Which runner of a host a frame is for: 0 is the login's, others are become runners behind it.
pub type Route = u16;

/// Numbers a call on one session. Replies, output and chunks carry it back.
pub type CallId = u32;

/// The word after `muster runner` by which the program learns that it leads back to a runner.
pub const RETURN_WORD: &str = "--return";

/// The word before the seconds for which a lost controller is waited for.
pub const PATIENCE_WORD: &str = "--patience";

/// Longest frame either side accepts; content beyond goes in chunks.
pub const FRAME_LIMIT: usize = 64 * 1024 * 1024;

/// The size of one piece of a streamed blob.
pub const CHUNK: usize = 128 * 1024;

/// How much of a blob may be under way before the runner asks for more.
pub const WINDOW: usize = 8 * CHUNK;

/// One message, in either direction.
#[derive(Debug, Serialize, Deserialize)]
pub struct Frame {
    pub route: Route,
    pub body: Body,
}

/// What a frame says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Body {
    /// First frame of a runner: who it is.
    Hello(Hello),
    /// Controller: run a module.
    Call(CallId, Box<Call>),
    /// Runner: the call's result.
    Reply(CallId, Reply),
    /// Runner: output of a running command, for the live view. Only where the call asked for it.
    Output(CallId, Stream, Vec<u8>),
    /// Controller: end the call's process group.
    Cancel(CallId),
    /// Runner: send the blob with this index from this offset, at most a window of it.
    Want {
        call: CallId,
        blob: u32,
        offset: u64,
    },
    /// Controller: a piece of a blob.
    Chunk {
        call: CallId,
        blob: u32,
        offset: u64,
        data: Vec<u8>,
        last: bool,
    },
    /// Controller to the login runner: start a runner as another user and route it here.
    Become(Box<BecomeAs>),
    /// Login runner: the route is open, or why not.
    Became(Result<(), BecomeFailure>),
    /// Controller: these replies are here.
    Arrived(Vec<CallId>),
    /// Runner, after a reconnection: the calls that it still runs or keeps replies of, and the routes
    /// that it knows with whether they are open already.
    Resumed {
        calls: Vec<CallId>,
        routes: Vec<(Route, bool)>,
    },
    /// Login runner to those behind it, after a reconnection: ask anew for content.
    Again,
    /// Controller: the run is over and another may follow. Runner: nothing is left of it.
    Rest,
    Rested,
    /// Keeps the path open; answered by the same frame.
    Ping(u32),
    /// The sender goes away now, on purpose.
    Bye,
}

/// How a runner introduces itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// The build id of the program; must equal the controller's.
    pub build: String,
    /// Names the runner process across reconnections.
    pub instance: String,
    pub user: String,
    pub uid: u32,
    pub hostname: String,
}

/// A request to run one module.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Call {
    /// Full name: `ansible.builtin.file`.
    pub module: String,
    /// Checked arguments.
    #[serde(with = "map_on_the_wire")]
    pub args: Map,
    pub check: bool,
    pub diff: bool,
    /// The task's `environment`, in order, over that of the login.
    pub environment: Vec<(String, String)>,
    pub blobs: Vec<Blob>,
    /// Send `Output` frames while commands run.
    pub live: bool,
    /// Run as a job: reply at once, keep the result in the job folder.
    pub job: Option<Job>,
    /// Write no line to the target's syslog about this call, or one without arguments.
    pub log: TargetLog,
    /// The folder where the call's temporary files go (`remote_tmp` or the system's).
    pub temp_dir: Option<String>,
    /// Names of Python interpreters: the first that is there is reported as a fact.
    pub interpreters: Vec<String>,
    pub verbosity: u8,
    /// Replies that have arrived since the last call on this session, which fills this in.
    pub arrived: Vec<CallId>,
}

/// What the target's syslog gets to know of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TargetLog {
    #[default]
    Nothing,
    /// Module and arguments, secrets out.
    Full,
    /// Only that a module ran: the task has `no_log`.
    Censored,
}

/// An asynchronous call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    pub id: String,
    /// Seconds after which the job is ended.
    pub limit: u64,
    /// The folder of job files.
    pub dir: String,
}

/// Content from the controller. Small content rides along, larger is sent when the module reads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Blob {
    /// The option that it stands for, as `src`.
    pub name: String,
    pub sha1: [u8; 20],
    pub size: u64,
    pub content: Option<Vec<u8>>,
}

/// The result of a call: Ansible's result dictionary (`changed`, `failed`, `msg`, `diff`, …).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reply {
    #[serde(with = "map_on_the_wire")]
    pub result: Map,
    /// What led to a failure, outermost first: links of the error's chain below `msg`.
    pub causes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// How to become another user.
#[derive(Clone, Serialize, Deserialize)]
pub struct BecomeAs {
    pub user: String,
    /// The program and its arguments; `{}` stands for the command to run.
    pub argv: Vec<String>,
    /// Patterns of the password prompt (regular expressions), and of the method's failures.
    pub prompts: Vec<String>,
    pub failures: Vec<String>,
    /// How the method says that it needs a password and was not allowed to ask for it.
    pub missing: Vec<String>,
    pub password: Option<String>,
    pub method: String,
}

/// The password stays out of logs.
impl std::fmt::Debug for BecomeAs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BecomeAs").field("user", &self.user).field("argv", &self.argv).finish_non_exhaustive()
    }
}

/// Why there is no runner as the other user.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub enum BecomeFailure {
    MissingPassword,
    WrongPassword,
    /// The method is not on the target, or ended without starting the runner; its output.
    Ended {
        code: Option<i32>,
        output: String,
    },
    Timeout,
}

/// A message that cannot be read: the peer is not a runner of this build.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("a frame of {0} bytes is over the limit")]
    TooLong(usize),
    #[error("a frame cannot be read: {0}")]
    Malformed(#[from] postcard::Error),
}

/// The bytes of a frame, its length first.
pub fn encode(frame: &Frame) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes = postcard::to_extend(frame, bytes).expect("a frame holds nothing that postcard cannot write");
    let length = (bytes.len() - 4) as u32;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes
}

/// The length that a frame's first four bytes announce.
pub fn length(head: [u8; 4]) -> Result<usize, WireError> {
    let length = u32::from_le_bytes(head) as usize;
    if length > FRAME_LIMIT { Err(WireError::TooLong(length)) } else { Ok(length) }
}

/// A frame from its body, the bytes after the length.
pub fn decode(body: &[u8]) -> Result<Frame, WireError> {
    Ok(postcard::from_bytes(body)?)
}

/// A value without origin and trust.
#[derive(Serialize, Deserialize)]
enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Big(String),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    Date(String),
    Moment(String, Option<i32>),
    Time(String),
    List(Vec<Plain>),
    Tuple(Vec<Plain>),
    Set(Vec<Plain>),
    Map(Vec<(Plain, Plain)>),
}

impl From<&Value> for Plain {
    fn from(value: &Value) -> Self {
        let all = |items: &[Value]| items.iter().map(Plain::from).collect();
        match &value.data {
            Data::Null => Plain::Null,
            Data::Bool(flag) => Plain::Bool(*flag),
            Data::Int(number) => Plain::Int(*number),
            Data::Big(number) => Plain::Big(number.to_string()),
            Data::Float(number) => Plain::Float(*number),
            Data::Text(text) => Plain::Text(text.as_str().to_owned()),
            Data::Bytes(bytes) => Plain::Bytes(bytes.to_vec()),
            Data::Date(Date::Day(day)) => Plain::Date(day.to_string()),
            Data::Date(Date::Moment(moment, offset)) => Plain::Moment(moment.to_string(), *offset),
            Data::Date(Date::Time(time)) => Plain::Time(time.to_string()),
            Data::List(items) => Plain::List(all(items)),
            Data::Tuple(items) => Plain::Tuple(all(items)),
            Data::Set(items) => Plain::Set(items.iter().map(Plain::from).collect()),
            Data::Map(map) => Plain::Map(pairs(map)),
            Data::Vaulted(vaulted) => Plain::Text(vaulted.ciphertext.to_string()),
        }
    }
}

impl From<Plain> for Value {
    fn from(plain: Plain) -> Self {
        let all = |items: Vec<Plain>| items.into_iter().map(Value::from).collect::<Vec<_>>();
        match plain {
            Plain::Null => Value::NULL,
            Plain::Bool(flag) => flag.into(),
            Plain::Int(number) => number.into(),
            Plain::Big(digits) => digits.parse().map_or(Value::NULL, Value::big),
            Plain::Float(number) => number.into(),
            Plain::Text(text) => text.into(),
            Plain::Bytes(bytes) => Data::Bytes(bytes.into()).into(),
            Plain::Date(day) => day.parse().map_or(Value::NULL, |day| Data::Date(Date::Day(day)).into()),
            Plain::Moment(moment, offset) => {
                moment.parse().map_or(Value::NULL, |moment| Data::Date(Date::Moment(moment, offset)).into())
            }
            Plain::Time(time) => time.parse().map_or(Value::NULL, |time| Data::Date(Date::Time(time)).into()),
            Plain::List(items) => Value::list(all(items)),
            Plain::Tuple(items) => Value::tuple(all(items)),
            Plain::Set(items) => Data::Set(Arc::new(all(items).into_iter().collect())).into(),
            Plain::Map(items) => map(items).into(),
        }
    }
}

fn pairs(map: &Map) -> Vec<(Plain, Plain)> {
    map.iter().map(|(key, value)| (key.into(), value.into())).collect()
}

fn map(pairs: Vec<(Plain, Plain)>) -> Map {
    pairs.into_iter().map(|(key, value)| (Value::from(key), Value::from(value))).collect()
}

/// For `#[serde(with)]`: a map as its pairs.
mod map_on_the_wire {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Map, Plain};

    pub fn serialize<S: Serializer>(map: &Map, serializer: S) -> Result<S::Ok, S::Error> {
        super::pairs(map).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map, D::Error> {
        Ok(super::map(Vec::<(Plain, Plain)>::deserialize(deserializer)?))
    }
}

/// Lets text be told apart from bytes where a target's file holds either.
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Text::plain(text).into(),
            Err(error) => Data::Bytes(error.into_bytes().into()).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_survives_the_wire() {
        let args = Map::from([
            ("text", Value::text("a")),
            ("list", Value::list([Value::from(1), Value::from(1.5), Value::NULL])),
            ("big", Value::big("123456789012345678901234567890".parse().expect("digits"))),
            ("map", Map::from([("k", Value::from(true))]).into()),
        ]);
        let call = Call { module: "ansible.builtin.ping".into(), args: args.clone(), ..Call::default() };
        let bytes = encode(&Frame { route: 3, body: Body::Call(7, Box::new(call)) });
        assert_eq!(length([bytes[0], bytes[1], bytes[2], bytes[3]]).expect("short"), bytes.len() - 4);
        let frame = decode(&bytes[4..]).expect("what was encoded can be decoded");
        match frame.body {
            Body::Call(7, call) => assert_eq!((frame.route, call.args), (3, args)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn junk_is_an_error() {
        assert!(decode(b"\xff\xff\xff junk").is_err());
        assert!(length([0xff; 4]).is_err());
    }
}
