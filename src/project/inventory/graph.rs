//! Groups as a graph: parents, descendants, depths; no group may be its own ancestor.

use petgraph::Direction;
use petgraph::visit::{Dfs, Reversed};

use super::{GroupId, HostId, Inventory};
use crate::diagnostic::Diagnostic;

impl Inventory {
    /// Makes `child` a part of `parent`; false where it is one already.
    pub fn add_child_group(&mut self, parent: GroupId, child: GroupId) -> Result<bool, Diagnostic> {
        if parent == child {
            return Err(Diagnostic::new("can't add group to itself"));
        }
        if self.groups.contains_edge(parent.node(), child.node()) {
            return Ok(false);
        }
        if let Some(path) = self.way_down(child, parent) {
            let names: Vec<&str> = path.iter().map(|group| &*self.group(*group).name).collect();
            return Err(Diagnostic::new(format!(
                "Adding group '{}' as child to '{}' creates a recursive dependency loop.",
                self.group(child).name,
                self.group(parent).name
            ))
            .hint(format!("the loop is {} -> {}", names.join(" -> "), names[0])));
        }
        self.groups.add_edge(parent.node(), child.node(), ());
        self.push_down(child, self.group(parent).depth + 1);
        self.generation += 1;
        Ok(true)
    }

    /// The groups named as children, in the order of naming.
    pub fn children_of(&self, group: GroupId) -> Vec<GroupId> {
        self.neighbours(group, Direction::Outgoing)
    }

    pub fn parents_of(&self, group: GroupId) -> Vec<GroupId> {
        self.neighbours(group, Direction::Incoming)
    }

    pub(super) fn has_parents(&self, group: GroupId) -> bool {
        self.groups.neighbors_directed(group.node(), Direction::Incoming).next().is_some()
    }

    /// petgraph walks edges from the newest to the oldest.
    fn neighbours(&self, group: GroupId, direction: Direction) -> Vec<GroupId> {
        let mut found: Vec<GroupId> =
            self.groups.neighbors_directed(group.node(), direction).map(GroupId::from).collect();
        found.reverse();
        found
    }

    /// The group and everything below it, level by level.
    pub fn descendants_of(&self, group: GroupId) -> Vec<GroupId> {
        let mut seen = vec![false; self.groups.node_count()];
        seen[group.index()] = true;
        let mut found = vec![group];
        let mut next = 0;
        while next < found.len() {
            for child in self.children_of(found[next]) {
                if !std::mem::replace(&mut seen[child.index()], true) {
                    found.push(child);
                }
            }
            next += 1;
        }
        found
    }

    /// The hosts of a group and of all groups below it. `all` never has the implicit localhost.
    pub fn hosts_of(&self, group: GroupId) -> Vec<HostId> {
        let mut seen = vec![false; self.id_count()];
        let mut hosts = Vec::new();
        for group in self.descendants_of(group) {
            for host in &self.group(group).hosts {
                if !std::mem::replace(&mut seen[host.index()], true) {
                    hosts.push(*host);
                }
            }
        }
        hosts
    }

    /// All groups of a host, the ancestors of its own groups included, in the order in which their
    /// variables count: by depth, then priority, then name; the last wins.
    pub fn groups_of(&self, host: HostId) -> Vec<GroupId> {
        self.with_ancestors(&self.host(host).groups)
    }

    /// As [`Inventory::groups_of`], for a set of groups: hosts in the same groups share the answer.
    pub fn with_ancestors(&self, groups: &[GroupId]) -> Vec<GroupId> {
        let reversed = Reversed(&self.groups);
        let mut walk = Dfs::empty(reversed);
        for group in groups {
            walk.stack.push(group.node());
        }
        let mut found: Vec<GroupId> = std::iter::from_fn(|| walk.next(reversed)).map(GroupId::from).collect();
        self.sort_by_weight(&mut found);
        found
    }

    /// Groups in the order in which their variables count: the last wins.
    pub fn sort_by_weight(&self, groups: &mut [GroupId]) {
        groups.sort_by(|a, b| {
            let (a, b) = (self.group(*a), self.group(*b));
            (a.depth, a.priority, &a.name).cmp(&(b.depth, b.priority, &b.name))
        });
    }

    /// A way from one group down to another, both ends included.
    fn way_down(&self, from: GroupId, to: GroupId) -> Option<Vec<GroupId>> {
        petgraph::algo::astar(&self.groups, from.node(), |node| node == to.node(), |_| 1, |_| 0)
            .map(|(_, path)| path.into_iter().map(GroupId::from).collect())
    }

    /// Deepens a group to at least `depth`, and what is below it with it.
    fn push_down(&mut self, group: GroupId, depth: u32) {
        let mut pending = vec![(group, depth)];
        while let Some((group, depth)) = pending.pop() {
            if self.group(group).depth < depth {
                self.groups[group.node()].depth = depth;
                pending.extend(self.children_of(group).into_iter().map(|child| (child, depth + 1)));
            }
        }
    }
}
