//! Golden cases whose outcome was recorded from the reference. `MUSTER_CORPUS` names another folder
//! with the same kinds of cases, `MUSTER_CASES` a glob of ids to run, `MUSTER_VERBOSE=1` shows what
//! differs.

pub mod corpus;
mod inventory;
mod playbooks;
pub mod program;
pub mod score;
pub mod tagged;
mod templates;
mod values;

#[test]
fn values() {
    values::run().finish();
}

#[test]
fn templates() {
    templates::run().finish();
}

#[test]
fn inventory() {
    inventory::run().finish();
}

#[test]
fn playbooks() {
    playbooks::run().finish();
}
