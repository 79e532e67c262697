//! Claviger inside a Rust test: one call starts the development service of `claviger up` in this
//! process, on a free loopback port and in a temporary directory, and hands back configurations for
//! the AWS SDK. It is for tests: nothing of it outlives the process, and what lasts is
//! `claviger up`'s.
//!
//! ```
//! use aws_sdk_kms::{Client, error::ProvideErrorMetadata as _, primitives::Blob};
//! use claviger_embedded::Claviger;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let claviger = Claviger::start().await?;
//!
//! // A key of the management account, used by its administrator.
//! let kms = Client::new(&claviger.sdk_config());
//! let key = kms.create_key().send().await?.key_metadata.ok_or("no key")?.arn.ok_or("no ARN")?;
//! let sealed = kms.encrypt().key_id(&key).plaintext(Blob::new("secret")).send().await?;
//! let sealed = sealed.ciphertext_blob.ok_or("no ciphertext")?;
//! let opened = kms.decrypt().ciphertext_blob(sealed.clone()).send().await?;
//! assert_eq!(opened.plaintext, Some(Blob::new("secret")));
//!
//! // Somebody outside is refused in AWS's words, ...
//! let outsider = Client::new(&claviger.outsider_sdk_config());
//! let refused = outsider.decrypt().key_id(&key).ciphertext_blob(sealed).send().await.unwrap_err();
//! assert_eq!(refused.code(), Some("AccessDeniedException"));
//!
//! // ... and that is on record.
//! let records = claviger.records()?;
//! let last = records.last().ok_or("no records")?;
//! assert_eq!(last["eventName"], "Decrypt");
//! assert_eq!(last["errorCode"], "AccessDenied");
//! assert_eq!(last["userIdentity"]["accountId"], claviger_embedded::OUTSIDE_ACCOUNT);
//!
//! claviger.stop().await?;
//! # Ok(())
//! # }
//! ```
//!
//! What there is at the start is the organisation of `claviger up`: an administrator in the
//! [`MANAGEMENT_ACCOUNT`], a role `OrganizationAccountAccessRole` in the [`SECURITY_ACCOUNT`] and the
//! [`WORKLOAD_ACCOUNT`] that this administrator may assume, an outsider in the [`OUTSIDE_ACCOUNT`],
//! and an Identity Center instance under a customer managed key with AWS's baseline policy.

mod builder;
mod claviger;
mod error;
mod service;
mod worker;

pub use aws_config::SdkConfig;
pub use builder::Builder;
pub use claviger::Claviger;
pub use claviger_core::bootstrap::{
    MANAGEMENT_ACCOUNT, OUTSIDE_ACCOUNT, REGIONS, SECURITY_ACCOUNT, WORKLOAD_ACCOUNT,
};
pub use error::Error;
