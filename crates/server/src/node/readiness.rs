//! Whether a node can do its work now. The store itself is asked, through the commit loop: both
//! must answer.

use super::Node;
use crate::commit::ProbeError;
use std::fmt;
use std::time::Duration;

/// How long the commit loop may take to answer: less than monitors wait.
const PROBE_TIME: Duration = Duration::from_secs(2);

/// Whether a node can do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// There is no installation in it yet.
    Empty,
    /// The store, or the commit loop before it, cannot be used.
    Store(ProbeError),
    /// It is stopping.
    Stopping,
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::Empty => {
                f.write_str("not ready: there is no installation yet; run: claviger bootstrap")
            }
            Self::Store(error) => write!(f, "not ready: {error}"),
            Self::Stopping => f.write_str("not ready: the service is stopping"),
        }
    }
}

impl Node {
    /// Whether the node can do its work now.
    pub async fn readiness(&self) -> Readiness {
        if self.state.is_stopping() {
            return Readiness::Stopping;
        }
        if let Err(error) = self.committer.probe(PROBE_TIME).await {
            return Readiness::Store(error);
        }
        match self.snapshot().installation() {
            Some(_) => Readiness::Ready,
            None => Readiness::Empty,
        }
    }
}
