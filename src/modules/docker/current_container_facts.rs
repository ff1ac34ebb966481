//! community.docker.current_container_facts: whether muster's runner itself is in a container.

use crate::args::Args;
use crate::data::Value;
use crate::object;
use crate::runner::{Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<CurrentContainerFacts>(
    "community.docker.current_container_facts",
    "Return facts about whether the module runs in a container",
);

#[derive(Args)]
struct CurrentContainerFacts {}

impl Run for CurrentContainerFacts {
    fn run(self, _: &mut Target) -> Outcome {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let found = by_control_groups(&read("/proc/self/cgroup")).or_else(|| by_mounts(&read("/proc/self/mountinfo")));
        let (id, kind) = found.unwrap_or_default();
        let facts = object! {
            "ansible_module_running_in_container" => !id.is_empty(),
            "ansible_module_container_id" => id,
            "ansible_module_container_type" => kind,
        };
        Ok(object! { "changed" => false, "ansible_facts" => Value::from(facts) })
    }
}

/// `12:memory:/docker/0123…`, `…/azpl_job/0123…`, `…/actions_job/0123…`.
fn by_control_groups(text: &str) -> Option<(String, String)> {
    text.lines().find_map(|line| {
        let path = line.splitn(3, ':').nth(2)?;
        let (folder, id) = path.rsplit_once('/')?;
        let kind = match folder.rsplit('/').next()? {
            "docker" => "docker",
            "azpl_job" => "azure_pipelines",
            "actions_job" => "github_actions",
            _ => return None,
        };
        Some((id.to_owned(), kind.to_owned()))
    })
}

/// Engines mount the host's name from a folder that is named by the container.
fn by_mounts(text: &str) -> Option<(String, String)> {
    text.lines().find_map(|line| {
        let mut fields = line.split(' ');
        let (root, mounted) = (fields.nth(3)?, fields.next()?);
        let rest = root.split_once("/containers/").filter(|_| mounted == "/etc/hostname")?.1;
        let id = rest.split('/').next()?.to_owned();
        let kind = if root.contains("/overlay-containers/") { "podman" } else { "docker" };
        Some((id, kind.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_known_by_their_traces() {
        let groups = |text| by_control_groups(text).map(|(id, kind)| format!("{kind} {id}"));
        assert_eq!(groups("3:cpu:/docker/ab12\n").as_deref(), Some("docker ab12"));
        assert_eq!(groups("3:cpu:/actions_job/ab12\n").as_deref(), Some("github_actions ab12"));
        assert_eq!(groups("0::/\n"), None);
        let line = "733 712 8:1 /var/lib/docker/containers/ab12/hostname /etc/hostname rw - ext4 /dev/sda1 rw";
        assert_eq!(by_mounts(line), Some(("ab12".to_owned(), "docker".to_owned())));
    }
}
