//! The small world of templates outside of plays: inventory sources, `vars_files` names, prompts.

use std::path::PathBuf;
use std::sync::Arc;

use super::reader::{Reader, reference_class};
use super::settings::Settings;
use crate::data::{Environment, Text, Trust, Value, Vaulted};
use crate::diagnostic::{Diagnostic, Origin, Warning};
use crate::template::{Engine, Result as TemplateResult, Scope, Templar, TemplateError, World};

/// Files, settings and secrets, but no hosts.
pub struct SmallWorld {
    pub settings: Arc<Settings>,
    pub reader: Arc<Reader>,
    /// The folder of the playbook, or the one that stands in for it.
    pub folder: PathBuf,
}

impl World for SmallWorld {
    fn environment(&self) -> &Environment {
        self.settings.environment()
    }

    fn find_file(&self, folder: &str, name: &str) -> Option<PathBuf> {
        let environment = self.settings.environment();
        let candidates = [self.folder.join(folder).join(name), environment.full_path(name, &self.folder)];
        candidates.into_iter().find(|path| path.exists())
    }

    fn search_folders(&self) -> Vec<PathBuf> {
        vec![self.folder.clone()]
    }

    fn playbook_folder(&self) -> PathBuf {
        self.folder.clone()
    }

    fn setting(&self, name: &str) -> Option<Value> {
        self.settings.get(name).map(|resolved| resolved.value.clone())
    }

    fn has_hosts(&self) -> bool {
        false
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn host_scope(&self, _host: &str) -> Option<Arc<dyn Scope>> {
        None
    }

    fn matching_hosts(&self, _pattern: &str) -> TemplateResult<Vec<Arc<str>>> {
        Err(TemplateError::failure("hosts cannot be matched before the inventory is complete"))
    }

    fn decrypt(&self, vaulted: &Vaulted) -> TemplateResult<Text> {
        decrypt(&self.reader, vaulted)
    }

    fn read_file(&self, path: &std::path::Path) -> TemplateResult<Vec<u8>> {
        self.reader.bytes(path).map_err(|error| TemplateError::failure(error.joined()))
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.settings.environment().dice.fill(bytes);
    }

    fn warn(&self, message: &str, origin: &Origin) {
        self.reader.warn(Diagnostic::new(message).at(origin));
    }

    fn warn_fully(&self, warning: Diagnostic) {
        self.reader.warn(warning);
    }

    fn deprecated(&self, message: &str, version: &str, origin: &Origin) {
        self.reader.warn_all([Warning::deprecated(Diagnostic::new(message).at(origin), version)]);
    }
}

/// Whether every closing brace outside of quotes has its opening one, so that braces around the
/// text make one expression of all of it.
fn is_closed(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => drop(characters.next()),
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    true
}

/// The text inside of an envelope, which remembers the envelope.
pub fn decrypt(reader: &Reader, vaulted: &Vaulted) -> TemplateResult<Text> {
    use crate::template::ErrorKind;
    let failed = |message: String| {
        TemplateError::new(ErrorKind::Vault, message).under(ErrorKind::Failure, "Attempt to use undecryptable variable")
    };
    let bytes = reader.vault.decrypt(vaulted).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("The decrypted value is no UTF-8 text.".to_owned()))?;
    Ok(Text::decrypted(text, Trust::Plain, Arc::new(vaulted.clone())))
}

/// Renders with given variables where there is no play.
#[derive(Clone)]
pub struct Renderer {
    engine: Arc<Engine>,
    world: Arc<dyn World>,
}

impl Renderer {
    pub fn new(engine: Arc<Engine>, world: Arc<dyn World>) -> Self {
        Self { engine, world }
    }

    /// A value with all templates in it rendered.
    pub fn render(&self, value: &Value, scope: Arc<dyn Scope>) -> Result<Value, Diagnostic> {
        self.templar(scope).render(value).map_err(Diagnostic::from)
    }

    /// The value of an expression without braces. Only texts are expressions.
    pub fn expression(&self, expression: &Value, scope: Arc<dyn Scope>) -> Result<Value, Diagnostic> {
        let Some(text) = expression.as_text() else {
            let class = reference_class(expression);
            return Err(
                Diagnostic::new(format!("Expected a text with an expression, got {class}.")).at(&expression.origin)
            );
        };
        if !is_closed(text) {
            return Err(Diagnostic::new("Syntax error in expression: unexpected '}'").at(&expression.origin));
        }
        let template = Value::template(format!("{{{{{text}}}}}"), expression.origin.clone());
        self.render(&template, scope)
    }

    /// Whether a condition holds.
    pub fn condition(&self, condition: &Value, scope: Arc<dyn Scope>) -> Result<bool, Diagnostic> {
        self.templar(scope).condition(condition).map_err(Diagnostic::from)
    }

    fn templar(&self, scope: Arc<dyn Scope>) -> Templar {
        Templar::new(self.engine.clone(), self.world.clone(), scope)
    }
}
