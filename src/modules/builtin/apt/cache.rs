//! The lists of packages, and how old they are.

use std::time::{Duration, UNIX_EPOCH};

use super::Apt;
use crate::data::Map;
use crate::runner::{Failure, Target};

/// What the result tells of the lists.
pub struct State {
    pub was_updated: bool,
    time: u64,
}

impl State {
    pub fn now() -> Self {
        Self { was_updated: false, time: time() }
    }

    pub fn tell(&self, result: &mut Map) {
        result.insert("cache_updated", self.was_updated);
        result.insert("cache_update_time", self.time);
    }

    pub fn tell_failure(&self, failure: Failure) -> Failure {
        // An unknown name is told before anything is known of the lists.
        if failure.message.starts_with("No package") {
            return failure;
        }
        failure.with("cache_updated", self.was_updated).with("cache_update_time", self.time)
    }
}

/// When the lists were fetched, in seconds since 1970.
fn time() -> u64 {
    let stamps = ["/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists"];
    let modified = stamps.iter().find_map(|path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok());
    modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_secs())
}

impl Apt {
    /// Fetches the lists where they are too old.
    pub(super) fn update(&self, state: &mut State, target: &mut Target) -> Result<(), Failure> {
        let now = target.environment().clock.now().as_second();
        if self.cache_valid_time > 0 && state.time as i64 + self.cache_valid_time >= now {
            return Ok(());
        }
        if target.is_check() {
            state.was_updated = true;
            return Ok(());
        }
        let program = target.required_program("apt-get")?;
        let mut last = String::new();
        for attempt in 0..self.update_cache_retries.max(1) {
            let finished = self
                .environment_of(target.command([&program]))
                .arg("-q")
                .arg("-o")
                .arg(format!("DPkg::Lock::Timeout={}", self.lock_timeout))
                .arg("-o")
                .arg("APT::Update::Error-Mode=any")
                .arg("update")
                .run_or_fail()?;
            if finished.is_success() {
                let time = time();
                state.was_updated = time != state.time;
                state.time = time;
                return Ok(());
            }
            last = finished.stderr_text();
            let delay = (1_i64 << attempt.min(20)).min(self.update_cache_retry_max_delay.max(0));
            if attempt + 1 < self.update_cache_retries {
                target.sleep(Duration::from_secs(delay as u64))?;
            }
        }
        let why = if last.trim().is_empty() { "unknown reason" } else { last.trim() };
        Err(Failure::new(format!("Failed to update apt cache after {} retries: {why}", self.update_cache_retries)))
    }
}
