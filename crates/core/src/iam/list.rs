//! What the lists of users and of roles have in common.

use super::entity::account_of;
use crate::caller::Caller;
use crate::chain::{Demand, ServiceError, Target};
use claviger_types::AccountId;

/// A list that is asked for.
pub(crate) struct Listing {
    /// Of which account.
    pub(super) account: AccountId,
    /// Only paths that begin so.
    pub(super) prefix: String,
}

impl Listing {
    /// A list of the caller's account's entities under a path.
    ///
    /// # Errors
    /// A service has no account here.
    pub(super) fn read(caller: &Caller, prefix: Option<&str>) -> Result<Self, ServiceError> {
        Ok(Self {
            account: account_of(caller)?,
            prefix: prefix.unwrap_or("/").to_owned(),
        })
    }

    /// The demand: on the path that is listed, `arn:aws:iam::111122223333:user/`, as AWS's
    /// refusals name it.
    pub(super) fn demand(&self, action: &'static str, kind: &str) -> Demand {
        let target = Target::Arn {
            arn: format!("arn:aws:iam::{}:{kind}{}", self.account, self.prefix),
            account: self.account,
        };
        Demand::new(action, target)
    }
}
