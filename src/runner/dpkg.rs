//! The database of Debian's packages, read as the file that it is.

use std::collections::BTreeMap;

/// One package that `dpkg` knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub architecture: String,
    pub section: String,
    pub provides: Vec<String>,
    /// `install ok installed` and its like: the last of them.
    pub state: String,
    /// What is wished for it: `install`, `hold`, `deinstall`, `purge`.
    pub selection: String,
}

impl Package {
    pub fn is_installed(&self) -> bool {
        matches!(self.state.as_str(), "installed" | "triggers-awaited" | "triggers-pending")
    }

    /// Not installed, but with files of its configuration.
    pub fn has_left_overs(&self) -> bool {
        !self.is_installed() && self.state != "not-installed" && !self.state.is_empty()
    }
}

/// All packages, by the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Packages {
    pub all: Vec<Package>,
    by_name: BTreeMap<String, Vec<usize>>,
}

impl Packages {
    /// Those of this machine.
    pub fn read() -> Self {
        Self::parse(&String::from_utf8_lossy(&std::fs::read("/var/lib/dpkg/status").unwrap_or_default()))
    }

    pub fn parse(text: &str) -> Self {
        let mut packages = Self::default();
        for paragraph in text.split("\n\n") {
            let Some(package) = parse(paragraph) else { continue };
            packages.by_name.entry(package.name.clone()).or_default().push(packages.all.len());
            packages.all.push(package);
        }
        packages
    }

    /// `name` or `name:architecture`.
    pub fn find(&self, name: &str) -> Option<&Package> {
        let (name, architecture) = name.split_once(':').map_or((name, None), |(name, kind)| (name, Some(kind)));
        let found = self.by_name.get(name)?.iter().map(|index| &self.all[*index]);
        let fits = |package: &&Package| {
            architecture
                .is_none_or(|kind| package.architecture == kind || kind == "any" || package.architecture == "all")
        };
        let mut fitting: Vec<&Package> = found.filter(fits).collect();
        fitting.sort_by_key(|package| !package.is_installed());
        fitting.first().copied()
    }

    pub fn installed(&self, name: &str) -> Option<&Package> {
        self.find(name).filter(|package| package.is_installed())
    }

    /// Whether something that is installed stands in for this.
    pub fn is_provided(&self, name: &str) -> bool {
        self.all.iter().any(|package| package.is_installed() && package.provides.iter().any(|other| other == name))
    }
}

fn parse(paragraph: &str) -> Option<Package> {
    let mut package = Package::default();
    for line in paragraph.lines() {
        let Some((key, value)) = line.split_once(": ") else { continue };
        match key {
            "Package" => package.name = value.to_owned(),
            "Version" => package.version = value.to_owned(),
            "Architecture" => package.architecture = value.to_owned(),
            "Section" => package.section = value.to_owned(),
            "Provides" => {
                let name = |item: &str| item.split_whitespace().next().map(str::to_owned);
                package.provides = value.split(',').filter_map(name).collect();
            }
            "Status" => {
                let mut words = value.split_whitespace();
                package.selection = words.next().unwrap_or_default().to_owned();
                package.state = words.nth(1).unwrap_or_default().to_owned();
            }
            _ => {}
        }
    }
    (!package.name.is_empty()).then_some(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs() {
        let text = "Package: a\nStatus: install ok installed\nVersion: 1-2\nArchitecture: amd64\nProvides: v (= 1), w\nDescription: x\n y: z\n\nPackage: b\nStatus: deinstall ok config-files\nVersion: 3\nArchitecture: all\n";
        let packages = Packages::parse(text);
        assert_eq!(packages.installed("a").map(|package| package.version.as_str()), Some("1-2"));
        assert!(packages.installed("a:amd64").is_some() && packages.installed("a:i386").is_none());
        assert!(packages.installed("b").is_none() && packages.find("b").is_some_and(Package::has_left_overs));
        assert!(packages.is_provided("w") && !packages.is_provided("b"));
    }
}
