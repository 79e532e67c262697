//! AWS STS over the state: who is calling, and sessions of roles. Source: the STS service model
//! (2011-06-15), API reference and IAM User Guide.

mod assume_role;
mod caller_identity;
mod session_content;

pub use assume_role::AssumeRole;
pub use caller_identity::GetCallerIdentity;

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<AssumeRole>(),
    Served::of::<GetCallerIdentity>(),
];
