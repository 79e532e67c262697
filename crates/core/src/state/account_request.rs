//! Requests for new accounts as they are stored, and what time brings about in an organisation.

use super::Snapshot;
use super::organization::{Account, AccountState};
use super::table::{Stored, Table};
use claviger_types::{AccountId, Tag, Timestamp};
use serde::{Deserialize, Serialize};

/// A request for a new account: `CreateAccount` answers before the account is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRequest {
    /// `car-…`.
    pub id: String,
    /// The account's name.
    pub name: String,
    /// The address of its root user.
    pub email: String,
    /// The name of the role that lets the management account in.
    pub role_name: String,
    /// The account's tags.
    pub tags: Vec<Tag>,
    /// When it was asked for.
    pub requested: Timestamp,
    /// How far it is.
    pub state: AccountRequestState,
}

/// How far a request for an account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountRequestState {
    /// The account is made at this moment.
    InProgress {
        /// When.
        until: Timestamp,
    },
    /// The account is there.
    Succeeded {
        /// Since when.
        completed: Timestamp,
        /// Its id.
        account: AccountId,
    },
    /// There is no account.
    Failed {
        /// Since when that was clear.
        completed: Timestamp,
        /// Why: a value of the model's `CreateAccountFailureReason`.
        reason: String,
    },
}

impl Stored for AccountRequest {
    type Id = String;
    const COLLECTION: &'static str = "organizations.account_request";
    fn id(&self) -> String {
        self.id.clone()
    }
    fn row(id: &String) -> String {
        id.clone()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.account_requests
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.account_requests
    }
}

/// What time brings about in an organisation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrganizationWork {
    /// The account of a request is made.
    Creation(String),
    /// An account is closed.
    Closure(AccountId),
}

impl AccountRequest {
    pub(super) fn due(&self) -> Option<(Timestamp, OrganizationWork)> {
        match self.state {
            AccountRequestState::InProgress { until } => {
                Some((until, OrganizationWork::Creation(self.id.clone())))
            }
            _ => None,
        }
    }
}

impl Account {
    pub(super) fn due(&self) -> Option<(Timestamp, OrganizationWork)> {
        match self.state {
            AccountState::PendingClosure { until } => {
                Some((until, OrganizationWork::Closure(self.id)))
            }
            _ => None,
        }
    }
}
