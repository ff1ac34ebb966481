//! What tasks do on the controller: one file an action. The list is what the engine is given.

mod add_host;
mod assemble;
mod assert;
mod async_status;
mod copy;
mod debug;
mod docker_container_copy_into;
mod fail;
mod fetch;
mod gather_facts;
mod group_by;
mod include;
mod include_vars;
mod meta;
mod package;
mod pause;
mod raw;
mod reboot;
mod script;
mod service;
mod set_fact;
mod set_stats;
mod template;
mod unarchive;
mod uri;
mod validate_argument_spec;
mod wait_for_connection;

use crate::engine::action::ActionPlugin;

/// Every action of this build.
pub static ALL: &[&ActionPlugin] = &[
    &add_host::ACTION,
    &assemble::ACTION,
    &assert::ACTION,
    &async_status::ACTION,
    &copy::ACTION,
    &debug::ACTION,
    &docker_container_copy_into::ACTION,
    &fail::ACTION,
    &fetch::ACTION,
    &gather_facts::ACTION,
    &group_by::ACTION,
    &include::IMPORT_PLAYBOOK,
    &include::IMPORT_ROLE,
    &include::IMPORT_TASKS,
    &include::ROLE,
    &include::TASKS,
    &include_vars::ACTION,
    &meta::ACTION,
    &package::ACTION,
    &pause::ACTION,
    &raw::ACTION,
    &reboot::ACTION,
    &script::ACTION,
    &service::ACTION,
    &set_fact::ACTION,
    &set_stats::ACTION,
    &template::ACTION,
    &unarchive::ACTION,
    &uri::ACTION,
    &validate_argument_spec::ACTION,
    &wait_for_connection::ACTION,
];
