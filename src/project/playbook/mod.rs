//! Playbooks as written: plays, blocks, tasks and roles, with positions, templates still inside.
//!
//! A tree of nodes is what runs; a chain of scopes, from a task up to its play, is what it inherits.

pub mod keyword;
pub mod load;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

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
    pub roles: Vec<Arc<RoleBody>>,
    pub pre_tasks: Vec<Node>,
    pub tasks: Vec<Node>,
    pub post_tasks: Vec<Node>,
    /// Those of the roles (dependencies first), the play's own, those of imported roles.
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
    /// A static import whose tasks hang below it.
    Include,
    /// The same for an include during the run; its variables are stronger.
    DynamicInclude,
}

/// A role: who it is and its variables. Two uses with other parameters are two of these.
#[derive(Debug, Default)]
pub struct Role {
    /// As the user wrote it, without the collection.
    pub name: String,
    /// `ns.col` for a role of a collection.
    pub collection: Option<String>,
    pub path: PathBuf,
    /// Collections that its short names are looked for in.
    pub collections: Vec<String>,
    /// Parameters given where it is listed: keys that are no keywords.
    pub params: Arc<Map>,
    pub defaults: Arc<Map>,
    pub vars: Arc<Map>,
    pub allow_duplicates: bool,
    /// Brought by `include_role` or `import_role`, not by `roles:`.
    pub from_include: bool,
    /// Whether its variables are seen by tasks outside of it.
    pub public: bool,
    /// Other files than `main`, as `tasks_from` says: pairs of folder and name.
    pub from_files: Vec<(String, String)>,
    /// The roles of its `meta/main.yml: dependencies`; set once they are loaded.
    pub dependencies: OnceLock<Vec<Arc<Role>>>,
    pub origin: Origin,
}

/// A role with what it runs.
#[derive(Debug)]
pub struct RoleBody {
    pub role: Arc<Role>,
    /// Keywords given where it is listed (`tags`, `when`, `become`, …); above its tasks' blocks.
    pub scope: Arc<Scope>,
    /// They run before it.
    pub dependencies: Vec<Arc<RoleBody>>,
    /// With the task that validates its argument specification in front, where it has one.
    pub tasks: Vec<Node>,
    pub handlers: Vec<Node>,
}

impl Role {
    /// `ns.col.role`, or the plain name.
    pub fn full_name(&self) -> String {
        match &self.collection {
            Some(collection) => format!("{collection}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// All roles that it depends on, the deepest first.
    pub fn all_dependencies(&self) -> Vec<Arc<Role>> {
        let mut all = Vec::new();
        for dependency in self.dependencies.get().into_iter().flatten() {
            all.extend(dependency.all_dependencies());
            all.push(dependency.clone());
        }
        all
    }
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
