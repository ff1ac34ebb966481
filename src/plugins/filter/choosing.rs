//! Filters that choose items by themselves or by an attribute: unique, min, max, groupby, extract.

use std::rc::Rc;

use indexmap::IndexSet;

use crate::data::{Data, Value};
use crate::template::operators::{compare, equal, iterate, less_than};
use crate::template::syntax::Comparison;
use crate::template::tools::iterate::{is_hashable, usable_items};
use crate::template::{Arguments, Context, Filter, Native, Object, Result, TemplateError, item};

pub const FILTERS: &[Filter] = &[
    Filter::raw("unique", unique, "Gives each item once."),
    Filter::raw("min", min, "Gives the smallest item."),
    Filter::raw("max", max, "Gives the largest item."),
    Filter::raw("groupby", group_by, "Puts items together that have an attribute in common."),
    Filter::raw("extract", extract, "Takes an item of a container by the input."),
];

/// What items are compared by: an attribute at any depth, with or without case.
struct Key<'a> {
    path: Vec<Object>,
    case_sensitive: bool,
    context: &'a Context,
}

impl<'a> Key<'a> {
    fn new(attribute: Option<&Value>, case_sensitive: bool, context: &'a Context) -> Self {
        let path = match attribute.map(|attribute| &attribute.data) {
            None | Some(Data::Null) => Vec::new(),
            Some(Data::Text(text)) => text.split('.').map(part).collect(),
            Some(_) => attribute.cloned().map(Object::from).into_iter().collect(),
        };
        Self { path, case_sensitive, context }
    }

    fn exact(&self, object: &Object) -> Result<Object> {
        let mut found = object.clone();
        for part in &self.path {
            found = item(&found, part, self.context)?;
        }
        found.usable()
    }

    fn of(&self, object: &Object) -> Result<Object> {
        Ok(self.folded(self.exact(object)?))
    }

    fn folded(&self, object: Object) -> Object {
        match object.as_str() {
            Some(text) if !self.case_sensitive => Object::text(text.to_lowercase()),
            _ => object,
        }
    }
}

/// Numbers in a path are places.
fn part(part: &str) -> Object {
    match part.parse::<i64>() {
        Ok(number) if part.bytes().all(|byte| byte.is_ascii_digit()) => Object::from(number),
        _ => Object::text(part),
    }
}

fn unique(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let case_sensitive = args.unless_null("case_sensitive")?;
    let attribute = args.unless_null("attribute")?;
    let input = input.usable()?;
    let key = Key::new(attribute.as_ref(), case_sensitive.as_ref().is_some_and(Value::is_truthy), args.context());
    let items = usable_items(&input)?;
    match unique_by(&items, &key) {
        Ok(kept) => Ok(Object::list(kept)),
        Err(error) if error.is_undefined() => Err(error),
        Err(error) if case_sensitive.is_some() || attribute.is_some() => Err(format!(
            "Jinja2's unique filter failed and we cannot fall back to Ansible's version as it does not support the \
             parameters supplied: {error}"
        )
        .into()),
        Err(_) => {
            let mut kept: Vec<Object> = Vec::new();
            for item in items {
                let mut known = false;
                for other in &kept {
                    known = known || equal(other, &item)?;
                }
                if !known {
                    kept.push(item);
                }
            }
            Ok(Object::list(kept))
        }
    }
}

fn unique_by(items: &[Object], key: &Key<'_>) -> Result<Vec<Object>> {
    let mut seen: IndexSet<Value> = IndexSet::new();
    let mut omitted = false;
    let mut kept = Vec::new();
    for item in items {
        let value = match key.of(item)? {
            Object::Omit if omitted => continue,
            Object::Omit => {
                omitted = true;
                kept.push(item.clone());
                continue;
            }
            object => object.to_value()?,
        };
        if !is_hashable(&value) {
            return Err(format!("unhashable type: '{}'", value.type_name()).into());
        }
        if seen.insert(value) {
            kept.push(item.clone());
        }
    }
    Ok(kept)
}

fn min(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    best(input, args, Comparison::Less)
}

fn max(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    best(input, args, Comparison::Greater)
}

fn best(input: Object, args: &mut Arguments<'_>, better: Comparison) -> Result<Object> {
    let case_sensitive = args.flag("case_sensitive", false)?;
    let attribute = args.unless_null("attribute")?;
    let key = Key::new(attribute.as_ref(), case_sensitive, args.context());
    let mut best: Option<(Object, Object)> = None;
    for item in usable_items(&input.usable()?)? {
        let value = key.of(&item)?;
        let replaces = match &best {
            None => true,
            Some((known, _)) => compare(better, &value, known)?,
        };
        if replaces {
            best = Some((value, item));
        }
    }
    Ok(match best {
        Some((_, item)) => item,
        None => Object::undefined("No aggregated item, sequence was empty."),
    })
}

/// A group: a pair of what the items share and the items.
struct Group {
    grouper: Object,
    items: Object,
}

impl Native for Group {
    fn type_name(&self) -> &'static str {
        "GroupTuple"
    }

    fn attribute(self: Rc<Self>, name: &str, _: &Context) -> Option<Result<Object>> {
        match name {
            "grouper" => Some(Ok(self.grouper.clone())),
            "list" => Some(Ok(self.items.clone())),
            _ => None,
        }
    }

    fn item(self: Rc<Self>, key: &Object, context: &Context) -> Option<Result<Object>> {
        Some(item(&self.pair(), key, context))
    }

    fn items(&self) -> Option<Result<Vec<Object>>> {
        Some(Ok(vec![self.grouper.clone(), self.items.clone()]))
    }

    fn length(&self) -> Option<usize> {
        Some(2)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let shown = crate::template::text::write_repr(&self.pair(), &mut text);
        if shown.is_ok() { text } else { "<GroupTuple object>".to_owned() }
    }

    fn as_object(&self) -> Option<Object> {
        Some(self.pair())
    }
}

impl Group {
    fn pair(&self) -> Object {
        Object::tuple(vec![self.grouper.clone(), self.items.clone()])
    }
}

fn group_by(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let attribute = args.required("attribute")?;
    // A default does not help here: the reference fails all the same.
    args.optional_object("default")?;
    let case_sensitive = args.flag("case_sensitive", false)?;
    let key = Key::new(Some(&attribute), case_sensitive, args.context());
    let mut keyed = Vec::new();
    for item in usable_items(&input.usable()?)? {
        keyed.push((key.of(&item)?, item));
    }
    let mut failure = None;
    keyed.sort_by(|(left, _), (right, _)| order(left, right, &mut failure));
    if let Some(error) = failure {
        return Err(error);
    }
    let mut groups: Vec<(Object, Vec<Object>)> = Vec::new();
    for (value, item) in keyed {
        match groups.last_mut() {
            Some((known, items)) if equal(known, &value)? => items.push(item),
            _ => groups.push((value, vec![item])),
        }
    }
    let groups = groups.into_iter().map(|(_, items)| {
        let grouper = key.exact(&items[0])?;
        Ok(Object::native(Group { grouper, items: Object::list(items) }))
    });
    Ok(Object::list(groups.collect::<Result<_>>()?))
}

fn order(left: &Object, right: &Object, failure: &mut Option<TemplateError>) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    if failure.is_some() {
        return Ordering::Equal;
    }
    match (less_than(left, right), less_than(right, left)) {
        (Ok(true), _) => Ordering::Less,
        (_, Ok(true)) => Ordering::Greater,
        (Ok(false), Ok(false)) => Ordering::Equal,
        (Err(error), _) | (_, Err(error)) => {
            *failure = Some(error);
            Ordering::Equal
        }
    }
}

fn extract(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let mut found = args.required_object("container")?;
    let more = args.optional_object("morekeys")?.filter(|more| !more.is_null());
    let mut keys = vec![input.usable()?];
    match more.map(Object::usable).transpose()? {
        None => {}
        Some(list @ Object::List(_)) => keys.extend(iterate(&list)?),
        Some(single) => keys.push(single),
    }
    for key in &keys {
        found = item(&found, &key.resolved().usable()?, args.context())?;
    }
    Ok(found)
}
