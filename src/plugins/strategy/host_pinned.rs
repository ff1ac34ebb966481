//! `host_pinned`: a host that has begun keeps its slot until its play is done.

use std::collections::{BTreeSet, VecDeque};

use crate::engine::cursor::Position;
use crate::engine::strategy::{Kind, Seat, Strategy};

pub static STRATEGY: Kind = Kind {
    name: "host_pinned",
    summary: "Hosts go through all tasks at their own pace, only so many at once",
    debugs: false,
    make: |forks| Box::new(HostPinned { slots: forks.max(1), ..HostPinned::default() }),
};

#[derive(Default)]
struct HostPinned {
    slots: usize,
    begun: BTreeSet<Seat>,
    going_on: VecDeque<Seat>,
    fresh: VecDeque<Seat>,
}

impl Strategy for HostPinned {
    fn ready(&mut self, seat: Seat, _position: Position) {
        let queue = if self.begun.contains(&seat) { &mut self.going_on } else { &mut self.fresh };
        queue.push_back(seat);
    }

    fn next(&mut self, _under_way: usize) -> Vec<Seat> {
        if let Some(seat) = self.going_on.pop_front() {
            return vec![seat];
        }
        if self.begun.len() >= self.slots {
            return Vec::new();
        }
        let seat = self.fresh.pop_front();
        self.begun.extend(seat);
        seat.into_iter().collect()
    }

    fn gone(&mut self, seat: Seat) {
        self.begun.remove(&seat);
    }

    fn in_step(&self) -> bool {
        false
    }
}
