//! Jinja's filters on lists and mappings.

use std::rc::Rc;

use super::jinja_map::{attribute_path, finished, walk};
use crate::data::{Data, Value, python};
use crate::template::methods::sort_objects;
use crate::template::operators::{self, equal, iterate, less_than};
use crate::template::syntax::Operator;
use crate::template::text::text_of;
use crate::template::{Arguments, Context, Filter, Native, Object, Result, TemplateError, access_key};

pub const FILTERS: &[Filter] = &[
    Filter::raw("batch", batch, "Lists of so many items each."),
    Filter::raw("dictsort", dictsort, "The pairs of a mapping in order."),
    Filter::raw("first", first, "The first item."),
    Filter::raw("groupby", groupby, "Items that have something in common, together."),
    Filter::raw("items", items, "The pairs of a mapping."),
    Filter::raw("join", join, "The texts of all items in a row."),
    Filter::raw("last", last, "The last item."),
    Filter::raw("length", length, "How many there are.").also(&["count"]),
    Filter::raw("list", list, "The items as a list."),
    Filter::raw("max", max, "The largest item."),
    Filter::raw("min", min, "The smallest item."),
    Filter::raw("reverse", reverse, "The other way round."),
    Filter::raw("slice", slice, "So many lists of about the same length."),
    Filter::raw("sort", sort, "The items in order."),
    Filter::raw("sum", sum, "All items added."),
    Filter::raw("unique", unique, "Every item once."),
];

fn list(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    finished(iterate(&input.usable()?)?)
}

fn length(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    Ok(operators::length(&input.usable()?)?.into())
}

fn first(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    let input = input.usable()?;
    let found = match &input {
        Object::List(list) => list.get(0),
        _ => iterate(&input)?.into_iter().next(),
    };
    Ok(found.unwrap_or_else(|| Object::undefined("No first item, sequence was empty.")))
}

fn last(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    let input = input.usable()?;
    let found = match &input {
        Object::List(list) => list.len().checked_sub(1).and_then(|place| list.get(place)),
        _ => iterate(&input)?.pop(),
    };
    Ok(found.unwrap_or_else(|| Object::undefined("No last item, sequence was empty.")))
}

fn items(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    let input = match input.usable()? {
        Object::Native(native) if native.is_mapping() => native.as_object().unwrap_or(Object::NULL),
        other => other,
    };
    let Object::Dict(dict) = input else { return Err("Can only get item pairs from a mapping.".into()) };
    let mut pairs = Vec::new();
    for (key, item) in dict.items() {
        pairs.push(Object::tuple(vec![Object::Value(key), item.usable()?]));
    }
    Ok(Object::list(pairs))
}

fn join(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let separator =
        args.optional_object("d")?.map_or_else(|| Ok(String::new()), |separator| text_of(&separator.usable()?))?;
    let attribute = args.optional_object("attribute")?.filter(|attribute| !attribute.is_null());
    let path = attribute.map(|attribute| attribute_path(&attribute)).transpose()?;
    let mut out = String::new();
    for (index, item) in iterate(&input.usable()?)?.into_iter().enumerate() {
        let item = match &path {
            Some(path) => walk(&item, path, args.context())?,
            None => item,
        };
        if index > 0 {
            out.push_str(&separator);
        }
        out.push_str(&text_of(&item)?);
    }
    Ok(out.into())
}

fn reverse(input: Object, _args: &mut Arguments<'_>) -> Result<Object> {
    let input = input.usable()?;
    if let Some(text) = input.as_str() {
        return Ok(text.chars().rev().collect::<String>().into());
    }
    let mut items = iterate(&input).map_err(|_| TemplateError::failure("argument must be iterable"))?;
    items.reverse();
    finished(items)
}

fn batch(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let count = args.required("linecount")?;
    let fill = args.optional_object("fill_with")?.filter(|fill| !fill.is_null());
    let Some(count) = count.as_int().and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0) else {
        return Ok(Object::list(vec![finished(iterate(&input.usable()?)?)?]));
    };
    let mut batches = Vec::new();
    for chunk in iterate(&input.usable()?)?.chunks(count) {
        let mut chunk = chunk.to_vec();
        if let Some(fill) = &fill {
            chunk.resize(count, fill.clone());
        }
        batches.push(finished(chunk)?);
    }
    Ok(Object::list(batches))
}

fn slice(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let count = args.int("slices", 1)?;
    let fill = args.optional_object("fill_with")?.filter(|fill| !fill.is_null());
    let items = iterate(&input.usable()?)?;
    let Some(count) = usize::try_from(count).ok().filter(|count| *count > 0) else {
        return Err("integer division or modulo by zero".into());
    };
    let (each, longer) = (items.len() / count, items.len() % count);
    let mut slices = Vec::new();
    let mut rest = items.as_slice();
    for place in 0..count {
        let (part, after) = rest.split_at(each + usize::from(place < longer));
        rest = after;
        let mut part = part.to_vec();
        if place >= longer
            && let Some(fill) = &fill
        {
            part.push(fill.clone());
        }
        slices.push(finished(part)?);
    }
    Ok(Object::list(slices))
}

/// What items are compared by: an attribute, in lower case where case does not count.
struct Key<'a> {
    paths: Vec<Vec<Object>>,
    ignores_case: bool,
    context: &'a Context,
}

impl Key<'_> {
    fn of(&self, item: &Object) -> Result<Object> {
        let part = |path: &Vec<Object>| -> Result<Object> {
            let value = walk(item, path, self.context)?.usable()?;
            Ok(match value.as_str() {
                Some(text) if self.ignores_case => Object::text(text.to_lowercase()),
                _ => value,
            })
        };
        match self.paths.as_slice() {
            [] => part(&Vec::new()),
            [path] => part(path),
            paths => Ok(Object::tuple(paths.iter().map(part).collect::<Result<Vec<_>>>()?)),
        }
    }
}

fn key_of<'a>(attribute: Option<Object>, case_sensitive: bool, several: bool, context: &'a Context) -> Result<Key<'a>> {
    let mut paths = Vec::new();
    match attribute.filter(|attribute| !attribute.is_null()) {
        None => {}
        Some(attribute) => match attribute.as_str() {
            Some(names) if several => {
                for name in names.split(',') {
                    paths.push(attribute_path(&Object::text(name))?);
                }
            }
            _ => paths.push(attribute_path(&attribute)?),
        },
    }
    Ok(Key { paths, ignores_case: !case_sensitive, context })
}

fn sort(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let reverse = args.flag("reverse", false)?;
    let case_sensitive = args.flag("case_sensitive", false)?;
    let attribute = args.optional_object("attribute")?;
    let key = key_of(attribute, case_sensitive, true, args.context())?;
    let mut keyed = Vec::new();
    for item in iterate(&input.usable()?)? {
        keyed.push((key.of(&item)?, item));
    }
    sort_objects(&mut keyed, reverse, |pair| &pair.0)?;
    finished(keyed.into_iter().map(|(_, item)| item).collect())
}

fn dictsort(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let case_sensitive = args.flag("case_sensitive", false)?;
    let by = args.text("by", "key")?;
    let reverse = args.flag("reverse", false)?;
    let by_value = match &*by {
        "key" => false,
        "value" => true,
        _ => return Err("You can only sort by either \"key\" or \"value\"".into()),
    };
    let key = key_of(None, case_sensitive, false, args.context())?;
    let input = input.usable()?;
    let Object::Dict(dict) = &input else {
        return Err(format!("'{}' object has no attribute 'items'", input.type_name()).into());
    };
    let mut keyed = Vec::new();
    for (name, item) in dict.items() {
        let item = item.usable()?;
        let name = Object::Value(name);
        keyed.push((key.of(if by_value { &item } else { &name })?, Object::tuple(vec![name, item])));
    }
    sort_objects(&mut keyed, reverse, |pair| &pair.0)?;
    Ok(Object::list(keyed.into_iter().map(|(_, pair)| pair).collect()))
}

fn max(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    extreme(input, args, |best, candidate| less_than(best, candidate))
}

fn min(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    extreme(input, args, |best, candidate| less_than(candidate, best))
}

fn extreme(input: Object, args: &mut Arguments<'_>, is_better: fn(&Object, &Object) -> Result<bool>) -> Result<Object> {
    let case_sensitive = args.flag("case_sensitive", false)?;
    let attribute = args.optional_object("attribute")?;
    let key = key_of(attribute, case_sensitive, false, args.context())?;
    let mut best: Option<(Object, Object)> = None;
    for item in iterate(&input.usable()?)? {
        let item = item.usable()?;
        let candidate = key.of(&item)?;
        let better = match &best {
            Some((known, _)) => is_better(known, &candidate)?,
            None => true,
        };
        if better {
            best = Some((candidate, item));
        }
    }
    Ok(best.map_or_else(|| Object::undefined("No aggregated item, sequence was empty."), |(_, item)| item))
}

fn sum(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let attribute = args.optional_object("attribute")?.filter(|attribute| !attribute.is_null());
    let start = args.optional_object("start")?.unwrap_or_else(|| 0_i64.into());
    let path = attribute.map(|attribute| attribute_path(&attribute)).transpose()?;
    if start.as_str().is_some() {
        return Err("sum() can't sum strings [use ''.join(seq) instead]".into());
    }
    let mut total = start;
    for item in iterate(&input.usable()?)? {
        let item = match &path {
            Some(path) => walk(&item, path, args.context())?,
            None => item,
        };
        total = operators::arithmetic(Operator::Add, &total, &item.usable()?)?;
    }
    Ok(total)
}

/// The first of all items that are equal. Items of any type, hashable or not.
fn unique(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let case_sensitive = args.unless_null("case_sensitive")?;
    let attribute = args.optional_object("attribute")?;
    let has_options = case_sensitive.is_some() || attribute.as_ref().is_some_and(|attribute| !attribute.is_null());
    let key = key_of(attribute, case_sensitive.is_some_and(|flag| flag.is_truthy()), false, args.context())?;
    let mut known = std::collections::HashSet::new();
    let mut unhashable: Vec<Object> = Vec::new();
    let mut kept = Vec::new();
    for item in iterate(&input.usable()?)? {
        let item = item.usable()?;
        let wanted = key.of(&item)?;
        let is_new = match access_key(&wanted) {
            Ok(key) => known.insert(key),
            Err(_) if has_options => {
                return Err("Jinja2's unique filter failed and we cannot fall back to Ansible's version \
                    as it does not support the parameters supplied"
                    .into());
            }
            Err(_) => {
                let mut found = false;
                for other in &unhashable {
                    found = found || equal(other, &wanted)?;
                }
                if !found {
                    unhashable.push(wanted);
                }
                !found
            }
        };
        if is_new {
            kept.push(item);
        }
    }
    finished(kept)
}

fn groupby(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let attribute = args.required_object("attribute")?;
    args.optional_object("default")?;
    let case_sensitive = args.flag("case_sensitive", false)?;
    let path = attribute_path(&attribute)?;
    let plain = Key { paths: vec![path], ignores_case: false, context: args.context() };
    let mut keyed = Vec::new();
    for item in iterate(&input.usable()?)? {
        let grouper = plain.of(&item)?;
        let key = match grouper.as_str() {
            Some(text) if !case_sensitive => Object::text(text.to_lowercase()),
            _ => grouper.clone(),
        };
        keyed.push((key, grouper, item));
    }
    sort_objects(&mut keyed, false, |entry| &entry.0)?;
    let mut groups: Vec<(Object, Object, Vec<Object>)> = Vec::new();
    for (key, grouper, item) in keyed {
        match groups.last_mut() {
            Some((known, _, items)) if equal(known, &key)? => items.push(item),
            _ => groups.push((key, grouper, vec![item])),
        }
    }
    let groups =
        groups.into_iter().map(|(_, grouper, items)| Ok(Object::native(Group { grouper, items: finished(items)? })));
    Ok(Object::list(groups.collect::<Result<_>>()?))
}

/// A pair with names: `grouper` and `list`.
struct Group {
    grouper: Object,
    items: Object,
}

impl Group {
    fn pair(&self) -> Object {
        Object::tuple(vec![self.grouper.clone(), self.items.clone()])
    }
}

impl Native for Group {
    fn type_name(&self) -> &'static str {
        "GroupTuple"
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        match name {
            "grouper" => Some(Ok(self.grouper.clone())),
            "list" => Some(Ok(self.items.clone())),
            _ => None,
        }
    }

    fn item(self: Rc<Self>, key: &Object, _context: &Context) -> Option<Result<Object>> {
        let Object::Value(Value { data: Data::Int(place), .. }) = key else { return None };
        match place {
            0 | -2 => Some(Ok(self.grouper.clone())),
            1 | -1 => Some(Ok(self.items.clone())),
            _ => None,
        }
    }

    fn items(&self) -> Option<Result<Vec<Object>>> {
        Some(Ok(vec![self.grouper.clone(), self.items.clone()]))
    }

    fn length(&self) -> Option<usize> {
        Some(2)
    }

    fn as_object(&self) -> Option<Object> {
        Some(self.pair())
    }

    fn text(&self) -> String {
        self.pair().to_value().map_or_else(|_| "()".to_owned(), |value| python::repr(&value))
    }
}
