//! `ansible`.

use super::options::AdhocOptions;
use super::services::{self, Wanted};
use super::{Context, not_built};
use crate::diagnostic::Diagnostic;
use crate::project::inventory::open::{Stage, select_hosts};

pub fn run(options: AdhocOptions, context: &Context) -> Result<u8, Diagnostic> {
    if options.hosts.list_hosts {
        return list_hosts(&options, context);
    }
    Err(not_built(&context.program))
}

/// `--list-hosts`
fn list_hosts(options: &AdhocOptions, context: &Context) -> Result<u8, Diagnostic> {
    let folder = options.basedir.clone().unwrap_or_else(|| context.environment.working_directory.clone());
    let wanted = Wanted {
        hosts: &options.hosts,
        vault: &options.vault,
        extra_vars: &options.extra_vars,
        playbook_folders: vec![folder],
        stage: Stage::Task,
    };
    let services = services::open(wanted, context)?;
    let inventory = &services.hosts.inventory;
    let limit = options.hosts.limit.as_deref().filter(|limit| !limit.is_empty());
    let mut warnings = Vec::new();
    let selected = select_hosts(inventory, &options.pattern, limit, &context.settings, &mut warnings);
    services::say_all(context, &warnings);
    let hosts = match selected {
        Ok(hosts) => hosts,
        Err(error) if limit.is_some() => return Err(error),
        Err(_) => {
            context.screen.warning("No hosts matched, nothing to do");
            Vec::new()
        }
    };
    let mut text = format!("  hosts ({}):\n", hosts.len());
    for host in hosts {
        text.push_str("    ");
        text.push_str(&inventory.host(host).name);
        text.push('\n');
    }
    context.screen.print(&text);
    Ok(0)
}
