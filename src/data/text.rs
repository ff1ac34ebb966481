//! Text with trust: only text from the user's own files can be a template.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// Whether a text may be rendered as a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The user wrote it, in a place where templates are allowed.
    Template,
    /// Everything else: facts, results, renders, `!unsafe`.
    #[default]
    Plain,
}

/// A vaulted value as it stands in the file. It is decrypted where it is used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vaulted {
    /// The whole envelope, `$ANSIBLE_VAULT;…` and the lines below.
    pub ciphertext: Arc<str>,
}

/// Immutable text. Equality, order and hash look at the characters alone.
#[derive(Clone, Default)]
pub struct Text {
    chars: Arc<str>,
    trust: Trust,
    vaulted: Option<Arc<Vaulted>>,
}

impl Text {
    /// Text that is never a template.
    pub fn plain(chars: impl Into<Arc<str>>) -> Self {
        Self { chars: chars.into(), trust: Trust::Plain, vaulted: None }
    }

    /// Text that the user wrote where templates are allowed.
    pub fn trusted(chars: impl Into<Arc<str>>) -> Self {
        Self { chars: chars.into(), trust: Trust::Template, vaulted: None }
    }

    /// Text that was decrypted; dumps show the envelope that it came from.
    pub fn decrypted(chars: impl Into<Arc<str>>, trust: Trust, vaulted: Arc<Vaulted>) -> Self {
        Self { chars: chars.into(), trust, vaulted: Some(vaulted) }
    }

    pub fn as_str(&self) -> &str {
        &self.chars
    }

    /// The shared characters, for keeping without a copy.
    pub fn shared(&self) -> &Arc<str> {
        &self.chars
    }

    pub fn trust(&self) -> Trust {
        self.trust
    }

    pub fn vaulted(&self) -> Option<&Arc<Vaulted>> {
        self.vaulted.as_ref()
    }

    #[must_use]
    pub fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Whether rendering could change it: trusted, and with a sign of a template in it.
    pub fn may_be_template(&self) -> bool {
        self.trust == Trust::Template && has_template_marks(&self.chars)
    }
}

/// Whether the text holds `{{`, `{%` or `{#`, or begins with a header of overrides.
pub fn has_template_marks(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| matches!(pair, b"{{" | b"{%" | b"{#")) || text.starts_with("#jinja2:")
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.chars
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.chars == other.chars
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.chars.cmp(&other.chars)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.chars.hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.chars, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chars)
    }
}
