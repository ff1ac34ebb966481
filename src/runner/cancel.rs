//! Ending a call: its commands' process groups, and everybody who waits.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// Shared between the call and whoever may end it.
#[derive(Clone, Default)]
pub struct Cancel {
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    groups: Mutex<BTreeSet<i32>>,
    changed: Condvar,
}

/// The same call.
impl PartialEq for Cancel {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }
}

/// How long a process group may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);

impl Cancel {
    pub fn is_cancelled(&self) -> bool {
        self.state.cancelled.load(Ordering::SeqCst)
    }

    /// Ends the running commands: politely, and after a while by force.
    pub fn cancel(&self) {
        self.state.cancelled.store(true, Ordering::SeqCst);
        self.state.changed.notify_all();
        self.signal(Signal::TERM);
        let groups = self.state.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.state.changed.wait_timeout_while(groups, GRACE, |groups| !groups.is_empty());
        drop(waited);
        self.signal(Signal::KILL);
    }

    /// Sleeps, but not beyond a cancel. Tells whether it was not cancelled.
    pub fn sleep(&self, time: Duration) -> bool {
        let groups = self.state.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.state.changed.wait_timeout_while(groups, time, |_| !self.is_cancelled());
        drop(waited);
        !self.is_cancelled()
    }

    pub(super) fn register(&self, group: i32) {
        self.state.groups.lock().unwrap_or_else(PoisonError::into_inner).insert(group);
        if self.is_cancelled() {
            self.signal(Signal::KILL);
        }
    }

    pub(super) fn unregister(&self, group: i32) {
        self.state.groups.lock().unwrap_or_else(PoisonError::into_inner).remove(&group);
        self.state.changed.notify_all();
    }

    fn signal(&self, signal: Signal) {
        let groups = self.state.groups.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for group in groups.into_iter().filter_map(Pid::from_raw) {
            // It may just have ended.
            let _ = kill_process_group(group, signal);
        }
    }
}
