//! Values to YAML text, as PyYAML's safe dumper over libyaml writes them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use super::emitter::{Emitter, Implicit, ScalarStyle};
use super::resolve::{Form, form_of};
use crate::data::{Data, Map, Value, python};

/// Whether collections are written in brackets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// `default_flow_style=False`
    #[default]
    Never,
    /// `default_flow_style=True`
    Always,
    /// `default_flow_style=None`: those that hold only plain scalars.
    Leaves,
}

/// How texts of several lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MultiLine {
    /// Quoted, as PyYAML does.
    #[default]
    Quoted,
    /// As a block after `|`.
    Block,
    /// As a block, without what would force quotes: blanks at line ends, control characters.
    LossyBlock,
}

/// The options of `yaml.dump`; the defaults are PyYAML's.
#[derive(Clone, Debug)]
pub struct Style {
    pub flow: Flow,
    /// 2 to 9; all else means 2.
    pub indent: i32,
    /// Where lines are folded: 0 means 80, negative never.
    pub width: i32,
    pub sort_keys: bool,
    pub allow_unicode: bool,
    pub explicit_start: bool,
    pub explicit_end: bool,
    /// `default_style` of scalars.
    pub scalars: ScalarStyle,
    pub multi_line: MultiLine,
    /// Texts that came out of a vault are written as `!vault` with their envelope.
    pub show_envelopes: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            flow: Flow::Never,
            indent: 2,
            width: 0,
            sort_keys: true,
            allow_unicode: false,
            explicit_start: false,
            explicit_end: false,
            scalars: ScalarStyle::Any,
            multi_line: MultiLine::Quoted,
            show_envelopes: true,
        }
    }
}

const TEXT_TAG: &str = "tag:yaml.org,2002:str";

/// One document.
pub fn dump(value: &Value, style: &Style) -> String {
    let mut dump = Dump {
        style,
        anchors: HashMap::new(),
        anchor_count: 0,
        emitter: Emitter::new(style.indent, style.width, style.allow_unicode),
        far: Vec::new(),
    };
    dump.find_repeated(value);
    // The second walk names each collection when it is met first and refers to it afterwards.
    let anchors = std::mem::take(&mut dump.anchors);
    dump.anchors = anchors.into_iter().filter(|(_, anchor)| !matches!(anchor, Anchor::MetOnce)).collect();
    dump.emitter.document_start(style.explicit_start);
    dump.value(value);
    dump.emitter.document_end(style.explicit_end);
    with_far_characters(dump.emitter.finish(), &dump.far)
}

/// Stands for one character beyond the first plane. libyaml as the reference has it takes those
/// for unprintable and escapes them in quotes, the one at hand does not. So it gets an unprintable
/// character with some letters, whose escape is as long as that of the character it stands for.
const FAR: &str = "\u{fffe}zzzz";
const FAR_WRITTEN: &str = "\\uFFFEzzzz";

fn with_far_characters(text: String, far: &[char]) -> String {
    if far.is_empty() {
        return text;
    }
    let mut parts = text.split(FAR_WRITTEN);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (part, character) in parts.zip(far) {
        let _ = write!(out, "\\U{:08X}", u32::from(*character));
        out.push_str(part);
    }
    out
}

enum Anchor {
    MetOnce,
    Named(String),
    Written(String),
}

struct Dump<'a> {
    style: &'a Style,
    /// By where the collection lies in memory: the same one is written once.
    anchors: HashMap<usize, Anchor>,
    anchor_count: usize,
    emitter: Emitter,
    /// The characters beyond the first plane, in the order in which they are written.
    far: Vec<char>,
}

/// A scalar as it is handed to the emitter.
struct Scalar<'a> {
    tag: &'static str,
    text: Cow<'a, str>,
    style: ScalarStyle,
}

impl Dump<'_> {
    /// Names the collections that occur more than once, in the order in which this shows.
    fn find_repeated(&mut self, value: &Value) {
        if let Some(address) = address_of(value) {
            match self.anchors.get_mut(&address) {
                Some(anchor @ Anchor::MetOnce) => {
                    self.anchor_count += 1;
                    *anchor = Anchor::Named(format!("id{:03}", self.anchor_count));
                    return;
                }
                Some(_) => return,
                None => {
                    self.anchors.insert(address, Anchor::MetOnce);
                }
            }
        }
        match &value.data {
            Data::List(items) | Data::Tuple(items) => items.iter().for_each(|item| self.find_repeated(item)),
            Data::Set(items) => items.iter().for_each(|item| self.find_repeated(item)),
            Data::Map(map) => {
                for (key, item) in self.entries(map) {
                    self.find_repeated(key);
                    self.find_repeated(item);
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, value: &Value) {
        let mut anchor = None;
        if let Some(address) = address_of(value)
            && let Some(known) = self.anchors.get_mut(&address)
        {
            match known {
                Anchor::Written(name) => return self.emitter.alias(name),
                Anchor::Named(name) => {
                    anchor = Some(name.clone());
                    *known = Anchor::Written(name.clone());
                }
                Anchor::MetOnce => {}
            }
        }
        let anchor = anchor.as_deref();
        match &value.data {
            Data::List(items) | Data::Tuple(items) => {
                let flow = self.flow(items.iter());
                self.emitter.sequence_start(anchor, "tag:yaml.org,2002:seq", flow);
                items.iter().for_each(|item| self.value(item));
                self.emitter.sequence_end();
            }
            Data::Map(map) => {
                let entries = self.entries(map);
                let flow = self.flow(entries.iter().flat_map(|(key, item)| [*key, *item]));
                self.emitter.mapping_start(anchor, "tag:yaml.org,2002:map", true, flow);
                for (key, item) in entries {
                    self.value(key);
                    self.value(item);
                }
                self.emitter.mapping_end();
            }
            Data::Set(items) => {
                let mut items: Vec<&Value> = items.iter().collect();
                if self.style.sort_keys {
                    sort_by_key(&mut items, |item| item);
                }
                let flow = self.flow(items.iter().copied());
                self.emitter.mapping_start(anchor, "tag:yaml.org,2002:set", false, flow);
                for item in items {
                    self.value(item);
                    self.value(&Value::NULL);
                }
                self.emitter.mapping_end();
            }
            _ => {
                if let Some(mut scalar) = self.scalar_of(value) {
                    let implicit = implicit_of(&scalar);
                    if self.style.allow_unicode && scalar.text.contains(is_far) {
                        self.far.extend(scalar.text.chars().filter(|character| is_far(*character)));
                        scalar.text = scalar.text.replace(is_far, FAR).into();
                    }
                    self.emitter.scalar(anchor, scalar.tag, &scalar.text, implicit, scalar.style);
                }
            }
        }
    }

    fn flow<'v>(&self, mut children: impl Iterator<Item = &'v Value>) -> bool {
        match self.style.flow {
            Flow::Never => false,
            Flow::Always => true,
            Flow::Leaves => {
                children.all(|child| self.scalar_of(child).is_some_and(|scalar| scalar.style == ScalarStyle::Any))
            }
        }
    }

    fn entries<'v>(&self, map: &'v Arc<Map>) -> Vec<(&'v Value, &'v Value)> {
        let mut entries: Vec<_> = map.iter().collect();
        if self.style.sort_keys {
            sort_by_key(&mut entries, |(key, _)| key);
        }
        entries
    }

    /// `None` for collections.
    fn scalar_of<'v>(&self, value: &'v Value) -> Option<Scalar<'v>> {
        let (tag, text): (_, Cow<str>) = match &value.data {
            Data::Null => ("tag:yaml.org,2002:null", "null".into()),
            Data::Bool(flag) => ("tag:yaml.org,2002:bool", if *flag { "true" } else { "false" }.into()),
            Data::Int(_) | Data::Big(_) => ("tag:yaml.org,2002:int", python::str(value).into()),
            Data::Float(number) => ("tag:yaml.org,2002:float", float_text(*number).into()),
            Data::Date(date) => ("tag:yaml.org,2002:timestamp", python::date_str(date).into()),
            Data::Bytes(bytes) => {
                let text = base64_lines(bytes).into();
                return Some(Scalar { tag: "tag:yaml.org,2002:binary", text, style: ScalarStyle::Literal });
            }
            Data::Vaulted(vaulted) => return Some(envelope(&vaulted.ciphertext)),
            Data::Text(text) => match text.vaulted() {
                Some(vaulted) if self.style.show_envelopes => return Some(envelope(&vaulted.ciphertext)),
                _ => return Some(self.text(text)),
            },
            Data::List(_) | Data::Tuple(_) | Data::Set(_) | Data::Map(_) => return None,
        };
        Some(Scalar { tag, text, style: self.style.scalars })
    }

    fn text<'v>(&self, text: &'v str) -> Scalar<'v> {
        let is_multi_line = text.contains(|character| {
            matches!(character, '\n' | '\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
        });
        match self.style.multi_line {
            MultiLine::Block if is_multi_line => {
                Scalar { tag: TEXT_TAG, text: text.into(), style: ScalarStyle::Literal }
            }
            MultiLine::LossyBlock if is_multi_line => {
                Scalar { tag: TEXT_TAG, text: without_odd_blanks(text).into(), style: ScalarStyle::Literal }
            }
            _ => Scalar { tag: TEXT_TAG, text: text.into(), style: self.style.scalars },
        }
    }
}

fn is_far(character: char) -> bool {
    character > '\u{ffff}'
}

/// What identifies a collection that may be named by an anchor.
fn address_of(value: &Value) -> Option<usize> {
    match &value.data {
        Data::Tuple(items) if items.is_empty() => None,
        Data::List(items) | Data::Tuple(items) => Some(Arc::as_ptr(items) as usize),
        Data::Set(items) => Some(Arc::as_ptr(items) as usize),
        Data::Map(map) => Some(Arc::as_ptr(map) as usize),
        _ => None,
    }
}

/// Whether a reader would find the same type without the tag.
fn implicit_of(scalar: &Scalar) -> Implicit {
    let form = match form_of(&scalar.text) {
        Form::Null => "null",
        Form::Bool => "bool",
        Form::Int => "int",
        Form::Float => "float",
        Form::Timestamp => "timestamp",
        Form::Merge => "merge",
        Form::Value => "value",
        Form::Text if matches!(&*scalar.text, "!" | "&" | "*") => "yaml",
        Form::Text => "str",
    };
    let plain = scalar.tag.strip_prefix("tag:yaml.org,2002:") == Some(form);
    Implicit { plain, quoted: scalar.tag == TEXT_TAG }
}

fn envelope(ciphertext: &str) -> Scalar<'_> {
    Scalar { tag: "!vault", text: ciphertext.into(), style: ScalarStyle::Literal }
}

fn float_text(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = python::float_repr(number);
    // A reader takes an exponent only behind a point.
    if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
}

/// Sorts as Python does, unless there are two keys that it cannot compare.
fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> &Value) {
    let comparable = items.windows(2).all(|pair| order(key(&pair[0]), key(&pair[1])).is_some());
    if comparable {
        items.sort_by(|a, b| order(key(a), key(b)).unwrap_or(std::cmp::Ordering::Equal));
    }
}

/// Python's order of two values, where it has one.
fn order(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    use crate::data::Date;
    let number = |value: &Value| match &value.data {
        Data::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Data::Int(number) => Some(*number as f64),
        Data::Float(number) => Some(*number),
        Data::Big(number) => num_traits::ToPrimitive::to_f64(&**number),
        _ => None,
    };
    match (&a.data, &b.data) {
        (Data::Text(a), Data::Text(b)) => Some(a.cmp(b)),
        (Data::Bytes(a), Data::Bytes(b)) => Some(a.cmp(b)),
        (Data::Int(a), Data::Int(b)) => Some(a.cmp(b)),
        (Data::Tuple(a), Data::Tuple(b)) => {
            for (a, b) in a.iter().zip(b.iter()) {
                if a != b {
                    return order(a, b);
                }
            }
            Some(a.len().cmp(&b.len()))
        }
        (Data::Date(Date::Day(a)), Data::Date(Date::Day(b))) => Some(a.cmp(b)),
        (Data::Date(Date::Time(a)), Data::Date(Date::Time(b))) => Some(a.cmp(b)),
        (Data::Date(Date::Moment(a, None)), Data::Date(Date::Moment(b, None))) => Some(a.cmp(b)),
        (Data::Date(Date::Moment(a, Some(x))), Data::Date(Date::Moment(b, Some(y)))) => {
            let in_utc =
                |moment: &jiff::civil::DateTime, offset: i32| moment.saturating_sub(jiff::Span::new().seconds(offset));
            Some(in_utc(a, *x).cmp(&in_utc(b, *y)))
        }
        _ => number(a)?.partial_cmp(&number(b)?),
    }
}

/// Base64 in lines of 76 characters, each with its break.
fn base64_lines(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for line in bytes.chunks(57) {
        for group in line.chunks(3) {
            let bits = group.iter().chain([&0, &0]).take(3).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
            for index in 0..4 {
                let digit = ALPHABET[(bits >> (18 - 6 * index) & 63) as usize];
                text.push(if index <= group.len() { char::from(digit) } else { '=' });
            }
        }
        text.push('\n');
    }
    text
}

/// Texts of results for reading: what a block cannot hold as it is goes.
fn without_odd_blanks(text: &str) -> String {
    let kept = text.trim_end().chars().filter(|character| {
        (' '..='~').contains(character) || matches!(character, '\t'..='\r') || *character >= '\u{a0}'
    });
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for character in kept {
        match character {
            '\t' => {
                let width = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\n' => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                column = 0;
            }
            '\r' => column = 0,
            '\u{b}' | '\u{c}' => column += 1,
            _ => {
                out.push(character);
                column += 1;
            }
        }
    }
    out
}
