//! What SIGHUP does: reads the configuration again and takes over certificates, sinks and the log's
//! filter, all or none of them. Everything else needs a restart and is named.

use crate::arguments::ConfigPlace;
use claviger_server::{Forwarder, Log, ServeConfig, Tls};

/// What can be taken over, and from where.
pub(super) struct Reload {
    pub(super) place: ConfigPlace,
    /// The configuration that the service was started with, but for what was taken over since.
    pub(super) config: ServeConfig,
    pub(super) log: Log,
    pub(super) tls: Option<Tls>,
    pub(super) forwarder: Forwarder,
}

impl Reload {
    /// Takes over what can be; the log tells what became of it.
    pub(super) async fn run(&mut self) {
        match self.take_over().await {
            Ok(needing_restart) if needing_restart.is_empty() => {
                tracing::info!(
                    "the configuration was read again: certificates and log filter, sinks"
                );
            }
            Ok(needing_restart) => tracing::warn!(
                settings = needing_restart.join(", "),
                "the configuration was read again; these settings need a restart"
            ),
            Err(problem) => tracing::error!(
                problem,
                "the configuration was read again and cannot be used; nothing of it was taken over"
            ),
        }
    }

    async fn take_over(&mut self) -> Result<Vec<&'static str>, String> {
        let file = self.place.config.as_deref();
        let config = ServeConfig::load(file, std::env::vars_os()).map_err(|e| e.to_string())?;
        let tls = config.tls().map_err(|e| e.to_string())?;
        let sinks = config.open_sinks().map_err(|e| e.to_string())?;
        // From here on nothing fails but a log that is gone, so it comes first.
        let filter = config.log_filter.clone();
        self.log.replace(filter).map_err(|e| e.to_string())?;
        if let (Some(ours), Some(new)) = (&self.tls, &tls) {
            ours.replace(new);
        }
        self.forwarder.replace(sinks).await;
        Ok(self.config.needing_restart(&config))
    }
}
