//! Text that is safe in HTML already, so that it is not escaped twice.

use std::rc::Rc;
use std::sync::Arc;

use super::{Context, Native, Object, Result, methods};

/// What `escape` and `safe` give.
pub struct Markup(Arc<str>);

impl Markup {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Native for Markup {
    fn type_name(&self) -> &'static str {
        "Markup"
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        methods::attribute(&Object::text(self.0.clone()), name)
    }

    fn items(&self) -> Option<Result<Vec<Object>>> {
        Some(super::operators::iterate(&Object::text(self.0.clone())))
    }

    fn length(&self) -> Option<usize> {
        Some(self.0.chars().count())
    }

    fn text(&self) -> String {
        self.0.to_string()
    }

    fn as_object(&self) -> Option<Object> {
        Some(Object::text(self.0.clone()))
    }
}
