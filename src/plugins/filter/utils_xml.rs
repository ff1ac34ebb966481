//! Filters that read and write XML.

use crate::args::Kind;
use crate::data::Value;
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::xml;
use crate::template::{Arguments, Filter, Result, TemplateError};

const COLLECTION: &str = "ansible.utils";

pub const FILTERS: &[Filter] = &[
    Filter::plain("from_xml", from_xml, "Reads data from XML.").of(COLLECTION),
    Filter::plain("to_xml", to_xml, "Writes data as XML.").of(COLLECTION),
];

/// The only way that the reference knows too.
fn check_engine(filter: &str, engine: &Value) -> Result<()> {
    match engine.as_str() {
        None | Some("xmltodict") => Ok(()),
        Some(other) => {
            Err(format!("Error when using plugin '{filter}': engine: {other} is not supported ").trim_end().into())
        }
    }
}

fn from_xml(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &[Parameter::required("data", Kind::Str), Parameter::optional("engine", Kind::Str)])?;
    check_engine("from_xml", bound(&map, "engine"))?;
    let parsed = xml::parse(bound(&map, "data").as_str().unwrap_or_default());
    parsed.ok_or_else(|| TemplateError::failure("Error when using plugin 'from_xml': Input Xml is not valid"))
}

fn to_xml(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let parameters = [
        Parameter::required("data", Kind::Dict),
        Parameter::optional("engine", Kind::Str),
        Parameter::optional("indent", Kind::Str).one_of(&["tabs", "spaces"]),
        Parameter::optional("indent_width", Kind::Int),
        Parameter::optional("full_document", Kind::Bool),
    ];
    let map = bind(input, args, &parameters)?;
    check_engine("to_xml", bound(&map, "engine"))?;
    let width = bound(&map, "indent_width").as_int().and_then(|width| usize::try_from(width).ok()).unwrap_or(4);
    let indent = match bound(&map, "indent").as_str() {
        Some("spaces") => " ".repeat(width),
        _ => "\t".to_owned(),
    };
    let is_document = bound(&map, "full_document").as_bool().unwrap_or(true);
    let written = bound(&map, "data").as_map().and_then(|map| xml::write(map, &indent, is_document));
    let written =
        written.ok_or_else(|| TemplateError::failure("Error when using plugin 'to_xml': Input json is not valid"))?;
    Ok(written.into())
}
