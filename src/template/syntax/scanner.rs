//! Splits a template into data, expressions and tags, with Jinja's rules for white space.

use super::token::{Scan, Token, tokens};
use super::{Syntax, syntax_error};
use crate::template::Result;

/// One piece of a template, in order.
#[derive(Debug)]
pub(super) enum Piece {
    Data(String),
    Expression(Vec<Token>),
    Statement(Vec<Token>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Expression,
    Statement,
    Comment,
    LineStatement,
    LineComment,
}

/// Scans the whole text of a template. Positions count bytes of the text as it is given here.
pub(super) fn scan(source: &str, syntax: &Syntax) -> Result<Vec<Piece>> {
    Scanner { source, syntax, at: 0, line_starting: true, known: [None; 3], pieces: Vec::new() }.run()
}

struct Scanner<'a> {
    source: &'a str,
    syntax: &'a Syntax,
    at: usize,
    /// Whether what was read last ended a line.
    line_starting: bool,
    /// Where the next expression, statement and comment begin, as far as that was looked up.
    known: [Option<usize>; 3],
    pieces: Vec<Piece>,
}

impl<'a> Scanner<'a> {
    fn run(mut self) -> Result<Vec<Piece>> {
        while let Some((start, mark, length)) = self.next_mark() {
            let after = start + length;
            if mark == Mark::LineStatement || mark == Mark::LineComment {
                let line_start = self.source[..start].rfind('\n').map_or(0, |place| place + 1).max(self.at);
                self.data(&self.source[self.at..line_start]);
                self.at = after;
                if mark == Mark::LineComment {
                    self.skip_line()
                } else {
                    self.line_statement()?
                }
                continue;
            }
            let sign = self.source[after..].chars().next().filter(|sign| matches!(sign, '-' | '+'));
            let text = self.stripped(&self.source[self.at..start], mark, sign);
            self.data(text);
            self.at = after + sign.map_or(0, char::len_utf8);
            match mark {
                Mark::Expression => self.expression()?,
                Mark::Comment => self.comment(after)?,
                _ if self.raw_begins() => self.raw()?,
                _ => self.statement()?,
            }
        }
        self.data(&self.source[self.at..]);
        Ok(self.pieces)
    }

    /// The data before a mark, without the white space that the mark takes away.
    fn stripped(&self, text: &'a str, mark: Mark, sign: Option<char>) -> &'a str {
        if sign == Some('-') {
            return text.trim_end();
        }
        if sign == Some('+') || !self.syntax.lstrip_blocks || mark == Mark::Expression {
            return text;
        }
        let line = text.rfind('\n').map_or(0, |place| place + 1);
        let blank = text[line..].chars().all(char::is_whitespace);
        if blank && (line > 0 || self.line_starting) { &text[..line] } else { text }
    }

    fn data(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let text =
            if &*self.syntax.newline == "\n" { text.to_owned() } else { text.replace('\n', &self.syntax.newline) };
        self.pieces.push(Piece::Data(text));
    }

    /// The next mark: where it is, what it is, and how long. The longest wins at one place.
    fn next_mark(&mut self) -> Option<(usize, Mark, usize)> {
        let marks = [
            (&self.syntax.variable.0, Mark::Expression),
            (&self.syntax.block.0, Mark::Statement),
            (&self.syntax.comment.0, Mark::Comment),
        ];
        let mut fixed = [None; 3];
        for ((text, mark), (known, found)) in marks.iter().zip(self.known.iter_mut().zip(&mut fixed)) {
            // A mark that is ahead is not searched for again, or long templates would take quadratic time.
            if known.is_none_or(|known| known < self.at) {
                *known = Some(self.source[self.at..].find(&***text).map_or(usize::MAX, |place| self.at + place));
            }
            *found = known.filter(|known| *known != usize::MAX).map(|known| (known, *mark, text.len()));
        }
        let lines =
            [(&self.syntax.line_statement, Mark::LineStatement), (&self.syntax.line_comment, Mark::LineComment)];
        let lines = lines.iter().filter_map(|(prefix, mark)| self.next_line_mark(prefix.as_deref()?, *mark));
        fixed.into_iter().flatten().chain(lines).min_by_key(|(start, _, length)| (*start, std::cmp::Reverse(*length)))
    }

    fn next_line_mark(&self, prefix: &str, mark: Mark) -> Option<(usize, Mark, usize)> {
        let mut from = self.at;
        loop {
            let start = from + self.source[from..].find(prefix)?;
            let line = self.source[..start].rfind('\n').map_or(0, |place| place + 1);
            let before = &self.source[line.max(self.at)..start];
            let at_line_start = before.chars().all(|c| matches!(c, ' ' | '\t' | '\x0b'));
            let starts = at_line_start && (line >= self.at || self.line_starting);
            if mark == Mark::LineComment || starts {
                return Some((start, mark, prefix.len()));
            }
            from = start + prefix.len();
        }
    }

    fn skip_line(&mut self) {
        self.at = self.source[self.at..].find('\n').map_or(self.source.len(), |end| self.at + end);
    }

    fn line_statement(&mut self) -> Result<()> {
        let scan = tokens(self.source, self.at, self.syntax, &[])?;
        self.at = scan.end;
        self.line_starting = true;
        self.pieces.push(Piece::Statement(scan.tokens));
        Ok(())
    }

    fn expression(&mut self) -> Result<()> {
        let end = &self.syntax.variable.1;
        let ends = [format!("-{end}"), end.to_string()];
        let scan = tokens(self.source, self.at, self.syntax, &ends)?;
        self.after_end(&scan, false);
        self.pieces.push(Piece::Expression(scan.tokens));
        Ok(())
    }

    fn statement(&mut self) -> Result<()> {
        let end = &self.syntax.block.1;
        let ends = [format!("+{end}"), format!("-{end}"), end.to_string()];
        let scan = tokens(self.source, self.at, self.syntax, &ends)?;
        self.after_end(&scan, true);
        self.pieces.push(Piece::Statement(scan.tokens));
        Ok(())
    }

    /// Moves behind an end mark and the white space that it takes with it.
    fn after_end(&mut self, scan: &Scan, is_block: bool) {
        self.at = scan.end;
        self.line_starting = false;
        self.skip_after(scan.sign, is_block);
    }

    fn skip_after(&mut self, sign: Option<char>, is_block: bool) {
        let rest = &self.source[self.at..];
        if sign == Some('-') {
            let skipped = rest.len() - rest.trim_start().len();
            self.line_starting = rest[..skipped].ends_with('\n');
            self.at += skipped;
        } else if sign.is_none() && is_block && self.syntax.trim_blocks && rest.starts_with('\n') {
            self.line_starting = true;
            self.at += 1;
        }
    }

    fn comment(&mut self, start: usize) -> Result<()> {
        let end = &*self.syntax.comment.1;
        let Some(found) = self.source[start..].find(end) else {
            return Err(syntax_error("Missing end of comment tag"));
        };
        let sign = self.source[start..start + found].chars().next_back().filter(|sign| matches!(sign, '-' | '+'));
        self.at = start + found + end.len();
        self.line_starting = false;
        self.skip_after(sign, true);
        Ok(())
    }

    /// Whether the tag that begins here is `raw`.
    fn raw_begins(&self) -> bool {
        self.tag_is("raw", &["-"]).is_some()
    }

    /// The length of the rest of a tag that is only this word, and the sign at its end.
    fn tag_is(&self, word: &str, signs: &[&str]) -> Option<(usize, Option<char>)> {
        let rest = &self.source[self.at..];
        let inner = rest.trim_start().strip_prefix(word)?.trim_start();
        let end = &*self.syntax.block.1;
        for sign in signs {
            if let Some(after) = inner.strip_prefix(sign).and_then(|after| after.strip_prefix(end)) {
                return Some((rest.len() - after.len(), sign.chars().next()));
            }
        }
        inner.strip_prefix(end).map(|after| (rest.len() - after.len(), None))
    }

    fn raw(&mut self) -> Result<()> {
        if let Some((length, sign)) = self.tag_is("raw", &["-"]) {
            self.at += length;
            self.line_starting = false;
            self.skip_after(sign, false);
        }
        let begin = self.at;
        let mut search = self.at;
        while let Some(found) = self.source[search..].find(&*self.syntax.block.0) {
            let start = search + found;
            let inside = start + self.syntax.block.0.len();
            let sign = self.source[inside..].chars().next().filter(|sign| matches!(sign, '-' | '+'));
            self.at = inside + sign.map_or(0, char::len_utf8);
            if let Some((length, end_sign)) = self.tag_is("endraw", &["+", "-"]) {
                let text = self.stripped(&self.source[begin..start], Mark::Statement, sign);
                self.data(text);
                self.at += length;
                self.line_starting = false;
                self.skip_after(end_sign, true);
                return Ok(());
            }
            search = inside;
        }
        Err(syntax_error("Missing end of raw directive"))
    }
}
