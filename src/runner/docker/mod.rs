//! The one facade over the Docker Engine's API: blocking calls with untyped values, over a unix
//! socket, TCP or TLS. Modules, the connection and the inventory plugins share it.

pub mod auth;
mod dial;
mod differences;
mod error;
pub mod image_work;
pub mod images;
pub mod keeping;
mod options;
pub mod program;
mod request;
mod stream;
pub mod swarm;
mod tls;
pub mod units;

use std::time::Duration;

pub use differences::Differences;
pub use error::ApiError;
pub use images::{ImageName, is_image_id};
pub use options::EngineOptions;
pub use request::Request;
pub use stream::{Hijacked, Response};

use super::cancel::Cancel;
use super::{Failure, Target};
use crate::data::Value;

/// The oldest API that is spoken.
const OLDEST_API: &str = "1.25";

/// A Docker Engine that answered.
pub struct Engine {
    endpoint: dial::Endpoint,
    api_version: String,
    timeout: Option<Duration>,
    cancel: Cancel,
    runtime: tokio::runtime::Runtime,
}

/// A JSON object: `object! { "Name" => name, "Labels" => labels }`.
#[macro_export]
macro_rules! object {
    ($($key:expr => $value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "an empty object needs no change")]
        let mut map = $crate::data::Map::new();
        $(map.insert($key, $crate::data::Value::from($value));)*
        map
    }};
}

impl Engine {
    /// Finds the engine that a module's options and the task's environment name, and asks for its version.
    pub fn connect(options: &EngineOptions, target: &Target) -> Result<Self, Failure> {
        Self::open(options, target.environment(), target.cancel().clone()).map_err(|error| {
            Failure::new(format!("Error connecting: Error while fetching server API version: {error}"))
        })
    }

    /// The same for who is no module.
    pub fn open(
        options: &EngineOptions,
        environment: &crate::data::Environment,
        cancel: Cancel,
    ) -> Result<Self, ApiError> {
        let settled = options.settle(environment);
        let endpoint = dial::Endpoint::new(&settled)?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ApiError::transport)?;
        let timeout = Some(Duration::from_secs(settled.timeout)).filter(|time| !time.is_zero());
        let mut engine = Self { endpoint, api_version: String::new(), timeout, cancel, runtime };
        engine.api_version = match settled.api_version.as_str() {
            "auto" => {
                let version = engine.get("/version")?;
                version.get("ApiVersion").and_then(Value::as_str).unwrap_or_default().to_owned()
            }
            wanted => wanted.to_owned(),
        };
        if settled.api_version != "auto" {
            // Whether the engine speaks it shows only when it is asked.
            engine.get("/version")?;
        }
        if !engine.has_api(OLDEST_API) {
            let text =
                format!("Docker API version is {}. Minimum version required is {OLDEST_API}.", engine.api_version);
            return Err(ApiError::said(text));
        }
        Ok(engine)
    }

    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// Whether the engine's API is that version or a newer one.
    pub fn has_api(&self, version: &str) -> bool {
        numbers(&self.api_version) >= numbers(version)
    }

    /// Waits without a limit from now on: for what takes as long as it takes.
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.timeout = None;
        self
    }

    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    pub fn get(&self, path: &str) -> Result<Value, ApiError> {
        Request::get(path).send(self)?.value()
    }

    /// What a path holds; nothing where the engine does not know it.
    pub fn find(&self, path: &str) -> Result<Option<Value>, ApiError> {
        self.get(path).map(Some).or_else(|error| if error.is_not_found() { Ok(None) } else { Err(error) })
    }

    /// By name or id.
    pub fn find_container(&self, name: &str) -> Result<Option<Value>, ApiError> {
        self.find(&format!("/containers/{}/json", quoted(name.trim_start_matches('/'))))
    }

    /// By name, or by an id or its beginning.
    pub fn find_network(&self, name: &str) -> Result<Option<Value>, ApiError> {
        self.find(&format!("/networks/{}", quoted(name)))
    }

    pub fn find_volume(&self, name: &str) -> Result<Option<Value>, ApiError> {
        self.find(&format!("/volumes/{}", quoted(name)))
    }

    pub fn post(&self, path: &str, body: impl Into<Value>) -> Result<Value, ApiError> {
        Request::post(path).json(body).send(self)?.value()
    }

    pub fn delete(&self, path: &str) -> Result<Value, ApiError> {
        Request::delete(path).send(self)?.value()
    }

    /// Runs what waits for the engine, until it is done, the time is over or the call is cancelled.
    fn wait<T>(&self, work: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
        self.runtime.block_on(async {
            tokio::pin!(work);
            let mut waited = Duration::ZERO;
            loop {
                match tokio::time::timeout(TICK, &mut work).await {
                    Ok(result) => return result,
                    Err(_) if self.cancel.is_cancelled() => return Err(ApiError::said("The task was cancelled")),
                    Err(_) => waited += TICK,
                }
                if self.timeout.is_some_and(|limit| waited >= limit) {
                    return Err(ApiError::said(format!("{}: Read timed out.", self.endpoint.base())));
                }
            }
        })
    }
}

/// How often a waiting call looks whether it is cancelled.
const TICK: Duration = Duration::from_millis(100);

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// Texts in the path of a request: all but letters, digits and `-._~` in percent signs.
pub fn quoted(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => (byte as char).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// A value below others: `at(&info, &["Swarm", "LocalNodeState"])`.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key)).filter(|value| !value.is_null())
}

pub fn text_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_compare_by_number() {
        assert!(super::numbers("1.41") > super::numbers("1.9"));
        assert!(super::numbers("1.24") < super::numbers(super::OLDEST_API));
        assert_eq!(super::quoted("a/b:c d"), "a%2Fb%3Ac%20d");
    }
}
