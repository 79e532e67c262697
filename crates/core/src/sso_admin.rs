//! IAM Identity Center (`sso-admin`) over the state: instances and their encryption. Source: the
//! sso-admin service model (2020-07-20) and the IAM Identity Center User Guide.

use crate::chain::{Served, ServiceError, Turn};
use crate::state::Instance;
use claviger_types::{AccountId, RegionName};

/// The operations served.
pub static SERVED: &[Served] = &[];

/// A new instance under the AWS owned key.
pub(crate) fn new_instance(
    turn: &mut Turn<'_>,
    owner: AccountId,
    region: RegionName,
) -> Result<Instance, ServiceError> {
    let _ = (turn, owner, region);
    Err(ServiceError::internal(claviger_model::SSO_ADMIN, "not yet"))
}
