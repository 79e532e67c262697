//! The listener: takes connections, hands each request to the front, drains at the end. One path,
//! one method in practice: what a request is for stands in its headers and body, not in its URL,
//! so hyper alone serves it.

mod body;
mod front;
mod strangers;

use crate::commit::StopError;
use crate::node::Node;
use front::Front;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

/// How long a client may take over the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// The most bytes of a request's head.
const HEAD_BYTES: usize = 64 * 1024;
/// How long the listener rests when the operating system gives no connection, for want of file
/// descriptors for example.
const ACCEPT_REST: Duration = Duration::from_millis(100);
/// How often due work is looked for.
const DUE_EVERY: Duration = Duration::from_secs(1);
/// How often the failures of strangers are logged.
const STRANGERS_EVERY: Duration = Duration::from_secs(60);
/// How long requests may take to end once the service stops.
const DRAIN: Duration = Duration::from_secs(10);

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}; choose another address or stop what listens there")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// What the operating system said.
    pub source: io::Error,
}

/// The service did not come to a clean end.
#[derive(Debug, thiserror::Error)]
pub enum DrainError {
    /// Requests did not end in time.
    #[error("some requests did not end within the time to drain")]
    Requests,
    /// The commit loop did not end in time.
    #[error(transparent)]
    Commits(#[from] StopError),
}

/// A node that listens.
pub struct Server {
    node: Node,
    listener: TcpListener,
    local: SocketAddr,
    drain: Duration,
}

impl Server {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn bind(node: Node, address: SocketAddr) -> Result<Self, BindError> {
        let failed = |source| BindError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        Ok(Self {
            node,
            listener,
            local,
            drain: DRAIN,
        })
    }

    /// How long requests may take to end once the service stops; ten seconds unless set.
    #[must_use]
    pub fn with_drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Serves until `until` resolves; then takes no more connections, lets the requests that are
    /// there end, and closes the node.
    ///
    /// # Errors
    /// When that takes longer than the time to drain.
    pub async fn serve(self, until: impl Future<Output = ()>) -> Result<(), DrainError> {
        let front = Arc::new(Front::new(self.node.clone()));
        let connections = GracefulShutdown::new();
        let due = tokio::spawn(do_due_work(self.node.clone()));
        let report = tokio::spawn(report_strangers(Arc::clone(&front)));
        let mut until = pin!(until);
        loop {
            tokio::select! {
                biased;
                () = &mut until => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => connect(stream, peer, &front, &connections),
                    Err(error) => {
                        tracing::warn!(%error, "no connection could be taken");
                        sleep(ACCEPT_REST).await;
                    }
                },
            }
        }
        drop(self.listener);
        due.abort();
        report.abort();
        let deadline = now() + self.drain;
        let ended = timeout_at(deadline, async {
            connections.shutdown().await;
            front.idle().await;
        })
        .await;
        front.strangers().report();
        // Even then: what is in line is durable before the process ends.
        let left = deadline.saturating_duration_since(now());
        self.node.close(left.max(Duration::from_secs(1))).await?;
        ended.map_err(|_| DrainError::Requests)
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the edge measures with tokio's clock, which tests can hold"
)]
fn now() -> Instant {
    Instant::now()
}

fn connect(
    stream: TcpStream,
    peer: SocketAddr,
    front: &Arc<Front>,
    connections: &GracefulShutdown,
) {
    // Without it a reply may wait for an acknowledgement; a refusal only costs that.
    let _ = stream.set_nodelay(true);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES);
    let front = Arc::clone(front);
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(front.answer(peer, request).await.map(Full::new)) }
    });
    let connection = builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    let watched = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = watched.await {
            tracing::debug!(%peer, error, "a connection ended early");
        }
    });
}

async fn do_due_work(node: Node) {
    let mut ticks = interval(DUE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match node.do_due_work().await {
            Ok(0) => {}
            Ok(done) => tracing::info!(done, "due work was done"),
            Err(error) => tracing::error!(%error, "due work was not done; trying again"),
        }
    }
}

async fn report_strangers(front: Arc<Front>) {
    let mut ticks = interval(STRANGERS_EVERY);
    loop {
        ticks.tick().await;
        front.strangers().report();
    }
}
