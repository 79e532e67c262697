//! The node's side of forwarding: what records are read through, who writes cursors, and what holds
//! records in the store until every sink has them. How they are sent is the forwarding's own matter.

use super::archive::NodeLedger;
use super::{Node, OpenError, store_path};
use claviger_delivery::Hold;
use claviger_delivery::forward::{Forwarder, Statuses};
use claviger_store::open_read_only;
use std::path::Path;
use std::sync::{Arc, Mutex};

impl Node {
    /// Forwarding for the node of a directory, without sinks so far. To be made once, and given its
    /// sinks before the node serves: records leave for the archive as if the others were not there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn forwarder(&self, directory: &Path) -> Result<Forwarder, OpenError> {
        let reader = open_read_only(&store_path(directory))?;
        let ledger = NodeLedger {
            committer: self.committer.clone(),
            state: Arc::clone(&self.state),
        };
        Ok(Forwarder::new(
            Arc::new(Mutex::new(Box::new(reader))),
            Arc::new(ledger),
            (*self.cursors).clone(),
            self.state.sinks().clone(),
        ))
    }
}

/// Holds records until every sink has them.
pub(super) fn hold(sinks: &Statuses) -> Hold {
    let sinks = sinks.clone();
    Box::new(move || sinks.floor())
}
