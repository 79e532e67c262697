//! The service around the core: it opens a node's directory, owns the commit loop, listens,
//! proves signatures, speaks the wire protocols. It takes no decision about a request.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod admin;
mod bootstrap;
pub mod commit;
mod config;
mod control;
mod edges;
mod http;
pub mod key_stores;
mod local_ca;
mod log;
mod metrics;
mod node;
mod private_file;
mod recent;
mod records;
mod request_quotas;
pub mod sigv4;
mod tls;
pub mod wire;

pub use self::http::{BindError, DrainError, Server};
pub use admin::Admin;
pub use bootstrap::{
    BootstrapRequest, NewAccount, NewAdministrator, NoAdministrator, bootstrap, let_in,
};
pub use claviger_delivery::forward::{Forwarder, OpenSink, SinkConfigError};
pub use claviger_delivery::{DeliveryError, Found, INTERVAL, Layout, S3Place, Search, Trail};
pub use commit::ProbeError;
pub use config::{
    CONFIG_FILE, ConfigError, Problem, SETTINGS, ServeConfig, Setting, Source, TlsFileError,
    reference,
};
pub use control::{Answer, AskError, CONTROL_SOCKET, ClockReading, Control, Question, answer, ask};
pub use edges::{OsEntropy, SystemClock, runtime};
pub use local_ca::{CA_FILE, LocalCaError, TLS_FILE, local_tls};
pub use log::{Log, LogFilter, LogFormat, NoLogFilter, ReplaceError};
pub use node::{
    AdvanceError, ArchiveSettings, ArchiveTarget, LoadError, Node, NodeState, OpenError,
    OpenOptions, Readiness, SEAL_FILE, STORE_FILE, SealFault, Surroundings, is_production,
    store_path,
};
pub use private_file::{replace_private_file, sync_parent};
pub use records::{RecordsError, count_records, newest_records, verify_records};
pub use tls::{Tls, TlsError};
