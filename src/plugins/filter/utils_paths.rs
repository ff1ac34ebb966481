//! Filters that walk nested data: by places, by tests.

use crate::args::Kind;
use crate::data::{Data, Value};
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::nested::{self, Question};
use crate::template::{Arguments, Filter, Result};

const COLLECTION: &str = "ansible.utils";

pub const FILTERS: &[Filter] = &[
    Filter::plain("get_path", get_path, "Takes what is at a place in nested data.").of(COLLECTION),
    Filter::plain("to_paths", to_paths, "Names the place of everything in nested data.").of(COLLECTION),
    Filter::plain("index_of", index_of, "Tells where the items of a list are that pass a test.").of(COLLECTION),
];

fn get_path(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let context = args.context();
    let parameters = [
        Parameter::required("var", Kind::Raw),
        Parameter::required("path", Kind::Str),
        Parameter::optional("wantlist", Kind::Bool),
    ];
    let map = bind(input, args, &parameters)?;
    let path = bound(&map, "path").as_text().cloned().unwrap_or_default();
    let found = nested::get_path(input, &path, context)?;
    let wants_list = bound(&map, "wantlist").is_truthy() && !matches!(found.data, Data::List(_));
    Ok(if wants_list { Value::list([found]) } else { found })
}

fn to_paths(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let parameters = [
        Parameter::required("var", Kind::Raw),
        Parameter::optional("prepend", Kind::Str),
        Parameter::optional("wantlist", Kind::Bool),
    ];
    // Nothing is also something that has a place.
    let given = if input.is_null() { Value::from("") } else { input.clone() };
    let map = bind(&given, args, &parameters)?;
    let paths = nested::to_paths(input, bound(&map, "prepend").as_str().unwrap_or_default());
    Ok(if bound(&map, "wantlist").is_truthy() { Value::list([paths]) } else { paths })
}

fn index_of(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let context = args.context();
    let parameters = [
        Parameter::required("data", Kind::List),
        Parameter::required("test", Kind::Str),
        Parameter::optional("value", Kind::Raw),
        Parameter::optional("key", Kind::Str),
        Parameter::optional("fail_on_missing", Kind::Bool),
        Parameter::optional("wantlist", Kind::Bool),
    ];
    let map = bind(input, args, &parameters)?;
    let question = Question {
        test: bound(&map, "test").as_str().unwrap_or_default(),
        value: Some(bound(&map, "value").clone()).filter(|value| !value.is_null()),
        key: Some(bound(&map, "key")).filter(|key| !key.is_null()),
        must_have_key: bound(&map, "fail_on_missing").is_truthy(),
    };
    let items = bound(&map, "data").as_items().unwrap_or_default();
    let found = nested::indexes_of(items, &question, context)?;
    Ok(match found.as_slice() {
        [one] if !bound(&map, "wantlist").is_truthy() => one.clone(),
        _ => Value::list(found),
    })
}
