//! `hostvars` and `vars`: variables by name, each rendered when it is looked at.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::{Context, Native, Object, Result};
use crate::data::{Data, Map, Value};

/// The variables of every host, by the host's name.
pub struct HostVars {
    context: Context,
    known: RefCell<HashMap<Arc<str>, Object>>,
}

impl HostVars {
    pub fn new(context: Context) -> Self {
        Self { context, known: RefCell::default() }
    }

    fn host(&self, name: &str) -> Option<Object> {
        if let Some(known) = self.known.borrow().get(name) {
            return Some(known.clone());
        }
        let scope = self.context.world().host_scope(name)?;
        let object = Object::native(HostVariables { context: self.context.with_scope(scope) });
        self.known.borrow_mut().insert(name.into(), object.clone());
        Some(object)
    }
}

impl Native for HostVars {
    fn type_name(&self) -> &'static str {
        "HostVars"
    }

    fn is_mapping(&self) -> bool {
        true
    }

    fn item(self: Rc<Self>, key: &Object, _context: &Context) -> Option<Result<Object>> {
        self.host(key.as_str()?).map(Ok)
    }

    fn items(&self) -> Option<Result<Vec<Object>>> {
        Some(Ok(self.context.world().hosts().iter().cloned().map(Object::text).collect()))
    }

    fn length(&self) -> Option<usize> {
        Some(self.context.world().hosts().len())
    }

    fn as_object(&self) -> Option<Object> {
        let hosts = self.context.world().hosts();
        let pairs = hosts.iter().filter_map(|name| {
            let variables = self.host(name)?;
            Some((Value::text(name.clone()), variables))
        });
        Some(Object::dict(pairs.collect::<Vec<_>>()))
    }
}

/// The variables of one host.
struct HostVariables {
    context: Context,
}

impl Native for HostVariables {
    fn type_name(&self) -> &'static str {
        "HostVarsVars"
    }

    fn is_mapping(&self) -> bool {
        true
    }

    fn item(self: Rc<Self>, key: &Object, _context: &Context) -> Option<Result<Object>> {
        self.context.variable(key.as_str()?).map(Ok)
    }

    fn items(&self) -> Option<Result<Vec<Object>>> {
        Some(Ok(self.context.scope().names().into_iter().map(Object::text).collect()))
    }

    fn length(&self) -> Option<usize> {
        Some(self.context.scope().names().len())
    }

    fn as_object(&self) -> Option<Object> {
        Some(all_variables(&self.context))
    }

    fn text(&self) -> String {
        super::text::text_of(&all_variables(&self.context)).unwrap_or_default()
    }
}

/// Every variable in one lazy mapping: what `vars` gives.
pub fn all_variables(context: &Context) -> Object {
    let scope = context.scope();
    let pairs = scope.names().into_iter().filter_map(|name| Some((Value::text(name.clone()), scope.variable(&name)?)));
    let map: Map = pairs.collect();
    Object::lazily(&Data::Map(Arc::new(map)).into(), context)
}
