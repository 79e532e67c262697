//! The installation, its organisation and accounts as they are stored.

use super::Snapshot;
use super::organization_policy::{DelegationPolicy, PolicyType};
use super::table::{Stored, Table};
use claviger_types::{AccountId, RegionName, Tag, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// The organisation's management account; the last one's where there is no organisation now.
    pub management_account: Option<AccountId>,
    /// Accounts that administer Identity Center for the organisation beside its management account.
    #[serde(default)]
    pub delegated_administrators: Vec<AccountId>,
    /// What else is set for the organisation. Rows from before it could be set have the defaults.
    #[serde(default)]
    pub organization_settings: OrganizationSettings,
    /// How far virtual time is ahead of real time, in milliseconds; it only grows.
    pub clock_offset_millis: i64,
}

/// What is set for an organisation as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganizationSettings {
    /// Whether it shares bills alone.
    pub feature_set: FeatureSet,
    /// The policy types that are enabled in its root.
    pub policy_types: Vec<PolicyType>,
    /// The services that may work in its accounts, by service principal, and since when. `None`
    /// in rows from before it was kept: then it is Identity Center, since the beginning.
    pub service_access: Option<BTreeMap<String, Timestamp>>,
    /// The accounts that administer services for it, with each service and since when. Those of
    /// Identity Center stand in [`Installation::delegated_administrators`], with their date here
    /// if it is known.
    pub delegations: BTreeMap<AccountId, BTreeMap<String, Timestamp>>,
    /// The policy by which member accounts may administer it.
    pub delegation_policy: Option<DelegationPolicy>,
}

impl Default for OrganizationSettings {
    fn default() -> Self {
        Self {
            feature_set: FeatureSet::All,
            policy_types: vec![
                PolicyType::ServiceControlPolicy,
                PolicyType::ResourceControlPolicy,
            ],
            service_access: None,
            delegations: BTreeMap::new(),
            delegation_policy: None,
        }
    }
}

/// The features of an organisation. Source: Organizations API Reference, `Organization`,
/// `FeatureSet`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FeatureSet {
    /// All of them, policies among them.
    All,
    /// One bill and nothing else.
    ConsolidatedBilling,
}

/// The service principal of Identity Center.
pub const IDENTITY_CENTER: &str = "sso.amazonaws.com";

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

    /// Whether policies of a type count at all.
    #[must_use]
    pub fn has_policy_type(&self, policy_type: PolicyType) -> bool {
        self.organization_settings
            .policy_types
            .contains(&policy_type)
    }

    /// The services that may work in the organisation's accounts, and since when.
    #[must_use]
    pub fn service_access(&self) -> BTreeMap<String, Timestamp> {
        let known = &self.organization_settings.service_access;
        known
            .clone()
            .unwrap_or_else(|| BTreeMap::from([(IDENTITY_CENTER.to_owned(), self.created)]))
    }

    /// The services that an account administers for the organisation, and since when.
    #[must_use]
    pub fn delegated_services(&self, account: AccountId) -> BTreeMap<String, Timestamp> {
        let known = self.organization_settings.delegations.get(&account);
        let mut services = known.cloned().unwrap_or_default();
        if self.delegated_administrators.contains(&account) {
            services
                .entry(IDENTITY_CENTER.to_owned())
                .or_insert(self.created);
        }
        services
    }

    /// The accounts that administer a service for the organisation, or any.
    #[must_use]
    pub fn administrators_of(&self, service: Option<&str>) -> Vec<AccountId> {
        let known = self.organization_settings.delegations.keys();
        let mut accounts: Vec<AccountId> = known
            .chain(&self.delegated_administrators)
            .copied()
            .filter(|account| {
                let services = self.delegated_services(*account);
                service.map_or(!services.is_empty(), |s| services.contains_key(s))
            })
            .collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }
}

/// An AWS account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// The address of its root user; `None` in rows from before it was kept.
    #[serde(default)]
    pub email: Option<String>,
    /// When it joined or was made.
    pub created: Timestamp,
    /// Whether it works.
    #[serde(default)]
    pub state: AccountState,
    /// The root or organisational unit it stands under; `None` for a standalone account.
    pub parent: Option<String>,
    /// Ids, without `p-`, of the service control policies attached to the account itself.
    pub scps: Vec<String>,
    /// Ids, without `p-`, of the resource control policies attached to the account itself.
    pub rcps: Vec<String>,
    /// The tag policies attached to the account itself.
    #[serde(default)]
    pub tag_policies: TagPolicies,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The tag policies attached to something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagPolicies {
    /// Their ids, without `p-`, in the order they were attached.
    pub attached: Vec<String>,
    /// When the last was attached or detached.
    pub changed: Option<Timestamp>,
}

/// Whether an account works. Source: Organizations API Reference, `Account`, `State`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountState {
    /// It works.
    #[default]
    Active,
    /// It is being closed, and is at this moment.
    PendingClosure {
        /// When.
        until: Timestamp,
    },
    /// It is closed: its credentials are not valid, and nothing in it can be used.
    Suspended {
        /// Since when.
        since: Timestamp,
    },
}

impl Account {
    /// An account that works and has nothing attached.
    #[must_use]
    pub fn new(id: AccountId, name: &str, created: Timestamp) -> Self {
        Self {
            id,
            name: name.to_owned(),
            email: None,
            created,
            state: AccountState::Active,
            parent: None,
            scps: Vec::new(),
            rcps: Vec::new(),
            tag_policies: TagPolicies::default(),
            tags: Vec::new(),
        }
    }

    /// The address of its root user. Accounts that were made without one have one that nobody
    /// else has.
    #[must_use]
    pub fn email(&self) -> String {
        let unknown = || format!("{}@example.com", self.id);
        self.email.clone().unwrap_or_else(unknown)
    }

    /// Whether it is closed.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        matches!(self.state, AccountState::Suspended { .. })
    }
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
    /// Ids, without `p-`, of the service control policies attached here.
    pub scps: Vec<String>,
    /// Ids, without `p-`, of the resource control policies attached here.
    pub rcps: Vec<String>,
    /// The tag policies attached here.
    #[serde(default)]
    pub tag_policies: TagPolicies,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
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
