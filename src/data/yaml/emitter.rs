//! libyaml's emitter behind a safe face: events in, text out.

use std::ffi::{CString, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use unsafe_libyaml::{yaml_emitter_t, yaml_event_t, yaml_mapping_style_t, yaml_scalar_style_t, yaml_sequence_style_t};

/// How a scalar is written, where nothing forbids it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Plain where it can be.
    #[default]
    Any,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// Whether the tag may be left out: for a plain scalar, for a quoted one.
#[derive(Clone, Copy, Debug)]
pub struct Implicit {
    pub plain: bool,
    pub quoted: bool,
}

/// The emitter refers to itself and to what is written, so both stay where they were made.
pub struct Emitter {
    raw: Box<MaybeUninit<yaml_emitter_t>>,
    written: Box<Sink>,
    failed: bool,
}

/// What was written so far.
#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
}

impl Emitter {
    /// The width is where lines are folded; 0 means 80, negative never.
    pub fn new(indent: i32, width: i32, unicode: bool) -> Self {
        let mut raw = Box::new(MaybeUninit::<yaml_emitter_t>::uninit());
        let mut written = Box::<Sink>::default();
        let emitter = raw.as_mut_ptr();
        let sink: *mut Sink = &raw mut *written;
        // SAFETY: `emitter` points to memory for an emitter, which the first call fills; the
        // handler gets back the sink, which lives in the heap as long as this struct.
        unsafe {
            let initialized = unsafe_libyaml::yaml_emitter_initialize(emitter).ok;
            assert!(initialized, "libyaml's emitter is made without fail");
            unsafe_libyaml::yaml_emitter_set_output(emitter, append, sink.cast::<c_void>());
            unsafe_libyaml::yaml_emitter_set_indent(emitter, indent);
            unsafe_libyaml::yaml_emitter_set_width(emitter, width);
            unsafe_libyaml::yaml_emitter_set_unicode(emitter, unicode);
        }
        let mut emitter = Self { raw, written, failed: false };
        // SAFETY: the event is filled by the call, here and in all the other functions.
        emitter.emit(|event| unsafe {
            unsafe_libyaml::yaml_stream_start_event_initialize(event, unsafe_libyaml::YAML_UTF8_ENCODING).ok
        });
        emitter
    }

    /// What was written; call it once, at the end.
    pub fn finish(mut self) -> String {
        // SAFETY: as above; and the emitter was initialised.
        self.emit(|event| unsafe { unsafe_libyaml::yaml_stream_end_event_initialize(event).ok });
        unsafe {
            let _ = unsafe_libyaml::yaml_emitter_flush(self.raw.as_mut_ptr()).ok;
        }
        String::from_utf8_lossy(&self.written.bytes).into_owned()
    }

    pub fn document_start(&mut self, explicit: bool) {
        self.emit(|event| unsafe {
            let none = ptr::null_mut();
            unsafe_libyaml::yaml_document_start_event_initialize(event, ptr::null_mut(), none, none, !explicit).ok
        });
    }

    pub fn document_end(&mut self, explicit: bool) {
        self.emit(|event| unsafe { unsafe_libyaml::yaml_document_end_event_initialize(event, !explicit).ok });
    }

    pub fn alias(&mut self, anchor: &str) {
        let anchor = c_text(anchor);
        self.emit(|event| unsafe { unsafe_libyaml::yaml_alias_event_initialize(event, anchor.as_ptr().cast()).ok });
    }

    pub fn scalar(&mut self, anchor: Option<&str>, tag: &str, text: &str, implicit: Implicit, style: ScalarStyle) {
        let style = match style {
            ScalarStyle::Any => yaml_scalar_style_t::YAML_ANY_SCALAR_STYLE,
            ScalarStyle::SingleQuoted => yaml_scalar_style_t::YAML_SINGLE_QUOTED_SCALAR_STYLE,
            ScalarStyle::DoubleQuoted => yaml_scalar_style_t::YAML_DOUBLE_QUOTED_SCALAR_STYLE,
            ScalarStyle::Literal => yaml_scalar_style_t::YAML_LITERAL_SCALAR_STYLE,
            ScalarStyle::Folded => yaml_scalar_style_t::YAML_FOLDED_SCALAR_STYLE,
        };
        let (anchor, tag) = (anchor.map(c_text), c_text(tag));
        let anchor = anchor.as_ref().map_or(ptr::null(), |anchor| anchor.as_ptr().cast());
        let Ok(length) = i32::try_from(text.len()) else {
            self.failed = true;
            return;
        };
        self.emit(|event| unsafe {
            unsafe_libyaml::yaml_scalar_event_initialize(
                event,
                anchor,
                tag.as_ptr().cast(),
                text.as_ptr(),
                length,
                implicit.plain,
                implicit.quoted,
                style,
            )
            .ok
        });
    }

    pub fn sequence_start(&mut self, anchor: Option<&str>, tag: &str, flow: bool) {
        let style = if flow {
            yaml_sequence_style_t::YAML_FLOW_SEQUENCE_STYLE
        } else {
            yaml_sequence_style_t::YAML_BLOCK_SEQUENCE_STYLE
        };
        let (anchor, tag) = (anchor.map(c_text), c_text(tag));
        let anchor = anchor.as_ref().map_or(ptr::null(), |anchor| anchor.as_ptr().cast());
        self.emit(|event| unsafe {
            unsafe_libyaml::yaml_sequence_start_event_initialize(event, anchor, tag.as_ptr().cast(), true, style).ok
        });
    }

    pub fn sequence_end(&mut self) {
        self.emit(|event| unsafe { unsafe_libyaml::yaml_sequence_end_event_initialize(event).ok });
    }

    /// `implicit`: the tag is that of a plain mapping, and is not written.
    pub fn mapping_start(&mut self, anchor: Option<&str>, tag: &str, implicit: bool, flow: bool) {
        let style = if flow {
            yaml_mapping_style_t::YAML_FLOW_MAPPING_STYLE
        } else {
            yaml_mapping_style_t::YAML_BLOCK_MAPPING_STYLE
        };
        let (anchor, tag) = (anchor.map(c_text), c_text(tag));
        let anchor = anchor.as_ref().map_or(ptr::null(), |anchor| anchor.as_ptr().cast());
        self.emit(|event| unsafe {
            unsafe_libyaml::yaml_mapping_start_event_initialize(event, anchor, tag.as_ptr().cast(), implicit, style).ok
        });
    }

    pub fn mapping_end(&mut self) {
        self.emit(|event| unsafe { unsafe_libyaml::yaml_mapping_end_event_initialize(event).ok });
    }

    fn emit(&mut self, initialize: impl FnOnce(*mut yaml_event_t) -> bool) {
        if self.failed {
            return;
        }
        let mut event = MaybeUninit::<yaml_event_t>::uninit();
        // SAFETY: the emitter was initialised; it takes over an event that was filled.
        self.failed = !initialize(event.as_mut_ptr())
            || unsafe { unsafe_libyaml::yaml_emitter_emit(self.raw.as_mut_ptr(), event.as_mut_ptr()).fail };
    }
}

impl Drop for Emitter {
    fn drop(&mut self) {
        // SAFETY: the emitter was initialised in `new` and is deleted once.
        unsafe { unsafe_libyaml::yaml_emitter_delete(self.raw.as_mut_ptr()) }
    }
}

/// # Safety
/// `sink` must be that given to the emitter, and `buffer` hold `size` bytes.
unsafe fn append(sink: *mut c_void, buffer: *mut u8, size: u64) -> i32 {
    // SAFETY: as the caller promises.
    unsafe {
        let bytes = std::slice::from_raw_parts(buffer, size as usize);
        (*sink.cast::<Sink>()).bytes.extend_from_slice(bytes);
    }
    1
}

/// Anchors and tags are our own and hold no zero byte.
fn c_text(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}
