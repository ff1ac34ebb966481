//! A small terminal: what the bytes of a program come to on it, lines that have scrolled away included.

/// Lines from the first to the last that was written, as long as they are.
pub struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    columns: usize,
    /// Sequences that this terminal does not know.
    pub unknown: Vec<String>,
}

impl Screen {
    pub fn of(output: &str, columns: usize) -> Self {
        let mut screen = Self { lines: vec![Vec::new()], row: 0, column: 0, columns, unknown: Vec::new() };
        let mut letters = output.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\x1b' if letters.peek() == Some(&'[') => {
                    letters.next();
                    screen.sequence(&mut letters);
                }
                '\r' => screen.column = 0,
                '\n' => screen.line_feed(),
                '\x08' => screen.column = screen.column.saturating_sub(1),
                '\t' => screen.column = (screen.column / 8 + 1) * 8,
                '\x07' => {}
                letter => screen.put(letter),
            }
        }
        screen
    }

    /// The lines without blanks at their ends.
    pub fn text(&self) -> String {
        let lines: Vec<String> =
            self.lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned()).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// The line in which the cursor stands.
    pub fn last(&self) -> String {
        self.lines[self.row].iter().collect::<String>().trim_end().to_owned()
    }

    fn sequence(&mut self, letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
        let mut parameters = String::new();
        while let Some(letter) = letters.next() {
            match letter {
                // A sequence that begins anew, and what acts within one, as terminals take it.
                '\x1b' if letters.peek() == Some(&'[') => {
                    letters.next();
                    parameters.clear();
                }
                '\r' => self.column = 0,
                '0'..='9' | ';' => parameters.push(letter),
                'm' => return,
                'K' if parameters.is_empty() => {
                    // A line that went over the edge stands on two, of which one would stay.
                    if self.lines[self.row].len() >= self.columns {
                        self.unknown.push("K on a line that is too long".to_owned());
                    }
                    self.lines[self.row].truncate(self.column);
                    return;
                }
                other => return self.unknown.push(format!("{parameters}{other}")),
            }
        }
    }

    fn put(&mut self, letter: char) {
        let line = &mut self.lines[self.row];
        while line.len() <= self.column {
            line.push(' ');
        }
        line[self.column] = letter;
        self.column += 1;
    }

    fn line_feed(&mut self) {
        self.row += 1;
        if self.row == self.lines.len() {
            self.lines.push(Vec::new());
        }
    }
}

#[test]
fn the_screen_shows_what_a_terminal_shows() {
    for (output, expected) in [
        ("one\r\ntwo\r\n", "one\ntwo"),
        ("live\r\x1b[Ktext\r\n", "text"),
        ("\x1b[0;32mok\x1b[0m: ab\x08 \x08\r\n", "ok: a"),
        ("typed\x1b[\r\x1b[\x1b[Knext", "next"),
    ] {
        let screen = Screen::of(output, 20);
        assert_eq!(screen.text(), expected);
        assert!(screen.unknown.is_empty());
    }
    assert_eq!(Screen::of("more than ten\r\x1b[K\x1b[2J", 10).unknown, ["K on a line that is too long", "2J"]);
}
