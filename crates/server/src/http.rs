//! The listener: takes connections, hands each request to the front, drains at the end. One path,
//! one method in practice: what a request is for stands in its headers and body, not in its URL,
//! so hyper alone serves it.

mod body;
mod connection;
mod front;
mod patience;
mod strangers;
#[cfg(test)]
mod tests;
mod unstoppable;

use crate::commit::StopError;
use crate::edges::now;
use crate::node::Node;
use crate::tls::Tls;
use connection::Taken;
use front::Front;
use hyper_util::server::graceful::GracefulShutdown;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout_at};

/// What a client may take of the service's room and time.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Connections at one time; the next ones wait to be taken. Each holds 1 MB of a body at most.
    connections: usize,
    /// For the head of a request, and for the rest before it.
    head_time: Duration,
    /// For a body.
    body_time: Duration,
    /// In which some of an answer must be taken.
    answer_time: Duration,
}

/// The limits in production.
const LIMITS: Limits = Limits {
    connections: 1024,
    head_time: Duration::from_secs(30),
    body_time: Duration::from_secs(60),
    answer_time: Duration::from_secs(30),
};
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

/// Listens on an address, and says which it has become: port 0 takes a free one.
pub(crate) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), BindError> {
    let failed = |source| BindError { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    Ok((listener, local))
}

/// A node that listens.
pub struct Server {
    node: Node,
    listener: TcpListener,
    local: SocketAddr,
    drain: Duration,
    limits: Limits,
    tls: Option<Tls>,
}

impl Server {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn bind(node: Node, address: SocketAddr) -> Result<Self, BindError> {
        let (listener, local) = listen(address).await?;
        Ok(Self {
            node,
            listener,
            local,
            drain: DRAIN,
            limits: LIMITS,
            tls: None,
        })
    }

    /// How long requests may take to end once the service stops; ten seconds unless set.
    #[must_use]
    pub fn with_drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// The most connections at one time; 1024 unless set.
    #[must_use]
    pub fn with_connections(mut self, most: usize) -> Self {
        self.limits.connections = most;
        self
    }

    /// Speaks TLS, and nothing else.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Serves until `until` resolves; then takes no more connections, lets the requests that are
    /// there end, and closes the node. A client whose request has not wholly arrived by the end of
    /// the time to drain is cut off.
    ///
    /// # Errors
    /// When the requests of proven callers, or their records, take longer than that.
    pub async fn serve(self, until: impl Future<Output = ()>) -> Result<(), DrainError> {
        let front = Arc::new(Front::new(self.node.clone(), self.limits.body_time));
        let due = tokio::spawn(do_due_work(self.node.clone()));
        let delivery = tokio::spawn(self.node.clone().deliver_always());
        let report = tokio::spawn(report_strangers(Arc::clone(&front)));
        let open = self.take_connections(&front, until).await;
        self.node.state().set_stopping();
        due.abort();
        delivery.abort();
        report.abort();
        self.end(&front, open).await
    }

    async fn take_connections(
        &self,
        front: &Arc<Front>,
        until: impl Future<Output = ()>,
    ) -> Connections {
        let mut open = Connections::default();
        let connections = &self.node.state().metrics().connections;
        let mut until = pin!(until);
        loop {
            let room = open.tasks.len() < self.limits.connections;
            tokio::select! {
                biased;
                () = &mut until => return open,
                Some(_) = open.tasks.join_next() => {
                    connections.dec();
                }
                accepted = self.listener.accept(), if room => match accepted {
                    Ok((stream, peer)) => {
                        connections.inc();
                        let (front, watcher) = (Arc::clone(front), open.graceful.watcher());
                        let taken = Taken { stream, peer, tls: self.tls.clone() };
                        open.tasks.spawn(connection::serve(taken, front, self.limits, watcher));
                    }
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(error) => {
                        tracing::warn!(%error, "no connection could be taken");
                        sleep(ACCEPT_REST).await;
                    }
                },
            }
        }
    }

    async fn end(self, front: &Front, open: Connections) -> Result<(), DrainError> {
        let Connections {
            mut tasks,
            graceful,
        } = open;
        drop(self.listener);
        let deadline = now() + self.drain;
        if timeout_at(deadline, graceful.shutdown()).await.is_err() {
            tracing::warn!("the time to drain is over; connections that are left are cut off");
        }
        let idle = timeout_at(deadline, front.idle()).await;
        tasks.shutdown().await;
        front.strangers().report();
        // Even then: what is in line is durable before the process ends.
        let left = deadline.saturating_duration_since(now());
        self.node.close(left.max(Duration::from_secs(1))).await?;
        idle.map_err(|_| DrainError::Requests)
    }
}

/// The connections that are open.
#[derive(Default)]
struct Connections {
    /// Dropping it cuts them off.
    tasks: JoinSet<()>,
    /// Tells them to end after the request that they are at.
    graceful: GracefulShutdown,
}

/// Whether a connection failed before it was taken. The next one may be good.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
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
