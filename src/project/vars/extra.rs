//! Extra variables from the command line: `key=value`, YAML, JSON, `@file`.

use super::merge::{self, HashBehaviour};
use crate::args::key_value::parse_kv;
use crate::data::{Data, Environment, Map, Text, Trust};
use crate::diagnostic::{Diagnostic, Kind, Origin};
use crate::project::reader::Reader;

/// All `-e` of a command line, in order; the last wins whatever its form.
pub fn extra_variables(
    words: &[String],
    reader: &Reader,
    environment: &Environment,
    behaviour: HashBehaviour,
) -> Result<Map, Diagnostic> {
    let origin = Origin::described("<CLI option '-e'>");
    let mut variables = Map::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        let value = if let Some(path) = word.strip_prefix('@') {
            reader.document(&environment.absolute(path), Trust::Template)?
        } else if word.starts_with(['/', '.']) {
            let message = format!("Please prepend extra_vars filename '{word}' with '@'");
            return Err(Diagnostic::new(message).kind(Kind::Options));
        } else if word.starts_with(['[', '{']) {
            reader.text_document(word, &origin, Trust::Template).map_err(|error| error.kind(Kind::Parse))?
        } else {
            parse_kv(&Text::trusted(word.as_str()), &origin, false).map_err(|error| error.kind(Kind::Parse))?.into()
        };
        let Data::Map(map) = &value.data else {
            let message = format!("Invalid extra vars data supplied. '{word}' could not be made into a dictionary");
            return Err(Diagnostic::new(message).kind(Kind::Options));
        };
        merge::add(&mut variables, map, behaviour);
    }
    Ok(variables)
}
