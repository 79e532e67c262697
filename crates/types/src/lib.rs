//! Names, ids and small values that every part of Claviger shares: ARNs, accounts, Regions, key
//! ids, encryption contexts, time, entropy, secrets. Each type accepts only what prints back the
//! same. It knows no service's JSON and does no I/O.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod account;
mod arn;
mod encryption_context;
mod entropy;
mod error;
mod kms_name;
mod secret;
mod tag;
mod time;

pub use account::{AccountId, RegionName, UniqueId};
pub use arn::Arn;
pub use encryption_context::EncryptionContext;
pub use entropy::{Entropy, SeededEntropy, uuid_v4};
pub use error::InvalidName;
pub use kms_name::{AliasArn, AliasName, GrantId, KeyArn, KeyId, MaterialId};
pub use secret::Secret;
pub use tag::Tag;
pub use time::{Clock, Timestamp};
