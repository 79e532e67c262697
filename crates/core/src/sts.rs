//! AWS STS over the state: who is calling, and sessions of roles and users. Source: the STS service model
//! (2011-06-15), API reference and IAM User Guide.

mod access_key_info;
mod assume_role;
mod caller_identity;
mod session_content;
mod temporary;
mod user_session;

pub use access_key_info::GetAccessKeyInfo;
pub use assume_role::AssumeRole;
pub use caller_identity::GetCallerIdentity;
pub use user_session::{GetFederationToken, GetSessionToken};

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<AssumeRole>(),
    Served::of::<GetAccessKeyInfo>(),
    Served::of::<GetCallerIdentity>(),
    Served::of::<GetFederationToken>(),
    Served::of::<GetSessionToken>(),
];
