//! How a host is reached for a task: connection, its options, and whom to become there.

use std::sync::Arc;

use crate::args::Kind;
use crate::args::coerce::coerce;
use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::project::playbook::{Keyword, Scope};
use crate::project::settings::{Setting, ValueKind};
use crate::template::{ErrorKind, Templar};
use crate::transport::{Declaration, Endpoint};
use crate::wire::BecomeAs;

use super::keywords::Keywords;
use super::shared::Shared;

/// The way to a host, as one task takes it.
#[derive(Clone, Debug)]
pub struct Way {
    pub endpoint: Endpoint,
    pub become_as: Option<BecomeAs>,
    /// Python interpreters to look for; empty where the host's is known or told.
    pub interpreters: Vec<String>,
    /// Nothing is said of a Python that was found.
    pub silent_discovery: bool,
}

/// Renders the way to `host`. The templar has the variables of the host that is reached.
pub fn way(shared: &Shared, host: &Arc<str>, scope: &Scope, templar: &Templar) -> Result<Way, Diagnostic> {
    let asked = Asked { shared, scope, templar };
    let name = asked.connection_name()?;
    let Some(plugin) = (shared.plugins.connection)(&name) else {
        return Err(Diagnostic::new(format!("the connection plugin '{name}' was not found")));
    };
    let mut options = asked.options(plugin.declaration)?;
    if options.get("host").is_some_and(|address| address.is_null()) {
        options.insert("host", Value::text(Arc::clone(host)));
    }
    if plugin.declaration.name == "local" {
        // Tasks on this machine start beside the playbook.
        options.insert("folder", templar.world().playbook_folder().to_string_lossy().into_owned());
    }
    let become_as = asked.become_as(&options)?;
    let endpoint =
        Endpoint { host: Arc::clone(host), connection: plugin.declaration.name.into(), options: Arc::new(options) };
    let (interpreters, silent_discovery) = asked.interpreters()?;
    Ok(Way { endpoint, become_as, interpreters, silent_discovery })
}

/// Everything that options are looked up in.
struct Asked<'a> {
    shared: &'a Shared,
    scope: &'a Scope,
    templar: &'a Templar,
}

impl Asked<'_> {
    fn keywords(&self) -> Keywords<'_> {
        Keywords { scope: self.scope, templar: self.templar }
    }

    fn variable(&self, name: &str) -> Result<Option<Value>, Diagnostic> {
        let Some(raw) = self.templar.scope().variable(name) else { return Ok(None) };
        match self.templar.render(&raw) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::Omitted => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn connection_name(&self) -> Result<String, Diagnostic> {
        if let Some(name) = self.variable("ansible_connection")? {
            return Ok(python::str(&name));
        }
        if let Some(name) = self.keywords().text(Keyword::Connection)? {
            return Ok(name);
        }
        Ok(self.shared.options.connection.clone())
    }

    fn options(&self, declaration: &Declaration) -> Result<Map, Diagnostic> {
        declaration.all().map(|option| Ok((option.name, self.option(option)?))).collect()
    }

    fn option(&self, option: &'static Setting) -> Result<Value, Diagnostic> {
        let Some(value) = self.written(option)?.filter(|value| !value.is_null()) else {
            return Ok(self.shared.settings.of_plugin(option)?.value);
        };
        coerce(&value, kind(option)).map_err(|reason| {
            Diagnostic::new(format!("Invalid value for the option {}: {reason}", option.name)).at(&value.origin)
        })
    }

    /// The strongest source beside the settings that says something: variables, keyword, command line.
    fn written(&self, option: &Setting) -> Result<Option<Value>, Diagnostic> {
        for name in option.host_variables.iter().rev() {
            if let Some(value) = self.variable(name)? {
                return Ok(Some(value));
            }
        }
        if let Some(keyword) = Keyword::parse(option.keyword)
            && let Some(value) = self.keywords().value(keyword)?
        {
            return Ok(Some(value));
        }
        let destination = if option.cli.is_empty() { option.name } else { option.cli };
        Ok(self.shared.command_line(destination).cloned())
    }

    /// What to look for, where the host's Python is to be discovered.
    fn interpreters(&self) -> Result<(Vec<String>, bool), Diagnostic> {
        let told = match self.variable("ansible_python_interpreter")? {
            Some(value) => python::str(&value),
            None => self.shared.settings.interpreter_python().to_owned(),
        };
        if !told.starts_with("auto") {
            return Ok((Vec::new(), true));
        }
        let silent = told.ends_with("_silent");
        let scope = self.templar.scope();
        let known = scope.variable("discovered_interpreter_python").is_some()
            || scope
                .variable("ansible_facts")
                .is_some_and(|facts| facts.get("discovered_interpreter_python").is_some());
        let names = if known { Vec::new() } else { self.shared.settings.interpreter_python_fallback() };
        Ok((names, silent))
    }

    fn become_as(&self, connection: &Map) -> Result<Option<BecomeAs>, Diagnostic> {
        let wanted = match self.variable("ansible_become")? {
            Some(value) => crate::args::coerce::boolean(&value).unwrap_or(false),
            None => self.keywords().flag(Keyword::Become)?.unwrap_or(self.shared.options.become_by_default),
        };
        if !wanted {
            return Ok(None);
        }
        let name = match self.variable("ansible_become_method")? {
            Some(value) => python::str(&value),
            None => match self.keywords().text(Keyword::BecomeMethod)? {
                Some(name) => name,
                None => self.shared.options.become_method.clone(),
            },
        };
        let Some(method) = (self.shared.plugins.become_method)(&name) else {
            return Err(Diagnostic::new(format!(
                "Invalid become method specified, could not find matching plugin: '{name}'. Use `ansible-doc -t become -l` to list available plugins."
            )));
        };
        let options = self.options(method.declaration)?;
        let become_as = (method.prepare)(&options);
        // Becoming the user one already is calls no program.
        let login = connection.get("remote_user").and_then(Value::as_str);
        let here = connection.get("remote_user").is_none().then_some(self.shared.environment.user.as_str());
        if !self.shared.settings.become_allow_same_user() && login.or(here) == Some(become_as.user.as_str()) {
            return Ok(None);
        }
        Ok(Some(become_as))
    }
}

/// The type to which a value from a variable or keyword is brought.
fn kind(option: &Setting) -> Kind {
    match option.value_kind() {
        ValueKind::Bool => Kind::Bool,
        ValueKind::Int => Kind::Int,
        ValueKind::Float => Kind::Float,
        ValueKind::List | ValueKind::SearchPath | ValueKind::PathList => Kind::List,
        ValueKind::Dict => Kind::Dict,
        ValueKind::Text | ValueKind::Raw | ValueKind::Path | ValueKind::TemporaryPath => Kind::Str,
    }
}
