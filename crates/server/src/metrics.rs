//! What a node counts and times, for Prometheus. Every label is one of a list that the program
//! fixes (services, operations, outcomes, error codes, collections): nothing that a caller chooses
//! becomes one. It measures; it decides nothing.

mod operations;
mod process;
#[cfg(test)]
mod reference;
mod sinks;

pub(crate) use operations::Outcome;

use crate::node::NodeState;
use claviger_delivery::Delivered;
use claviger_delivery::forward::Statuses;
use operations::Operations;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::time::Duration;

/// Upper bounds of what a sync of the disk takes, in seconds.
const COMMIT_SECONDS: [f64; 12] = [
    0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
];
/// Upper bounds of the requests in a batch.
const BATCH: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Result {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Collection {
    collection: &'static str,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitResult {
    /// It is durable.
    Committed,
    /// Another writer was first.
    Conflict,
    /// It surely did not take place.
    Failed,
    /// Nobody knew.
    Unknown,
}

impl CommitResult {
    fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Conflict => "conflict",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// The metrics of one node.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) operations: Operations,
    unauthenticated: Family<Code, Counter>,
    commits: Family<Result, Counter>,
    commit_seconds: Histogram,
    batch_requests: Histogram,
    records: Counter,
    due_work: Counter,
    delivery: Delivery,
    pub(crate) connections: Gauge,
    sinks: Statuses,
    scraped: Scraped,
}

/// What the delivery of records counts.
#[derive(Default)]
struct Delivery {
    files: Counter,
    digests: Counter,
    records: Counter,
    failures: Counter,
    waiting: Gauge,
}

/// What is looked up when somebody asks.
#[derive(Default)]
struct Scraped {
    ready: Gauge,
    revision: Gauge,
    rows: Family<Collection, Gauge>,
    queue: Gauge,
    under_way: Gauge,
}

/// What is not the state's, as of the moment of asking.
pub(crate) struct Load {
    /// Requests in line to the commit loop.
    pub(crate) queue: usize,
    /// Requests being decided or in line.
    pub(crate) under_way: usize,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry);
        let own = registry.sub_registry_with_prefix("claviger");
        let metrics = Self {
            operations: Operations::new(own),
            unauthenticated: Family::default(),
            commits: Family::default(),
            commit_seconds: Histogram::new(COMMIT_SECONDS),
            batch_requests: Histogram::new(BATCH),
            records: Counter::default(),
            due_work: Counter::default(),
            delivery: Delivery::default(),
            connections: Gauge::default(),
            sinks: Statuses::default(),
            scraped: Scraped::default(),
            registry: Registry::default(),
        };
        metrics.register(own);
        Self {
            registry,
            ..metrics
        }
    }
}

impl Metrics {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "unauthenticated_requests",
            "Requests that failed before they had a caller, by AWS's error code",
            self.unauthenticated.clone(),
        );
        registry.register(
            "commits",
            "Batches, by what became of them",
            self.commits.clone(),
        );
        registry.register_with_unit(
            "commit_duration",
            "What the store took to make a batch durable",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
        registry.register(
            "commit_batch_requests",
            "Requests in a batch",
            self.batch_requests.clone(),
        );
        registry.register(
            "records",
            "Audit records made durable",
            self.records.clone(),
        );
        registry.register("due_work", "Pieces of due work done", self.due_work.clone());
        self.delivery.register(registry);
        registry.register_collector(Box::new(sinks::Sinks(self.sinks.clone())));
        registry.register("connections", "Open connections", self.connections.clone());
        self.scraped.register(registry);
        registry.register(
            "build",
            "The program",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
        );
    }

    /// Counts a request that failed before it had a caller.
    pub(crate) fn count_unauthenticated(&self, code: &'static str) {
        self.unauthenticated.get_or_create(&Code { code }).inc();
    }

    /// Counts a batch, with what the store took for it.
    pub(crate) fn observe_commit(&self, result: CommitResult, took: Duration, batch: BatchSize) {
        let result_label = Result {
            result: result.name(),
        };
        self.commits.get_or_create(&result_label).inc();
        self.commit_seconds.observe(took.as_secs_f64());
        self.batch_requests.observe(batch.requests as f64);
        if result == CommitResult::Committed {
            self.records.inc_by(batch.records as u64);
        }
    }

    /// Counts pieces of due work.
    pub(crate) fn count_due_work(&self, pieces: u64) {
        self.due_work.inc_by(pieces);
    }

    /// Counts what a run of the delivery brought, and whether it failed.
    pub(crate) fn count_delivered(&self, delivered: &Delivered, failed: bool) {
        self.delivery.files.inc_by(delivered.files);
        self.delivery.digests.inc_by(delivered.digests);
        self.delivery.records.inc_by(delivered.records);
        self.delivery.failures.inc_by(u64::from(failed));
    }

    /// Notes how many records wait to be delivered.
    pub(crate) fn set_waiting_records(&self, waiting: u64) {
        self.delivery.waiting.set(whole(waiting));
    }

    /// Where the sinks of forwarding stand.
    pub(crate) fn sinks(&self) -> &Statuses {
        &self.sinks
    }

    /// All of it in the text format of OpenMetrics 1.0.
    ///
    /// # Errors
    /// Never for the metrics that there are.
    pub(crate) fn text(
        &self,
        state: &NodeState,
        load: &Load,
    ) -> std::result::Result<String, fmt::Error> {
        self.scraped.look(state, load);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// How large a batch is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSize {
    /// The requests that wait for it.
    pub(crate) requests: usize,
    /// Its records.
    pub(crate) records: usize,
}

impl Delivery {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "archive_log_files",
            "Log files delivered to the archive",
            self.files.clone(),
        );
        registry.register(
            "archive_digests",
            "Digest files delivered to the archive",
            self.digests.clone(),
        );
        registry.register(
            "archive_records",
            "Audit records delivered to the archive",
            self.records.clone(),
        );
        registry.register(
            "archive_failures",
            "Attempts to deliver that failed",
            self.failures.clone(),
        );
        registry.register(
            "archive_waiting_records",
            "Audit records in the database that wait to be delivered",
            self.waiting.clone(),
        );
    }
}

impl Scraped {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "ready",
            "Whether requests are answered and the newest commit took place: 1 or 0",
            self.ready.clone(),
        );
        registry.register(
            "snapshot_revision",
            "The revision of the state that is decided on",
            self.revision.clone(),
        );
        registry.register(
            "snapshot_rows",
            "Rows of the state in memory, by collection",
            self.rows.clone(),
        );
        registry.register(
            "commit_queue_depth",
            "Requests in line to the commit loop",
            self.queue.clone(),
        );
        registry.register(
            "requests_under_way",
            "Requests of proven callers that are being decided or in line",
            self.under_way.clone(),
        );
    }

    fn look(&self, state: &NodeState, load: &Load) {
        let snapshot = state.snapshot();
        self.ready
            .set(i64::from(state.is_ready() && !state.commits_fail()));
        self.revision.set(whole(snapshot.revision));
        for (collection, rows) in snapshot.row_counts() {
            let gauge = self.rows.get_or_create(&Collection { collection });
            gauge.set(whole(rows as u64));
        }
        self.queue.set(whole(load.queue as u64));
        self.under_way.set(whole(load.under_way as u64));
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
