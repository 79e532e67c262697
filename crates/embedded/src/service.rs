//! What the thread of a service does, from its directory to its end: opens a node, makes the
//! development organisation, listens on loopback, sets the key of Identity Center up, serves. It
//! decides nothing about requests and keeps nothing.

use crate::builder::Builder;
use crate::error::Error;
use crate::worker::EndSignal;
use claviger_core::bootstrap::{
    BootstrapError, Credentials, Development, REGIONS, SECURITY_ACCOUNT, development,
};
use claviger_core::state::Instance;
use claviger_govern::LoopbackEndpoint;
use claviger_govern::identity_center::{Blueprint, set_up};
use claviger_server::{ArchiveSettings, DrainError, Node, OpenOptions, Server};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// How long a node may take to close when its service is cut off.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// A service that answers.
pub(crate) struct Started {
    pub(crate) node: Node,
    /// The service's own, for what must go on whoever gives up waiting.
    pub(crate) runtime: Handle,
    pub(crate) directory: PathBuf,
    pub(crate) endpoint: LoopbackEndpoint,
    pub(crate) admin: Credentials,
    pub(crate) outsider: Credentials,
    pub(crate) center: Center,
}

/// The instance of Identity Center as it was at the start.
pub(crate) struct Center {
    pub(crate) instance_arn: String,
    pub(crate) identity_store_id: String,
    pub(crate) key_arn: Option<String>,
}

/// Starts a service, reports it once it answers, and serves until the end. When it returns, nothing
/// holds the store any more and the directory is gone.
pub(crate) fn run(
    options: &Builder,
    end: EndSignal,
    report: impl FnOnce(Started),
) -> Result<(), Error> {
    let place = options.place()?;
    // One thread does: the work of a request is short, and many services may run side by side.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Thread)?;
    let lived = runtime.block_on(live(options, place.path(), end, report));
    // Tasks that were cut off end here, before their directory does.
    drop(runtime);
    let removed = place.close().map_err(Error::Directory);
    lived.and(removed)
}

async fn live(
    options: &Builder,
    directory: &Path,
    end: EndSignal,
    report: impl FnOnce(Started),
) -> Result<(), Error> {
    let node = Node::open(OpenOptions {
        archive: options
            .archive
            .then(|| ArchiveSettings::development(directory.join("archive"))),
        ..OpenOptions::new(directory)
    })?;
    let lived = start_and_serve(options, directory, &node, end, report).await;
    // After a drain it is closed already, and this changes nothing.
    let closed = node.close(CLOSE_TIME).await;
    lived.and(closed.map_err(|error| DrainError::from(error).into()))
}

async fn start_and_serve(
    options: &Builder,
    directory: &Path,
    node: &Node,
    mut end: EndSignal,
    report: impl FnOnce(Started),
) -> Result<(), Error> {
    let made = organization(node).await?;
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::bind(node.clone(), free).await?;
    let endpoint = LoopbackEndpoint {
        url: format!("http://{}", server.local_addr()),
    };
    let (drain, told) = oneshot::channel::<()>();
    // Dropped, it cuts its connections off.
    let mut serving = pin!(server.serve(async {
        // A sender that is gone means the same as one that sends.
        let _ = told.await;
    }));
    let center = tokio::select! {
        center = center(options, node, &endpoint, &made.admin) => center?,
        // Whoever waited for the start has given up.
        _ = &mut end => return Ok(()),
        ended = &mut serving => return Ok(ended?),
    };
    report(Started {
        node: node.clone(),
        runtime: Handle::current(),
        directory: directory.to_owned(),
        endpoint,
        admin: made.admin,
        outsider: made.outsider,
        center,
    });
    serve(serving, end, drain).await
}

/// Serves until it is told to drain, which it then does, or until nobody is left to tell it.
async fn serve(
    mut serving: impl Future<Output = Result<(), DrainError>> + Unpin,
    end: EndSignal,
    drain: oneshot::Sender<()>,
) -> Result<(), Error> {
    tokio::select! {
        asked = end => if asked.is_err() {
            return Ok(());
        },
        ended = &mut serving => return Ok(ended?),
    }
    drop(drain);
    Ok(serving.await?)
}

/// Whose access keys there are.
struct Organization {
    admin: Credentials,
    outsider: Credentials,
}

async fn organization(node: &Node) -> Result<Organization, Error> {
    let snapshot = node.snapshot();
    let Development {
        outcome,
        admin,
        outsider,
    } = development(node.state().conditions(&snapshot), node.seed())?;
    node.commit_own(outcome).await?;
    Ok(Organization { admin, outsider })
}

async fn center(
    options: &Builder,
    node: &Node,
    endpoint: &LoopbackEndpoint,
    admin: &Credentials,
) -> Result<Center, Error> {
    let key_arn = if options.identity_center_key {
        let [home, ..] = REGIONS;
        let id = admin.access_key_id.as_str();
        let sdk = endpoint.sdk(home, id, &admin.secret_access_key, None);
        let blueprint = Blueprint {
            delegated_administrator: Some(SECURITY_ACCOUNT.parse().map_err(BootstrapError::from)?),
        };
        Some(set_up(&sdk, &blueprint, |_| {}).await?.key_arn)
    } else {
        None
    };
    let snapshot = node.snapshot();
    // The bootstrap makes exactly one.
    let instance = snapshot.all::<Instance>().next().ok_or(Error::Ended)?;
    Ok(Center {
        instance_arn: instance.arn(),
        identity_store_id: instance.identity_store_id.clone(),
        key_arn,
    })
}
