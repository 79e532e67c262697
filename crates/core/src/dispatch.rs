//! The table of operations: every operation of every service that is served, one row each. An
//! operation without a row is answered as unknown; there is no other way in, and each row runs the
//! whole chain.

use crate::chain::Served;
use crate::{cloudtrail, iam, identitystore, kms, organizations, s3, sso_admin, sts};
use claviger_model::Service;

/// All operations served, by service.
pub static SERVED: [&[Served]; 8] = [
    kms::SERVED,
    sts::SERVED,
    iam::SERVED,
    sso_admin::SERVED,
    identitystore::SERVED,
    cloudtrail::SERVED,
    organizations::SERVED,
    s3::SERVED,
];

/// The row of an operation.
#[must_use]
pub fn find(service: &Service, operation: &str) -> Option<&'static Served> {
    SERVED
        .iter()
        .copied()
        .flatten()
        .find(|row| row.service.id == service.id && row.name == operation)
}
