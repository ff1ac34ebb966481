//! A carrier without hosts: runs modules in this process, by a function that is handed down, on
//! tokio's blocking pool. For tests and benches with thousands of hosts.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{BoxFuture, CallError, Carrier, Endpoint, Output, Request, Unreachable};
use crate::wire::{BecomeAs, Call, Reply};

/// Runs a call as the named host would.
pub type Perform = dyn Fn(&str, Call) -> Result<Reply, CallError> + Send + Sync;

pub struct InProcess {
    perform: Arc<Perform>,
    running: Semaphore,
}

impl InProcess {
    /// `limit` bounds how many calls run at a time.
    pub fn new(limit: usize, perform: impl Fn(&str, Call) -> Result<Reply, CallError> + Send + Sync + 'static) -> Self {
        Self { perform: Arc::new(perform), running: Semaphore::new(limit.max(1)) }
    }
}

impl Carrier for InProcess {
    fn call<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, CallError>> {
        Box::pin(async move {
            let _permit = self.running.acquire().await.expect("nobody closes the semaphore");
            let perform = Arc::clone(&self.perform);
            let host = Arc::clone(&request.endpoint.host);
            let call = request.call;
            match tokio::task::spawn_blocking(move || perform(&host, call)).await {
                Ok(result) => result,
                // A panic of the module goes on in the task that called it, which catches it there.
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => Err(CallError::Cancelled),
            }
        })
    }

    fn exec<'a>(
        &'a self,
        _endpoint: &'a Endpoint,
        _become_as: Option<&'a BecomeAs>,
        _command: &'a str,
        _stdin: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        Box::pin(async { Err(Unreachable::new("a host in this process has no shell").into()) })
    }

    fn reset<'a>(&'a self, _endpoint: &'a Endpoint) -> BoxFuture<'a, Result<(), Unreachable>> {
        Box::pin(async { Ok(()) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Map;

    #[tokio::test]
    async fn a_call_runs_as_its_host() {
        let carrier = InProcess::new(2, |host, call| {
            Ok(Reply { result: Map::from([("host", host), ("module", call.module.as_str())]), ..Reply::default() })
        });
        let endpoint = Endpoint { host: "web1".into(), connection: "local".into(), options: Arc::new(Map::new()) };
        let call = Call { module: "ping".into(), ..Call::default() };
        let request = Request { endpoint: &endpoint, become_as: None, call, blobs: None, live: None };
        let reply = carrier.call(request).await.expect("a reply");
        assert_eq!(reply.result, Map::from([("host", "web1"), ("module", "ping")]));
    }
}
