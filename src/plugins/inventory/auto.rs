//! `auto`: YAML files that name their reader with `plugin:`.

use crate::data::Trust;
use crate::diagnostic::Diagnostic;
use crate::project::inventory::Inventory;
use crate::project::inventory::source::{InventorySource, SourceContext, find_reader};

pub struct Auto;

impl InventorySource for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        (source.ends_with(".yml") || source.ends_with(".yaml")) && context.is_readable(source)
    }

    fn read(&self, source: &str, inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        let document = context.reader.document(&context.path(source), Trust::Template)?;
        let Some(name) = document.as_map().and_then(|map| map.get("plugin")).and_then(|name| name.as_str()) else {
            return Err(Diagnostic::new(format!(
                "no root 'plugin' key found, '{source}' is not a valid YAML inventory plugin config file"
            )));
        };
        let Some(reader) = find_reader(context.registry, name) else {
            return Err(unknown(source, name));
        };
        if !reader.accepts(source, context) {
            return Err(Diagnostic::new(format!(
                "inventory source '{source}' could not be verified by inventory plugin '{name}'"
            )));
        }
        inventory.set_trusting(reader.trusts_texts());
        reader.read(source, inventory, context)
    }
}

/// Plugins of collections are Python programs that ask a service; muster has none of them.
fn unknown(source: &str, name: &str) -> Diagnostic {
    let error = Diagnostic::new(format!("inventory config '{source}' specifies unknown plugin '{name}'"));
    if name.contains('.') {
        return error.hint(format!(
            "`{name}` is a plugin written in Python, which muster does not run; an executable script that prints the hosts as JSON can stand in for it"
        ));
    }
    error
}
