//! A server in the background of this process, and what stands beside it whichever command runs it.

use crate::directory::Directory;
use crate::exit::Failure;
use claviger_server::{CONTROL_SOCKET, Control, DrainError, Node, Server};
use rustix::process::{Resource, getrlimit, setrlimit};
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
        self.ended
            .await
            .map_err(Failure::new)?
            .map_err(Failure::new)
    }
}

/// The socket for local commands.
pub(crate) fn control(node: &Node, directory: &Directory) -> Result<Control, Failure> {
    Control::bind(node.clone(), directory.path()).map_err(|error| {
        let path = directory.file(CONTROL_SOCKET);
        Failure::new(format_args!(
            "the socket {} cannot be made: {error}",
            path.display()
        ))
        .next("the path of a socket has at most 107 bytes; take a directory with a shorter path")
    })
}

/// Each connection takes a file descriptor, and the usual soft limit of 1024 leaves none for the
/// database. Where it cannot be raised the service runs with what there is.
pub(crate) fn allow_more_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
