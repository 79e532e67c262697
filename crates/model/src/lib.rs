//! The shapes of the AWS services that Claviger speaks, generated from AWS's service models: members,
//! constraints, enums, errors, sensitivity; and the check of a request against them. It holds no
//! protocol, no documentation text and no shape written by hand.
//!
//! Requests and replies are checked and read in the **document form**: `serde_json` values as in AWS
//! JSON 1.1, with members named as in the model, blobs as base64 text and timestamps as epoch seconds.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod blob;
mod constraint;
mod epoch;
mod error_shape;
mod generated;
mod pattern;
mod schema;
mod sensitive;
mod shape;
mod text_enum;
mod validate;
mod violation;

pub use blob::{Blob, SecretBlob};
pub use epoch::Epoch;
pub use error_shape::ErrorShape;
pub use generated::{cloudtrail, iam, identitystore, kms, organizations, sso_admin, sts};
pub use pattern::Pattern;
pub use schema::{Member, Operation, Protocol, Service, Shape, Structure, Wording};
pub use sensitive::SensitiveString;
pub use validate::validate;
pub use violation::{Invalid, Shown, Violation, Violations};

/// AWS Key Management Service.
pub static KMS: &Service = &kms::SERVICE;
/// AWS Security Token Service.
pub static STS: &Service = &sts::SERVICE;
/// AWS Identity and Access Management.
pub static IAM: &Service = &iam::SERVICE;
/// The administration of IAM Identity Center.
pub static SSO_ADMIN: &Service = &sso_admin::SERVICE;
/// The identity store of IAM Identity Center.
pub static IDENTITYSTORE: &Service = &identitystore::SERVICE;

/// AWS CloudTrail.
pub static CLOUDTRAIL: &Service = &cloudtrail::SERVICE;

/// AWS Organizations.
pub static ORGANIZATIONS: &Service = &organizations::SERVICE;

/// All services of the model.
pub static SERVICES: [&Service; 7] = [
    &kms::SERVICE,
    &sts::SERVICE,
    &iam::SERVICE,
    &sso_admin::SERVICE,
    &identitystore::SERVICE,
    &cloudtrail::SERVICE,
    &organizations::SERVICE,
];
