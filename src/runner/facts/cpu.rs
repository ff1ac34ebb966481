//! Processors.

use std::collections::{BTreeMap, BTreeSet};

use super::{list, read};
use crate::data::{Map, Value};

pub fn collect() -> Map {
    let machine = rustix::system::uname().machine().to_string_lossy().into_owned();
    let mut facts = read("/proc/cpuinfo").map(|text| parse(&text, &machine)).unwrap_or_default();
    let usable = rustix::thread::sched_getaffinity(None).map(|set| set.count()).ok();
    let vcpus = facts.get("processor_vcpus").and_then(Value::as_int);
    if let Some(usable) = usable.map(i64::from).or(vcpus) {
        facts.insert("processor_nproc", usable);
    }
    facts
}

/// What has been read of the file.
#[derive(Default)]
struct Read {
    /// For each processor its number and the words for it, in the order of the file.
    processor: Vec<String>,
    /// Entries of processors, and of models, which are one where a file has only the other.
    processors: usize,
    models: usize,
    vendors: usize,
    /// Cores of each socket, siblings of each core.
    sockets: BTreeMap<String, usize>,
    cores: BTreeSet<(String, String)>,
    siblings: usize,
    physical: String,
    flags: Option<Vec<String>>,
    virtual_cpus: Option<usize>,
}

fn parse(text: &str, machine: &str) -> Map {
    let mut read = Read::default();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        read.take(name.trim(), value.trim());
    }
    let is_other = machine.starts_with("arm") || machine.starts_with("aarch") || machine.starts_with("ppc");
    let mut count = if is_other || read.vendors == 0 && read.models == 0 { read.processors } else { read.models };
    if machine == "s390x" {
        count = read.virtual_cpus.unwrap_or(read.processors);
    }
    let sockets = read.sockets.len();
    let cores = read.sockets.values().copied().next().unwrap_or(1).max(1);
    let (packages, per_package, threads) = if sockets > 0 {
        let threads = if read.siblings > 0 { (read.siblings / cores).max(1) } else { 1 };
        (sockets, cores, threads)
    } else {
        (count, 1, 1)
    };
    let mut facts = Map::from([
        ("processor", list(read.processor)),
        ("processor_count", Value::from(packages)),
        ("processor_cores", per_package.into()),
        ("processor_threads_per_core", threads.into()),
        ("processor_vcpus", (packages * per_package * threads).into()),
    ]);
    if let Some(flags) = read.flags {
        facts.insert("flags", list(flags));
    }
    facts
}

impl Read {
    fn take(&mut self, name: &str, value: &str) {
        match name {
            "model name" | "Processor" | "vendor_id" | "cpu" | "Vendor" | "processor" => {
                match name {
                    "vendor_id" => self.vendors += 1,
                    "model name" => self.models += 1,
                    "processor" => self.processors += 1,
                    _ => {}
                }
                self.processor.push(value.to_owned());
            }
            "physical id" => {
                value.clone_into(&mut self.physical);
                self.sockets.entry(value.to_owned()).or_insert(1);
            }
            "core id" => {
                self.cores.insert((self.physical.clone(), value.to_owned()));
            }
            "cpu cores" => {
                if let Ok(cores) = value.parse() {
                    self.sockets.insert(self.physical.clone(), cores);
                }
            }
            "siblings" => self.siblings = value.parse().unwrap_or(0),
            "# processors" => self.virtual_cpus = value.parse().ok(),
            "flags" | "Features" if self.flags.is_none() => {
                self.flags = Some(value.split_whitespace().map(str::to_owned).collect());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str, machine: &str) -> [Option<i64>; 4] {
        let facts = parse(text, machine);
        ["processor_count", "processor_cores", "processor_threads_per_core", "processor_vcpus"]
            .map(|name| facts.get(name).and_then(Value::as_int))
    }

    #[test]
    fn sockets_cores_and_threads() {
        let one = |number: usize, socket: usize, core: usize| {
            format!(
                "processor\t: {number}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\nphysical id\t: {socket}\n\
                 siblings\t: 4\ncore id\t\t: {core}\ncpu cores\t: 2\nflags\t\t: fpu vme\n\n"
            )
        };
        let text: String = (0..8).map(|number| one(number, number / 4, number % 2)).collect();
        assert_eq!(counts(&text, "x86_64"), [Some(2), Some(2), Some(2), Some(8)]);
        let facts = parse(&text, "x86_64");
        let processor = facts.get("processor").and_then(Value::as_items).expect("a list");
        assert_eq!(
            (processor.len(), &processor[..3]),
            (24, &[Value::text("0"), "GenuineIntel".into(), "Xeon".into()][..])
        );
        assert_eq!(facts.get("flags"), Some(&list(["fpu", "vme"])));
        let arm = "processor\t: 0\nBogoMIPS\t: 108\nFeatures\t: fp\n\nprocessor\t: 1\n";
        assert_eq!(counts(arm, "aarch64"), [Some(2), Some(1), Some(1), Some(2)]);
    }
}
