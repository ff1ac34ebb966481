//! The keywords of play, role, block, task and handler: one table, from which loading, inheritance
//! and "did you mean" all work.

use crate::data::Value;

/// Where a keyword may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Places(u8);

impl Places {
    const PLAY: Self = Self(1);
    const ROLE: Self = Self(2);
    const BLOCK: Self = Self(4);
    const TASK: Self = Self(8);
    const HANDLER: Self = Self(16);
    /// Play, role, block, task and handler.
    const ALL: Self = Self(31);
    /// Role, block, task and handler.
    const BELOW_PLAY: Self = Self(30);
    /// Task and handler.
    const TASKS: Self = Self(24);

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a keyword's value is, once rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Str,
    Bool,
    Int,
    Float,
    Percent,
    /// One element may stand alone.
    List,
    Dict,
    /// Conditions: one or a list of expressions.
    Conditions,
    /// Has a loader of its own (`tasks`, `roles`, `loop_control`).
    Special,
}

/// How inner scopes get at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inheritance {
    /// Belongs to its own scope alone.
    None,
    /// The nearest one counts.
    Nearest,
    /// All of the chain count.
    Gathered,
}

macro_rules! keywords {
    ($($variant:ident $name:literal $places:expr, $shape:ident, $inheritance:ident;)*) => {
        /// A keyword of the playbook language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Keyword { $($variant),* }

        impl Keyword {
            pub const ALL: &'static [Keyword] = &[$(Keyword::$variant),*];

            pub fn name(self) -> &'static str {
                match self { $(Keyword::$variant => $name),* }
            }

            pub fn parse(name: &str) -> Option<Keyword> {
                match name { $($name => Some(Keyword::$variant),)* _ => None }
            }

            pub fn shape(self) -> Shape {
                match self { $(Keyword::$variant => Shape::$shape),* }
            }

            pub fn inheritance(self) -> Inheritance {
                match self { $(Keyword::$variant => Inheritance::$inheritance),* }
            }

            fn places(self) -> Places {
                match self { $(Keyword::$variant => $places),* }
            }
        }
    };
}

keywords! {
    Action "action" Places::TASKS, Special, None;
    Always "always" Places::BLOCK, Special, None;
    AnyErrorsFatal "any_errors_fatal" Places::ALL, Bool, Nearest;
    Args "args" Places::TASKS, Special, None;
    Async "async" Places::TASKS, Int, None;
    Become "become" Places::ALL, Bool, Nearest;
    BecomeExe "become_exe" Places::ALL, Str, Nearest;
    BecomeFlags "become_flags" Places::ALL, Str, Nearest;
    BecomeMethod "become_method" Places::ALL, Str, Nearest;
    BecomeUser "become_user" Places::ALL, Str, Nearest;
    Block "block" Places::BLOCK, Special, None;
    ChangedWhen "changed_when" Places::TASKS, Conditions, None;
    CheckMode "check_mode" Places::ALL, Bool, Nearest;
    Collections "collections" Places::ALL, List, Nearest;
    Connection "connection" Places::ALL, Str, Nearest;
    Debugger "debugger" Places::ALL, Str, Nearest;
    Delay "delay" Places::TASKS, Float, None;
    DelegateFacts "delegate_facts" Places::BELOW_PLAY, Bool, Nearest;
    DelegateTo "delegate_to" Places::BELOW_PLAY, Str, Nearest;
    Diff "diff" Places::ALL, Bool, Nearest;
    Environment "environment" Places::ALL, List, Gathered;
    FactPath "fact_path" Places::PLAY, Str, None;
    FailedWhen "failed_when" Places::TASKS, Conditions, None;
    ForceHandlers "force_handlers" Places::PLAY, Bool, None;
    GatherFacts "gather_facts" Places::PLAY, Bool, None;
    GatherSubset "gather_subset" Places::PLAY, List, None;
    GatherTimeout "gather_timeout" Places::PLAY, Int, None;
    Handlers "handlers" Places::PLAY, Special, None;
    Hosts "hosts" Places::PLAY, List, None;
    IgnoreErrors "ignore_errors" Places::ALL, Bool, Nearest;
    IgnoreUnreachable "ignore_unreachable" Places::ALL, Bool, Nearest;
    Listen "listen" Places::HANDLER, Special, None;
    LocalAction "local_action" Places::TASKS, Special, None;
    Loop "loop" Places::TASKS, Special, None;
    LoopControl "loop_control" Places::TASKS, Special, None;
    MaxFailPercentage "max_fail_percentage" Places::PLAY, Percent, None;
    ModuleDefaults "module_defaults" Places::ALL, List, Gathered;
    Name "name" Places::ALL, Special, None;
    NoLog "no_log" Places::ALL, Bool, Nearest;
    Notify "notify" Places::BLOCK.and(Places::TASKS), List, Nearest;
    Order "order" Places::PLAY, Str, None;
    Poll "poll" Places::TASKS, Int, None;
    Port "port" Places::ALL, Int, Nearest;
    PostTasks "post_tasks" Places::PLAY, Special, None;
    PreTasks "pre_tasks" Places::PLAY, Special, None;
    Register "register" Places::TASKS, Str, None;
    RemoteUser "remote_user" Places::ALL, Str, Nearest;
    Rescue "rescue" Places::BLOCK, Special, None;
    Retries "retries" Places::TASKS, Int, None;
    Role "role" Places::ROLE, Special, None;
    Roles "roles" Places::PLAY, Special, None;
    RunOnce "run_once" Places::ALL, Bool, Nearest;
    Serial "serial" Places::PLAY, List, None;
    Strategy "strategy" Places::PLAY, Str, None;
    Tags "tags" Places::ALL, List, Gathered;
    Tasks "tasks" Places::PLAY, Special, None;
    Throttle "throttle" Places::ALL, Int, Nearest;
    Timeout "timeout" Places::ALL, Int, Nearest;
    Until "until" Places::TASKS, Conditions, None;
    Vars "vars" Places::ALL, Special, None;
    VarsFiles "vars_files" Places::PLAY, Special, None;
    VarsPrompt "vars_prompt" Places::PLAY, Special, None;
    When "when" Places::BELOW_PLAY, Conditions, Gathered;
}

/// What a mapping is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Play,
    Role,
    Block,
    Task,
    Handler,
}

impl Place {
    pub fn allows(self, keyword: Keyword) -> bool {
        keyword.places().holds(match self {
            Self::Play => Places::PLAY,
            Self::Role => Places::ROLE,
            Self::Block => Places::BLOCK,
            Self::Task => Places::TASK,
            Self::Handler => Places::HANDLER,
        })
    }
}

/// The keywords that one scope sets, in the order written.
#[derive(Clone, Debug, Default)]
pub struct Keywords(Vec<(Keyword, Value)>);

impl Keywords {
    pub fn get(&self, keyword: Keyword) -> Option<&Value> {
        self.0.iter().find(|(name, _)| *name == keyword).map(|(_, value)| value)
    }

    /// Sets a keyword; a later value takes the place of an earlier one.
    pub fn set(&mut self, keyword: Keyword, value: Value) {
        match self.0.iter_mut().find(|(name, _)| *name == keyword) {
            Some(entry) => entry.1 = value,
            None => self.0.push((keyword, value)),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (Keyword, &Value)> {
        self.0.iter().map(|(keyword, value)| (*keyword, value))
    }
}
