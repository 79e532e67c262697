//! What the operating system says of this process, under the names that Prometheus's own clients
//! use (Prometheus, "Writing client libraries", "Process metrics"). Only on Linux, whose `/proc`
//! it reads; elsewhere there is none of it.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::fs;

const STATUS: &str = "/proc/self/status";
const DESCRIPTORS: &str = "/proc/self/fd";

pub(super) fn register(registry: &mut Registry) {
    registry.register_collector(Box::new(Process));
}

#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let measured = [
            (
                "process_resident_memory_bytes",
                "Memory in use",
                resident_bytes(),
            ),
            (
                "process_open_fds",
                "Open file descriptors",
                open_descriptors(),
            ),
        ];
        for (name, help, value) in measured {
            let Some(value) = value else { continue };
            let gauge = ConstGauge::new(value);
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        Ok(())
    }
}

fn resident_bytes() -> Option<i64> {
    let status = fs::read_to_string(STATUS).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.saturating_mul(1024))
}

fn open_descriptors() -> Option<i64> {
    i64::try_from(fs::read_dir(DESCRIPTORS).ok()?.count()).ok()
}
