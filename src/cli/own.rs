//! `muster …`: the tools as subcommands, and the commands that only muster has.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::options::Tool;

/// Runs Ansible playbooks, inventories and roles as they are.
#[derive(Debug, Parser)]
#[command(name = "muster", version, disable_help_subcommand = true)]
pub struct Own {
    #[command(subcommand)]
    pub command: Command,
}

/// The words of a tool, which reads them by itself.
#[derive(Debug, clap::Args)]
pub struct Words {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub words: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run playbooks, as `ansible-playbook` does
    #[command(disable_help_flag = true)]
    Playbook(Words),
    /// Run one task on some hosts, as `ansible` does
    #[command(disable_help_flag = true)]
    Adhoc(Words),
    /// Show hosts and groups, as `ansible-inventory` does
    #[command(disable_help_flag = true)]
    Inventory(Words),
    /// Encrypt and decrypt, as `ansible-vault` does
    #[command(disable_help_flag = true)]
    Vault(Words),
    /// Show settings, as `ansible-config` does
    #[command(disable_help_flag = true)]
    Config(Words),
    /// Explain modules and plugins, as `ansible-doc` does
    #[command(disable_help_flag = true)]
    Doc(Words),
    /// Run tasks as they are typed, as `ansible-console` does
    #[command(disable_help_flag = true)]
    Console(Words),
    /// Show what muster does, on three SSH hosts inside this process
    Demo,
    /// Make links by which muster is called under Ansible's names
    Link {
        /// The folder for the links; it is made if it is not there
        folder: PathBuf,
    },
    /// Check playbooks without touching a host
    #[command(disable_help_flag = true)]
    Check(Words),
    /// List past runs, or show one
    Runs {
        #[command(subcommand)]
        command: Option<RunsCommand>,
    },
    /// Go on with a run that was cut short
    Resume {
        /// The run, as `muster runs` lists it
        id: String,
        /// More options for the run, as passwords that were not kept
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Remove what muster keeps on hosts
    #[command(disable_help_flag = true)]
    Clean(Words),
    /// Open a proxy into a host's network
    #[command(disable_help_flag = true)]
    Socks(Words),
    /// Keep connections between runs; muster starts this itself
    #[command(hide = true, disable_help_flag = true)]
    Holder(Words),
    /// Serve tasks on stdin and stdout; muster starts this itself
    #[command(hide = true, disable_help_flag = true)]
    Runner(Words),
}

#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// Show the steps of a run
    Show {
        /// The run, as `muster runs` lists it
        id: String,
    },
}

impl Command {
    /// The tool that reads the words, if it is one of Ansible's.
    pub fn tool(&self) -> Option<(Tool, &'static str, &[String])> {
        Some(match self {
            Self::Playbook(words) => (Tool::Playbook, "muster playbook", &words.words),
            Self::Adhoc(words) => (Tool::Adhoc, "muster adhoc", &words.words),
            Self::Inventory(words) => (Tool::Inventory, "muster inventory", &words.words),
            Self::Vault(words) => (Tool::Vault, "muster vault", &words.words),
            Self::Config(words) => (Tool::Config, "muster config", &words.words),
            Self::Doc(words) => (Tool::Doc, "muster doc", &words.words),
            Self::Console(words) => (Tool::Console, "muster console", &words.words),
            _ => return None,
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Playbook(_) => "playbook",
            Self::Adhoc(_) => "adhoc",
            Self::Inventory(_) => "inventory",
            Self::Vault(_) => "vault",
            Self::Config(_) => "config",
            Self::Doc(_) => "doc",
            Self::Console(_) => "console",
            Self::Demo => "demo",
            Self::Link { .. } => "link",
            Self::Check(_) => "check",
            Self::Runs { .. } => "runs",
            Self::Resume { .. } => "resume",
            Self::Clean(_) => "clean",
            Self::Socks(_) => "socks",
            Self::Holder(_) => "holder",
            Self::Runner(_) => "runner",
        }
    }
}
