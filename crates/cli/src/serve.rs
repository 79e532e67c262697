//! `claviger serve`: runs a production installation in the foreground, as its configuration says,
//! until it is told to stop. What it serves and how is the server's own matter.

mod reload;
mod summary;

use crate::arguments::{ConfigPlace, Serve};
use crate::directory::{Directory, RunningService};
use crate::exit::{Done, Failure};
use crate::opening::{self, Purpose};
use crate::output::Format;
use crate::paint::Paint;
use crate::progress;
use crate::serving::{Serving, allow_more_files, control, give_up};
use crate::signals::{Signal, Signals};
use claviger_server::{
    Admin, Log, Node, OpenSink, ServeConfig, Server, Surroundings, Tls, runtime,
};
use reload::Reload;
use sd_notify::NotifyState;
use summary::Summary;
use tokio::task::JoinHandle;

pub(crate) fn run(arguments: &Serve, format: Format) -> Result<Done, Failure> {
    let config = load(&arguments.config)?;
    let tls = tls_of(&config)?;
    let sinks = sinks_of(&config)?;
    let (colour, filter) = (Paint::of_error().is_on(), config.log_filter.clone());
    let log = Log::start(config.log_format, filter, colour, || progress::Log);
    let log = log.map_err(Failure::defect)?;
    allow_more_files();
    let directory = Directory::new(&config.directory);
    let surroundings = Surroundings {
        quotas: config.quotas,
        request_quotas: config.request_quotas,
        ..Surroundings::default()
    };
    let node = opening::open(
        &directory,
        Purpose::Production,
        surroundings,
        config.archive.clone(),
    )?;
    let forwarder = node
        .forwarder(directory.path())
        .map_err(|error| Failure::new(error).next("see that the database can be read"))?;
    let reload = Reload {
        place: arguments.config.clone(),
        config,
        log,
        tls,
        forwarder,
    };
    let runtime = runtime().map_err(|e| Failure::system(&e))?;
    runtime.block_on(serve(&directory, node, reload, sinks, format))
}

/// Reads the configuration that a command was pointed at, and the environment over it.
pub(crate) fn load(place: &ConfigPlace) -> Result<ServeConfig, Failure> {
    ServeConfig::load(place.config.as_deref(), std::env::vars_os()).map_err(|error| {
        Failure::wrong_use(format_args!("the configuration cannot be used\n{error}"))
            .next("claviger config reference prints every setting with what it takes")
    })
}

/// The certificate and key that a configuration names.
pub(crate) fn tls_of(config: &ServeConfig) -> Result<Option<Tls>, Failure> {
    config.tls().map_err(|error| {
        Failure::wrong_use(error).next("mend the files that tls.certificate and tls.key name")
    })
}

/// The sinks that a configuration names.
pub(crate) fn sinks_of(config: &ServeConfig) -> Result<Vec<OpenSink>, Failure> {
    config.open_sinks().map_err(|error| {
        Failure::wrong_use(error)
            .next("mend the file that sinks names; docs/trail.md has every kind of sink")
    })
}

async fn serve(
    directory: &Directory,
    node: Node,
    mut reload: Reload,
    sinks: Vec<OpenSink>,
    format: Format,
) -> Result<Done, Failure> {
    let mut signals = Signals::new().map_err(|e| Failure::system(&e))?;
    // Before anything is served and delivered: from now on records stay until every sink has them.
    reload.forwarder.replace(sinks).await;
    let started = Started::start(directory, &node, &reload.config, reload.tls.as_ref()).await;
    let running = match started {
        Ok(running) => running,
        Err(failure) => {
            give_up(&node).await;
            return Err(failure);
        }
    };
    directory.note_service(&running.service)?;
    let told = Summary {
        directory,
        service: &running.service,
        admin: running.admin_url.as_deref(),
        node: &node,
    }
    .print(format);
    tracing::info!(endpoint = running.service.endpoint(), "serving");
    notify(&[NotifyState::Ready]);
    if told.is_ok() {
        until_stopped(&mut signals, &mut reload).await;
    }
    notify(&[NotifyState::Stopping]);
    tracing::info!("stopping: requests that are there are answered");
    directory.forget_service();
    // What they have not got waits in the database for the next start.
    reload.forwarder.stop().await;
    let drained = tokio::select! {
        drained = running.drain() => drained,
        () = signals.stop() => Err(Failure::new(
            "stopped by a second signal before all requests were answered",
        )
        .next("start it again: it goes on with what was recorded")),
    };
    told?;
    drained?;
    tracing::info!("stopped");
    Ok(Done::Clean)
}

async fn until_stopped(signals: &mut Signals, reload: &mut Reload) {
    while signals.next().await == Signal::Hangup {
        reload.run().await;
    }
}

/// Tells the service manager, where one listens.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager was not told");
    }
}

/// A service that runs.
struct Started {
    service: RunningService,
    admin_url: Option<String>,
    serving: Serving,
    /// Answer what is not the AWS API.
    beside: Vec<JoinHandle<()>>,
}

impl Started {
    async fn start(
        directory: &Directory,
        node: &Node,
        config: &ServeConfig,
        tls: Option<&Tls>,
    ) -> Result<Self, Failure> {
        let change = "set another address, or stop what listens there";
        let mut server = Server::bind(node.clone(), config.listen)
            .await
            .map_err(|error| Failure::new(error).next(change))?
            .with_drain(config.drain_deadline)
            .with_connections(config.connections);
        if let Some(tls) = tls {
            server = server.with_tls(tls.clone());
        }
        let admin = match config.admin_listen {
            Some(address) => Some(
                Admin::bind(node.clone(), address)
                    .await
                    .map_err(|error| Failure::new(error).next("set admin.listen"))?,
            ),
            None => None,
        };
        let control = control(node, directory)?;
        let service = RunningService {
            address: server.local_addr(),
            pid: std::process::id(),
            region: summary::home_region(node),
            tls: tls.is_some(),
        };
        let admin_url = admin
            .as_ref()
            .map(|admin| format!("http://{}", admin.local_addr()));
        let mut beside = vec![tokio::spawn(async move { control.serve().await })];
        beside.extend(admin.map(|admin| tokio::spawn(admin.serve())));
        Ok(Self {
            service,
            admin_url,
            serving: Serving::start(server),
            beside,
        })
    }

    /// Answers what is there, then ends. Monitors are answered until then.
    async fn drain(self) -> Result<(), Failure> {
        let drained = self.serving.drain().await;
        for task in self.beside {
            task.abort();
        }
        drained
    }
}
