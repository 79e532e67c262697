//! Where each sink stands, for metrics and for delivery, which lets no record leave that a sink has
//! not got.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One sink.
#[derive(Debug, Default)]
pub struct SinkStatus {
    pub(super) position: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) failing: AtomicU64,
    pub(super) newest: AtomicU64,
}

impl SinkStatus {
    /// The position of the last record that the sink has.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    /// Records in the store that the sink has not got, as of when it last looked.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let newest = self.newest.load(Ordering::Relaxed);
        newest.saturating_sub(self.position())
    }

    /// Records that the sink got since the start.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Attempts that failed since the start.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Records that had left the store before the sink was there to get them.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// How many attempts in a row have failed by now.
    #[must_use]
    pub fn failing(&self) -> u64 {
        self.failing.load(Ordering::Relaxed)
    }
}

/// All sinks that are configured now. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Statuses(Arc<Mutex<BTreeMap<String, Arc<SinkStatus>>>>);

impl Statuses {
    /// All of them, by name.
    #[must_use]
    pub fn all(&self) -> Vec<(String, Arc<SinkStatus>)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .map(|(n, s)| (n.clone(), Arc::clone(s)))
            .collect()
    }

    /// The position up to which every sink has all records: how far records may leave the store. None
    /// where there is no sink, and nothing to wait for.
    #[must_use]
    pub fn floor(&self) -> Option<u64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().map(|status| status.position()).min()
    }

    /// Replaces all sinks at once.
    pub(super) fn replace(&self, sinks: BTreeMap<String, Arc<SinkStatus>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = sinks;
    }
}
