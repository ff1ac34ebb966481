//! Running a play: plan, cursor and strategy are pure; one loop drives them.

pub mod action;
pub mod batch;
pub mod board;
pub mod call;
pub mod chronicle;
pub mod conduct;
pub mod content;
pub mod cursor;
pub mod endpoint;
pub mod event;
pub mod foreign;
pub mod ground;
pub mod handlers;
pub mod include;
pub mod interrupt;
pub mod keywords;
pub mod layers;
pub mod load_world;
pub mod meta;
pub mod names;
pub mod plan;
pub mod prompts;
pub mod result;
pub mod run;
pub mod shared;
pub mod strategy;
pub mod tags;
pub mod task;
pub mod world;

pub use batch::full_name as turn_name;
