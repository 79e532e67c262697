//! How an account stands to an instance. Source: IAM Identity Center User Guide, "Delegated
//! administration" and "Identity Center instances": an organisation instance belongs to the
//! management account, a registered member account administers it too, the other member accounts
//! see it and read its directory. It does not replace IAM policies; those count in addition.

use crate::state::{Account, Instance, Snapshot};
use claviger_types::{AccountId, RegionName};

/// What an account may be allowed at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Outside: the instance does not exist for it.
    Stranger,
    /// A member of the organisation: sees the instance, reads users.
    Member,
    /// The owner or a delegated administrator.
    Administrator,
}

/// How `account` stands to `instance` in a Region. An instance lives in one Region; elsewhere
/// nobody finds it.
pub(crate) fn standing(
    view: &Snapshot,
    instance: &Instance,
    account: Option<AccountId>,
    region: &RegionName,
) -> Standing {
    if &instance.region == region {
        in_any_region(view, instance, account)
    } else {
        Standing::Stranger
    }
}

/// How `account` stands to `instance`, whatever the Region of the request.
pub(super) fn in_any_region(
    view: &Snapshot,
    instance: &Instance,
    account: Option<AccountId>,
) -> Standing {
    let Some(account) = account else {
        return Standing::Stranger;
    };
    if account == instance.owner {
        return Standing::Administrator;
    }
    let Some(installation) = view.installation() else {
        return Standing::Stranger;
    };
    let in_organization = view
        .get::<Account>(&account)
        .is_some_and(|a| a.parent.is_some());
    if installation.management_account != Some(instance.owner) || !in_organization {
        return Standing::Stranger;
    }
    if installation.delegated_administrators.contains(&account) {
        Standing::Administrator
    } else {
        Standing::Member
    }
}
