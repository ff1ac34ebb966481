//! `script`: programs that print groups and hosts as JSON when called with `--list`.

use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::data::{Data, Map, Trust, Value, json, yaml};
use crate::diagnostic::{Diagnostic, Kind, Origin, Warning};
use crate::project::inventory::source::{InventorySource, SourceContext, add_host};
use crate::project::inventory::{GroupId, Inventory};
use crate::project::reader::errno_text;

pub struct Script;

impl InventorySource for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    /// Executable, or with an interpreter line.
    fn accepts(&self, source: &str, context: &SourceContext<'_>) -> bool {
        use std::io::Read;
        use std::os::unix::fs::PermissionsExt;
        let path = context.path(source);
        let Ok(metadata) = path.metadata() else { return false };
        if metadata.is_dir() {
            return false;
        }
        if metadata.permissions().mode() & 0o111 != 0 {
            return true;
        }
        let mut start = [0; 2];
        std::fs::File::open(&path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok() && start == *b"#!")
    }

    fn read(&self, source: &str, inventory: &mut Inventory, context: &SourceContext<'_>) -> Result<(), Diagnostic> {
        let origin = Origin::described(format!("<inventory script output from '{source}'>"));
        let call = Call { source, context, origin };
        let answer = call.run(&["--list"])?;
        call.add_answer(&answer, inventory).map_err(|error| answer.explain(error))
    }
}

struct Call<'a> {
    source: &'a str,
    context: &'a SourceContext<'a>,
    origin: Origin,
}

/// What a script said.
struct Answer {
    output: Vec<u8>,
    noise: String,
}

impl Answer {
    /// What the script said on stderr often tells why its output is wrong.
    fn explain(&self, error: Diagnostic) -> Diagnostic {
        if self.noise.trim().is_empty() {
            return error;
        }
        error.hint(format!("Standard error from inventory script:\n{}", self.noise.trim_end()))
    }
}

impl Call<'_> {
    /// Runs it where the user is, with the user's environment. It shares the terminal, so that
    /// Ctrl-C reaches it.
    fn run(&self, arguments: &[&str]) -> Result<Answer, Diagnostic> {
        let environment = self.context.environment;
        let path = self.context.path(self.source);
        let line = [&[path.to_string_lossy().as_ref()], arguments].concat().join(" ");
        let failed =
            |reason: String| Diagnostic::new(format!("Failed to execute inventory script command '{line}': {reason}"));
        if !is_program(&path) {
            return Err(failed(format!("[Errno 8] Exec format error: '{}'", path.display())));
        }
        let mut command = tokio::process::Command::new(&path);
        command
            .args(arguments)
            .env_clear()
            .envs(environment.variables.iter())
            .current_dir(&environment.working_directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A thread of its own, as the inventory may be read anew in the middle of a run.
        let ended = std::thread::scope(|scope| scope.spawn(|| self.wait(command)).join());
        let output = match ended {
            Ok(Ok(Some(output))) => output,
            Ok(Ok(None)) => {
                let message = format!("User interrupted execution while the inventory script {} ran", path.display());
                return Err(Diagnostic::new(message).kind(Kind::Interrupted));
            }
            Ok(Err(error)) => return Err(failed(errno_text(&error, &path.to_string_lossy()))),
            Err(_) => return Err(failed("the thread that waits for it broke".to_owned())),
        };
        let answer = Answer { output: output.stdout, noise: String::from_utf8_lossy(&output.stderr).into_owned() };
        if self.context.options.show_script_stderr && !answer.noise.is_empty() {
            self.context.reader.warn(Diagnostic::new(answer.noise.trim_end().to_owned()));
        }
        if output.status.success() {
            return Ok(answer);
        }
        let code = output.status.code().unwrap_or_else(|| {
            use std::os::unix::process::ExitStatusExt;
            -output.status.signal().unwrap_or(0)
        });
        Err(answer.explain(Diagnostic::new(format!("Inventory script returned non-zero exit code {code}."))))
    }

    /// Waits for a script and says so if it takes long; `None` if the wait was interrupted.
    fn wait(&self, mut command: tokio::process::Command) -> std::io::Result<Option<Output>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let begin = Instant::now();
        let output = runtime.block_on(async {
            let child = command.spawn()?;
            let mut output = std::pin::pin!(child.wait_with_output());
            let mut ticks = tokio::time::interval(Duration::from_secs(1));
            ticks.tick().await;
            loop {
                tokio::select! {
                    output = &mut output => return output.map(Some),
                    _ = tokio::signal::ctrl_c() => return Ok(None),
                    _ = ticks.tick() => (self.context.waiting)(Some(format!(
                        "waiting for the inventory script {} ({} s)", self.source, begin.elapsed().as_secs()
                    ))),
                }
            }
        });
        (self.context.waiting)(None);
        output
    }

    fn add_answer(&self, answer: &Answer, inventory: &mut Inventory) -> Result<(), Diagnostic> {
        let wrong = |error: Diagnostic| {
            let message = "Unable to get JSON decoder for inventory script result".to_owned();
            Diagnostic { message: format!("{message}: {}", error.message), ..error }
        };
        let document = self.parse(&answer.output).map_err(wrong)?;
        let groups = map(&document, None).map_err(wrong)?;
        let meta = match groups.get("_meta") {
            Some(meta) => Some(map(meta, Some("_meta"))?),
            None => None,
        };
        if let Some(profile) = meta.and_then(|meta| meta.get("profile")).and_then(|profile| profile.as_str())
            && profile != "inventory_legacy"
        {
            return Err(wrong(Diagnostic::new(format!("Non-inventory profile '{profile}' is not allowed."))));
        }
        let nothing = Value::NULL;
        let host_variables = match meta {
            Some(meta) => Some(map(meta.get("hostvars").unwrap_or(&nothing), Some("_meta.hostvars"))?),
            None => {
                self.warn_deprecated(inventory, "Inventory scripts should always provide 'meta.hostvars'. Host variables will be collected by running the inventory script with the '--host' option for each host.");
                None
            }
        };
        for (name, content) in groups {
            if name.as_str() != Some("_meta") {
                self.add_group(inventory, name, content)?;
            }
        }
        self.add_host_variables(inventory, groups, host_variables)
    }

    /// JSON; texts in it are the user's own, but those marked as unsafe.
    fn parse(&self, bytes: &[u8]) -> Result<Value, Diagnostic> {
        let text = String::from_utf8_lossy(bytes);
        json::parse(&text, &self.origin)
            .map_err(|error| Diagnostic::new(format!("Value could not be parsed as JSON: {error}")))?;
        yaml::load(&text, &self.origin, Trust::Template, &mut Vec::new())
    }

    fn add_group(&self, inventory: &mut Inventory, name: &Value, content: &Value) -> Result<(), Diagnostic> {
        let name = name.as_str().unwrap_or_default();
        if name.is_empty() {
            return Err(Diagnostic::new("Invalid empty/false group name provided: "));
        }
        let group = inventory.add_group(name);
        let name = &*inventory.group(group).name.clone();
        let known = ["hosts", "vars", "children"];
        let Some(sections) = content.as_map() else {
            let class = python_class(content);
            self.warn_deprecated(inventory, &format!("Group '{name}' was converted to 'dict' from '{class}'."));
            return self.add_members(inventory, group, name, content);
        };
        if !known.iter().any(|key| sections.contains_key(key)) {
            self.warn_deprecated(
                inventory,
                &format!("Treating malformed group '{name}' as the sole host of that group."),
            );
            add_host(inventory, name, Some(group), None)?;
            for (key, value) in sections {
                inventory.set_group_variable(group, key.clone(), value.untrusted())?;
            }
            return Ok(());
        }
        if let Some(hosts) = sections.get("hosts") {
            self.add_members(inventory, group, name, hosts)?;
        }
        if let Some(variables) = sections.get("vars") {
            for (key, value) in map(variables, Some(&format!("{name}.vars")))? {
                inventory.set_group_variable(group, key.clone(), value.clone())?;
            }
        }
        for child in children(sections.get("children")) {
            let child = inventory.add_group(&child);
            inventory.add_child_group(group, child)?;
        }
        Ok(())
    }

    fn add_members(
        &self,
        inventory: &mut Inventory,
        group: GroupId,
        name: &str,
        hosts: &Value,
    ) -> Result<(), Diagnostic> {
        let Data::List(hosts) = &hosts.data else {
            let class = python_class(hosts);
            return Err(Diagnostic::new(format!(
                "Value contains '{name}.hosts' which is '{class}' instead of 'list'."
            )));
        };
        for host in hosts.iter() {
            let Some(host) = host.as_str() else {
                let shown = crate::data::python::str(host);
                let class = python_class(host);
                return Err(Diagnostic::new(format!(
                    "Invalid host name supplied, expected a string but got <class '{class}'> for {shown}"
                )));
            };
            add_host(inventory, host, Some(group), None)?;
        }
        Ok(())
    }

    /// From `_meta`, or by asking the script about each host that it named.
    fn add_host_variables(&self, inventory: &mut Inventory, groups: &Map, all: Option<&Map>) -> Result<(), Diagnostic> {
        if let Some(all) = all {
            for (name, variables) in all {
                let Some(host) = name.as_str().and_then(|name| inventory.find_host(name)) else { continue };
                for (key, value) in variables_of(variables)? {
                    inventory.set_host_variable(host, key.clone(), value.clone());
                }
            }
            return Ok(());
        }
        let mut asked: Vec<Arc<str>> = Vec::new();
        for (name, _) in groups {
            let Some(group) = name.as_str().and_then(|name| inventory.find_group(name)) else { continue };
            let members = inventory.group(group).hosts.clone();
            asked.extend(members.iter().map(|host| inventory.host(*host).name.clone()));
        }
        let mut seen = std::collections::HashSet::new();
        for name in asked.into_iter().filter(|name| seen.insert(name.clone())) {
            let answer = self.run(&["--host", &name])?;
            if answer.output.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let variables = self.parse(&answer.output).map_err(|error| {
                answer.explain(Diagnostic::new(format!(
                    "Inventory script result for host '{name}' could not be parsed as JSON: {error}"
                )))
            })?;
            if let Some(host) = inventory.find_host(&name) {
                for (key, value) in map(&variables, None)? {
                    inventory.set_host_variable(host, key.clone(), value.clone());
                }
            }
        }
        Ok(())
    }

    fn warn_deprecated(&self, inventory: &mut Inventory, message: &str) {
        inventory.add_warning(Warning::deprecated(Diagnostic::new(message).at(&self.origin), "2.23"));
    }
}

/// Whether the kernel could run it: without this check the C library would try a shell.
fn is_program(path: &std::path::Path) -> bool {
    use std::io::Read;
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(4).read_to_end(&mut start));
    read.is_err() || start.starts_with(b"#!") || start == b"\x7fELF"
}

/// The mapping that must stand at a place of the answer.
fn map<'v>(value: &'v Value, place: Option<&str>) -> Result<&'v Map, Diagnostic> {
    value.as_map().ok_or_else(|| {
        let class = python_class(value);
        Diagnostic::new(match place {
            Some(place) => format!("Value contains '{place}' which is '{class}' instead of 'dict'."),
            None => format!("Value is '{class}' instead of 'dict'."),
        })
    })
}

fn variables_of(value: &Value) -> Result<&Map, Diagnostic> {
    value
        .as_map()
        .ok_or_else(|| Diagnostic::new(format!("expected dictionary and got: {}", crate::data::python::repr(value))))
}

/// A list of names; a text is taken letter by letter, as Python iterates over it.
fn children(value: Option<&Value>) -> Vec<String> {
    match value.map(|value| &value.data) {
        Some(Data::List(names)) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        Some(Data::Text(text)) => text.chars().map(String::from).collect(),
        Some(Data::Map(map)) => map.keys().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

fn python_class(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "NoneType",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Big(_) => "int",
        Data::Float(_) => "float",
        Data::List(_) => "list",
        Data::Map(_) => "dict",
        _ => "str",
    }
}
