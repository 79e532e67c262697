//! Users, roles and access keys of each account as they are stored.

use super::Snapshot;
use super::policy_text::PolicyText;
use super::table::{Stored, Table};
use claviger_crypto::Sealed;
use claviger_types::{AccountId, Arn, Tag, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What users, groups and roles have in common: the policies attached to them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Attachments {
    /// Inline policies by name.
    pub inline: BTreeMap<String, PolicyText>,
    /// ARNs of managed policies, in the order they were attached.
    pub managed: Vec<Arn>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<Arn>,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The owning account.
    pub account: AccountId,
    /// The name as it was given; names differ not only by case.
    pub name: String,
    /// The path, `/` by default.
    pub path: String,
    /// The unique id, `AIDA…`.
    pub id: UniqueId,
    /// When it was created.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its policies.
    pub policies: Attachments,
    /// The names of its groups in lower case, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// The owning account.
    pub account: AccountId,
    /// The name as it was given; names differ not only by case.
    pub name: String,
    /// The path, `/` by default.
    pub path: String,
    /// The unique id, `AROA…`.
    pub id: UniqueId,
    /// When it was created.
    pub created: Timestamp,
    /// Free text of its owner.
    pub description: Option<String>,
    /// The longest session it allows, in seconds (3600 to 43200).
    pub max_session_seconds: u32,
    /// Who may assume it.
    pub trust: PolicyText,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its policies.
    pub policies: Attachments,
}

/// Account and lower-case name: IAM names are unique regardless of case.
pub type EntityPlace = (AccountId, String);

/// The place of a name.
#[must_use]
pub fn entity_place(account: AccountId, name: &str) -> EntityPlace {
    (account, name.to_ascii_lowercase())
}

impl User {
    /// `arn:aws:iam::<account>:user<path><name>`.
    #[must_use]
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:iam::{}:user{}{}",
            self.account, self.path, self.name
        )
    }
}

impl Role {
    /// `arn:aws:iam::<account>:role<path><name>`.
    #[must_use]
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:iam::{}:role{}{}",
            self.account, self.path, self.name
        )
    }

    /// Whether this is a service-linked role, by its path. Source: IAM User Guide,
    /// "Service-linked roles".
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }
}

impl Stored for User {
    type Id = EntityPlace;
    const COLLECTION: &'static str = "iam.user";
    fn id(&self) -> EntityPlace {
        entity_place(self.account, &self.name)
    }
    fn row(id: &EntityPlace) -> String {
        format!("{}/{}", id.0, id.1)
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.users
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.users
    }
}

impl Stored for Role {
    type Id = EntityPlace;
    const COLLECTION: &'static str = "iam.role";
    fn id(&self) -> EntityPlace {
        entity_place(self.account, &self.name)
    }
    fn row(id: &EntityPlace) -> String {
        format!("{}/{}", id.0, id.1)
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.roles
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.roles
    }
}

/// A long-term access key. Its secret is sealed for this row at version 1, whatever the row's own
/// version: the secret never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: UniqueId,
    /// The owning account.
    pub account: AccountId,
    /// The user's name and unique id.
    pub user: (String, UniqueId),
    /// Whether it may be used.
    pub active: bool,
    /// When it was created.
    pub created: Timestamp,
    /// The secret access key, sealed.
    pub secret: Sealed,
}

impl Stored for AccessKey {
    type Id = UniqueId;
    const COLLECTION: &'static str = "iam.access_key";
    fn id(&self) -> UniqueId {
        self.id.clone()
    }
    fn row(id: &UniqueId) -> String {
        id.as_str().to_owned()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.access_keys
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.access_keys
    }
}
