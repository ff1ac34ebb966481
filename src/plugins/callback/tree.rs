//! `tree`: the last result of each host, one file a host, in a folder.

use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::engine::event::{Event, HostResult};
use crate::engine::result::Status;
use crate::project::settings::{Default as DefaultValue, Setting, setting};
use crate::report::callback::{Callback, CallbackPlugin, Role, Surroundings};
use crate::report::dump::{self, Layout};
use crate::report::screen::Screen;

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "tree",
    collection: "ansible.builtin",
    role: Role::Further,
    summary: "Write each host's result to a file of its own",
    options: OPTIONS,
    make: |surroundings| Ok(Box::new(Tree::new(surroundings))),
};

static OPTIONS: &[Setting] = &[setting("directory", "The folder that gets a file for each host.")
    .kind("path")
    .default(DefaultValue::Text("~/.ansible/tree"))
    .env(&["ANSIBLE_CALLBACK_TREE_DIR"])
    .ini(&[("callback_tree", "directory")])];

struct Tree {
    folder: PathBuf,
}

impl Tree {
    fn new(surroundings: &Surroundings<'_>) -> Self {
        let named = surroundings.tree.as_deref().or_else(|| surroundings.options.text("directory"));
        Self { folder: surroundings.settings.environment().absolute(named.unwrap_or("~/.ansible/tree")) }
    }

    fn write(&self, result: &HostResult, screen: &mut Screen) {
        let text = dump::dump(&result.result.output, result.result.show, Layout::default());
        let file = self.folder.join(&*result.host);
        let written = std::fs::create_dir_all(&self.folder).and_then(|()| std::fs::write(&file, text));
        if let Err(error) = written {
            screen.warning(&Diagnostic::new(format!(
                "Unable to write to {}'s file: {}: {error}",
                result.host,
                file.display()
            )));
        }
    }
}

impl Callback for Tree {
    fn on(&mut self, event: &Event, screen: &mut Screen) {
        if let Event::Result(result) = event
            && result.result.status != Status::Skipped
        {
            self.write(result, screen);
        }
    }
}
