//! What goes wrong between us and the engine.

use std::fmt;

use crate::data::Value;
use crate::runner::Failure;

/// An answer that is an error, or none at all. Reads as the reference's client words it.
#[derive(Clone, Debug)]
pub struct ApiError {
    pub status: Option<u16>,
    /// What the engine says, alone.
    pub message: String,
    shown: String,
}

impl ApiError {
    pub(super) fn answer(status: u16, reason: &str, url: &str, body: &str) -> Self {
        let message = crate::data::json::parse(body, &crate::diagnostic::Origin::none())
            .ok()
            .and_then(|value| value.get("message").and_then(Value::as_str).map(str::to_owned))
            .unwrap_or_else(|| body.trim().to_owned());
        let side = if status >= 500 { "Server" } else { "Client" };
        let shown = format!("{status} {side} Error for {url}: {reason} (\"{message}\")");
        Self { status: Some(status), message, shown }
    }

    pub(super) fn transport(error: impl fmt::Display) -> Self {
        Self::said(format!("('Connection aborted.', {error})"))
    }

    pub fn said(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status: None, shown: message.clone(), message }
    }

    pub fn is_not_found(&self) -> bool {
        self.status == Some(404)
    }

    pub fn is_conflict(&self) -> bool {
        self.status == Some(409)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl std::error::Error for ApiError {}

/// Where a module has nothing better to say.
impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Failure::new(format!("An unexpected Docker error occurred: {error}"))
    }
}
