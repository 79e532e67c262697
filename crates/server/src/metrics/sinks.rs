//! What the sinks of forwarding have got, looked up when somebody asks. Their names, which are labels,
//! are the operator's.

use claviger_delivery::forward::{SinkStatus, Statuses};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;

/// A number of a sink, with its name and what it is.
type Number = (&'static str, &'static str, fn(&SinkStatus) -> u64);

const COUNTERS: [Number; 3] = [
    (
        "sink_records",
        "Audit records that a sink got since the start, those it got twice counted twice",
        SinkStatus::sent,
    ),
    (
        "sink_failures",
        "Attempts to send to a sink that failed",
        SinkStatus::failed,
    ),
    (
        "sink_lost_records",
        "Audit records that left for the archive while a sink was not configured",
        SinkStatus::lost,
    ),
];

const GAUGES: [Number; 2] = [
    (
        "sink_waiting_records",
        "Audit records in the database that a sink has not got",
        SinkStatus::waiting,
    ),
    (
        "sink_failing",
        "Attempts in a row that have failed; 0 while a sink takes records",
        SinkStatus::failing,
    ),
];

/// All sinks that are configured.
#[derive(Debug)]
pub(super) struct Sinks(pub(super) Statuses);

impl Collector for Sinks {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let sinks = self.0.all();
        for (name, help, value) in COUNTERS {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (sink, status) in &sinks {
                let labels = [("sink", sink.as_str())];
                ConstCounter::new(value(status)).encode(metric.encode_family(&labels)?)?;
            }
        }
        for (name, help, value) in GAUGES {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (sink, status) in &sinks {
                let labels = [("sink", sink.as_str())];
                let value = super::whole(value(status));
                ConstGauge::new(value).encode(metric.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
