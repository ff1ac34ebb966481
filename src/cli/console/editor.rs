//! A line at the prompt: typed on a terminal with completion and what was typed before, or read as it
//! comes where there is no terminal.

use std::io::{BufRead, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

/// What came of a prompt.
pub enum Typed {
    Line(String),
    Interrupted,
    End,
}

/// What can be completed.
pub struct Words {
    /// The first word of a line.
    pub first: Vec<String>,
    /// Hosts and groups, behind `cd`.
    pub places: Vec<String>,
    /// The options of a module.
    pub options: Box<dyn Fn(&str) -> Vec<String>>,
}

impl Words {
    /// What the last word of a line could become, whole.
    fn completions(&self, line: &str) -> Vec<String> {
        let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let (before, word) = line.split_at(start);
        let starting = |words: &[String], end: &str| -> Vec<String> {
            words.iter().filter(|known| known.starts_with(word)).map(|known| format!("{known}{end}")).collect()
        };
        match before.split_whitespace().next() {
            None => starting(&self.first, " "),
            Some("help") => starting(&self.first, ""),
            Some("cd") => starting(&self.places, ""),
            Some("list") => starting(&["groups".to_owned()], ""),
            Some(module) => starting(&(self.options)(module), "="),
        }
    }
}

#[derive(Default)]
pub struct Editor {
    history: Vec<String>,
}

/// Gives the terminal back as it was.
struct Raw(Termios);

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
    }
}

impl Editor {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn read(&mut self, prompt: &str, words: &Words) -> Typed {
        let mut output = std::io::stdout();
        let _ = output.write_all(prompt.as_bytes()).and_then(|()| output.flush());
        let Some(_raw) = raw_terminal() else { return plain_line() };
        let typed = self.edit(prompt, words);
        let _ = output.write_all(b"\r\n").and_then(|()| output.flush());
        if let Typed::Line(line) = &typed
            && !line.trim().is_empty()
            && self.history.last() != Some(line)
        {
            self.history.push(line.clone());
        }
        typed
    }

    fn edit(&self, prompt: &str, words: &Words) -> Typed {
        let mut line = Line { before: String::new(), after: String::new() };
        let mut place = self.history.len();
        let mut input = std::io::stdin().lock();
        loop {
            let Some(key) = read_key(&mut input) else { return Typed::End };
            match key {
                Key::Enter => return Typed::Line(line.whole()),
                Key::Interrupt => return Typed::Interrupted,
                Key::End if line.whole().is_empty() => return Typed::End,
                Key::Up | Key::Down => {
                    place = if matches!(key, Key::Up) {
                        place.saturating_sub(1)
                    } else {
                        (place + 1).min(self.history.len())
                    };
                    line = Line { before: self.history.get(place).cloned().unwrap_or_default(), after: String::new() };
                }
                Key::Tab => complete(&mut line, words),
                key => line.apply(key),
            }
            line.show(prompt);
        }
    }
}

/// The terminal without its own editing; `None` where there is none.
fn raw_terminal() -> Option<Raw> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stdout().is_terminal() {
        return None;
    }
    let usual = tcgetattr(&stdin).ok()?;
    let mut raw = usual.clone();
    raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
    raw.special_codes[SpecialCodeIndex::VMIN] = 1;
    raw.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(&stdin, OptionalActions::Now, &raw).ok()?;
    Some(Raw(usual))
}

fn plain_line() -> Typed {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => Typed::End,
        Ok(_) => Typed::Line(line.trim_end_matches(['\n', '\r']).to_owned()),
    }
}

enum Key {
    Letter(char),
    Enter,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    Home,
    ToEnd,
    Up,
    Down,
    EraseLine,
    EraseWord,
    Interrupt,
    End,
    Other,
}

fn read_key(input: &mut impl Read) -> Option<Key> {
    Some(match read_byte(input)? {
        b'\r' | b'\n' => Key::Enter,
        b'\t' => Key::Tab,
        1 => Key::Home,
        2 => Key::Left,
        3 => Key::Interrupt,
        4 => Key::End,
        5 => Key::ToEnd,
        6 => Key::Right,
        8 | 127 => Key::Backspace,
        14 => Key::Down,
        16 => Key::Up,
        21 => Key::EraseLine,
        23 => Key::EraseWord,
        27 => escape(input)?,
        byte if byte < 32 => Key::Other,
        byte => Key::Letter(letter(byte, input)?),
    })
}

fn read_byte(input: &mut impl Read) -> Option<u8> {
    let mut byte = [0];
    input.read_exact(&mut byte).ok().map(|()| byte[0])
}

/// Keys that send several bytes.
fn escape(input: &mut impl Read) -> Option<Key> {
    if !matches!(read_byte(input)?, b'[' | b'O') {
        return Some(Key::Other);
    }
    Some(match read_byte(input)? {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::ToEnd,
        b'3' if read_byte(input)? == b'~' => Key::Delete,
        _ => Key::Other,
    })
}

/// A character of one or more bytes.
fn letter(first: u8, input: &mut impl Read) -> Option<char> {
    let length = match first {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    let mut bytes = vec![first];
    while bytes.len() < length {
        bytes.push(read_byte(input)?);
    }
    Some(String::from_utf8_lossy(&bytes).chars().next().unwrap_or('\u{fffd}'))
}

/// The text on both sides of the cursor.
struct Line {
    before: String,
    after: String,
}

impl Line {
    fn whole(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    fn apply(&mut self, key: Key) {
        match key {
            Key::Letter(letter) => self.before.push(letter),
            Key::Backspace => drop(self.before.pop()),
            Key::Delete | Key::End => {
                if !self.after.is_empty() {
                    self.after.remove(0);
                }
            }
            Key::Left => {
                if let Some(letter) = self.before.pop() {
                    self.after.insert(0, letter);
                }
            }
            Key::Right => {
                if !self.after.is_empty() {
                    self.before.push(self.after.remove(0));
                }
            }
            Key::Home => {
                self.after = self.whole();
                self.before.clear();
            }
            Key::ToEnd => {
                self.before = self.whole();
                self.after.clear();
            }
            Key::EraseLine => self.before.clear(),
            Key::EraseWord => {
                let kept = self.before.trim_end();
                let end = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
                self.before.truncate(end);
            }
            _ => {}
        }
    }

    /// Draws the line again, the cursor where it belongs.
    fn show(&self, prompt: &str) {
        let back = self.after.chars().count();
        let mut text = format!("\r{prompt}{}{}\x1b[K", self.before, self.after);
        if back > 0 {
            text.push_str(&format!("\x1b[{back}D"));
        }
        let mut output = std::io::stdout();
        let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    }
}

/// Completes as far as all possible words agree, and shows these where there is nothing to add.
fn complete(line: &mut Line, words: &Words) {
    let found = words.completions(&line.before);
    let start = line.before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let Some(common) = common_start(&found) else { return };
    if common.len() > line.before.len() - start {
        line.before.truncate(start);
        line.before.push_str(&common);
    } else if found.len() > 1 {
        let mut output = std::io::stdout();
        let _ = output.write_all(format!("\r\n{}\r\n", found.join("  ")).as_bytes());
    }
}

fn common_start(words: &[String]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let mut length = first.len();
    for word in rest {
        length = length.min(first.bytes().zip(word.bytes()).take_while(|(one, other)| one == other).count());
    }
    while !first.is_char_boundary(length) {
        length -= 1;
    }
    Some(first[..length].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let text = |words: &str| words.split(' ').map(str::to_owned).collect();
        Words {
            first: text("ping pip package cd help"),
            places: text("web db web01"),
            options: Box::new(|module| if module == "ping" { vec!["data".to_owned()] } else { Vec::new() }),
        }
    }

    fn check(typed: &str, expected: &str) {
        let mut line = Line { before: typed.to_owned(), after: String::new() };
        complete(&mut line, &words());
        assert_eq!(line.before, expected);
    }

    #[test]
    fn words_are_completed_as_far_as_they_agree() {
        check("pi", "pi");
        check("pin", "ping ");
        check("pa", "package ");
        check("cd w", "cd web");
        check("cd d", "cd db");
        check("ping d", "ping data=");
        check("nothing x", "nothing x");
        check("help pac", "help package");
    }

    #[test]
    fn keys_move_and_change() {
        let mut input = "ab\u{1b}[Dx\u{1}é\u{5}!\u{17}".as_bytes();
        let mut line = Line { before: String::new(), after: String::new() };
        let mut steps = Vec::new();
        while let Some(key) = read_key(&mut input) {
            line.apply(key);
            steps.push(format!("{}|{}", line.before, line.after));
        }
        assert_eq!(steps, ["a|", "ab|", "a|b", "ax|b", "|axb", "é|axb", "éaxb|", "éaxb!|", "|"]);
    }
}
