//! The table of mounts: a line each, blanks in names as `\040`.

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub source: String,
    pub place: String,
    pub kind: String,
    pub options: String,
    pub dump: String,
    pub pass: String,
}

pub struct Table {
    lines: Vec<String>,
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.trim_start().starts_with('#') || words.len() < 4 {
            return None;
        }
        let word = |index: usize| words.get(index).map_or_else(|| "0".to_owned(), |word| decoded(word));
        Some(Self { source: word(0), place: word(1), kind: word(2), options: word(3), dump: word(4), pass: word(5) })
    }

    fn line(&self) -> String {
        let fields = [&self.source, &self.place, &self.kind, &self.options, &self.dump, &self.pass];
        fields.map(|field| encoded(field)).join(" ")
    }

    fn is_at(&self, place: &str) -> bool {
        self.place.trim_end_matches('/') == place.trim_end_matches('/')
    }
}

impl Table {
    pub fn parse(text: &str) -> Self {
        Self { lines: text.lines().map(str::to_owned).collect() }
    }

    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Entry> + '_ {
        self.lines.iter().filter_map(|line| Entry::parse(line))
    }

    /// Tells whether anything differed. Swap has no place, so its source counts.
    pub fn set(&mut self, entry: &Entry) -> bool {
        let is_same = |known: &Entry| {
            known.is_at(&entry.place) && (entry.kind != "swap" && entry.place != "none" || known.source == entry.source)
        };
        let mut is_there = false;
        let mut differs = false;
        for line in &mut self.lines {
            if let Some(known) = Entry::parse(line).filter(is_same) {
                is_there = true;
                if known != *entry {
                    *line = entry.line();
                    differs = true;
                }
            }
        }
        if !is_there {
            self.lines.push(entry.line());
        }
        differs || !is_there
    }

    pub fn remove(&mut self, place: &str, source: Option<&str>) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| {
            let goes = Entry::parse(line).is_some_and(|entry| {
                entry.is_at(place) && (entry.place != "none" || source.is_none_or(|source| source == entry.source))
            });
            !goes
        });
        self.lines.len() != before
    }
}

fn encoded(text: &str) -> String {
    text.replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011").replace('\n', "\\012")
}

fn decoded(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}
