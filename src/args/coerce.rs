//! Ansible's type rules.
