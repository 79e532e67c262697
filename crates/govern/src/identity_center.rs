//! The key of IAM Identity Center: sets it up and proves it, by calls of the AWS SDK alone. It
//! changes nothing but the key, its alias, its policy and the instance's encryption configuration.

mod error;
mod key;
mod prove;
mod set_up;

pub use error::{Failed, Fault};
pub use prove::{Proof, prove};
pub use set_up::{SetUp, Step, set_up};

use claviger_types::AccountId;

/// The alias under which the key is found again.
pub const ALIAS: &str = "alias/iic-cmk-prod";

/// How the installation should be.
#[derive(Debug, Clone, Default)]
pub struct Blueprint {
    /// The account that administers Identity Center beside the management account, if there is one.
    pub delegated_administrator: Option<AccountId>,
}

/// An Identity Center instance as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The ARN of the instance.
    pub arn: String,
    /// The id of its identity store.
    pub identity_store_id: String,
    /// The account that owns it.
    pub owner: String,
    /// The ARN of its customer managed key; none while a key that AWS owns is in use.
    pub key_arn: Option<String>,
    /// The state of its encryption: `ENABLED`, `UPDATING` or `UPDATE_FAILED`.
    pub encryption_status: String,
    /// Why an update failed.
    pub encryption_status_reason: Option<String>,
}
