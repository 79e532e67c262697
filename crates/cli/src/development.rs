//! The development service of a directory, in this process: opened, with its organisation, serving
//! on loopback. What is said about it is its callers' matter.

pub(crate) mod audit;
pub(crate) mod identity_center;
pub(crate) mod organization;

use crate::directory::{Directory, RunningService};
use crate::exit::Failure;
use claviger_core::bootstrap::REGIONS;
use claviger_server::{
    CONTROL_SOCKET, Control, DrainError, Node, OpenError, OpenOptions, STORE_FILE, Server, Tls,
    store_path,
};
use organization::Organization;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long a node may take to close after a failed start.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// Opens the node of a directory, or makes one.
pub(crate) fn open(directory: &Directory) -> Result<Node, Failure> {
    // Before anything is made where a database should be.
    organization::needs_its_database(directory)?;
    needs_a_place_of_its_own(directory)?;
    Node::open(OpenOptions::new(directory.path())).map_err(|error| not_opened(error, directory))
}

/// A new installation is made only where nothing else lies: what somebody keeps there, such as the
/// settings of AWS tools in `~/.aws`, might bear the names of its own files.
fn needs_a_place_of_its_own(directory: &Directory) -> Result<(), Failure> {
    let path = directory.path();
    // A log without its database is the store's to tell.
    let log = directory.file(&format!("{STORE_FILE}-wal"));
    if store_path(path).exists() || log.exists() {
        return Ok(());
    }
    // One that cannot be read is told by whoever opens the node.
    let Ok(entries) = fs::read_dir(path) else {
        return Ok(());
    };
    let early = directory.early_files();
    let mut names = entries.flatten().map(|entry| entry.path());
    match names.find(|name| !early.contains(name)) {
        None => Ok(()),
        Some(other) => Err(Failure::new(format_args!(
            "{} holds something else: {}",
            path.display(),
            other.display()
        ))
        .next("take an empty directory, or one that does not exist, with --dir")),
    }
}

fn not_opened(error: OpenError, directory: &Directory) -> Failure {
    let in_use = matches!(
        &error,
        OpenError::Database(claviger_store::OpenError::InUse { .. })
    );
    let failure = Failure::new(error);
    match directory.service() {
        Ok(Some(service)) if in_use => failure.next(format_args!(
            "process {} runs it at {}; stop it with: kill {}",
            service.pid,
            service.endpoint(),
            service.pid
        )),
        _ => failure,
    }
}

/// A server that runs in the background until it is told to stop.
struct Serving {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), DrainError>>,
}

impl Serving {
    fn start(server: Server) -> Self {
        let (stop, told) = oneshot::channel();
        let ended = tokio::spawn(server.serve(async {
            // A sender that is gone means the same as one that sends.
            let _ = told.await;
        }));
        Self { stop, ended }
    }

    /// Answers what is there, then ends.
    async fn drain(self) -> Result<(), Failure> {
        let _ = self.stop.send(());
        self.ended
            .await
            .map_err(Failure::new)?
            .map_err(Failure::new)
    }
}

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
            // What fails already is told; that this fails too helps nobody.
            let _ = node.close(CLOSE_TIME).await;
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
        let mut server = Server::bind(node, listen)
            .await
            .map_err(|error| Failure::new(error).next("--listen 127.0.0.1:0 takes a free port"))?;
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

/// The socket for local commands.
fn control(node: &Node, directory: &Directory) -> Result<Control, Failure> {
    Control::bind(node.clone(), directory.path()).map_err(|error| {
        let path = directory.file(CONTROL_SOCKET);
        Failure::new(format_args!(
            "the socket {} cannot be made: {error}",
            path.display()
        ))
        .next("the path of a socket has at most 107 bytes; take a shorter --dir")
    })
}
