//! The names that a template itself sets: one frame for each loop pass, macro call and block.

use std::cell::RefCell;
use std::rc::Rc;

use crate::template::Object;
use crate::template::syntax::Name;

#[derive(Default)]
pub(in crate::template) struct Frame {
    names: RefCell<Vec<(Name, Object)>>,
    outer: Option<Rc<Frame>>,
}

impl Frame {
    pub fn root() -> Rc<Self> {
        Rc::new(Self::default())
    }

    pub fn below(outer: &Rc<Frame>) -> Rc<Self> {
        Rc::new(Self { names: RefCell::default(), outer: Some(outer.clone()) })
    }

    pub fn set(&self, name: &Name, value: Object) {
        let mut names = self.names.borrow_mut();
        match names.iter_mut().find(|(known, _)| known == name) {
            Some((_, place)) => *place = value,
            None => names.push((name.clone(), value)),
        }
    }

    pub fn get(&self, name: &str) -> Option<Object> {
        let mut frame = self;
        loop {
            if let Some((_, value)) = frame.names.borrow().iter().find(|(known, _)| &**known == name) {
                return Some(value.clone());
            }
            frame = frame.outer.as_deref()?;
        }
    }

    /// The names of this frame alone.
    pub fn own(&self) -> Vec<(Name, Object)> {
        self.names.borrow().clone()
    }
}
