//! Requests of proven callers by service and operation: how many, with which outcome, how long.
//! A series exists from its first request on.

use claviger_core::chain::ServiceError;
use claviger_core::dispatch::SERVED;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

/// Upper bounds of a request's duration, in seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Stands for what is not served.
const OTHER: &str = "other";

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was carried out.
    Success,
    /// It was refused by a policy or for want of one.
    Denied,
    /// It came too soon after others: a request quota was used up.
    Throttled,
    /// It was the client's mistake.
    ClientError,
    /// It was a fault of the service.
    ServerError,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::Success,
        Self::Denied,
        Self::Throttled,
        Self::ClientError,
        Self::ServerError,
    ];

    /// The outcome of an error.
    pub(crate) fn of(error: &ServiceError) -> Self {
        match error.shape {
            shape if shape.status >= 500 => Self::ServerError,
            shape if shape.code.starts_with("AccessDenied") => Self::Denied,
            shape if shape.code == "ThrottlingException" => Self::Throttled,
            _ => Self::ClientError,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::ClientError => "client_error",
            Self::ServerError => "server_error",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    service: &'static str,
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    service: &'static str,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone)]
struct Durations;

impl MetricConstructor<Histogram> for Durations {
    fn new_metric(&self) -> Histogram {
        Histogram::new(SECONDS)
    }
}

/// The metrics of one operation.
struct Handles {
    outcomes: [Counter; 5],
    seconds: Histogram,
}

/// Where the metrics of one operation are kept, once it was called.
struct Slot {
    name: (&'static str, &'static str),
    handles: OnceLock<Handles>,
}

/// The metrics of all operations.
pub(crate) struct Operations {
    requests: Family<Ended, Counter>,
    seconds: Family<Operation, Histogram, Durations>,
    /// A fixed set, so that no label is made of what a caller sent.
    slots: HashMap<(&'static str, &'static str), Slot>,
}

impl Operations {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let served = SERVED.iter().copied().flatten();
        let names = served.map(|row| (row.service.id, row.name));
        let operations = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(Durations),
            slots: names.chain([(OTHER, OTHER)]).map(slot).collect(),
        };
        registry.register(
            "requests",
            "Requests of proven callers, by service, operation and outcome",
            operations.requests.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "From the proof of the caller to the answer, the sync of the record included",
            Unit::Seconds,
            operations.seconds.clone(),
        );
        operations
    }

    /// Counts and times a request.
    pub(crate) fn observe(&self, service: &str, operation: &str, outcome: Outcome, took: Duration) {
        let known = self.slots.get(&(service, operation));
        let Some(slot) = known.or_else(|| self.slots.get(&(OTHER, OTHER))) else {
            return;
        };
        let handles = slot.handles.get_or_init(|| self.make(slot.name));
        if let Some(counter) = handles.outcomes.get(outcome as usize) {
            counter.inc();
        }
        handles.seconds.observe(took.as_secs_f64());
    }

    fn make(&self, (service, operation): (&'static str, &'static str)) -> Handles {
        let outcomes = Outcome::ALL.map(|outcome| {
            let ended = Ended {
                service,
                operation,
                outcome: outcome.name(),
            };
            self.requests.get_or_create(&ended).clone()
        });
        let seconds = Operation { service, operation };
        Handles {
            outcomes,
            seconds: self.seconds.get_or_create(&seconds).clone(),
        }
    }
}

fn slot(name: (&'static str, &'static str)) -> ((&'static str, &'static str), Slot) {
    let handles = OnceLock::new();
    (name, Slot { name, handles })
}
