//! What SIGHUP does: reads the configuration again and takes over certificates and the log's
//! filter, both or neither. Everything else needs a restart and is named.

use crate::arguments::ConfigPlace;
use claviger_server::{Log, ServeConfig, Tls};

/// What can be taken over, and from where.
pub(super) struct Reload {
    pub(super) place: ConfigPlace,
    /// The configuration that the service was started with, but for what was taken over since.
    pub(super) config: ServeConfig,
    pub(super) log: Log,
    pub(super) tls: Option<Tls>,
}

impl Reload {
    /// Takes over what can be; the log tells what became of it.
    pub(super) fn run(&mut self) {
        match self.take_over() {
            Ok(needing_restart) if needing_restart.is_empty() => {
                tracing::info!("the configuration was read again: certificates and log filter");
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

    fn take_over(&mut self) -> Result<Vec<&'static str>, String> {
        let file = self.place.config.as_deref();
        let config = ServeConfig::load(file, std::env::vars_os()).map_err(|e| e.to_string())?;
        let tls = config.tls().map_err(|e| e.to_string())?;
        // From here on nothing fails but a log that is gone, so it comes first.
        let filter = config.log_filter.clone();
        self.log.replace(filter).map_err(|e| e.to_string())?;
        if let (Some(ours), Some(new)) = (&self.tls, &tls) {
            ours.replace(new);
        }
        Ok(self.config.needing_restart(&config))
    }
}
