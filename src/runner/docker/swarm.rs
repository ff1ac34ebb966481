//! What the modules of a swarm have in common.

use super::{ApiError, Engine, at, text_at};
use crate::data::{Map, Value};
use crate::object;
use crate::runner::Failure;

/// What this engine is in a swarm.
pub struct Membership {
    pub info: Value,
}

impl Membership {
    /// Whether the engine belongs to a swarm, even one that it cannot reach.
    pub fn is_member(&self) -> bool {
        matches!(self.state(), "active" | "pending" | "error" | "locked")
    }

    pub fn state(&self) -> &str {
        text_at(&self.info, &["Swarm", "LocalNodeState"]).unwrap_or("inactive")
    }

    pub fn is_manager(&self) -> bool {
        at(&self.info, &["Swarm", "ControlAvailable"]).is_some_and(Value::is_truthy)
    }

    pub fn node_id(&self) -> &str {
        text_at(&self.info, &["Swarm", "NodeID"]).unwrap_or_default()
    }
}

impl Engine {
    pub fn membership(&self) -> Result<Membership, ApiError> {
        Ok(Membership { info: self.get("/info")? })
    }

    pub fn require_manager(&self) -> Result<(), Failure> {
        if self.membership()?.is_manager() {
            return Ok(());
        }
        Err(Failure::new("Error running docker swarm module: must run on swarm manager node"))
    }

    /// Join tokens, and the key that unlocks managers where they lock themselves.
    pub fn swarm_facts(&self) -> Result<Map, ApiError> {
        let swarm = self.get("/swarm")?;
        let locks = at(&swarm, &["Spec", "EncryptionConfig", "AutoLockManagers"]).is_some_and(Value::is_truthy);
        let key = if locks { self.get("/swarm/unlockkey")?.get("UnlockKey").cloned() } else { None };
        Ok(object! { "JoinTokens" => swarm.get("JoinTokens").cloned(), "UnlockKey" => key })
    }
}
