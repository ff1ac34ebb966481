//! `muster link`: links by which muster is called under Ansible's names.

use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::Context;
use super::options::Tool;
use crate::diagnostic::Diagnostic;

pub fn run(folder: &Path, context: &Context) -> Result<u8, Diagnostic> {
    let folder = context.environment.working_directory.join(folder);
    std::fs::create_dir_all(&folder)
        .map_err(|error| Diagnostic::new(format!("cannot make the folder {}: {error}", folder.display())))?;
    for tool in Tool::ALL {
        let link = folder.join(tool.program());
        match std::fs::read_link(&link) {
            Ok(target) if target == context.executable => continue,
            Ok(_) => std::fs::remove_file(&link).map_err(|error| failed(&link, &error.to_string()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(_) => return Err(failed(&link, "something that is no link stands there")),
        }
        symlink(&context.executable, &link).map_err(|error| failed(&link, &error.to_string()))?;
    }
    let folder = folder.display();
    context.screen.line(&format!("{} links in {folder}", Tool::ALL.len()));
    context.screen.line(&format!("In a shell: PATH={folder}:$PATH"));
    Ok(0)
}

fn failed(link: &Path, reason: &str) -> Diagnostic {
    Diagnostic::new(format!("cannot make the link {}: {reason}", link.display()))
}
