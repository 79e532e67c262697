//! A server in the background of this process, and what stands beside it whichever command runs it.

use crate::directory::Directory;
use crate::exit::Failure;
use claviger_server::{BindError, CONTROL_SOCKET, Control, DrainError, Node, Server};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server that runs in the background until it is told to stop.
pub(crate) struct Serving {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), DrainError>>,
}

impl Serving {
    pub(crate) fn start(server: Server) -> Self {
        let (stop, told) = oneshot::channel();
        let ended = tokio::spawn(server.serve(async {
            // A sender that is gone means the same as one that sends.
            let _ = told.await;
        }));
        Self { stop, ended }
    }

    /// Answers what is there, then ends.
    pub(crate) async fn drain(self) -> Result<(), Failure> {
        let _ = self.stop.send(());
        self.ended.await.map_err(Failure::defect)?.map_err(|error| {
            Failure::new(error).next(
                "run the same command again: it goes on with what was recorded; claviger trail \
                 verify shows that it is whole",
            )
        })
    }
}

/// How long a node may take to close after a failed start.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// Closes the node of a start that failed. What fails already is told; that this fails too helps
/// nobody.
pub(crate) async fn give_up(node: &Node) {
    let _ = node.close(CLOSE_TIME).await;
}

/// In bytes, of a Unix socket (unix(7), `sun_path` without its last zero).
const LONGEST_SOCKET_PATH: usize = 107;

/// The socket for local commands.
pub(crate) fn control(node: &Node, directory: &Directory) -> Result<Control, Failure> {
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
            "the path of a socket has at most {LONGEST_SOCKET_PATH} bytes; take a directory with a \
             shorter path"
        ))
    })
}

/// Whether an address can be listened on, before anything is made for it. Somebody may still be
/// faster; then the service says so when it begins to listen.
pub(crate) fn is_free(address: SocketAddr) -> Result<(), Failure> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(source) => Err(not_listening(BindError { address, source })),
    }
}

/// An address that cannot be had.
pub(crate) fn not_listening(error: BindError) -> Failure {
    Failure::new(error).next("--listen 127.0.0.1:0 takes a free port")
}

/// Each connection takes a file descriptor, and the usual soft limit of 1024 leaves none for the
/// database. Where it cannot be raised the service runs with what there is.
pub(crate) fn allow_more_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
