//! `free`: every host goes on as soon as it can, in the order in which they came back.

use std::collections::VecDeque;

use crate::engine::cursor::Position;
use crate::engine::strategy::{Kind, Seat, Strategy};

pub static STRATEGY: Kind = Kind {
    name: "free",
    summary: "Hosts go through tasks at their own pace",
    debugs: false,
    make: |_| Box::new(Free::default()),
};

#[derive(Default)]
struct Free {
    waiting: VecDeque<Seat>,
}

impl Strategy for Free {
    fn ready(&mut self, seat: Seat, _position: Position) {
        self.waiting.push_back(seat);
    }

    fn next(&mut self, _under_way: usize) -> Vec<Seat> {
        self.waiting.pop_front().into_iter().collect()
    }

    fn in_step(&self) -> bool {
        false
    }
}
