//! The deterministic heart of the key service: one state, the authorisation of every request, the
//! operations of each service, and the changes and records they bring about. A request is decided
//! on a snapshot, a moment and a seed alone; core reads no clock, does no I/O and keeps nothing
//! between two decisions but what it is lent for that ([`open_keys`]).
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod bootstrap;
pub mod caller;
pub mod chain;
pub mod cloudtrail;
pub mod dispatch;
pub mod due;
pub mod iam;
pub mod identitystore;
pub mod kms;
pub mod open_keys;
pub mod organizations;
pub mod quotas;
pub mod s3;
mod service_event;
pub mod sso_admin;
pub mod state;
pub mod sts;
