//! What a run and the process that holds its connections say to each other, before the frames of a
//! runner pass through.

use serde::{Deserialize, Serialize};

use super::{WireError, map_on_the_wire};
use crate::data::Map;

/// A run's word to the holder.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToHolder {
    /// What is wanted, and all that is needed to dial.
    Want(Box<Order>),
    /// The operator's answer to a question.
    Answer(Option<String>),
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    pub wish: Wish,
    /// Names the login: equal keys share it.
    pub key: String,
    pub host: String,
    #[serde(with = "map_on_the_wire")]
    pub options: Map,
    pub around: Around,
    /// How long the login outlives the run, in seconds.
    pub keep: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum Wish {
    /// A stream to a runner; one that is kept, if there is one.
    Runner,
    /// A stream back to the runner of this name.
    Return(String),
    /// A command line without a runner.
    Exec { command: String, stdin: Vec<u8> },
    /// Forget the login.
    Reset,
}

/// The surroundings of the run that dials.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Around {
    pub variables: Vec<(String, String)>,
    pub working_directory: String,
    pub home: String,
    pub user: String,
}

/// The holder's word to a run.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromHolder {
    Ask {
        prompt: String,
        echo: bool,
    },
    Notice(String),
    /// From here on the runner's frames pass; this is the first.
    Open(Vec<u8>),
    Output {
        code: i32,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    },
    Done,
    Failed(String),
}

/// The bytes of a word, its length first.
pub fn encode(word: &impl Serialize) -> Vec<u8> {
    let mut bytes = postcard::to_extend(word, vec![0; 4]).expect("a word holds nothing that postcard cannot write");
    let length = (bytes.len() - 4) as u32;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes
}

/// A word from its body, the bytes after the length.
pub fn decode<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, WireError> {
    Ok(postcard::from_bytes(body)?)
}
