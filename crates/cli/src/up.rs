//! `claviger up`: runs the development service in the foreground. On a new directory it makes the
//! development organisation and sets up Identity Center's key; on one that was used before it goes
//! on where that stopped and changes nothing.

mod audit;
mod identity_center;
mod organization;
mod signals;
mod summary;

use crate::arguments::Up;
use crate::directory::{Directory, RunningService};
use crate::exit::{Done, Failure};
use crate::output::Format;
use claviger_core::bootstrap::REGIONS;
use claviger_server::{
    CONTROL_SOCKET, Control, DrainError, Node, OpenError, OpenOptions, Server, runtime,
};
use organization::Organization;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::net::SocketAddr;
use summary::Summary;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing_subscriber::EnvFilter;

/// Filters the log on standard error, as `tracing` filters do: `debug`, `claviger_server=trace`.
const LOG_FILTER: &str = "CLAVIGER_LOG";

pub(crate) fn run(arguments: &Up, format: Format) -> Result<Done, Failure> {
    start_log()?;
    loopback_only(arguments.listen)?;
    allow_more_files();
    let directory = Directory::new(&arguments.place.dir);
    let node = Node::open(OpenOptions::new(directory.path()))
        .map_err(|error| not_opened(error, &directory))?;
    let runtime = runtime().map_err(Failure::new)?;
    runtime.block_on(up(&directory, node, arguments.listen, format))
}

fn start_log() -> Result<(), Failure> {
    let text = std::env::var(LOG_FILTER).unwrap_or_else(|_| "warn".to_owned());
    let filter = EnvFilter::try_new(&text).map_err(|e| {
        Failure::wrong_use(format_args!("{LOG_FILTER}={text}: {e}"))
            .next("use a level such as info, or target=level pairs")
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

/// Each connection takes a file descriptor, and the usual soft limit of 1024 leaves none for the
/// database. Where it cannot be raised the service runs with what there is.
fn allow_more_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

/// The service speaks plain HTTP, so nobody else on the network may reach it.
fn loopback_only(address: SocketAddr) -> Result<(), Failure> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(Failure::wrong_use(format_args!(
        "{address} is not a loopback address; the development service speaks plain HTTP and listens \
         on loopback only"
    ))
    .next(format_args!("--listen 127.0.0.1:{}", address.port())))
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

async fn up(
    directory: &Directory,
    node: Node,
    listen: SocketAddr,
    format: Format,
) -> Result<Done, Failure> {
    let mut signals = signals::Signals::new().map_err(Failure::new)?;
    let organization = organization::ensure(&node, directory).await?;
    let control = control(&node, directory)?;
    let server = Server::bind(node, listen)
        .await
        .map_err(|error| Failure::new(error).next("--listen 127.0.0.1:0 takes a free port"))?;
    let [home, ..] = REGIONS;
    let service = RunningService {
        address: server.local_addr(),
        pid: std::process::id(),
        region: home.to_owned(),
    };
    let serving = Serving::start(server);
    let answering = tokio::spawn(async move { control.serve().await });
    let told = tokio::select! {
        made = announce(directory, &service, &organization, format) => Some(made),
        () = signals.next() => None,
    };
    if matches!(told, Some(Ok(()))) {
        signals.next().await;
    }
    directory.forget_service();
    answering.abort();
    let drained = tokio::select! {
        drained = serving.drain() => drained,
        () = signals.next() => Err(Failure::new("stopped by a second signal before all requests were answered")),
    };
    told.unwrap_or(Ok(()))?;
    drained?;
    Ok(Done::Clean)
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

/// Sets up and proves, and says what is there. `ready` comes last.
async fn announce(
    directory: &Directory,
    service: &RunningService,
    organization: &Organization,
    format: Format,
) -> Result<(), Failure> {
    let center = identity_center::ensure(directory, service, organization).await?;
    let audit = audit::audit(directory, center.key_arn.as_deref()).await?;
    directory.note_service(service)?;
    Summary {
        directory,
        service,
        organization,
        center: &center,
        audit: &audit,
    }
    .print(format)
}
