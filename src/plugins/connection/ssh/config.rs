//! What ssh_config files and ssh options say about one host: blocks, conditions and includes are
//! evaluated here; what the values mean is in `host_config`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::config_line::{Line, parse, pattern_list};
use super::tokens::{self, Tokens};

/// Keywords whose lines add up. Of all others the first one counts.
const CUMULATIVE: &[&str] =
    &["identityfile", "certificatefile", "sendenv", "localforward", "remoteforward", "dynamicforward"];

/// How deep files may include files.
const DEPTH: usize = 16;

/// Old and new names of one option.
const SYNONYMS: &[(&str, &str)] = &[
    ("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"),
    ("hostbasedkeytypes", "hostbasedacceptedalgorithms"),
    ("challengeresponseauthentication", "kbdinteractiveauthentication"),
    ("skeyauthentication", "kbdinteractiveauthentication"),
    ("tisauthentication", "kbdinteractiveauthentication"),
    ("dsaauthentication", "pubkeyauthentication"),
    ("globalknownhostsfile2", "globalknownhostsfile"),
    ("userknownhostsfile2", "userknownhostsfile"),
    ("identityfile2", "identityfile"),
    ("keepalive", "tcpkeepalive"),
];

/// The values that hold for one host, before defaults.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: HashMap<String, Vec<Line>>,
    /// Files that could not be understood: the reference ends the connection with such a message.
    pub errors: Vec<String>,
}

/// What the evaluation asks of the world outside. Pure tests answer from memory.
pub trait Outside {
    fn read(&self, path: &Path) -> Option<String>;
    /// The files that a pattern means, sorted.
    fn glob(&self, pattern: &str) -> Vec<PathBuf>;
    /// `Match exec`: whether the command ends well.
    fn succeeds(&self, command: &str) -> bool;
}

/// Whom the settings are for and who asks.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The host as it was named.
    pub host: String,
    pub local_user: String,
    pub local_host: String,
    pub home: PathBuf,
    pub uid: u32,
    pub variables: HashMap<String, String>,
}

impl Settings {
    /// The first line of a keyword.
    pub fn line(&self, keyword: &str) -> Option<&Line> {
        self.values.get(keyword)?.first()
    }

    /// All lines of a keyword that adds up.
    pub fn lines(&self, keyword: &str) -> &[Line] {
        self.values.get(keyword).map_or(&[], Vec::as_slice)
    }

    /// The first word of the first line.
    pub fn word(&self, keyword: &str) -> Option<&str> {
        self.line(keyword)?.words.first().map(String::as_str)
    }

    /// Takes a line unless an earlier one decided.
    pub fn offer(&mut self, mut line: Line) {
        if let Some((_, name)) = SYNONYMS.iter().find(|(old, _)| *old == line.keyword) {
            line.keyword = (*name).to_owned();
        }
        // Either of the two ways through a proxy decides for both.
        let other = match line.keyword.as_str() {
            "proxycommand" => "proxyjump",
            "proxyjump" => "proxycommand",
            _ => "",
        };
        if self.values.contains_key(other) {
            return;
        }
        let lines = self.values.entry(line.keyword.clone()).or_default();
        if lines.is_empty() || CUMULATIVE.contains(&line.keyword.as_str()) {
            lines.push(line);
        }
    }

    /// Takes one option as `-o` has it.
    pub fn offer_option(&mut self, text: &str) {
        match parse(text) {
            Ok(Some(line)) => self.offer(line),
            Ok(None) => {}
            Err(error) => self.errors.push(format!("command-line: line 0: {error}")),
        }
    }

    fn set(&mut self, keyword: &str, value: &str) {
        let line = Line { keyword: keyword.to_owned(), words: vec![value.to_owned()], rest: value.to_owned() };
        self.values.insert(keyword.to_owned(), vec![line]);
    }
}

/// Reads the user's file and the system's into settings that hold the command line's options.
/// `files` are (path, whether it must exist, whether it is the user's).
pub fn evaluate(settings: &mut Settings, subject: &Subject, files: &[(PathBuf, bool, bool)], outside: &dyn Outside) {
    let mut evaluation = Evaluation { settings, subject, outside, is_final: false, wants_final: false };
    for (path, required, user) in files {
        evaluation.file(path, *required, *user, true, 0);
    }
    if evaluation.wants_final {
        // A second reading, in which `Match final` holds and the name is the real one.
        let name = host_name(evaluation.settings, subject);
        evaluation.settings.set("hostname", &name);
        evaluation.is_final = true;
        for (path, required, user) in files {
            evaluation.file(path, *required, *user, true, 0);
        }
    }
}

/// The name to connect to: `HostName` with its tokens, or the name as given.
pub fn host_name(settings: &Settings, subject: &Subject) -> String {
    match settings.word("hostname") {
        None => subject.host.clone(),
        Some(name) => tokens::expand_with(name, |token| match token {
            'h' => Some(subject.host.clone()),
            _ => None,
        })
        .unwrap_or_else(|_| name.to_owned()),
    }
}

struct Evaluation<'a> {
    settings: &'a mut Settings,
    subject: &'a Subject,
    outside: &'a dyn Outside,
    is_final: bool,
    wants_final: bool,
}

impl Evaluation<'_> {
    /// `active` is false in a file that a block includes which does not hold: it is read for its
    /// mistakes only.
    fn file(&mut self, path: &Path, required: bool, user: bool, active: bool, depth: usize) {
        let Some(text) = self.outside.read(path) else {
            if required {
                self.settings
                    .errors
                    .push(format!("Can't open user config file {}: No such file or directory", path.display()));
            }
            return;
        };
        let mut holds = active;
        for (number, line) in text.lines().enumerate() {
            let place = || format!("{} line {}", path.display(), number + 1);
            let line = match parse(line) {
                Ok(Some(line)) => line,
                Ok(None) => continue,
                Err(error) => {
                    self.settings.errors.push(format!("{}: {error}", place()));
                    continue;
                }
            };
            match line.keyword.as_str() {
                "host" => holds = active && pattern_list(line.words.iter().map(String::as_str), &self.subject.host),
                "match" => match self.matches(&line.words) {
                    Ok(matched) => holds = active && matched,
                    Err(error) => {
                        holds = false;
                        self.settings.errors.push(format!("{}: {error}", place()));
                    }
                },
                "include" => self.include(&line.words, path, user, holds, depth),
                _ if line.words.is_empty() => {
                    self.settings.errors.push(format!("{}: missing argument.", place()));
                }
                _ if holds => self.settings.offer(line),
                _ => {}
            }
        }
    }

    fn include(&mut self, patterns: &[String], from: &Path, user: bool, active: bool, depth: usize) {
        if depth >= DEPTH {
            self.settings.errors.push(format!("{}: Too many recursive configuration includes", from.display()));
            return;
        }
        let base = if user { self.subject.home.join(".ssh") } else { PathBuf::from("/etc/ssh") };
        for pattern in patterns {
            let pattern =
                tokens::expand_environment(pattern, &self.subject.variables).unwrap_or_else(|_| pattern.clone());
            let pattern = base.join(tokens::expand_home(&pattern, &self.subject.home));
            for path in self.outside.glob(&pattern.to_string_lossy()) {
                self.file(&path, false, user, active, depth + 1);
            }
        }
    }

    /// The conditions of a `Match` line, all of which must hold.
    fn matches(&mut self, words: &[String]) -> Result<bool, String> {
        if words.is_empty() {
            return Err("missing argument.".into());
        }
        let mut holds = true;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (negated, criterion) = match word.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, word.as_str()),
            };
            let (criterion, attached) = match criterion.split_once('=') {
                Some((criterion, value)) => (criterion, Some(value)),
                None => (criterion, None),
            };
            let criterion = criterion.to_ascii_lowercase();
            let result = match criterion.as_str() {
                "all" => true,
                "canonical" => self.is_final,
                "final" => {
                    self.wants_final = true;
                    self.is_final
                }
                "host" | "originalhost" | "user" | "localuser" | "tagged" | "exec" | "localnetwork" | "version"
                | "sessiontype" | "command" => {
                    let value = attached.map(str::to_owned).or_else(|| words.next().cloned());
                    let value = value.ok_or_else(|| format!("missing argument for Match '{criterion}'"))?;
                    // Once the line is decided, commands are not run any more.
                    holds && self.criterion(&criterion, &value)?
                }
                other => return Err(format!("Unsupported Match attribute {other}")),
            };
            holds &= result != negated;
        }
        Ok(holds)
    }

    fn criterion(&self, criterion: &str, value: &str) -> Result<bool, String> {
        let list = |text: &str| pattern_list(value.split(','), text);
        let tokens = || Tokens::new(self.settings, self.subject);
        Ok(match criterion {
            "host" => list(&host_name(self.settings, self.subject).to_lowercase()),
            "originalhost" => list(&self.subject.host),
            "user" => list(self.settings.word("user").unwrap_or(&self.subject.local_user)),
            "localuser" => list(&self.subject.local_user),
            "tagged" => list(self.settings.word("tag").unwrap_or_default()),
            "sessiontype" => list("exec"),
            "version" => list("OpenSSH_9.2"),
            "exec" => self.outside.succeeds(&tokens().expand(value)?),
            // Networks of this machine and the command are not known here.
            _ => false,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Files in memory; the command `true` succeeds.
    pub(in super::super) struct Memory(pub Vec<(&'static str, String)>);

    impl Outside for Memory {
        fn read(&self, path: &Path) -> Option<String> {
            self.0.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| text.clone())
        }

        fn glob(&self, pattern: &str) -> Vec<PathBuf> {
            let matches = self.0.iter().filter(|(name, _)| super::super::config_line::wildcard(pattern, name));
            matches.map(|(name, _)| name.into()).collect()
        }

        fn succeeds(&self, command: &str) -> bool {
            command == "true" || command == "test web = web"
        }
    }

    pub(in super::super) fn subject(host: &str) -> Subject {
        Subject {
            host: host.into(),
            local_user: "me".into(),
            local_host: "desk.example.org".into(),
            home: "/home/me".into(),
            uid: 1000,
            variables: HashMap::from([("DIR".into(), "/env".into())]),
        }
    }

    fn check(text: &str, host: &str, keyword: &str, expected: Option<&str>) {
        let memory = Memory(vec![
            ("/home/me/.ssh/config", text.to_owned()),
            ("/home/me/.ssh/conf.d/a", "User from-a\nHost other\nUser from-other\n".to_owned()),
        ]);
        let mut settings = Settings::default();
        evaluate(&mut settings, &subject(host), &[("/home/me/.ssh/config".into(), true, true)], &memory);
        assert_eq!(settings.errors, Vec::<String>::new());
        assert_eq!(settings.word(keyword), expected, "{keyword} of {host} in\n{text}");
    }

    #[test]
    fn blocks_hold_for_their_hosts() {
        let text = "Port 1\nHost web* !web2\n  User w\n  Port 2\nHost *\n User all\n";
        check(text, "web", "port", Some("1"));
        check(text, "web1", "user", Some("w"));
        check(text, "web2", "user", Some("all"));
        check(text, "web2", "identityfile", None);
    }

    #[test]
    fn conditions_must_all_hold() {
        check("Match host web,db user me\n Port 2\n", "db", "port", Some("2"));
        check("Match host web !user me\n Port 2\n", "web", "port", None);
        check("HostName real\nMatch host real originalhost web\n Port 2\n", "web", "port", Some("2"));
        check("Match exec \"test %n = web\"\n Port 2\n", "web", "port", Some("2"));
        check("Match exec false\n Port 2\n", "web", "port", None);
        check("Match localuser me all\n Port 2\n", "web", "port", Some("2"));
        check("Match final host real\n Port 2\nMatch all\n HostName real\n", "web", "port", Some("2"));
        check("Tag blue\nMatch tagged blue\n Port 2\n", "web", "port", Some("2"));
    }

    #[test]
    fn included_files_count_where_they_stand() {
        check("Include conf.d/*\nUser later\n", "web", "user", Some("from-a"));
        check("Host x\nInclude conf.d/*\nHost *\nUser later\n", "web", "user", Some("later"));
        check("Include conf.d/*\nPort 7\n", "web", "port", Some("7"));
        check("Include ~/.ssh/conf.d/*\n", "web", "user", Some("from-a"));
    }

    #[test]
    fn one_kind_of_proxy_is_decided_first() {
        check("ProxyJump none\nProxyCommand nc\n", "web", "proxycommand", None);
        check("ProxyCommand nc\nProxyJump a\n", "web", "proxyjump", None);
    }

    #[test]
    fn mistakes_are_told() {
        let memory = Memory(vec![("/c", "User\nMatch nonsense x\nUser \"a\n".to_owned())]);
        let mut settings = Settings::default();
        evaluate(&mut settings, &subject("web"), &[("/c".into(), true, true), ("/d".into(), true, true)], &memory);
        assert_eq!(
            settings.errors,
            [
                "/c line 1: missing argument.",
                "/c line 2: Unsupported Match attribute nonsense",
                "/c line 3: unterminated quote",
                "Can't open user config file /d: No such file or directory",
            ]
        );
    }
}
