//! The commit: one thread owns the store, gathers the outcomes that are waiting, makes their
//! changes and records durable in one transaction, publishes the next snapshot and only then
//! releases the replies. It decides nothing by itself; what no longer fits the newest state is
//! sent back to be decided again.

mod batch;
mod handle;
mod key_maker;
mod recorded;
mod run;
mod work;

pub use handle::{NotRecorded, ProbeError, StopError};
pub use recorded::Recorded;

pub(crate) use handle::{Committer, Outside};
pub(crate) use run::LoopParts;
pub(crate) use work::Step;
