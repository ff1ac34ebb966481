//! libyaml's parser behind a safe face: text in, events out, each with where it starts.

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use unsafe_libyaml::{yaml_event_t, yaml_mark_t, yaml_parser_t};

/// A place in the text, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub line: u32,
    pub column: u32,
}

/// What the parser met.
pub struct Event {
    pub kind: EventKind,
    pub start: Mark,
}

pub enum EventKind {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(String),
    Scalar(Scalar),
    /// Anchor and tag.
    SequenceStart(Option<String>, Option<String>),
    SequenceEnd,
    MappingStart(Option<String>, Option<String>),
    MappingEnd,
}

pub struct Scalar {
    pub anchor: Option<String>,
    pub tag: Option<String>,
    pub value: String,
    /// Without quotes and tag, so that its form decides on its type.
    pub plain_implicit: bool,
}

/// What is wrong with a text, and where, if that is known.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Without a capital letter and full stop, as libyaml words it.
    pub message: String,
    pub place: Option<Mark>,
    /// The message says it all: the line need not be looked at for a likelier mistake.
    pub certain: bool,
}

impl Problem {
    pub fn at(message: impl Into<String>, place: Mark) -> Self {
        Self { message: message.into(), place: Some(place), certain: false }
    }

    /// What is known without a place.
    pub fn nowhere(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, certain: false }
    }
}

/// The parser refers to itself and to the text, so it stays where it was made.
pub struct Parser<'a> {
    raw: Box<MaybeUninit<yaml_parser_t>>,
    text: PhantomData<&'a str>,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut raw = Box::new(MaybeUninit::<yaml_parser_t>::uninit());
        let parser = raw.as_mut_ptr();
        // SAFETY: `parser` points to memory for a parser, which the first call fills; the text
        // outlives the parser by the lifetime of this struct.
        unsafe {
            let initialized = unsafe_libyaml::yaml_parser_initialize(parser).ok;
            assert!(initialized, "libyaml's parser is made without fail");
            unsafe_libyaml::yaml_parser_set_input_string(parser, text.as_ptr(), text.len() as u64);
        }
        Self { raw, text: PhantomData }
    }

    /// The next event; after the end of the stream it must not be asked again.
    pub fn next_event(&mut self) -> Result<Event, Problem> {
        let mut event = MaybeUninit::<yaml_event_t>::uninit();
        // SAFETY: the parser was initialised; on success the event is initialised, read while it
        // lives and deleted once.
        unsafe {
            if unsafe_libyaml::yaml_parser_parse(self.raw.as_mut_ptr(), event.as_mut_ptr()).fail {
                return Err(self.problem());
            }
            let mut event = event.assume_init();
            let read = Event { kind: read_event(&event), start: mark_of(event.start_mark) };
            unsafe_libyaml::yaml_event_delete(&raw mut event);
            Ok(read)
        }
    }

    /// # Safety
    /// The parser must have failed just now.
    unsafe fn problem(&self) -> Problem {
        // SAFETY: the parser was initialised, and its messages are static C strings or null.
        let (error, problem, context, offset, value, place) = unsafe {
            let parser = &*self.raw.as_ptr();
            let (problem, context) = (text_of(parser.problem), text_of(parser.context));
            (parser.error, problem, context, parser.problem_offset, parser.problem_value, parser.problem_mark)
        };
        let problem = problem.unwrap_or_else(|| "unknown problem".to_owned());
        if error == unsafe_libyaml::YAML_READER_ERROR {
            let message =
                format!("unacceptable character #x{value:04x}: {problem} in \"<unicode string>\", position {offset}");
            return Problem::nowhere(message);
        }
        let message = context.map_or_else(|| problem.clone(), |context| format!("{context} {problem}"));
        Problem::at(message, mark_of(place))
    }
}

impl Drop for Parser<'_> {
    fn drop(&mut self) {
        // SAFETY: the parser was initialised in `new` and is deleted once.
        unsafe { unsafe_libyaml::yaml_parser_delete(self.raw.as_mut_ptr()) }
    }
}

fn mark_of(mark: yaml_mark_t) -> Mark {
    Mark { line: mark.line as u32, column: mark.column as u32 }
}

/// # Safety
/// The pointer must be null or that of a C string.
unsafe fn text_of(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

/// # Safety
/// The event must be one that the parser made and that was not deleted.
unsafe fn read_event(event: &yaml_event_t) -> EventKind {
    use unsafe_libyaml::yaml_event_type_t as kind;
    // SAFETY: the type of the event says which part of the union is filled; its texts are C
    // strings or null, but for the scalar's value, which has a length.
    unsafe {
        match event.type_ {
            kind::YAML_STREAM_START_EVENT => EventKind::StreamStart,
            kind::YAML_DOCUMENT_START_EVENT => EventKind::DocumentStart,
            kind::YAML_DOCUMENT_END_EVENT => EventKind::DocumentEnd,
            kind::YAML_SEQUENCE_END_EVENT => EventKind::SequenceEnd,
            kind::YAML_MAPPING_END_EVENT => EventKind::MappingEnd,
            kind::YAML_ALIAS_EVENT => {
                EventKind::Alias(text_of(event.data.alias.anchor.cast::<c_char>()).unwrap_or_default())
            }
            kind::YAML_SEQUENCE_START_EVENT => {
                let start = &event.data.sequence_start;
                EventKind::SequenceStart(text_of(start.anchor.cast::<c_char>()), text_of(start.tag.cast::<c_char>()))
            }
            kind::YAML_MAPPING_START_EVENT => {
                let start = &event.data.mapping_start;
                EventKind::MappingStart(text_of(start.anchor.cast::<c_char>()), text_of(start.tag.cast::<c_char>()))
            }
            kind::YAML_SCALAR_EVENT => {
                let scalar = &event.data.scalar;
                let value = std::slice::from_raw_parts(scalar.value, scalar.length as usize);
                EventKind::Scalar(Scalar {
                    anchor: text_of(scalar.anchor.cast::<c_char>()),
                    tag: text_of(scalar.tag.cast::<c_char>()),
                    value: String::from_utf8_lossy(value).into_owned(),
                    plain_implicit: scalar.plain_implicit,
                })
            }
            _ => EventKind::StreamEnd,
        }
    }
}
