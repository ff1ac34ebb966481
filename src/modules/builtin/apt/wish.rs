//! What the user wishes of one package, and what apt knows of it.

use std::collections::BTreeMap;

use crate::runner::dpkg::Packages;
use crate::runner::{Failure, Target, glob};

/// `name`, `name=version`, `name>=version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// As it was written.
    pub text: String,
    pub name: String,
    pub version: Option<String>,
    /// Whether a later version will do.
    pub at_least: bool,
}

/// What can be had of one package.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    pub candidate: Option<String>,
    pub versions: Vec<String>,
}

impl Wish {
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (name, version, at_least) = match text.split_once(">=") {
            Some((name, version)) => (name, Some(version), true),
            None => match text.split_once('=') {
                Some((name, version)) => (name, Some(version), false),
                None => (text, None, false),
            },
        };
        Self {
            text: text.to_owned(),
            name: name.trim().to_owned(),
            version: version.map(|version| version.trim().to_owned()),
            at_least,
        }
    }

    /// One wish for each name that fits the pattern; itself where it is none.
    pub fn expanded(self, packages: &Packages, only_installed: bool, target: &Target) -> Result<Vec<Self>, Failure> {
        if !self.name.contains(['*', '?', '[']) {
            return Ok(vec![self]);
        }
        let known: Vec<String> = if only_installed {
            packages.all.iter().filter(|package| package.is_installed()).map(|package| package.name.clone()).collect()
        } else {
            let program = target.required_program("apt-cache")?;
            let finished = target.command([program]).arg("pkgnames").in_english().run_or_fail()?;
            finished.stdout_text().lines().map(str::to_owned).collect()
        };
        let mut names: Vec<String> = known.into_iter().filter(|name| glob::matches(name, &self.name)).collect();
        names.sort();
        names.dedup();
        if names.is_empty() && !only_installed {
            return Err(Failure::new(format!("No package(s) matching '{}' available", self.name)));
        }
        Ok(names.into_iter().map(|name| Self { text: name.clone(), name, ..self.clone() }).collect())
    }

    /// Whether a version is one that was wished for.
    pub fn accepts(&self, version: &str, target: &Target) -> bool {
        match &self.version {
            None => true,
            Some(wanted) if self.at_least => is_at_least(version, wanted, target),
            Some(wanted) => glob::matches(version, wanted),
        }
    }

    /// As apt-get takes it. Of the versions that fit the best.
    pub fn argument(&self, offer: Option<&Offer>, target: &Target) -> String {
        if self.version.is_none() {
            return self.name.clone();
        }
        let offered = offer.map(|offer| {
            offer.candidate.iter().chain(&offer.versions).find(|version| self.accepts(version, target)).cloned()
        });
        match offered.flatten().or_else(|| self.version.clone()) {
            Some(version) => format!("{}={version}", self.name),
            None => self.name.clone(),
        }
    }
}

fn is_at_least(version: &str, wanted: &str, target: &Target) -> bool {
    target
        .command(["dpkg", "--compare-versions", version, "ge", wanted])
        .run()
        .is_ok_and(|finished| finished.is_success())
}

/// Asks apt what can be had.
pub fn offers(names: &[&str], target: &Target) -> Result<BTreeMap<String, Offer>, Failure> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let program = target.required_program("apt-cache")?;
    let command = target.command([program]).arg("policy").in_english();
    let command = names.iter().fold(command, |command, name| command.arg(name));
    Ok(parse(&command.run_or_fail()?.stdout_text()))
}

fn parse(text: &str) -> BTreeMap<String, Offer> {
    let mut offers: BTreeMap<String, Offer> = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in text.lines() {
        if !line.starts_with(' ') {
            let name = line.trim_end_matches(':').to_owned();
            offers.insert(name.clone(), Offer::default());
            current = Some(name);
            continue;
        }
        let Some(offer) = current.as_ref().and_then(|name| offers.get_mut(name)) else { continue };
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["Candidate:", "(none)"] | ["Installed:", ..] => {}
            ["Candidate:", version] => offer.candidate = Some(version.to_owned()),
            // A version of the table, with its priority; lines of sources begin with theirs.
            ["***", version, _] => offer.versions.push(version.to_owned()),
            [version, priority]
                if line.starts_with("     ") && priority.parse::<i32>().is_ok() && !line.starts_with("        ") =>
            {
                offer.versions.push(version.to_owned());
            }
            _ => {}
        }
    }
    offers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies() {
        let text = "sl:\n  Installed: 5.01\n  Candidate: 5.02-1+b1\n  Version table:\n     5.02-1+b1 500\n        500 http://x bookworm/main amd64 Packages\n *** 5.01 100\n        100 /var/lib/dpkg/status\nvirtual:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n";
        let offers = parse(text);
        assert_eq!(offers["sl"].candidate.as_deref(), Some("5.02-1+b1"));
        assert_eq!(offers["sl"].versions, ["5.02-1+b1", "5.01"]);
        assert!(offers["virtual"].candidate.is_none() && !offers.contains_key("none"));
    }

    #[test]
    fn wishes() {
        for (text, name, version, at_least) in
            [("a", "a", None, false), ("a=1.0", "a", Some("1.0"), false), ("a >= 1", "a", Some("1"), true)]
        {
            let wish = Wish::parse(text);
            assert_eq!((wish.name.as_str(), wish.version.as_deref(), wish.at_least), (name, version, at_least));
        }
    }
}
