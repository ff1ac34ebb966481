//! Which hosts run next. A strategy is pure and incremental: it is told where a host stands when the
//! host comes back from a step, and never looks at all hosts.

use super::cursor::Position;

/// The place of a host in its play's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat(pub u32);

/// The contract of strategies, one file of `plugins/strategy` each.
pub trait Strategy: Send {
    /// The host stands before a step and waits for its turn.
    fn ready(&mut self, seat: Seat, position: Position);

    /// The hosts, in play order, that take their next step together; all stand at the same place.
    /// `under_way` is how many are out. Empty: none, until one comes back.
    fn next(&mut self, under_way: usize) -> Vec<Seat>;

    /// The host has left the play, so that another may take its slot.
    fn gone(&mut self, _seat: Seat) {}

    /// Whether hosts go step by step together, so that one can run a task for all of them.
    fn in_step(&self) -> bool;
}

/// How a strategy is made and called.
pub struct Kind {
    /// As `strategy:` names it.
    pub name: &'static str,
    pub summary: &'static str,
    /// Whether failed tasks open the debugger.
    pub debugs: bool,
    /// A fresh one for a batch; `forks` hosts may be under way.
    pub make: fn(forks: usize) -> Box<dyn Strategy>,
}
