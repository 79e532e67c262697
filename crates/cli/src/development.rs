//! The development service of a directory, in this process: opened, with its organisation, serving
//! on loopback. What is said about it is its callers' matter.

pub(crate) mod audit;
pub(crate) mod identity_center;
pub(crate) mod organization;

use crate::directory::{Directory, RunningService};
use crate::exit::Failure;
use crate::serving::{Serving, control, give_up, not_listening};
use claviger_core::bootstrap::REGIONS;
use claviger_server::{Node, Server, Tls};
use organization::Organization;
use std::net::SocketAddr;
use tokio::task::JoinHandle;

/// A development service that serves.
pub(crate) struct Development {
    /// Where it listens.
    pub(crate) service: RunningService,
    /// Whose keys there are.
    pub(crate) organization: Organization,
    /// What it shows.
    pub(crate) node: Node,
    serving: Serving,
    answering: JoinHandle<()>,
}

impl Development {
    /// Makes the organisation where there is none and begins to serve.
    ///
    /// # Errors
    /// When something is in the way; the node is then closed.
    pub(crate) async fn start(
        directory: &Directory,
        node: Node,
        listen: SocketAddr,
        tls: Option<Tls>,
    ) -> Result<Self, Failure> {
        let started = Self::start_on(directory, node.clone(), listen, tls).await;
        if started.is_err() {
            give_up(&node).await;
        }
        started
    }

    async fn start_on(
        directory: &Directory,
        node: Node,
        listen: SocketAddr,
        tls: Option<Tls>,
    ) -> Result<Self, Failure> {
        let organization = organization::ensure(&node, directory).await?;
        let (control, own) = (control(&node, directory)?, node.clone());
        let is_tls = tls.is_some();
        let mut server = Server::bind(node, listen).await.map_err(not_listening)?;
        if let Some(tls) = tls {
            server = server.with_tls(tls);
        }
        let [home, ..] = REGIONS;
        let service = RunningService {
            address: server.local_addr(),
            pid: std::process::id(),
            region: home.to_owned(),
            tls: is_tls,
        };
        Ok(Self {
            service,
            organization,
            node: own,
            serving: Serving::start(server),
            answering: tokio::spawn(async move { control.serve().await }),
        })
    }

    /// Answers what is there, then ends.
    pub(crate) async fn drain(self) -> Result<(), Failure> {
        self.answering.abort();
        self.serving.drain().await
    }
}
