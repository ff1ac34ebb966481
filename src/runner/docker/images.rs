//! Names of images, finding them, and pulling them.

use super::{ApiError, Engine, Request, at, quoted, text_at};
use crate::data::Value;

/// `registry/name:tag` or `name@sha256:…`, apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    /// With the registry, without tag.
    pub repository: String,
    /// A tag, or a digest `sha256:…`.
    pub tag: Option<String>,
}

impl ImageName {
    pub fn parse(text: &str) -> Self {
        if let Some((repository, digest)) = text.split_once('@') {
            return Self { repository: repository.to_owned(), tag: Some(digest.to_owned()) };
        }
        match text.rsplit_once(':') {
            // A colon before a slash belongs to the registry's port.
            Some((repository, tag)) if !tag.contains('/') => {
                Self { repository: repository.to_owned(), tag: Some(tag.to_owned()) }
            }
            _ => Self { repository: text.to_owned(), tag: None },
        }
    }

    /// The same with a tag where there was none.
    #[must_use]
    pub fn or_tag(mut self, tag: &str) -> Self {
        self.tag.get_or_insert_with(|| tag.to_owned());
        self
    }

    pub fn is_digest(&self) -> bool {
        self.tag.as_deref().is_some_and(|tag| tag.contains(':'))
    }

    pub fn full(&self) -> String {
        match &self.tag {
            None => self.repository.clone(),
            Some(tag) if tag.contains(':') => format!("{}@{tag}", self.repository),
            Some(tag) => format!("{}:{tag}", self.repository),
        }
    }

    /// The registry's host; empty for the hub's.
    pub fn registry(&self) -> Option<&str> {
        let (host, _) = self.repository.split_once('/')?;
        (host.contains(['.', ':']) || host == "localhost").then_some(host)
    }
}

/// `sha256:` and 64 digits.
pub fn is_image_id(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

impl Engine {
    /// What an image is, by any name that the engine knows.
    pub fn find_image(&self, name: &str) -> Result<Option<Value>, ApiError> {
        self.find(&format!("/images/{}/json", name.split('/').map(quoted).collect::<Vec<_>>().join("/")))
    }

    /// Pulls an image. Tells whether a newer one came, and what was said.
    pub fn pull(&self, name: &ImageName, platform: Option<&str>, auth: Option<String>) -> Result<Pulled, ApiError> {
        let tag = name.tag.clone().unwrap_or_else(|| "latest".to_owned());
        let mut request = Request::post("/images/create").query("tag", tag).query("fromImage", &name.repository);
        if let Some(platform) = platform {
            request = request.query("platform", platform);
        }
        if let Some(auth) = auth {
            request = request.header("X-Registry-Auth", auth);
        }
        let mut pulled = Pulled { actions: Vec::new(), is_new: true };
        request.send(self)?.messages(|message| {
            let status = text_at(message, &["status"]).unwrap_or_default();
            if status.contains("Image is up to date") {
                pulled.is_new = false;
            }
            pulled.actions.push(status.to_owned());
        })?;
        Ok(pulled)
    }

    /// The names of containers, images and the like among those that have an id or name that begins so.
    pub fn list(&self, path: &str) -> Result<Vec<Value>, ApiError> {
        Ok(self.get(path)?.as_items().map(<[Value]>::to_vec).unwrap_or_default())
    }
}

/// What a pull brought.
pub struct Pulled {
    pub actions: Vec<String>,
    pub is_new: bool,
}

/// Names in a list of an image's `RepoTags` or `RepoDigests`.
pub fn names_of<'a>(image: &'a Value, key: &str) -> Vec<&'a str> {
    at(image, &[key]).and_then(Value::as_items).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_names() {
        let of = |text: &str| {
            let name = ImageName::parse(text);
            format!("{} {:?} {:?}", name.repository, name.tag, name.registry())
        };
        assert_eq!(of("a"), "a None None");
        assert_eq!(of("a:1"), "a Some(\"1\") None");
        assert_eq!(of("localhost:5000/a/b"), "localhost:5000/a/b None Some(\"localhost:5000\")");
        assert_eq!(of("r.io/a:2"), "r.io/a Some(\"2\") Some(\"r.io\")");
        assert_eq!(of("a@sha256:ab"), "a Some(\"sha256:ab\") None");
        assert_eq!(ImageName::parse("a@sha256:ab").full(), "a@sha256:ab");
    }
}
