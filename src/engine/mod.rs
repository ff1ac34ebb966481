//! Running a play: plan, cursor and strategy are pure; one loop drives them.

pub mod cursor;
pub mod event;
pub mod plan;
pub mod result;
pub mod strategy;
