//! Compiles lists of nodes into flat steps: `block/rescue/always` becomes jumps, and every step
//! knows where a failure goes. Pure.

use std::sync::Arc;

use crate::project::playbook::{Block, Node, Role, ScopeKind, Task};

/// A compiled list: what a play runs, or what a dynamic include brought.
#[derive(Debug, Default)]
pub struct Fragment {
    pub lines: Vec<Line>,
}

/// One step, and what a failure of it means.
#[derive(Debug)]
pub struct Line {
    pub step: Step,
    /// Where the host goes on when this step fails; `None` leaves the fragment.
    pub on_failure: Option<Catch>,
    /// A `rescue` inside this fragment will run if this step fails: the failure counts as rescued.
    pub rescued: bool,
}

/// What a host does at one place. Jumps only go forward.
#[derive(Debug)]
pub enum Step {
    /// The play's facts are gathered, where they are wanted.
    Gather(Arc<Task>),
    Run(Arc<Task>),
    /// A block with `rescue` or `always` begins: a failure inside is remembered until its `End`.
    Enter,
    /// `rescue` went well.
    ClearFailure,
    /// The block is over; a failure that is still remembered goes on to the outer block.
    End,
    Jump(usize),
    /// Notified handlers run.
    Flush,
    /// All tasks of a role are behind the host.
    RoleEnd(Arc<Role>),
}

/// Where a failure is caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Catch {
    pub step: usize,
    /// How many blocks of this fragment stay open there; the innermost of them remembers the failure.
    pub depth: usize,
}

/// Numbers a fragment of a play, in the order in which they came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FragmentId(pub u32);

/// The place of a handler in its play's list; they run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandlerId(pub u32);

/// All that the hosts of one play can run. It grows by dynamic includes.
#[derive(Debug, Default)]
pub struct Plan {
    pub fragments: Vec<Fragment>,
    pub handlers: Vec<Arc<Task>>,
}

impl Plan {
    pub fn add(&mut self, fragment: Fragment) -> FragmentId {
        self.fragments.push(fragment);
        FragmentId(self.fragments.len() as u32 - 1)
    }

    pub fn line(&self, fragment: FragmentId, step: usize) -> Option<&Line> {
        self.fragments[fragment.0 as usize].lines.get(step)
    }

    pub fn handler(&self, handler: HandlerId) -> &Arc<Task> {
        &self.handlers[handler.0 as usize]
    }
}

/// Puts a fragment together. `selects` says which tasks the tags let through.
pub struct Compiler<'a> {
    selects: &'a dyn Fn(&Task) -> bool,
    lines: Vec<Line>,
}

/// What surrounds the piece that is being compiled.
#[derive(Clone, Copy, Default)]
struct Within {
    on_failure: Option<Catch>,
    depth: usize,
    rescued: bool,
}

impl<'a> Compiler<'a> {
    pub fn new(selects: &'a dyn Fn(&Task) -> bool) -> Self {
        Self { selects, lines: Vec::new() }
    }

    pub fn finish(self) -> Fragment {
        Fragment { lines: self.lines }
    }

    /// Tasks at the outermost level.
    pub fn nodes(&mut self, nodes: &[Node]) {
        self.list(nodes, Within::default());
    }

    /// A step that stands alone at the outermost level.
    pub fn step(&mut self, step: Step) {
        self.push(step, Within::default());
    }

    /// A section of a play and the flush at its end. With `force`, handlers run after a failure too.
    pub fn section(&mut self, force: bool, body: impl FnOnce(&mut Self, Section)) {
        if !force {
            body(self, Section(Within::default()));
            self.step(Step::Flush);
            return;
        }
        self.step(Step::Enter);
        let start = self.lines.len();
        let pending = Catch { step: usize::MAX, depth: 1 };
        body(self, Section(Within { on_failure: Some(pending), depth: 1, rescued: false }));
        let after = self.lines.len();
        self.patch(start, pending, after);
        self.push(Step::Flush, Within { on_failure: None, depth: 1, rescued: false });
        self.step(Step::End);
    }

    /// Tasks of a section.
    pub fn section_nodes(&mut self, section: Section, nodes: &[Node]) {
        self.list(nodes, section.0);
    }

    /// The end of a role that is listed in the section.
    pub fn section_step(&mut self, section: Section, step: Step) {
        self.push(step, section.0);
    }

    fn list(&mut self, nodes: &[Node], within: Within) {
        for node in nodes {
            match node {
                Node::Task(task) if (self.selects)(task) => self.push(Step::Run(Arc::clone(task)), within),
                Node::Task(_) => {}
                Node::Block(block) => self.block(block, within),
            }
        }
    }

    fn block(&mut self, block: &Block, within: Within) {
        let (rescue, always) = (self.selects_any(&block.rescue), self.selects_any(&block.always));
        if !rescue && !always {
            self.list(&block.block, within);
            // The block of a role's own scope is the whole role.
            if block.scope.kind == ScopeKind::Role
                && let Some(role) = &block.scope.role
            {
                self.push(Step::RoleEnd(Arc::clone(role)), within);
            }
            return;
        }
        self.push(Step::Enter, within);
        let depth = within.depth + 1;
        // Where `rescue` and `always` begin is known only after what stands before them.
        let to_rescue = Catch { step: usize::MAX, depth };
        let to_always = Catch { step: usize::MAX - 1, depth };
        let start = self.lines.len();
        let body_catch = if rescue { to_rescue } else { to_always };
        self.list(&block.block, Within { on_failure: Some(body_catch), depth, rescued: within.rescued || rescue });
        if rescue {
            let jump = self.lines.len();
            self.push(Step::Jump(0), within);
            self.patch(start, to_rescue, jump + 1);
            let inside = Within { on_failure: Some(to_always), depth, rescued: within.rescued };
            self.list(&block.rescue, inside);
            self.push(Step::ClearFailure, inside);
            self.lines[jump].step = Step::Jump(self.lines.len());
        }
        let always_at = self.lines.len();
        self.patch(start, to_always, always_at);
        self.list(&block.always, Within { depth, ..within });
        self.push(Step::End, within);
    }

    fn selects_any(&self, nodes: &[Node]) -> bool {
        nodes.iter().any(|node| match node {
            Node::Task(task) => (self.selects)(task),
            Node::Block(block) => {
                self.selects_any(&block.block) || self.selects_any(&block.rescue) || self.selects_any(&block.always)
            }
        })
    }

    fn push(&mut self, step: Step, within: Within) {
        self.lines.push(Line { step, on_failure: within.on_failure, rescued: within.rescued });
    }

    /// Gives every line from `start` on that waits for `pending` its real target.
    fn patch(&mut self, start: usize, pending: Catch, step: usize) {
        for line in &mut self.lines[start..] {
            if line.on_failure == Some(pending) {
                line.on_failure = Some(Catch { step, ..pending });
            }
        }
    }
}

/// What surrounds the tasks of one section of a play.
#[derive(Clone, Copy)]
pub struct Section(Within);
