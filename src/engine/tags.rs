//! Which tasks the tags let through.

use crate::data::{Data, Value, python};
use crate::project::playbook::{Keyword, Scope};

/// `--tags` and `--skip-tags`.
#[derive(Clone, Debug)]
pub struct TagFilter {
    only: Vec<String>,
    skip: Vec<String>,
}

impl Default for TagFilter {
    fn default() -> Self {
        Self::new(vec!["all".to_owned()], Vec::new())
    }
}

impl TagFilter {
    pub fn new(only: Vec<String>, skip: Vec<String>) -> Self {
        Self { only, skip }
    }

    pub fn only(&self) -> &[String] {
        &self.only
    }

    pub fn skipped(&self) -> &[String] {
        &self.skip
    }

    /// Whether something with these tags runs.
    pub fn selects(&self, tags: &[String]) -> bool {
        let untagged = ["untagged".to_owned()];
        let tags = if tags.is_empty() { &untagged } else { tags };
        let has = |name: &str| tags.iter().any(|tag| tag == name);
        let tagged = tags != untagged;
        let wants = |name: &str| self.only.iter().any(|tag| tag == name);
        let shuns = |name: &str| self.skip.iter().any(|tag| tag == name);
        let mut runs = true;
        if !self.only.is_empty() {
            runs = has("always")
                || (wants("all") && !has("never"))
                || tags.iter().any(|tag| wants(tag))
                || (wants("tagged") && tagged && !has("never"));
        }
        if runs && !self.skip.is_empty() {
            let skipped = if shuns("all") {
                !has("always") || shuns("always")
            } else {
                tags.iter().any(|tag| shuns(tag)) || (shuns("tagged") && tagged)
            };
            runs = !skipped;
        }
        runs
    }
}

/// All tags of a task and of what it stands in, each once. `render` fills templates in them.
pub fn tags_of(scope: &Scope, render: &dyn Fn(&Value) -> Value) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        for tag in text.split(',').map(str::trim) {
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
    };
    for value in scope.gather(Keyword::Tags) {
        let value = render(value);
        match &value.data {
            Data::List(items) => {
                for item in items.iter().filter(|item| !item.is_null()) {
                    let item = render(item);
                    match item.as_items() {
                        Some(inner) => inner.iter().for_each(|tag| add(&python::str(tag))),
                        None => add(&python::str(&item)),
                    }
                }
            }
            Data::Null => {}
            _ => add(&python::str(&value)),
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::TagFilter;

    fn check(only: &[&str], skip: &[&str], tags: &[&str], expected: bool) {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let filter = TagFilter::new(own(only), own(skip));
        assert_eq!(filter.selects(&own(tags)), expected, "--tags {only:?} --skip-tags {skip:?} for {tags:?}");
    }

    #[test]
    fn tags_select_tasks() {
        check(&["all"], &[], &[], true);
        check(&["all"], &[], &["never"], false);
        check(&["all"], &[], &["never", "always"], true);
        check(&["a"], &[], &[], false);
        check(&["a"], &[], &["always"], true);
        check(&["a"], &[], &["a", "never"], true);
        check(&["tagged"], &[], &["b"], true);
        check(&["tagged"], &[], &[], false);
        check(&["untagged"], &[], &[], true);
        check(&["all"], &["b"], &["b"], false);
        check(&["all"], &["tagged"], &["b"], false);
        check(&["all"], &["untagged"], &[], false);
        check(&["all"], &["always"], &["always"], false);
        check(&["all"], &["all"], &["always"], true);
    }
}
