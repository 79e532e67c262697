//! The development service of a directory, in this process: opened, with its organisation, serving
//! on loopback. What is said about it is its callers' matter.

pub(crate) mod audit;
pub(crate) mod identity_center;
pub(crate) mod organization;

use crate::directory::{Directory, RunningService};
use crate::exit::Failure;
use crate::progress::Progress;
use claviger_core::bootstrap::REGIONS;
use claviger_server::{
    BindError, CONTROL_SOCKET, Control, DrainError, Node, OpenError, OpenOptions, STORE_FILE,
    Server, Tls, store_path,
};
use organization::Organization;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long a node may take to close after a failed start.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// In bytes, of a Unix socket (unix(7), `sun_path` without its last zero).
const LONGEST_SOCKET_PATH: usize = 107;

/// Opens the node of a directory, or makes one.
pub(crate) fn open(directory: &Directory) -> Result<Node, Failure> {
    // Before anything is made where a database should be.
    organization::needs_its_database(directory)?;
    needs_a_place_of_its_own(directory)?;
    let _opening = Progress::start("opening the database");
    Node::open(OpenOptions::new(directory.path())).map_err(|error| not_opened(error, directory))
}

/// Whether opening the directory would make something in it.
pub(crate) fn is_new(directory: &Directory) -> bool {
    !store_path(directory.path()).exists()
}

/// Whether an address can be listened on, before anything is made for it. Somebody may still be
/// faster; then the service says so when it begins to listen.
pub(crate) fn is_free(address: SocketAddr) -> Result<(), Failure> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(source) => Err(not_listening(BindError { address, source })),
    }
}

fn not_listening(error: BindError) -> Failure {
    Failure::new(error).next("--listen 127.0.0.1:0 takes a free port")
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
        self.ended.await.map_err(Failure::defect)?.map_err(|error| {
            Failure::new(error).next(
                "run the same command again: it goes on with what was recorded; claviger trail \
                 verify shows that it is whole",
            )
        })
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

/// The socket for local commands.
fn control(node: &Node, directory: &Directory) -> Result<Control, Failure> {
    Control::bind(node.clone(), directory.path()).map_err(|error| {
        let path = directory.file(CONTROL_SOCKET);
        if path.as_os_str().len() <= LONGEST_SOCKET_PATH {
            return Failure::file(&path, &error);
        }
        Failure::new(format_args!(
            "the socket {} cannot be made: {error}",
            path.display()
        ))
        .next(format_args!(
            "the path of a socket has at most {LONGEST_SOCKET_PATH} bytes; take a shorter --dir"
        ))
    })
}
