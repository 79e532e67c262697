//! Forwarding of records to SIEMs as they are committed: JSON lines in a file or on standard output,
//! syslog over TLS, Splunk's HTTP Event Collector, a webhook. Each sink has a cursor of its own in the
//! store, written after the sink has what comes before it, so that every record reaches every sink at
//! least once. Records wait in the store for the slowest sink; nothing waits for a sink but they.

mod backoff;
mod config;
mod connect;
mod cursor;
mod file;
mod forwarder;
mod hec;
mod http;
mod sink;
mod status;
mod syslog;
mod webhook;

pub use config::{SinkConfig, SinkConfigError, SinkKind, read_sinks};
pub use cursor::{COLLECTION as CURSOR_COLLECTION, Cursor, Cursors};
pub use forwarder::{Forwarder, OpenSink, open_sinks};
pub use sink::{SendError, Sending, Sink};
pub use status::{SinkStatus, Statuses};
