//! Settles which word is an option, a value or a positional, as argparse does: abbreviations that
//! are not ambiguous, clusters of short switches, `--name=value`, `--`. Its result is spelled out
//! so that nothing is left to guess.

use super::{Action, Arity, Declaration, Flag, Refusal};

/// The command line, spelled out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scanned {
    /// Options in their order: index in the declaration, value if it takes one.
    pub options: Vec<(usize, Option<String>)>,
    pub positionals: Vec<String>,
    /// The chosen action: its index and its own words.
    pub action: Option<(usize, Box<Scanned>)>,
    /// Words that nobody takes.
    pub leftovers: Vec<String>,
}

pub(super) enum Scan {
    /// Help was asked for: of the tool, or of one of its actions.
    Help(Option<usize>),
    Version,
    Words(Scanned),
}

pub(super) fn scan(declaration: &Declaration, words: &[String]) -> Result<Scan, Refusal> {
    let kinds = classify(declaration, words)?;
    Scanner { declaration, words, kinds, position: 0, scanned: Scanned::default(), satisfied: false }.run()
}

/// What a word is before its neighbours are looked at.
#[derive(Debug)]
enum Word {
    /// A value or a positional.
    Plain,
    /// `--`: all that follows is plain.
    Separator,
    Option {
        flag: usize,
        /// As it was written, spelled out.
        spelling: String,
        value: Option<String>,
    },
    /// Starts with a dash, and nobody knows it.
    Unknown,
}

fn refusal(declaration: &Declaration, sentence: String) -> Refusal {
    Refusal { program: declaration.program.clone(), sentence }
}

fn complaint(declaration: &Declaration, flag: &Flag, sentence: &str) -> Refusal {
    refusal(declaration, format!("argument {}: {sentence}", flag.label()))
}

fn classify(declaration: &Declaration, words: &[String]) -> Result<Vec<Word>, Refusal> {
    let mut kinds = Vec::with_capacity(words.len());
    for word in words {
        let after_separator = matches!(kinds.last(), Some(Word::Separator))
            || (matches!(kinds.last(), Some(Word::Plain)) && kinds.iter().any(|kind| matches!(kind, Word::Separator)));
        kinds.push(match word.as_str() {
            _ if after_separator => Word::Plain,
            "--" => Word::Separator,
            _ => classify_word(declaration, word)?,
        });
    }
    Ok(kinds)
}

fn classify_word(declaration: &Declaration, word: &str) -> Result<Word, Refusal> {
    if !word.starts_with('-') || word.len() == 1 {
        return Ok(Word::Plain);
    }
    if let Some(flag) = named(declaration, word) {
        return Ok(Word::Option { flag, spelling: word.to_owned(), value: None });
    }
    if let Some((name, value)) = word.split_once('=')
        && let Some(flag) = named(declaration, name)
    {
        return Ok(Word::Option { flag, spelling: name.to_owned(), value: Some(value.to_owned()) });
    }
    let mut candidates = abbreviated(declaration, word);
    match candidates.len() {
        0 if is_negative_number(word) || word.contains(' ') => Ok(Word::Plain),
        0 => Ok(Word::Unknown),
        1 => Ok(candidates.remove(0)),
        _ => {
            let names: Vec<&str> = candidates
                .iter()
                .map(|candidate| if let Word::Option { spelling, .. } = candidate { spelling.as_str() } else { "" })
                .collect();
            Err(refusal(declaration, format!("ambiguous option: {word} could match {}", names.join(", "))))
        }
    }
}

fn named(declaration: &Declaration, name: &str) -> Option<usize> {
    declaration.flags.iter().position(|flag| flag.names.contains(&name))
}

/// Every option that the word can be short for: `--che`, `-vvv`, `-f5`.
fn abbreviated(declaration: &Declaration, word: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let (prefix, value) = match word.split_once('=') {
        Some((prefix, value)) if word.starts_with("--") => (prefix, Some(value)),
        _ => (word, None),
    };
    let short_length = word.char_indices().nth(2).map_or(word.len(), |(index, _)| index);
    for (flag, declared) in declaration.flags.iter().enumerate() {
        for name in declared.names {
            if !word.starts_with("--") && *name == &word[..short_length] {
                let rest = word[short_length..].to_owned();
                found.push(Word::Option { flag, spelling: (*name).to_owned(), value: Some(rest) });
            } else if !declared.hidden && name.starts_with(prefix) {
                let value = value.map(str::to_owned);
                found.push(Word::Option { flag, spelling: (*name).to_owned(), value });
            }
        }
    }
    found
}

/// `-1`, `-1.5`, `-.5`.
fn is_negative_number(word: &str) -> bool {
    let Some(number) = word.strip_prefix('-') else { return false };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && !fraction.is_empty() && (!whole.is_empty() || number.starts_with('.'))
}

struct Scanner<'a> {
    declaration: &'a Declaration,
    words: &'a [String],
    kinds: Vec<Word>,
    position: usize,
    scanned: Scanned,
    /// Whether the positional has had its words; it takes them once, all that stand together.
    satisfied: bool,
}

impl Scanner<'_> {
    fn run(mut self) -> Result<Scan, Refusal> {
        while self.position < self.words.len() {
            match &self.kinds[self.position] {
                Word::Plain | Word::Separator => {
                    if let Some(end) = self.take_positionals()? {
                        return Ok(end);
                    }
                }
                Word::Unknown => {
                    self.scanned.leftovers.push(self.words[self.position].clone());
                    self.position += 1;
                }
                Word::Option { flag, spelling, value } => {
                    let (flag, spelling, value) = (*flag, spelling.clone(), value.clone());
                    self.position += 1;
                    if let Some(end) = self.take_option(flag, spelling, value)? {
                        return Ok(end);
                    }
                }
            }
        }
        Ok(Scan::Words(self.scanned))
    }

    /// An option, and whatever is clustered behind its letter.
    fn take_option(
        &mut self,
        mut flag: usize,
        mut spelling: String,
        mut value: Option<String>,
    ) -> Result<Option<Scan>, Refusal> {
        loop {
            let declared = &self.declaration.flags[flag];
            if declared.takes_value() {
                let value = match value {
                    Some(value) => value,
                    None => self
                        .next_value()
                        .ok_or_else(|| complaint(self.declaration, declared, "expected one argument"))?,
                };
                self.scanned.options.push((flag, Some(value)));
                return Ok(None);
            }
            let Some(rest) = value else { return Ok(self.act(flag, &spelling)) };
            let clustered = (!spelling.starts_with("--")).then(|| rest.chars().next()).flatten();
            let next = clustered.and_then(|letter| {
                let name = format!("-{letter}");
                named(self.declaration, &name).map(|index| (index, name, rest[letter.len_utf8()..].to_owned()))
            });
            let Some((index, name, rest)) = next else {
                let sentence = format!("ignored explicit argument {}", quoted(&rest));
                return Err(complaint(self.declaration, declared, &sentence));
            };
            if let Some(end) = self.act(flag, &spelling) {
                return Ok(Some(end));
            }
            (flag, spelling, value) = (index, name, (!rest.is_empty()).then_some(rest));
        }
    }

    /// A switch takes effect.
    fn act(&mut self, flag: usize, spelling: &str) -> Option<Scan> {
        match self.declaration.flags[flag].action {
            Action::Help => return Some(Scan::Help(None)),
            Action::Version => return Some(Scan::Version),
            Action::Unrecognized => self.scanned.leftovers.push(spelling.to_owned()),
            _ => self.scanned.options.push((flag, None)),
        }
        None
    }

    /// The word after an option, if it can be a value.
    fn next_value(&mut self) -> Option<String> {
        matches!(self.kinds.get(self.position), Some(Word::Plain)).then(|| {
            self.position += 1;
            self.words[self.position - 1].clone()
        })
    }

    fn take_positionals(&mut self) -> Result<Option<Scan>, Refusal> {
        let start = self.position;
        let is_plain = |kind: &Word| matches!(kind, Word::Plain | Word::Separator);
        let length = self.kinds[start..].iter().take_while(|kind| is_plain(kind)).count();
        let plain: Vec<usize> =
            (start..start + length).filter(|index| matches!(self.kinds[*index], Word::Plain)).collect();
        if !self.declaration.actions.is_empty() && !self.satisfied {
            let Some(&first) = plain.first() else {
                self.position += length;
                return Ok(None);
            };
            return self.take_action(first);
        }
        self.position += length;
        let limit = match self.declaration.positional {
            Some(_) if self.satisfied => 0,
            None => 0,
            Some(positional) => match positional.arity {
                Arity::One | Arity::Optional => 1,
                Arity::Any | Arity::Several => usize::MAX,
            },
        };
        for (count, index) in plain.into_iter().enumerate() {
            let word = self.words[index].clone();
            if count < limit {
                self.satisfied = true;
                self.scanned.positionals.push(word);
            } else {
                self.scanned.leftovers.push(word);
            }
        }
        Ok(None)
    }

    /// The word names an action, and all that follows is the action's.
    fn take_action(&mut self, first: usize) -> Result<Option<Scan>, Refusal> {
        let word = &self.words[first];
        let actions = &self.declaration.actions;
        let Some(index) = actions.iter().position(|(name, _)| name == word) else {
            let names: Vec<String> = actions.iter().map(|(name, _)| format!("'{name}'")).collect();
            let sentence =
                format!("argument action: invalid choice: {} (choose from {})", quoted(word), names.join(", "));
            return Err(refusal(self.declaration, sentence));
        };
        self.satisfied = true;
        self.position = self.words.len();
        match scan(&actions[index].1, &self.words[first + 1..])? {
            Scan::Help(_) => Ok(Some(Scan::Help(Some(index)))),
            Scan::Version => Ok(Some(Scan::Version)),
            Scan::Words(mut words) => {
                self.scanned.leftovers.append(&mut words.leftovers);
                self.scanned.action = Some((index, Box::new(words)));
                Ok(None)
            }
        }
    }
}

/// As Python's repr writes a short text.
pub(super) fn quoted(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}
