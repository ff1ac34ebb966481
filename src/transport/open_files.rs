//! How many files may be open. A session is one, so a run raises its limit as far as it may; what it
//! starts gets the limit that the user had.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::process::Command;

/// The limit as the user had it.
#[derive(Clone, Copy, Debug)]
pub struct OpenFiles(Option<u64>);

impl OpenFiles {
    pub fn now() -> Self {
        Self(getrlimit(Resource::Nofile).current)
    }

    /// Lets this process have as many as it may.
    pub fn raise() {
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        // With fewer, there is room for fewer hosts.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }

    /// Gives a command the user's limit.
    pub fn restore_in(self, command: &mut Command) {
        // SAFETY: between fork and exec only two bare system calls are made.
        unsafe {
            command.pre_exec(move || {
                let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
                if current != self.0 {
                    setrlimit(Resource::Nofile, Rlimit { current: self.0, maximum })?;
                }
                Ok(())
            });
        }
    }
}
