//! The body of an answer: as long as it says, in chunks, or until the connection ends; unpacked.

use std::io::{self, BufRead, Read};

/// The reader of an answer's body.
pub fn reader(
    from: Box<dyn BufRead>,
    method: &str,
    status: u16,
    headers: &[(String, String)],
    decompress: bool,
) -> Box<dyn Read> {
    let get = |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    if method == "HEAD" || matches!(status, 204 | 304) {
        return Box::new(io::empty());
    }
    let is_chunked = get("Transfer-Encoding").is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
    let length = get("Content-Length").and_then(|length| length.trim().parse().ok());
    let body: Box<dyn Read> = match length {
        _ if is_chunked => Box::new(Chunked { from, left: 0, state: ChunkState::Start }),
        Some(length) => Box::new(Exactly { from, left: length }),
        None => Box::new(from),
    };
    let packing = get("Content-Encoding").map(|coding| coding.trim().to_ascii_lowercase());
    match packing.as_deref() {
        Some("gzip" | "x-gzip") if decompress => Box::new(flate2::read::MultiGzDecoder::new(body)),
        _ => body,
    }
}

/// A body that says how long it is: less is an error.
struct Exactly {
    from: Box<dyn BufRead>,
    left: u64,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if room == 0 {
            return Ok(0);
        }
        let length = self.from.read(&mut buffer[..room])?;
        if length == 0 {
            return Err(ended_early());
        }
        self.left -= length as u64;
        Ok(length)
    }
}

#[derive(PartialEq)]
enum ChunkState {
    Start,
    Inside,
    End,
}

/// A body of chunks, each with its length before it.
struct Chunked {
    from: Box<dyn BufRead>,
    left: u64,
    state: ChunkState,
}

impl Chunked {
    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        if (&mut self.from).take(64 * 1024).read_until(b'\n', &mut line)? == 0 {
            return Err(ended_early());
        }
        Ok(String::from_utf8_lossy(&line).trim().to_owned())
    }

    fn start(&mut self) -> io::Result<()> {
        let line = self.line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        self.left = u64::from_str_radix(digits, 16)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a chunk without its length"))?;
        self.state = ChunkState::Inside;
        if self.left == 0 {
            self.state = ChunkState::End;
            // What may follow are more headers; a server that just hangs up has said enough.
            while self.line().is_ok_and(|line| !line.is_empty()) {}
        }
        Ok(())
    }
}

impl Read for Chunked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state == ChunkState::Start {
            self.start()?;
        }
        if self.state == ChunkState::End || buffer.is_empty() {
            return Ok(0);
        }
        let room = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let length = self.from.read(&mut buffer[..room])?;
        if length == 0 {
            return Err(ended_early());
        }
        self.left -= length as u64;
        if self.left == 0 {
            self.line()?;
            self.state = ChunkState::Start;
        }
        Ok(length)
    }
}

fn ended_early() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "IncompleteRead")
}
