//! Random trees of blocks with failures agree with a plain recursive reference.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::data::Map;
use crate::diagnostic::Origin;
use crate::engine::plan::Compiler;
use crate::project::playbook::{Action, Block, Keywords, Node, Scope, ScopeKind};

/// A tree as the test draws it. Every leaf has a number and an outcome.
#[derive(Clone, Debug)]
enum Tree {
    Leaf { works: bool },
    Include { lists: Vec<Vec<Tree>> },
    Block { body: Vec<Tree>, rescue: Vec<Tree>, always: Vec<Tree> },
}

/// What ran, with whether a failure there counts as rescued, and how it ended.
type Trace = (Vec<(usize, Option<bool>)>, bool);

fn trees() -> impl Strategy<Value = Vec<Tree>> {
    let leaf = prop_oneof![3 => Just(Tree::Leaf { works: true }), 2 => Just(Tree::Leaf { works: false })];
    let tree = leaf.prop_recursive(4, 40, 4, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            4 => (list(), list(), list()).prop_map(|(body, rescue, always)| Tree::Block { body, rescue, always }),
            1 => prop::collection::vec(list(), 0..3).prop_map(|lists| Tree::Include { lists }),
        ]
    });
    prop::collection::vec(tree, 0..5)
}

/// The plain recursive reading of the language.
struct Reference {
    next: usize,
    trace: Vec<(usize, Option<bool>)>,
}

impl Reference {
    /// Numbers leaves in the order of the text, also those that do not run.
    fn list(&mut self, trees: &[Tree], runs: bool, rescued: bool) -> bool {
        let mut going = runs;
        for tree in trees {
            match tree {
                Tree::Leaf { works } => {
                    let number = self.next;
                    self.next += 1;
                    if going {
                        self.trace.push((number, (!works).then_some(rescued)));
                        going = *works;
                    }
                }
                Tree::Include { lists } => {
                    let number = self.next;
                    self.next += 1;
                    if going {
                        self.trace.push((number, None));
                    }
                    for list in lists {
                        going = self.list(list, going, rescued) && going;
                    }
                }
                Tree::Block { body, rescue, always } => {
                    let has_rescue = holds_leaf(rescue);
                    let mut fine = self.list(body, going, rescued || has_rescue);
                    let rescuing = going && !fine && has_rescue;
                    let saved = self.list(rescue, rescuing, rescued);
                    fine |= rescuing && saved;
                    let cleaned = self.list(always, going, rescued);
                    going = going && fine && cleaned;
                }
            }
        }
        going || !runs
    }
}

fn holds_leaf(trees: &[Tree]) -> bool {
    trees.iter().any(|tree| match tree {
        Tree::Leaf { .. } | Tree::Include { .. } => true,
        Tree::Block { body, rescue, always } => holds_leaf(body) || holds_leaf(rescue) || holds_leaf(always),
    })
}

fn expected(trees: &[Tree]) -> Trace {
    let mut reference = Reference { next: 0, trace: Vec::new() };
    let fine = reference.list(trees, true, false);
    (reference.trace, fine)
}

fn scope() -> Arc<Scope> {
    Arc::new(Scope {
        kind: ScopeKind::Task,
        name: None,
        keywords: Keywords::default(),
        vars: None,
        role: None,
        parent: None,
        dir: Arc::new(PathBuf::new()),
        origin: Origin::none(),
    })
}

/// Nodes whose task names are indices of `facts`: does it work, what does it include.
#[derive(Default)]
struct Builder {
    facts: Vec<(bool, Vec<Vec<Node>>)>,
}

impl Builder {
    fn nodes(&mut self, trees: &[Tree]) -> Vec<Node> {
        trees.iter().map(|tree| self.node(tree)).collect()
    }

    fn node(&mut self, tree: &Tree) -> Node {
        let number = self.facts.len();
        match tree {
            Tree::Leaf { works } => {
                self.facts.push((*works, Vec::new()));
                task(&number.to_string())
            }
            Tree::Include { lists } => {
                self.facts.push((true, Vec::new()));
                let lists = lists.iter().map(|list| self.nodes(list)).collect();
                self.facts[number].1 = lists;
                task(&number.to_string())
            }
            Tree::Block { body, rescue, always } => Node::Block(Arc::new(Block {
                scope: scope(),
                block: self.nodes(body),
                rescue: self.nodes(rescue),
                always: self.nodes(always),
            })),
        }
    }
}

fn task(name: &str) -> Node {
    Node::Task(named_task(name))
}

fn named_task(name: &str) -> Arc<Task> {
    Arc::new(Task {
        scope: scope(),
        action: Action { name: name.into(), args: Map::new(), variable_args: None, origin: Origin::none() },
        looping: None,
        listen: Vec::new(),
    })
}

fn compile(nodes: &[Node]) -> crate::engine::plan::Fragment {
    let mut compiler = Compiler::new(&|_| true);
    compiler.nodes(nodes);
    compiler.finish()
}

fn actual(trees: &[Tree]) -> Trace {
    let mut builder = Builder::default();
    let nodes = builder.nodes(trees);
    let mut plan = Plan::default();
    let mut cursor = Cursor::start(plan.add(compile(&nodes)));
    let mut trace = Vec::new();
    let mut last = cursor.position();
    loop {
        match cursor.settle(&plan) {
            Stop::Task(task) => {
                assert!(trace.is_empty() || cursor.position() > last, "a place comes after the one before");
                last = cursor.position();
                let number: usize = task.action.name.parse().expect("the test named it");
                let (works, lists) = &builder.facts[number];
                trace.push((number, (!works).then(|| cursor.is_rescued(&plan))));
                if *works {
                    let fragments = lists.iter().map(|nodes| plan.add(compile(nodes))).collect();
                    cursor.include(fragments);
                } else {
                    cursor.fail(&plan);
                }
            }
            Stop::Finished(outcome) => return (trace, outcome == Outcome::Completed),
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn blocks_agree_with_the_recursive_reading(trees in trees()) {
        prop_assert_eq!(actual(&trees), expected(&trees));
    }
}

#[test]
fn handlers_run_once_in_the_order_of_definition() {
    let mut plan = Plan { handlers: vec![named_task("a"), named_task("b"), named_task("c")], ..Plan::default() };
    let mut compiler = Compiler::new(&|_| true);
    for _ in 0..2 {
        compiler.section(false, |compiler, section| compiler.section_nodes(section, &[task("t")]));
    }
    let fragment = compiler.finish();
    let mut cursor = Cursor::start(plan.add(fragment));
    let mut ran = Vec::new();
    let mut known = BTreeSet::new();
    loop {
        match cursor.settle(&plan) {
            Stop::Task(_) if known.insert("notified") => {
                assert!(cursor.notify(HandlerId(2)) && cursor.notify(HandlerId(1)) && !cursor.notify(HandlerId(2)));
                cursor.done();
            }
            Stop::Task(_) => cursor.done(),
            Stop::Handler(id, task) => {
                ran.push(task.action.name.clone());
                cursor.handler_ran();
                // A handler before and one after: the first waits for the next flush.
                if id == HandlerId(1) {
                    cursor.notify(HandlerId(0));
                }
                cursor.done();
            }
            Stop::Finished(outcome) => break assert_eq!(outcome, Outcome::Completed),
            Stop::Gather(_) => unreachable!("nothing gathers here"),
        }
    }
    assert_eq!(ran, ["b", "c", "a"]);
}

#[test]
fn a_forced_flush_comes_after_a_failure() {
    let mut plan = Plan { handlers: vec![named_task("h")], ..Plan::default() };
    let mut compiler = Compiler::new(&|_| true);
    compiler.section(true, |compiler, section| compiler.section_nodes(section, &[task("t"), task("never")]));
    compiler.section(true, |compiler, section| compiler.section_nodes(section, &[task("never")]));
    let fragment = compiler.finish();
    let mut cursor = Cursor::start(plan.add(fragment));
    assert!(matches!(cursor.settle(&plan), Stop::Task(_)));
    cursor.notify(HandlerId(0));
    assert!(cursor.fail(&plan));
    assert!(matches!(cursor.settle(&plan), Stop::Handler(..)));
    cursor.handler_ran();
    cursor.done();
    assert!(matches!(cursor.settle(&plan), Stop::Finished(Outcome::Failed)));
}
