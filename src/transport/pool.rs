//! The real carrier: one session a host, opened when it is first needed and shared by all calls to
//! it; bounded dialling; routes to other users' runners behind each session.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::task::JoinSet;

use super::session::{Cargo, DialBack, Session, WayBack};
use super::{
    BoxFuture, CallError, Carrier, Connection, ConnectionPlugin, Endpoint, Output, Request, Surroundings, Unreachable,
};
use crate::wire::{BecomeAs, Reply, Route};

/// All sessions of a run.
pub struct Pool {
    build: Arc<str>,
    connections: HashMap<&'static str, Arc<dyn Connection>>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    dialling: Semaphore,
}

/// One endpoint. The lock is held while it is dialled, so that many calls dial once.
#[derive(Default)]
struct Host {
    open: AsyncMutex<Option<Arc<Open>>>,
}

/// A session and the routes behind it.
struct Open {
    session: Session,
    routes: Mutex<HashMap<String, Arc<AsyncMutex<Option<Route>>>>>,
    next_route: AtomicU16,
}

impl Pool {
    /// `handshakes` bounds how many hosts are dialled at a time.
    pub fn new(surroundings: &Surroundings, plugins: &[&'static ConnectionPlugin], handshakes: usize) -> Self {
        let mut connections = HashMap::new();
        for plugin in plugins {
            let connection = (plugin.make)(surroundings);
            for alias in plugin.aliases {
                connections.insert(*alias, Arc::clone(&connection));
            }
            connections.insert(plugin.declaration.name, connection);
        }
        Self {
            build: Arc::clone(&surroundings.build),
            connections,
            hosts: Mutex::default(),
            dialling: Semaphore::new(handshakes.max(1)),
        }
    }

    fn connection(&self, endpoint: &Endpoint) -> Result<&Arc<dyn Connection>, Unreachable> {
        self.connections
            .get(&*endpoint.connection)
            .ok_or_else(|| Unreachable::new(format!("the connection plugin '{}' was not found", endpoint.connection)))
    }

    fn host(&self, endpoint: &Endpoint) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(hosts.entry(key(endpoint)).or_default())
    }

    /// The host's session; dials where there is none or where it was lost.
    async fn session(&self, endpoint: &Endpoint) -> Result<Arc<Open>, Unreachable> {
        let host = self.host(endpoint);
        let mut open = host.open.lock().await;
        if let Some(open) = open.as_ref().filter(|open| open.session.lost().is_none()) {
            return Ok(Arc::clone(open));
        }
        let connection = self.connection(endpoint)?;
        let _permit = self.dialling.acquire().await.expect("nobody closes the semaphore");
        let link = connection.open(endpoint).await?;
        let way_back = connection
            .patience(endpoint)
            .map(|patience| WayBack { dial: way_back(Arc::clone(connection), endpoint.clone()), patience });
        let session = Session::start(link, &self.build, way_back).await?;
        let fresh = Arc::new(Open { session, routes: Mutex::default(), next_route: AtomicU16::new(1) });
        *open = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn call_once(&self, request: Request<'_>) -> Result<Reply, CallError> {
        let Request { endpoint, become_as, call, blobs, live } = request;
        let open = self.session(endpoint).await?;
        let route = open.route(become_as).await?;
        open.session.call(Cargo { route, call, blobs, live }).await
    }
}

impl Open {
    /// The route to a user's runner; opens it at first need and again when its runner has ended.
    async fn route(&self, become_as: Option<&BecomeAs>) -> Result<Route, CallError> {
        let Some(become_as) = become_as.filter(|become_as| become_as.user != self.session.hello().user) else {
            return Ok(0);
        };
        let place = {
            let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(routes.entry(become_key(become_as)).or_default())
        };
        let mut place = place.lock().await;
        if let Some(route) = place.filter(|route| !self.session.route_ended(*route)) {
            return Ok(route);
        }
        let route = self.next_route.fetch_add(1, Ordering::Relaxed);
        self.session.open_route(route, become_as).await?;
        *place = Some(route);
        Ok(route)
    }
}

impl Carrier for Pool {
    fn call<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, CallError>> {
        Box::pin(self.call_once(request))
    }

    fn exec<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        become_as: Option<&'a BecomeAs>,
        command: &'a str,
        stdin: &'a [u8],
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        Box::pin(async move {
            let connection = self.connection(endpoint)?;
            let line = match become_as {
                None => command.to_owned(),
                Some(become_as) => super::become_line(become_as, command),
            };
            Ok(connection.exec(endpoint, &line, stdin).await?)
        })
    }

    fn reset<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<(), Unreachable>> {
        Box::pin(async move {
            let host = self.hosts.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(endpoint));
            let Some(host) = host else { return Ok(()) };
            let open = host.open.lock().await.take();
            if let Some(open) = open {
                open.session.close().await;
            }
            self.connection(endpoint)?.reset(endpoint).await
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let hosts = std::mem::take(&mut *self.hosts.lock().unwrap_or_else(PoisonError::into_inner));
            let mut closing = JoinSet::new();
            for host in hosts.into_values() {
                closing.spawn(async move {
                    if let Some(open) = host.open.lock().await.take() {
                        open.session.close().await;
                    }
                });
            }
            while closing.join_next().await.is_some() {}
        })
    }
}

fn way_back(connection: Arc<dyn Connection>, endpoint: Endpoint) -> DialBack {
    Box::new(move |instance| {
        let (connection, endpoint) = (Arc::clone(&connection), endpoint.clone());
        Box::pin(async move { connection.go_back(&endpoint, &instance).await })
    })
}

/// Equal endpoints have equal keys. Options come in the declaration's order.
fn key(endpoint: &Endpoint) -> String {
    format!("{}\0{}\0{:?}", endpoint.connection, endpoint.host, endpoint.options)
}

fn become_key(become_as: &BecomeAs) -> String {
    format!("{}\0{}\0{:?}\0{:?}", become_as.method, become_as.user, become_as.argv, become_as.password)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Map;
    use crate::transport::{Declaration, Link};
    use crate::wire::{self, Body, Call, Frame, Hello};
    use std::sync::atomic::AtomicUsize;
    use tokio::io::AsyncWriteExt;

    static DECLARATION: Declaration = Declaration { name: "fake", options: &[], own: &[] };
    static PLUGIN: ConnectionPlugin = ConnectionPlugin {
        declaration: &DECLARATION,
        aliases: &["pretended"],
        summary: "",
        make: |_| Arc::new(Fake::default()),
    };

    /// Every open is counted and its number is the user of the runner, which answers every call with
    /// nothing and ends after a call of `die`.
    #[derive(Default)]
    struct Fake {
        opened: AtomicUsize,
    }

    impl Connection for Fake {
        fn open<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Link, Unreachable>> {
            Box::pin(async move {
                if &*endpoint.host == "down" {
                    return Err(Unreachable::new("no route"));
                }
                let number = self.opened.fetch_add(1, Ordering::Relaxed);
                let (here, there) = tokio::io::duplex(4096);
                tokio::spawn(async move {
                    let (mut reader, mut writer) = tokio::io::split(there);
                    let hello = Hello {
                        build: "b".into(),
                        instance: "i".into(),
                        user: number.to_string(),
                        uid: 0,
                        hostname: "h".into(),
                    };
                    let mut send = async |route, body| {
                        let _ = writer.write_all(&wire::encode(&Frame { route, body })).await;
                    };
                    send(0, Body::Hello(hello)).await;
                    while let Ok(frame) = crate::transport::session::read_frame(&mut reader).await {
                        match frame.body {
                            Body::Call(_, call) if call.module == "die" => return,
                            Body::Call(id, _) => {
                                let result = Map::from([("route", i64::from(frame.route)), ("opened", number as i64)]);
                                send(frame.route, Body::Reply(id, Reply { result, ..Reply::default() })).await;
                            }
                            Body::Become(_) => send(frame.route, Body::Became(Ok(()))).await,
                            _ => {}
                        }
                    }
                });
                let (reader, writer) = tokio::io::split(here);
                Ok(Link { reader: Box::new(reader), writer: Box::new(writer) })
            })
        }

        fn exec<'a>(
            &'a self,
            _endpoint: &'a Endpoint,
            command: &'a str,
            stdin: &'a [u8],
        ) -> BoxFuture<'a, Result<Output, Unreachable>> {
            Box::pin(
                async move { Ok(Output { code: 0, stdout: [command.as_bytes(), stdin].concat(), stderr: Vec::new() }) },
            )
        }
    }

    fn pool() -> Pool {
        Pool::new(&super::super::tests::surroundings(), &[&PLUGIN], 2)
    }

    fn endpoint(host: &str) -> Endpoint {
        Endpoint { host: host.into(), connection: "pretended".into(), options: Arc::new(Map::new()) }
    }

    async fn call(pool: &Pool, host: &str, user: Option<&str>, module: &str) -> Result<(i64, i64), String> {
        let become_as = user.map(|user| BecomeAs {
            user: user.into(),
            argv: Vec::new(),
            prompts: Vec::new(),
            failures: Vec::new(),
            missing: Vec::new(),
            password: None,
            method: "sudo".into(),
        });
        let endpoint = endpoint(host);
        let call = Call { module: module.into(), ..Call::default() };
        let request = Request { endpoint: &endpoint, become_as: become_as.as_ref(), call, blobs: None, live: None };
        let reply = pool.call(request).await.map_err(|error| error.to_string())?;
        let number = |key| reply.result.get(key).and_then(crate::data::Value::as_int).expect("a number");
        Ok((number("opened"), number("route")))
    }

    #[tokio::test]
    async fn a_host_is_dialled_once_and_again_when_lost() {
        let pool = pool();
        let (first, second) = tokio::join!(call(&pool, "a", None, "x"), call(&pool, "a", None, "x"));
        assert_eq!((first, second), (Ok((0, 0)), Ok((0, 0))));
        assert_eq!(call(&pool, "b", None, "x").await, Ok((1, 0)));
        assert!(call(&pool, "a", None, "die").await.is_err());
        assert_eq!(call(&pool, "a", None, "x").await, Ok((2, 0)));
        assert_eq!(call(&pool, "down", None, "x").await, Err("no route".into()));
    }

    #[tokio::test]
    async fn other_users_get_routes_and_oneself_does_not() {
        let pool = pool();
        assert_eq!(call(&pool, "a", Some("root"), "x").await, Ok((0, 1)));
        assert_eq!(call(&pool, "a", Some("other"), "x").await, Ok((0, 2)));
        assert_eq!(call(&pool, "a", Some("root"), "x").await, Ok((0, 1)));
        assert_eq!(call(&pool, "a", Some("0"), "x").await, Ok((0, 0)));
    }

    #[tokio::test]
    async fn a_reset_host_is_dialled_anew() {
        let pool = pool();
        assert_eq!(call(&pool, "a", None, "x").await, Ok((0, 0)));
        pool.reset(&endpoint("a")).await.expect("reset");
        assert_eq!(call(&pool, "a", None, "x").await, Ok((1, 0)));
        pool.close().await;
    }
}
