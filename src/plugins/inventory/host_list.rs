//! `host_list` and `advanced_host_list`: hosts in the command line, with a comma among them.

use crate::diagnostic::Diagnostic;
use crate::project::inventory::range::{self, RangeError};
use crate::project::inventory::source::{InventorySource, SourceContext, add_host};
use crate::project::inventory::{GroupId, Inventory};

pub struct HostList;

impl InventorySource for HostList {
    fn name(&self) -> &'static str {
        "host_list"
    }

    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        is_list(source, context)
    }

    fn read(&self, source: &str, inventory: &mut Inventory, _context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        for name in names(source) {
            let (host, port) = match range::parse_address(name) {
                Some(address) if !range::has_range(address.host) => (address.host, address.port),
                _ => (name, None),
            };
            add_new(inventory, host, port)?;
        }
        Ok(())
    }
}

/// The same with ranges.
pub struct AdvancedHostList;

impl InventorySource for AdvancedHostList {
    fn name(&self) -> &'static str {
        "advanced_host_list"
    }

    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        is_list(source, context)
    }

    fn read(&self, source: &str, inventory: &mut Inventory, _context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        for name in names(source) {
            match range::expand(name) {
                Ok((hosts, port)) => {
                    for host in hosts {
                        add_new(inventory, &host, port)?;
                    }
                }
                Err(RangeError::Rule(_)) => add_new(inventory, name, None)?,
                Err(error @ RangeError::Malformed(_)) => {
                    return Err(Diagnostic::new(format!("Invalid data from string, could not parse: {error}")));
                }
            }
        }
        Ok(())
    }
}

fn is_list(source: &str, context: &SourceContext<'_>) -> bool {
    source.contains(',') && !context.path(source).exists()
}

fn names(source: &str) -> impl Iterator<Item = &str> {
    source.split(',').map(str::trim).filter(|name| !name.is_empty())
}

fn add_new(inventory: &mut Inventory, name: &str, port: Option<u64>) -> Result<(), Diagnostic> {
    if inventory.find_host(name).is_none() {
        add_host(inventory, name, Some(GroupId::UNGROUPED), port)?;
    }
    Ok(())
}
