//! What was typed after each `ansible*` tool's name, with the settings as defaults: one struct a
//! tool, made of shared groups.

mod adhoc;
mod config;
mod console;
mod doc;
mod inventory;
mod playbook;
mod shared;
mod vault;

pub use adhoc::AdhocOptions;
pub use config::{ConfigAction, ConfigOptions};
pub use console::ConsoleOptions;
pub use doc::DocOptions;
pub use inventory::{InventoryAction, InventoryOptions};
pub use playbook::PlaybookOptions;
pub use shared::{BecomeOptions, CheckOptions, ConnectionOptions, HostOptions, OldBecome, VaultPasswordOptions};
pub use vault::{VaultAction, VaultOptions};

use super::argparse::{Declaration, Parsed};
use crate::project::settings::Settings;

/// The tools, as they are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Adhoc,
    Playbook,
    Inventory,
    Vault,
    Config,
    Doc,
    Console,
}

impl Tool {
    pub const ALL: [Tool; 7] =
        [Self::Adhoc, Self::Playbook, Self::Inventory, Self::Vault, Self::Config, Self::Doc, Self::Console];

    /// The name that Ansible gives it.
    pub fn program(self) -> &'static str {
        match self {
            Self::Adhoc => "ansible",
            Self::Playbook => "ansible-playbook",
            Self::Inventory => "ansible-inventory",
            Self::Vault => "ansible-vault",
            Self::Config => "ansible-config",
            Self::Doc => "ansible-doc",
            Self::Console => "ansible-console",
        }
    }

    pub fn by_program(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.program() == name)
    }

    /// The flags that it knows.
    pub fn declaration(self) -> Declaration {
        match self {
            Self::Adhoc => adhoc::declaration(),
            Self::Playbook => playbook::declaration(),
            Self::Inventory => inventory::declaration(),
            Self::Vault => vault::declaration(),
            Self::Config => config::declaration(),
            Self::Doc => doc::declaration(),
            Self::Console => console::declaration(),
        }
    }
}

/// The options of whichever tool was called.
#[derive(Debug)]
pub enum Options {
    Adhoc(AdhocOptions),
    Playbook(PlaybookOptions),
    Inventory(InventoryOptions),
    Vault(VaultOptions),
    Config(ConfigOptions),
    Doc(DocOptions),
    Console(ConsoleOptions),
}

impl Options {
    pub fn read(tool: Tool, parsed: &Parsed, settings: &Settings) -> Self {
        match tool {
            Tool::Adhoc => Self::Adhoc(AdhocOptions::read(parsed, settings)),
            Tool::Playbook => Self::Playbook(PlaybookOptions::read(parsed, settings)),
            Tool::Inventory => Self::Inventory(InventoryOptions::read(parsed, settings)),
            Tool::Vault => Self::Vault(VaultOptions::read(parsed, settings)),
            Tool::Config => Self::Config(ConfigOptions::read(parsed)),
            Tool::Doc => Self::Doc(DocOptions::read(parsed, settings)),
            Tool::Console => Self::Console(ConsoleOptions::read(parsed, settings)),
        }
    }

    /// `-v`s of the tool, and of its action if it has some.
    pub fn verbosity(parsed: &Parsed, settings: &Settings) -> u8 {
        let counted =
            parsed.action().map_or_else(|| parsed.count("verbosity"), |(_, action)| action.count("verbosity"));
        counted.saturating_add(u8::try_from(settings.verbosity()).unwrap_or(0))
    }
}
