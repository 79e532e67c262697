//! `claviger up`: runs the development service in the foreground. On a new directory it makes the
//! development organisation and sets up Identity Center's key; on one that was used before it goes
//! on where that stopped and changes nothing.

mod summary;

use crate::arguments::Up;
use crate::development::organization::{ADMIN, OUTSIDER};
use crate::development::{Development, audit, identity_center};
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::opening::{self, Purpose};
use crate::output::Format;
use crate::paint::Paint;
use crate::progress;
use crate::serving::{allow_more_files, is_free};
use crate::signals::Signals;
use claviger_server::{
    ArchiveSettings, LocalCaError, Log, LogFilter, LogFormat, Node, Surroundings, Tls, local_tls,
    runtime,
};
use std::net::SocketAddr;
use summary::Summary;

/// Filters the log on standard error, as `tracing` filters do: `debug`, `claviger_server=trace`.
const LOG_FILTER: &str = "CLAVIGER_LOG";

pub(crate) fn run(arguments: &Up, format: Format) -> Result<Done, Failure> {
    start_log()?;
    loopback_only(arguments.listen)?;
    allow_more_files();
    let directory = Directory::new(&arguments.place.dir);
    if opening::is_new(&directory) {
        is_free(arguments.listen)?;
    }
    let surroundings = Surroundings {
        request_quotas: arguments.request_quotas,
        ..Surroundings::default()
    };
    let archive = ArchiveSettings::development(directory.archive());
    let archive = match arguments.organization_trail {
        true => archive.of_organization(),
        false => archive,
    };
    let node = opening::open(
        &directory,
        Purpose::Development,
        surroundings,
        Some(archive),
    )?;
    let runtime = runtime().map_err(|e| Failure::system(&e))?;
    let tls = match arguments.tls {
        true => Some(local_tls(directory.path()).map_err(no_tls)?),
        false => None,
    };
    runtime.block_on(up(&directory, node, arguments.listen, tls, format))
}

fn start_log() -> Result<(), Failure> {
    let text = std::env::var(LOG_FILTER).unwrap_or_else(|_| "warn".to_owned());
    let filter: LogFilter = text.parse().map_err(|e| {
        Failure::wrong_use(format_args!("{LOG_FILTER}={text}: {e}"))
            .next("use a level such as info, or target=level pairs")
    })?;
    let colour = Paint::of_error().is_on();
    Log::start(LogFormat::Text, filter, colour, || progress::Log).map_err(Failure::defect)?;
    Ok(())
}

fn no_tls(error: LocalCaError) -> Failure {
    Failure::new(format_args!("HTTPS is not possible: {error}"))
        .next("mend that and run the same command again, or leave --tls out")
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

async fn up(
    directory: &Directory,
    node: Node,
    listen: SocketAddr,
    tls: Option<Tls>,
    format: Format,
) -> Result<Done, Failure> {
    let mut signals = Signals::new().map_err(|e| Failure::system(&e))?;
    let running = Development::start(directory, node, listen, tls).await?;
    let told = tokio::select! {
        made = announce(directory, &running, format) => Some(made),
        _ = signals.next() => None,
    };
    if matches!(told, Some(Ok(()))) {
        signals.next().await;
    }
    directory.forget_service();
    let drained = tokio::select! {
        drained = running.drain() => drained,
        _ = signals.next() => Err(Failure::new(
            "stopped by a second signal before all requests were answered",
        )
        .next("run the same command again: it goes on with what was recorded")),
    };
    told.unwrap_or(Ok(()))?;
    drained?;
    Ok(Done::Clean)
}

/// Sets up and proves, and says what is there. `ready` comes last.
async fn announce(
    directory: &Directory,
    running: &Development,
    format: Format,
) -> Result<(), Failure> {
    let (service, organization) = (&running.service, &running.organization);
    let center = identity_center::ensure(directory, running).await?;
    let audit = audit::audit(directory, &running.node, center.instance.key_arn.as_deref()).await?;
    directory.write_config(service, &[ADMIN, OUTSIDER])?;
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
