//! What a running node knows, for its readers: the newest snapshot behind an atomic pointer, the
//! open store key, the book of last uses, time. Only the commit loop publishes.

use super::Surroundings;
use crate::metrics::Metrics;
use crate::recent::Recent;
use crate::request_quotas::RequestQuotas;
use arc_swap::ArcSwap;
use claviger_core::caller::Caller;
use claviger_core::chain::{Arrival, Conditions, RequestMeta};
use claviger_core::kms::charges;
use claviger_core::open_keys::OpenKeys;
use claviger_core::quotas::Quotas;
use claviger_core::state::{KeyUse, Snapshot};
use claviger_crypto::Sealer;
use claviger_delivery::forward::Statuses;
use claviger_policy::Switches;
use claviger_types::{Clock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The newest state of a node and what decisions on it need.
pub struct NodeState {
    snapshot: ArcSwap<Snapshot>,
    sealer: Sealer,
    key_use: KeyUse,
    open_keys: OpenKeys,
    switches: Switches,
    quotas: Quotas,
    request_quotas: Option<RequestQuotas>,
    clock: Arc<dyn Clock>,
    ready: AtomicBool,
    commits_fail: AtomicBool,
    stopping: AtomicBool,
    metrics: Metrics,
    recent: Recent,
}

impl NodeState {
    pub(super) fn new(snapshot: Snapshot, sealer: Sealer, surroundings: Surroundings) -> Self {
        Self {
            snapshot: ArcSwap::from_pointee(snapshot),
            sealer,
            key_use: KeyUse::default(),
            open_keys: OpenKeys::default(),
            switches: surroundings.switches,
            quotas: surroundings.quotas,
            request_quotas: surroundings.request_quotas.then(RequestQuotas::default),
            clock: surroundings.clock,
            ready: AtomicBool::new(false),
            commits_fail: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            metrics: Metrics::default(),
            recent: Recent::default(),
        }
    }

    /// The newest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// What a decision on a snapshot rests on, at this moment of virtual time.
    #[must_use]
    pub fn conditions<'a>(&'a self, snapshot: &'a Snapshot) -> Conditions<'a> {
        self.conditions_at(snapshot, self.now(snapshot))
    }

    /// What a decision on a snapshot rests on, at another moment of virtual time.
    pub(crate) fn conditions_at<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        now: Timestamp,
    ) -> Conditions<'a> {
        Conditions {
            snapshot,
            sealer: &self.sealer,
            key_use: &self.key_use,
            now,
            switches: &self.switches,
            quotas: &self.quotas,
            open_keys: &self.open_keys,
        }
    }

    /// Takes a request from the request quotas of its caller's account, if they are enforced.
    /// Returns whether there was no room.
    pub(super) fn throttles(&self, caller: &Caller, arrival: &Arrival, meta: &RequestMeta) -> bool {
        let Some(quotas) = &self.request_quotas else {
            return false;
        };
        if arrival.service.id != "kms" {
            return false;
        }
        let account = caller.trail_account();
        let document = arrival.document.as_deref().ok();
        let snapshot = self.snapshot();
        let charges = charges(
            &arrival.operation,
            document,
            account,
            &meta.region,
            &snapshot,
        );
        !quotas.take(account, &charges, self.real_now())
    }

    /// Virtual time: real time and the installation's offset.
    #[must_use]
    pub fn now(&self, snapshot: &Snapshot) -> Timestamp {
        let offset = snapshot
            .installation()
            .map_or(0, |installation| installation.clock_offset_millis);
        self.clock.now().plus_millis(offset)
    }

    /// Real time, which the dates of signatures are held against.
    #[must_use]
    pub fn real_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The open store key.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Whether the node answers: false while the result of a commit is unknown, and once it stops.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Whether the newest commit did not take place: the store takes none, as far as is known.
    pub(crate) fn commits_fail(&self) -> bool {
        self.commits_fail.load(Ordering::Acquire)
    }

    pub(crate) fn set_commits_fail(&self, fail: bool) {
        self.commits_fail.store(fail, Ordering::Release);
    }

    /// Whether the node was told to stop; it still answers what is there.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub(crate) fn set_stopping(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// The newest decisions.
    pub(crate) fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Where the sinks of forwarding stand.
    pub(crate) fn sinks(&self) -> &Statuses {
        self.metrics.sinks()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn open_keys(&self) -> &OpenKeys {
        &self.open_keys
    }

    pub(crate) fn key_use(&self) -> &KeyUse {
        &self.key_use
    }

    pub(crate) fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    pub(crate) fn publish(&self, next: Arc<Snapshot>) {
        self.snapshot.store(next);
    }
}
