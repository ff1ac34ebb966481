//! The image of a container: finding it, pulling it, telling whether the container has another one.

use crate::data::{Value, python};
use crate::object;
use crate::runner::docker::{Differences, ImageName, at, is_image_id, text_at};
use crate::runner::{Failure, Target};

use super::Work;

/// The image that a task names.
pub struct Image {
    /// As the container is to have it: a name with tag, or an id.
    pub name: String,
    /// What the engine knows of it; nothing in a check before it is pulled.
    pub found: Option<Value>,
}

pub enum Pull {
    Never,
    Missing,
    Always,
}

impl Pull {
    pub fn parse(value: Option<&Value>) -> Result<Self, Failure> {
        let word = value.map_or_else(|| "missing".to_owned(), python::str);
        match word.to_ascii_lowercase().as_str() {
            "never" => Ok(Self::Never),
            "missing" | "false" | "no" => Ok(Self::Missing),
            "always" | "true" | "yes" => Ok(Self::Always),
            _ => Err(Failure::new(format!(
                "value of pull must be one of: never, missing, always, True, False, got: {word}"
            ))),
        }
    }
}

impl Work<'_> {
    /// Finds the image of the task, pulls it if it has to come.
    pub fn image(&mut self, target: &mut Target) -> Result<Option<Image>, Failure> {
        let Some(given) = &self.options.image else { return Ok(None) };
        let pull = Pull::parse(self.options.pull.as_ref())?;
        if is_image_id(given) {
            let found = self.engine.find_image(given)?;
            if found.is_none() && !target.is_check() {
                return Err(Failure::new(format!("Cannot find image with ID {given}")));
            }
            return Ok(Some(Image { name: given.clone(), found }));
        }
        let name = ImageName::parse(given).or_tag("latest");
        let full = name.full();
        let mut found = self.engine.find_image(&full)?;
        if found.is_none() && matches!(pull, Pull::Never) {
            return Err(Failure::new(format!("Cannot find image with name {full}, and pull=never")));
        }
        if found.is_some() && !matches!(pull, Pull::Always) {
            return Ok(Some(Image { name: full, found }));
        }
        let shown = format!("{}:{}", name.repository, name.tag.as_deref().unwrap_or_default());
        if target.is_check() {
            if found.is_none() {
                target.mark_changed();
                self.actions.push(object! { "pulled_image" => shown, "changed" => true });
            } else if self.options.pull_check_mode_behavior == "always" {
                target.mark_changed();
                self.actions.push(object! { "pulled_image" => shown });
            }
            return Ok(Some(Image { name: full, found }));
        }
        let auth = crate::runner::docker::auth::header(&name, target.environment());
        let pulled = self
            .engine
            .pull(&name, self.options.platform.as_deref(), auth)
            .map_err(|error| Failure::new(format!("Error pulling image {shown} - {error}")))?;
        let before = found.as_ref().and_then(|image| image.get("Id")).cloned();
        found = self.engine.find_image(&full)?;
        let changed = pulled.is_new && found.as_ref().and_then(|image| image.get("Id")).cloned() != before;
        if changed {
            target.mark_changed();
        }
        self.actions.push(object! { "pulled_image" => shown, "changed" => changed });
        Ok(Some(Image { name: full, found }))
    }

    /// The image whose labels and variables count when options are compared.
    pub fn comparison_image(&self, image: Option<&Image>, container: Option<&Value>) -> Result<Option<Value>, Failure> {
        let desired = image.and_then(|image| image.found.clone());
        let Some(container) = container else { return Ok(desired) };
        if self.options.image_comparison == "desired-image" && desired.is_some() {
            return Ok(desired);
        }
        let current = text_at(container, &["Image"]).map(|id| self.engine.find_image(id)).transpose()?.flatten();
        Ok(current.or(desired))
    }

    /// Whether the container has another image than the task names.
    pub fn compare_image(&self, image: &Image, container: &Value, differences: &mut Differences) {
        let current = text_at(container, &["Image"]).unwrap_or_default();
        let wanted = image.found.as_ref().and_then(|found| text_at(found, &["Id"])).unwrap_or_default();
        if wanted != current {
            differences.add("image", wanted, current);
            return;
        }
        let name = text_at(container, &["Config", "Image"]).unwrap_or_default();
        if self.options.image_name_mismatch == "recreate" && name != image.name {
            let with_tag =
                if is_image_id(name) { name.to_owned() } else { ImageName::parse(name).or_tag("latest").full() };
            if with_tag != image.name {
                differences.add("image_name", image.name.as_str(), name);
            }
        }
    }
}

/// `linux/arm64/v8` against what the image says of itself.
pub fn platform_fits(wanted: &str, image: &Value) -> bool {
    let part = |key: &str| at(image, &[key]).and_then(Value::as_str).unwrap_or_default();
    let mut words: Vec<&str> = wanted.split('/').collect();
    let known = |word: &str| matches!(word, "linux" | "windows" | "darwin" | "freebsd");
    if words.len() == 1 && !known(words[0]) {
        words.insert(0, "linux");
    }
    let architecture = |word: &str| match word {
        "x86_64" | "x86-64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        "i386" => "386".to_owned(),
        other => other.to_owned(),
    };
    let fits = |index: usize, is: &str| words.get(index).is_none_or(|word| is.is_empty() || architecture(word) == is);
    fits(0, part("Os")) && fits(1, part("Architecture")) && fits(2, part("Variant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms() {
        let image = Value::from(object! { "Os" => "linux", "Architecture" => "amd64", "Variant" => "" });
        for (wanted, fits) in
            [("linux", true), ("linux/amd64", true), ("amd64", true), ("linux/386", false), ("arm64", false)]
        {
            assert_eq!(platform_fits(wanted, &image), fits, "{wanted}");
        }
    }
}
