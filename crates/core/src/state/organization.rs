//! The installation, its organisation and accounts as they are stored.

use super::Snapshot;
use super::policy_text::PolicyText;
use super::table::{Stored, Table};
use claviger_types::{AccountId, RegionName, Timestamp};
use serde::{Deserialize, Serialize};

/// The one row that says what this store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// When it was made.
    pub created: Timestamp,
    /// Whether it is for production: its time is real, and nobody moves it.
    #[serde(default)]
    pub production: bool,
    /// The Regions it serves, the home Region first.
    pub regions: Vec<RegionName>,
    /// The organisation's id, if there is one.
    pub organization: Option<String>,
    /// The organisation's management account.
    pub management_account: Option<AccountId>,
    /// Accounts that administer Identity Center for the organisation beside its management account.
    #[serde(default)]
    pub delegated_administrators: Vec<AccountId>,
    /// How far virtual time is ahead of real time, in milliseconds; it only grows.
    pub clock_offset_millis: i64,
}

impl Stored for Installation {
    type Id = ();
    const COLLECTION: &'static str = "installation";
    fn id(&self) {}
    fn row((): &()) -> String {
        "installation".to_owned()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.installation
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.installation
    }
}

impl Installation {
    /// Whether an account is in the organisation.
    #[must_use]
    pub fn has_member(&self, account: &Account) -> bool {
        self.organization.is_some()
            && (account.parent.is_some() || self.management_account == Some(account.id))
    }
}

/// An AWS account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// When it joined or was made.
    pub created: Timestamp,
    /// The root or organisational unit it stands under; `None` for a standalone account.
    pub parent: Option<String>,
    /// Names of the service control policies attached to the account itself.
    pub scps: Vec<String>,
    /// Names of the resource control policies attached to the account itself.
    pub rcps: Vec<String>,
}

impl Stored for Account {
    type Id = AccountId;
    const COLLECTION: &'static str = "organizations.account";
    fn id(&self) -> AccountId {
        self.id
    }
    fn row(id: &AccountId) -> String {
        id.to_string()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.accounts
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.accounts
    }
}

/// A root (`r-…`) or an organisational unit (`ou-…`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationalUnit {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The unit above; `None` for the root.
    pub parent: Option<String>,
    /// Names of the service control policies attached here.
    pub scps: Vec<String>,
    /// Names of the resource control policies attached here.
    pub rcps: Vec<String>,
}

impl Stored for OrganizationalUnit {
    type Id = String;
    const COLLECTION: &'static str = "organizations.unit";
    fn id(&self) -> String {
        self.id.clone()
    }
    fn row(id: &String) -> String {
        id.clone()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.units
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.units
    }
}

/// A service control or resource control policy of the organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrganizationPolicy {
    /// The policy's name, unique in the organisation.
    pub name: String,
    /// The document.
    pub policy: PolicyText,
}

impl Stored for OrganizationPolicy {
    type Id = String;
    const COLLECTION: &'static str = "organizations.policy";
    fn id(&self) -> String {
        self.name.clone()
    }
    fn row(id: &String) -> String {
        id.clone()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.organization_policies
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.organization_policies
    }
}
