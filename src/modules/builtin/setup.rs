//! ansible.builtin.setup: gathers facts about the target.

use crate::args::{Args, TargetPath};
use crate::data::Map;
use crate::runner::{Module, Outcome, Run, Target, facts};

pub static MODULE: Module = Module::of::<Setup>("ansible.builtin.setup", "Gather facts about a host");

#[derive(Args)]
struct Setup {
    /// Which families of facts: `all`, `min`, names, and names with `!` for those to leave out.
    #[arg(default = ["all"])]
    gather_subset: Vec<String>,
    /// How long a family may take. Facts that could take long are read without waiting.
    #[arg(default = 10)]
    gather_timeout: i64,
    /// Only facts whose names fit one of these patterns.
    #[arg(default = [])]
    filter: Vec<String>,
    /// The folder of the target's own facts.
    #[arg(default = "/etc/ansible/facts.d")]
    fact_path: TargetPath,
}

impl Run for Setup {
    fn run(self, target: &mut Target) -> Outcome {
        let _ = self.gather_timeout;
        let facts = facts::gather(target, &self.gather_subset, &self.filter, self.fact_path.to_path_buf())?;
        Ok(Map::from([("ansible_facts", facts)]))
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::data::Value;
    use crate::runner::testing::Scratch;

    #[test]
    fn facts_are_gathered() {
        let scratch = Scratch::new();
        scratch.put("facts/own.fact", r#"{"a": 1}"#);
        let args = r#"{"fact_path": "@/facts"}"#;
        let reply = scratch.call(&MODULE, args, "");
        let facts = reply.result.get("ansible_facts").and_then(Value::as_map).expect("facts");
        for name in [
            "ansible_system",
            "ansible_kernel",
            "ansible_distribution",
            "ansible_os_family",
            "ansible_pkg_mgr",
            "ansible_env",
            "ansible_interfaces",
            "ansible_memtotal_mb",
            "ansible_processor_vcpus",
            "ansible_mounts",
            "ansible_date_time",
            "ansible_user_id",
            "ansible_hostname",
            "ansible_fqdn",
            "ansible_virtualization_type",
            "gather_subset",
            "module_setup",
        ] {
            assert!(facts.contains_key(name), "{name} is missing");
        }
        let own = facts.get("ansible_local").and_then(|local| local.get("own")).and_then(|own| own.get("a"));
        assert_eq!(own, Some(&Value::from(1)));
        let reply = scratch.call(&MODULE, r#"{"filter": "ansible_sys*", "gather_subset": "!all"}"#, "check");
        let facts = reply.result.get("ansible_facts").and_then(Value::as_map).expect("facts");
        assert!(
            facts.keys().all(|name| name.as_str().is_some_and(|name| name.starts_with("ansible_sys"))),
            "{facts:?}"
        );
    }
}
