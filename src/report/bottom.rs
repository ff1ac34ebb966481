//! The bottom of the terminal: text goes above it, one live line or one question stands in it. All
//! that a command writes goes through here, so that none of them is written over another.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::screen::Stream;

/// Text may wait for a question to be answered, up to here; then whoever writes waits too.
const HELD: usize = 1 << 20;

/// Puts the cursor at the beginning of the line and empties it.
const ERASE: &str = "\r\x1b[K";

/// Shared by the screen, which writes, and the operator, who is asked.
#[derive(Default)]
pub struct Bottom {
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Default)]
struct State {
    /// The live line as it is to be.
    line: Option<String>,
    /// Whether it is on the terminal now.
    shown: bool,
    /// Whether the last text on the terminal did not end its line.
    in_a_line: bool,
    asking: bool,
    held: Vec<(Stream, Vec<u8>)>,
}

impl Bottom {
    /// One of the standard streams, for a screen.
    pub fn writer(self: &Arc<Self>, stream: Stream) -> Box<dyn Write + Send> {
        Box::new(Above { bottom: Arc::clone(self), stream })
    }

    /// Sets the live line, which must fit into the terminal's width, or takes it away.
    pub fn show(&self, line: Option<String>) {
        let mut state = self.lock();
        if state.line != line {
            state.line = line;
            state.write(Stream::Out, b"");
        }
    }

    /// Keeps the bottom for a question until what is given back is dropped.
    pub fn question(&self) -> Asking<'_> {
        let state = self.answered.wait_while(self.lock(), |state| state.asking);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.erase();
        state.asking = true;
        Asking(self)
    }

    fn write(&self, stream: Stream, text: &[u8]) {
        let room =
            |state: &mut State| state.asking && state.held.iter().map(|(_, held)| held.len()).sum::<usize>() > HELD;
        let mut state = self.answered.wait_while(self.lock(), room).unwrap_or_else(PoisonError::into_inner);
        if state.asking {
            state.held.push((stream, text.to_vec()));
        } else {
            state.write(stream, text);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Brings a text to the terminal, the live line out of its way and back.
    fn write(&mut self, stream: Stream, text: &[u8]) {
        if self.asking {
            return;
        }
        if let Some(last) = text.last() {
            self.in_a_line = *last != b'\n';
        }
        let was_shown = self.shown;
        let line = self.line.clone().filter(|_| !self.in_a_line);
        self.shown = line.is_some();
        let (before, after) = (if was_shown { ERASE } else { "" }, line.unwrap_or_default());
        match stream {
            // In one piece, so that nothing flickers.
            Stream::Out => put(stream, &[before.as_bytes(), text, after.as_bytes()].concat()),
            Stream::Err => {
                put(Stream::Out, before.as_bytes());
                put(stream, text);
                put(Stream::Out, after.as_bytes());
            }
        }
    }

    fn erase(&mut self) {
        if std::mem::take(&mut self.shown) {
            put(Stream::Out, ERASE.as_bytes());
        }
    }
}

/// The bottom belongs to a question. Text that came up meanwhile is written when it is answered.
pub struct Asking<'a>(&'a Bottom);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.asking = false;
        state.in_a_line = false;
        for (stream, text) in std::mem::take(&mut state.held) {
            state.write(stream, &text);
        }
        self.0.answered.notify_all();
    }
}

/// What a screen writes to.
struct Above {
    bottom: Arc<Bottom>,
    stream: Stream,
}

impl Write for Above {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.bottom.write(self.stream, text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.stream {
            Stream::Out => io::stdout().flush(),
            Stream::Err => io::stderr().flush(),
        }
    }
}

/// A reader that went away is no reason to stop a run half-way.
fn put(stream: Stream, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let _ = match stream {
        Stream::Out => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| if bytes.ends_with(b"\n") { Ok(()) } else { stdout.flush() })
        }
        Stream::Err => io::stdout().flush().and_then(|()| io::stderr().lock().write_all(bytes)),
    };
}
