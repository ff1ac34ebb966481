//! Templates beyond the golden cases: what may never be rendered, and text that means nothing.

mod never_panics;
mod trust;
mod url;
mod world;
