//! Lookups on nested data, as the filters of the same names.

use crate::args::Kind;
use crate::data::Value;
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::nested::{self, Question};
use crate::template::{Arguments, Lookup, Result};

const COLLECTION: &str = "ansible.utils";

pub const LOOKUPS: &[Lookup] = &[
    Lookup::plain("get_path", get_path, "Takes what is at a place in nested data.").of(COLLECTION),
    Lookup::plain("to_paths", to_paths, "Names the place of everything in nested data.").of(COLLECTION),
    Lookup::plain("index_of", index_of, "Tells where the items of a list are that pass a test.").of(COLLECTION),
];

/// The terms stand for the parameters in order, the rest is given by name.
fn bind_terms(terms: &[Value], args: &mut Arguments<'_>, parameters: &[Parameter]) -> Result<crate::data::Map> {
    let mut keywords = args.keywords()?;
    let named = parameters.first().and_then(|first| keywords.remove(first.name));
    let mut terms = terms.iter().cloned();
    let input = terms.next().or(named).unwrap_or_default();
    let positional = terms.map(Into::into).collect::<Vec<_>>();
    let keywords = keywords
        .into_iter()
        .filter_map(|(name, value)| name.as_text().map(|name| (name.shared().clone(), value.into())));
    let mut rest = Arguments::new(args.context(), args.function(), positional, keywords.collect());
    bind(&input, &mut rest, parameters)
}

fn get_path(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let parameters = [
        Parameter::required("var", Kind::Raw),
        Parameter::required("path", Kind::Str),
        Parameter::optional("wantlist", Kind::Bool),
    ];
    let map = bind_terms(terms, args, &parameters)?;
    let path = bound(&map, "path").as_text().cloned().unwrap_or_default();
    Ok(vec![nested::get_path(bound(&map, "var"), &path, args.context())?])
}

fn to_paths(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let parameters = [
        Parameter::required("var", Kind::Raw),
        Parameter::optional("prepend", Kind::Str),
        Parameter::optional("wantlist", Kind::Bool),
    ];
    let map = bind_terms(terms, args, &parameters)?;
    Ok(vec![nested::to_paths(bound(&map, "var"), bound(&map, "prepend").as_str().unwrap_or_default())])
}

fn index_of(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let parameters = [
        Parameter::required("data", Kind::List),
        Parameter::required("test", Kind::Str),
        Parameter::optional("value", Kind::Raw),
        Parameter::optional("key", Kind::Str),
        Parameter::optional("fail_on_missing", Kind::Bool),
        Parameter::optional("wantlist", Kind::Bool),
    ];
    let map = bind_terms(terms, args, &parameters)?;
    let question = Question {
        test: bound(&map, "test").as_str().unwrap_or_default(),
        value: Some(bound(&map, "value").clone()).filter(|value| !value.is_null()),
        key: Some(bound(&map, "key")).filter(|key| !key.is_null()),
        must_have_key: bound(&map, "fail_on_missing").is_truthy(),
    };
    nested::indexes_of(bound(&map, "data").as_items().unwrap_or_default(), &question, args.context())
}
