//! AWS IAM over the state: users, roles, access keys, policies. Source: the IAM service model
//! (2010-05-08), API reference and User Guide. What an operation may do is decided by the chain.

mod managed;
mod principals;
mod service_principals;

pub(crate) use managed::managed_policy;
pub(crate) use principals::{UnknownPrincipal, resolve_arn, resolve_principals};

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[];
