//! What every command is given besides its options.

use std::path::PathBuf;
use std::sync::Arc;

use super::play::MakeCarrier;
use super::screen::Screen;
use crate::data::Environment;
use crate::diagnostic::Diagnostic;
use crate::project::settings::Settings;
use crate::report::terminal::Terminal;

/// In whose manner diagnostics are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Called by one of Ansible's names: exactly Ansible's text.
    Ansible,
    /// Called as `muster …`: as rustc prints them.
    Muster,
}

/// The surroundings of a command.
pub struct Context {
    /// The name the command goes by: `ansible-playbook`, `muster playbook`.
    pub program: String,
    pub manner: Manner,
    /// The program file that runs, links not followed.
    pub executable: PathBuf,
    /// The file or link by which it was called.
    pub called: PathBuf,
    /// How hosts are reached.
    pub carrier: MakeCarrier,
    pub environment: Environment,
    pub settings: Arc<Settings>,
    pub screen: Screen,
    /// How many `-v` were given, with the setting's share.
    pub verbosity: u8,
    /// The words after the program's name.
    pub words: Vec<String>,
    /// The journal of the run that this one goes on with.
    pub resumed: Option<PathBuf>,
}

impl Context {
    /// Whoever sits at the terminal.
    pub fn operator(&self) -> Terminal {
        Terminal::new(Arc::clone(&self.screen.bottom))
    }

    /// Prints a diagnostic in the manner of the program's name.
    pub fn complain(&self, diagnostic: &Diagnostic) {
        match self.manner {
            Manner::Ansible => self.screen.error(diagnostic),
            Manner::Muster if self.screen.colored => {
                self.screen.print_error(&crate::diagnostic::snippet::render_colored(diagnostic));
            }
            Manner::Muster => self.screen.print_error(&crate::diagnostic::snippet::render(diagnostic)),
        }
    }
}
