//! `fold`: hosts with equal results are shown as one, the largest group first, the rest as what differs.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::engine::event::{Event, HostResult};
use crate::engine::result::Status;
use crate::report::brief::{self, folded_names};
use crate::report::callback::{Callback, CallbackPlugin, Role};
use crate::report::dump::Layout;
use crate::report::screen::{Screen, Stream, Tone};

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "fold",
    collection: "muster.builtin",
    role: Role::Stdout,
    summary: "Print equal results of many hosts once",
    options: &[],
    make: |_| Ok(Box::new(Fold::default())),
};

/// Hosts that said the same.
struct Group {
    text: String,
    tone: Tone,
    hosts: Vec<Arc<str>>,
    error: Option<Diagnostic>,
}

#[derive(Default)]
struct Fold {
    groups: Vec<Group>,
    layout: Layout,
}

impl Fold {
    fn add(&mut self, result: &HostResult) {
        let (text, tone) = brief::text(result, self.layout);
        match self.groups.iter_mut().find(|group| group.text == text) {
            Some(group) => group.hosts.push(Arc::clone(&result.host)),
            None => {
                let error = result.result.error.clone().filter(|_| result.result.status == Status::Failed);
                self.groups.push(Group { text, tone, hosts: vec![Arc::clone(&result.host)], error });
            }
        }
    }

    fn show(&mut self, screen: &mut Screen) {
        let mut groups = std::mem::take(&mut self.groups);
        groups.sort_by_key(|group| std::cmp::Reverse(group.hosts.len()));
        let others: usize = groups.iter().skip(1).map(|group| group.hosts.len()).sum();
        for (index, group) in groups.iter_mut().enumerate() {
            if index == 1 {
                let verb = if others == 1 { "differs" } else { "differ" };
                screen.say(&format!("{others} {verb}:"), None);
            }
            if let Some(error) = &group.error {
                screen.error_on(Stream::Out, error);
            }
            group.hosts.sort_unstable();
            let names: Vec<&str> = group.hosts.iter().map(|host| &**host).collect();
            let count = match names.len() {
                1 => "1 host".to_owned(),
                count => format!("{count} hosts"),
            };
            screen.say(&format!("{count}: {} | {}", folded_names(&names), group.text), Some(group.tone));
        }
    }
}

impl Callback for Fold {
    fn on(&mut self, event: &Event, screen: &mut Screen) {
        self.layout.verbosity = screen.verbosity();
        match event {
            Event::Result(result) => self.add(result),
            Event::Stats(_) => self.show(screen),
            _ => {}
        }
    }
}
