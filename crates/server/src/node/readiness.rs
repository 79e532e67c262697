//! Whether a node can do its work now, and could after its next start. The store itself is asked,
//! through the commit loop: both must answer. The seal's key file is looked at.

use super::Node;
use super::seal::SealFault;
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
    /// It can, but will not after its next start: the seal's key file is not as it was.
    UntilStopped(SealFault),
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
            Self::UntilStopped(fault) => write!(f, "ready, but not after the next start: {fault}"),
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
        if self.snapshot().installation().is_none() {
            return Readiness::Empty;
        }
        match self.seal_fault().await {
            // Whoever is sent elsewhere for this loses the one service that can still open keys.
            Some(fault) => {
                tracing::error!(%fault, "the seal's key file is not as it was at the start");
                Readiness::UntilStopped(fault)
            }
            None => Readiness::Ready,
        }
    }

    /// What is wrong with the seal's key file, read anew on a thread that may wait for a disk.
    async fn seal_fault(&self) -> Option<SealFault> {
        let seal = self.seal.clone()?;
        let check = tokio::task::spawn_blocking(move || seal.check());
        match check.await {
            Ok(checked) => checked.err(),
            Err(error) => Some(SealFault::Unreadable(error.to_string())),
        }
    }
}
