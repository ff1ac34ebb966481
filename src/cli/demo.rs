//! `muster demo`: runs the demo playbook on three hosts of its own, and cleans up.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::options::Tool;
use super::{Context, Invocation, Manner, run_tool};
use crate::data::Environment;
use crate::diagnostic::Diagnostic;

const PLAYBOOK: &str = include_str!("../../playbooks/demo.yml");
const HOSTS: [&str; 3] = ["demo-1", "demo-2", "demo-3"];

/// The demo's folder, which goes away with the value.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is only litter in the folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn run(invocation: Invocation, context: &Context) -> Result<u8, Diagnostic> {
    let start = Instant::now();
    let scratch = prepare(&context.environment)?;
    let say = |text: &str| context.screen.line(text);
    say(&format!("Three hosts, each with a folder below {} as its root.", scratch.0.display()));
    let words = ["-i", "inventory.yml", "demo.yml"].map(str::to_owned);
    let environment = surroundings(&context.environment, &scratch.0);
    let code =
        run_tool(Tool::Playbook, "muster playbook", Manner::Muster, &words, Invocation { environment, ..invocation });
    drop(scratch);
    say(&format!("The demo took {:.2} s and left nothing behind.", start.elapsed().as_secs_f64()));
    Ok(code)
}

fn prepare(environment: &Environment) -> Result<Scratch, Diagnostic> {
    let mut dice = [0; 8];
    environment.dice.fill(&mut dice);
    let temporary = environment.filled("TMPDIR").unwrap_or("/tmp");
    let folder = Path::new(temporary).join(format!("muster-demo-{:016x}", u64::from_le_bytes(dice)));
    let scratch = Scratch(folder);
    let mut inventory = String::from("demo:\n  hosts:\n");
    make(&scratch.0)?;
    for host in HOSTS {
        let root = scratch.0.join(host);
        make(&root)?;
        inventory.push_str(&format!("    {host}: {{root: {}, ansible_connection: local}}\n", root.display()));
    }
    make(&scratch.0.join("home"))?;
    write(&scratch.0.join("inventory.yml"), &inventory)?;
    write(&scratch.0.join("demo.yml"), PLAYBOOK)?;
    Ok(scratch)
}

/// The user's surroundings, without what would change how the demo runs.
fn surroundings(environment: &Environment, folder: &Path) -> Environment {
    let own = |name: &str| !name.starts_with("ANSIBLE_") && !name.starts_with("MUSTER_");
    let variables =
        environment.variables.iter().filter(|(name, _)| own(name)).map(|(name, value)| (name.clone(), value.clone()));
    let mut variables: indexmap::IndexMap<String, String> = variables.collect();
    let home = folder.join("home");
    variables.insert("HOME".to_owned(), home.display().to_string());
    Environment { variables: Arc::new(variables), working_directory: folder.to_path_buf(), home, ..environment.clone() }
}

fn make(folder: &Path) -> Result<(), Diagnostic> {
    std::fs::create_dir(folder)
        .map_err(|error| Diagnostic::new(format!("cannot make the folder {}: {error}", folder.display())))
}

fn write(path: &Path, text: &str) -> Result<(), Diagnostic> {
    std::fs::write(path, text).map_err(|error| Diagnostic::new(format!("cannot write {}: {error}", path.display())))
}
