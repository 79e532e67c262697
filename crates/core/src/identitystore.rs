//! The identity store over the state: users, encrypted under a data key that only KMS unwraps.
//! Source: the identitystore service model (2020-06-15) and the IAM Identity Center User Guide.

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[];
