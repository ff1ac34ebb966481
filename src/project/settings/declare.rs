//! How a setting is declared: a row of the table, written with builder methods so that only what is
//! out of the ordinary needs to be said.

/// One declared setting.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    /// One line on what it does.
    pub about: &'static str,
    /// The type under the name that messages use; empty for text of any kind.
    pub type_name: &'static str,
    pub default: Default,
    /// Environment variables; of several that are set the last one counts.
    pub variables: &'static [&'static str],
    /// Section and key in ansible.cfg; of several that are set the last one counts.
    pub keys: &'static [(&'static str, &'static str)],
    pub choices: &'static [&'static str],
    /// Variables of a host or task that override it.
    pub host_variables: &'static [&'static str],
    /// The keyword of plays and tasks that says it too; empty if none does.
    pub keyword: &'static str,
    /// The command-line option that says it, by its destination; empty if it goes by the setting's name.
    pub cli: &'static str,
    /// The release that brought it, where that is not ancient.
    pub since: &'static str,
    /// The release that will no longer know it; empty if it stays.
    pub removed_in: &'static str,
    /// Whether muster does anything with it.
    pub honoured: bool,
    /// Whether a value must be given.
    pub required: bool,
}

/// A default as it can stand in a static.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'static str),
    Texts(&'static [&'static str]),
    Pairs(&'static [(&'static str, &'static str)]),
    /// Text with the setting `ANSIBLE_HOME` in front.
    BelowHome(&'static str),
}

/// What a value is made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, with quotes taken off where it comes from a file.
    Text,
    Bool,
    Int,
    Float,
    List,
    /// As it is.
    Raw,
    Path,
    /// A folder for this run alone, below the given one.
    TemporaryPath,
    /// Paths between colons.
    SearchPath,
    /// Paths between commas.
    PathList,
    Dict,
}

impl Setting {
    pub fn value_kind(&self) -> Kind {
        match self.type_name {
            "boolean" | "bool" => Kind::Bool,
            "integer" | "int" => Kind::Int,
            "float" => Kind::Float,
            "list" => Kind::List,
            "raw" | "choices" => Kind::Raw,
            "path" => Kind::Path,
            "tmppath" | "tmp" | "temppath" => Kind::TemporaryPath,
            "pathspec" => Kind::SearchPath,
            "pathlist" => Kind::PathList,
            "dict" | "dictionary" => Kind::Dict,
            _ => Kind::Text,
        }
    }

    pub const fn kind(mut self, type_name: &'static str) -> Self {
        self.type_name = type_name;
        self
    }

    pub const fn default(mut self, default: Default) -> Self {
        self.default = default;
        self
    }

    pub const fn env(mut self, variables: &'static [&'static str]) -> Self {
        self.variables = variables;
        self
    }

    pub const fn ini(mut self, keys: &'static [(&'static str, &'static str)]) -> Self {
        self.keys = keys;
        self
    }

    pub const fn choices(mut self, choices: &'static [&'static str]) -> Self {
        self.choices = choices;
        self
    }

    pub const fn vars(mut self, names: &'static [&'static str]) -> Self {
        self.host_variables = names;
        self
    }

    pub const fn keyword(mut self, name: &'static str) -> Self {
        self.keyword = name;
        self
    }

    pub const fn cli(mut self, destination: &'static str) -> Self {
        self.cli = destination;
        self
    }

    pub const fn since(mut self, release: &'static str) -> Self {
        self.since = release;
        self
    }

    pub const fn deprecated(mut self, removed_in: &'static str) -> Self {
        self.removed_in = removed_in;
        self
    }

    pub const fn without_effect(mut self) -> Self {
        self.honoured = false;
        self
    }

    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// A setting with everything at its usual value.
pub const fn setting(name: &'static str, about: &'static str) -> Setting {
    Setting {
        name,
        about,
        type_name: "",
        default: Default::Null,
        variables: &[],
        keys: &[],
        choices: &[],
        host_variables: &[],
        keyword: "",
        cli: "",
        since: "",
        removed_in: "",
        honoured: true,
        required: false,
    }
}
