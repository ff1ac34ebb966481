//! The order in which strategies let hosts go.

use crate::engine::cursor::{Cursor, Position};
use crate::engine::plan::FragmentId;
use crate::engine::strategy::Seat;

use super::ALL;

fn place(step: u32) -> Position {
    Cursor::start(FragmentId(step)).position()
}

/// Runs two hosts through two steps with the strategy and tells who went when.
fn check(name: &str, forks: usize, expected: &[&[u32]]) {
    let kind = ALL.iter().find(|kind| kind.name == name).expect("a strategy of this build");
    let mut strategy = (kind.make)(forks);
    let mut steps = [0, 0];
    for seat in [1, 0] {
        strategy.ready(Seat(seat), place(0));
    }
    let mut turns = Vec::new();
    loop {
        let seats = strategy.next(0);
        if seats.is_empty() {
            break;
        }
        assert!(!strategy.in_step() || strategy.next(seats.len()).is_empty(), "nobody overtakes");
        turns.push(seats.iter().map(|seat| seat.0).collect::<Vec<_>>());
        for seat in seats {
            let step = &mut steps[seat.0 as usize];
            *step += 1;
            if *step < 2 { strategy.ready(seat, place(*step)) } else { strategy.gone(seat) }
        }
    }
    assert_eq!(turns, expected, "{name}");
}

#[test]
fn strategies_order_hosts() {
    check("linear", 5, &[&[0, 1], &[0, 1]]);
    check("debug", 5, &[&[0, 1], &[0, 1]]);
    check("free", 5, &[&[1], &[0], &[1], &[0]]);
    check("host_pinned", 1, &[&[1], &[1], &[0], &[0]]);
}
