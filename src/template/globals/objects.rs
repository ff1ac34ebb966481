//! `cycler`, `joiner`, `namespace` and `lipsum`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;

use crate::template::methods::pairs_of;
use crate::template::{Arguments, Context, Native, Object, Result};

struct Cycler {
    items: Vec<Object>,
    at: Cell<usize>,
}

pub(super) fn cycler(arguments: &mut Arguments<'_>) -> Result<Object> {
    let items = arguments.rest_objects();
    if items.is_empty() {
        return Err("at least one item has to be provided".into());
    }
    Ok(Object::native(Cycler { items, at: Cell::new(0) }))
}

impl Native for Cycler {
    fn type_name(&self) -> &'static str {
        "Cycler"
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        match name {
            "current" => Some(Ok(self.items[self.at.get()].clone())),
            "next" | "reset" => Some(Ok(Object::native(CyclerMethod { cycler: self, reset: name == "reset" }))),
            _ => None,
        }
    }
}

struct CyclerMethod {
    cycler: Rc<Cycler>,
    reset: bool,
}

impl Native for CyclerMethod {
    fn type_name(&self) -> &'static str {
        "method"
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(self: Rc<Self>, arguments: Arguments<'_>) -> Result<Object> {
        arguments.finish()?;
        if self.reset {
            self.cycler.at.set(0);
            return Ok(Object::NULL);
        }
        let at = self.cycler.at.get();
        self.cycler.at.set((at + 1) % self.cycler.items.len());
        Ok(self.cycler.items[at].clone())
    }
}

struct Joiner {
    separator: Object,
    used: Cell<bool>,
}

pub(super) fn joiner(arguments: &mut Arguments<'_>) -> Result<Object> {
    let separator = arguments.optional_object("sep")?.unwrap_or_else(|| Object::text(", "));
    Ok(Object::native(Joiner { separator, used: Cell::new(false) }))
}

impl Native for Joiner {
    fn type_name(&self) -> &'static str {
        "Joiner"
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(self: Rc<Self>, arguments: Arguments<'_>) -> Result<Object> {
        arguments.finish()?;
        Ok(if self.used.replace(true) { self.separator.clone() } else { Object::text("") })
    }
}

struct Namespace {
    names: RefCell<IndexMap<String, Object>>,
}

pub(super) fn namespace(arguments: &mut Arguments<'_>) -> Result<Object> {
    let mut names = IndexMap::new();
    for object in arguments.rest_objects() {
        for (key, value) in pairs_of(&object)? {
            names.insert(crate::data::python::str(&key), value);
        }
    }
    names.extend(arguments.keyword_objects().into_iter().map(|(name, value)| (name.to_string(), value)));
    Ok(Object::native(Namespace { names: RefCell::new(names) }))
}

impl Native for Namespace {
    fn type_name(&self) -> &'static str {
        "Namespace"
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        self.names.borrow().get(name).cloned().map(Ok)
    }

    fn set_attribute(&self, name: &str, value: Object) -> Result<()> {
        self.names.borrow_mut().insert(name.to_owned(), value);
        Ok(())
    }

    fn text(&self) -> String {
        let mut text = "<Namespace {".to_owned();
        for (index, (name, value)) in self.names.borrow().iter().enumerate() {
            if index > 0 {
                text.push_str(", ");
            }
            text.push_str(&crate::data::python::text_repr(name));
            text.push_str(": ");
            if crate::template::text::write_repr(value, &mut text).is_err() {
                text.push_str("Undefined");
            }
        }
        text + "}>"
    }
}

const WORDS: &str = "a ac accumsan ad adipiscing aenean aliquam amet ante aptent arcu at auctor augue bibendum \
    blandit class commodo condimentum congue consectetuer consequat conubia convallis cras cubilia cum curabitur \
    cursus dapibus diam dictum dignissim dis dolor donec dui duis egestas eget eleifend elementum elit enim erat \
    eros est et etiam eu euismod facilisi facilisis fames faucibus felis fermentum feugiat fringilla fusce gravida \
    habitant hendrerit iaculis id imperdiet in integer interdum ipsum justo lacinia lacus laoreet lectus leo libero \
    ligula litora lobortis lorem luctus maecenas magna magnis malesuada massa mattis mauris metus mi molestie mollis \
    montes morbi mus nam nascetur natoque nec neque netus nibh nisi nisl non nonummy nostra nulla nullam nunc odio \
    orci ornare parturient pede pellentesque penatibus per pharetra phasellus placerat platea porta porttitor \
    posuere potenti praesent pretium primis proin pulvinar purus quam quis quisque rhoncus ridiculus risus rutrum \
    sagittis sapien scelerisque sed sem semper senectus sit sociis sociosqu sodales sollicitudin suscipit \
    suspendisse taciti tellus tempor tempus tincidunt torquent tortor tristique turpis ullamcorper ultrices \
    ultricies urna ut varius vehicula vel velit venenatis vestibulum vitae vivamus viverra volutpat vulputate";

pub(super) fn lipsum(arguments: &mut Arguments<'_>) -> Result<Object> {
    let count = arguments.int("n", 5)?.clamp(0, 1000);
    let html = arguments.flag("html", true)?;
    let (min, max) = (arguments.int("min", 20)?, arguments.int("max", 100)?);
    let context = arguments.context();
    let random = |limit: u64| {
        let mut bytes = [0; 8];
        context.environment().dice.fill(&mut bytes);
        u64::from_le_bytes(bytes) % limit.max(1)
    };
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut paragraphs = Vec::new();
    for _ in 0..count {
        let length = min.clamp(1, 10_000) as u64 + random((max - min).clamp(1, 10_000) as u64);
        let mut text = String::new();
        let mut begins = true;
        for index in 0..length {
            let word = words[random(words.len() as u64) as usize];
            let word = if begins { crate::template::methods::capitalize(word) } else { word.to_owned() };
            begins = index + 1 == length || random(12) == 0;
            text += &word;
            text += if begins {
                "."
            } else if random(8) == 0 {
                ","
            } else {
                ""
            };
            if index + 1 < length {
                text.push(' ');
            }
        }
        paragraphs.push(if html { format!("<p>{text}</p>") } else { text });
    }
    Ok(paragraphs.join(if html { "\n" } else { "\n\n" }).into())
}
