//! `linear`: the hosts that are furthest behind take one step together, then the next.

use std::collections::BTreeMap;

use crate::engine::cursor::Position;
use crate::engine::strategy::{Kind, Seat, Strategy};

pub static STRATEGY: Kind = Kind {
    name: "linear",
    summary: "All hosts finish a task before the next begins",
    debugs: false,
    make: |_| Box::new(Linear::default()),
};

/// Waiting hosts by place.
#[derive(Default)]
pub struct Linear {
    waiting: BTreeMap<Position, Vec<Seat>>,
}

impl Strategy for Linear {
    fn ready(&mut self, seat: Seat, position: Position) {
        self.waiting.entry(position).or_default().push(seat);
    }

    fn next(&mut self, under_way: usize) -> Vec<Seat> {
        if under_way > 0 {
            return Vec::new();
        }
        let mut seats = self.waiting.pop_first().map(|(_, seats)| seats).unwrap_or_default();
        seats.sort_unstable();
        seats
    }

    fn in_step(&self) -> bool {
        true
    }
}
