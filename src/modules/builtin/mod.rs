//! ansible.builtin.

mod apt;
mod apt_repository;
mod assemble;
mod async_status;
mod blockinfile;
mod command;
mod copy;
mod cron;
mod debconf;
mod dpkg_selections;
mod file;
mod find;
mod get_url;
mod getent;
mod git;
mod group;
mod hostname;
mod known_hosts;
mod lineinfile;
mod package_facts;
mod ping;
mod pip;
mod replace;
mod script;
mod service;
mod service_facts;
mod setup;
mod shell;
mod slurp;
mod stat;
mod systemd_service;
mod tempfile;
mod unarchive;
mod uri;
mod user;
mod wait_for;

use crate::runner::Module;

pub static MODULES: &[&Module] = &[
    &apt::MODULE,
    &apt_repository::MODULE,
    &assemble::MODULE,
    &async_status::MODULE,
    &blockinfile::MODULE,
    &command::MODULE,
    &copy::MODULE,
    &cron::MODULE,
    &debconf::MODULE,
    &dpkg_selections::MODULE,
    &file::MODULE,
    &find::MODULE,
    &get_url::MODULE,
    &getent::MODULE,
    &git::MODULE,
    &group::MODULE,
    &hostname::MODULE,
    &known_hosts::MODULE,
    &lineinfile::MODULE,
    &package_facts::MODULE,
    &ping::MODULE,
    &pip::MODULE,
    &replace::MODULE,
    &script::MODULE,
    &service::MODULE,
    &service_facts::MODULE,
    &setup::MODULE,
    &shell::MODULE,
    &slurp::MODULE,
    &stat::MODULE,
    &systemd_service::MODULE,
    &tempfile::MODULE,
    &unarchive::MODULE,
    &uri::MODULE,
    &user::MODULE,
    &wait_for::MODULE,
];
