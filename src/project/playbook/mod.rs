//! Playbooks as written: plays, blocks, tasks and roles, with positions, templates still inside.
//!
//! A tree of nodes is what runs; a chain of scopes, from a task up to its play, is what it inherits.

pub mod keyword;

use std::path::PathBuf;
use std::sync::Arc;

use crate::data::{Map, Value};
use crate::diagnostic::Origin;

pub use keyword::{Keyword, Keywords};

/// All plays of one command, in order, `import_playbook` resolved.
#[derive(Debug, Default)]
pub struct Playbook {
    pub plays: Vec<Arc<Play>>,
}

/// One play.
#[derive(Debug)]
pub struct Play {
    /// Keywords, `vars` and origin; the top of every scope chain of this play.
    pub scope: Arc<Scope>,
    /// The file that the play stands in; its folder is `playbook_dir`.
    pub file: PathBuf,
    pub hosts: Value,
    pub vars_prompt: Vec<Prompt>,
    pub roles: Vec<Arc<Role>>,
    pub pre_tasks: Vec<Node>,
    pub tasks: Vec<Node>,
    pub post_tasks: Vec<Node>,
    pub handlers: Vec<Node>,
}

/// A question at the start of a play.
#[derive(Clone, Debug)]
pub struct Prompt {
    pub name: String,
    pub prompt: Option<Value>,
    pub default: Option<Value>,
    pub private: bool,
    pub confirm: bool,
    pub encrypt: Option<Value>,
    pub salt: Option<Value>,
    pub salt_size: Option<Value>,
    pub is_unsafe: bool,
    pub origin: Origin,
}

/// A piece of a list of tasks.
#[derive(Clone, Debug)]
pub enum Node {
    Task(Arc<Task>),
    Block(Arc<Block>),
}

/// `block/rescue/always`. What a static import brings is a block of its own without a keyword.
#[derive(Debug)]
pub struct Block {
    pub scope: Arc<Scope>,
    pub block: Vec<Node>,
    pub rescue: Vec<Node>,
    pub always: Vec<Node>,
}

/// One task or handler.
#[derive(Debug)]
pub struct Task {
    /// The task's own keywords and vars; its parents are what it inherits from.
    pub scope: Arc<Scope>,
    pub action: Action,
    pub looping: Option<Loop>,
    /// Further names that a handler answers to.
    pub listen: Vec<String>,
}

/// What a task calls, as written.
#[derive(Clone, Debug)]
pub struct Action {
    /// The name as the user wrote it: `copy`, `ansible.builtin.copy`, `my.col.mod`.
    pub name: String,
    /// Options as a mapping; templates inside. Free-form text of command-like modules is `_raw_params`.
    pub args: Map,
    /// `args: "{{ … }}"`: options that are one template, merged under `args` when rendered.
    pub variable_args: Option<Value>,
    pub origin: Origin,
}

/// `loop:` or `with_NAME:`.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The lookup of `with_NAME`; `None` for `loop`.
    pub lookup: Option<String>,
    pub items: Value,
    pub control: LoopControl,
}

/// `loop_control:`, as written.
#[derive(Clone, Debug, Default)]
pub struct LoopControl {
    pub loop_var: Option<Value>,
    pub index_var: Option<Value>,
    pub label: Option<Value>,
    pub pause: Option<Value>,
    pub extended: Option<Value>,
    pub extended_allitems: Option<Value>,
    pub break_when: Option<Value>,
    pub origin: Origin,
}

/// One link of the chain that a task inherits from.
#[derive(Debug)]
pub struct Scope {
    pub kind: ScopeKind,
    pub name: Option<Value>,
    pub keywords: Keywords,
    pub vars: Option<Arc<Map>>,
    /// The role that the text belongs to, at this link and below.
    pub role: Option<Arc<Role>>,
    pub parent: Option<Arc<Scope>>,
    /// The folder of the file that it stands in: relative includes and files are looked for there.
    pub dir: Arc<PathBuf>,
    pub origin: Origin,
}

/// What a scope belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    Play,
    Role,
    Block,
    Task,
    Handler,
    /// A static or dynamic include whose tasks hang below it.
    Include,
}

/// A role as a play uses it; two uses with other parameters are two of these.
#[derive(Debug)]
pub struct Role {
    /// As the user wrote it (`ns.col.role` for a role of a collection).
    pub name: String,
    /// `ns.col` for a role of a collection.
    pub collection: Option<String>,
    pub path: PathBuf,
    /// Keywords given where it is listed (`tags`, `when`, `become`, …); above its tasks' blocks.
    pub scope: Arc<Scope>,
    /// Parameters given where it is listed: keys that are no keywords.
    pub params: Arc<Map>,
    pub defaults: Arc<Map>,
    pub vars: Arc<Map>,
    /// Roles of `meta/main.yml: dependencies`, in order; they run before.
    pub dependencies: Vec<Arc<Role>>,
    pub allow_duplicates: bool,
    /// The entry point of `argument_specs` to validate first, and whole spec; `None` without one.
    pub argument_spec: Option<Value>,
    pub tasks: Vec<Node>,
    pub handlers: Vec<Node>,
    /// Brought by `include_role` or `import_role`, not by `roles:`.
    pub origin: Origin,
}

impl Scope {
    /// This link and those that it inherits from, innermost first.
    pub fn chain(&self) -> impl Iterator<Item = &Scope> {
        std::iter::successors(Some(self), |scope| scope.parent.as_deref())
    }

    /// The nearest value of a keyword, and the scope that set it.
    pub fn find(&self, keyword: Keyword) -> Option<(&Value, &Scope)> {
        self.chain().find_map(|scope| scope.keywords.get(keyword).map(|value| (value, scope)))
    }

    /// A keyword's own value, not inherited.
    pub fn own(&self, keyword: Keyword) -> Option<&Value> {
        self.keywords.get(keyword)
    }

    /// All values of a keyword that adds up (`tags`, `when`, `environment`, `module_defaults`),
    /// outermost first.
    pub fn gather(&self, keyword: Keyword) -> Vec<&Value> {
        let mut values: Vec<_> = self.chain().filter_map(|scope| scope.keywords.get(keyword)).collect();
        values.reverse();
        values
    }

    /// The role that the text belongs to.
    pub fn role(&self) -> Option<&Arc<Role>> {
        self.chain().find_map(|scope| scope.role.as_ref())
    }
}
