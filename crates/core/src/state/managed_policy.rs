//! Customer managed policies as they are stored, with their versions.

use super::Snapshot;
use super::iam::{EntityPlace, entity_place};
use super::policy_text::PolicyText;
use super::table::{Stored, Table};
use claviger_types::{AccountId, Tag, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};

/// A customer managed policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// The owning account.
    pub account: AccountId,
    /// The name as it was given; names differ not only by case.
    pub name: String,
    /// The path, `/` by default.
    pub path: String,
    /// The unique id, `ANPA…`.
    pub id: UniqueId,
    /// When it was created.
    pub created: Timestamp,
    /// When its versions last changed.
    pub updated: Timestamp,
    /// Free text of its owner, which never changes.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its versions, oldest first; never empty.
    pub versions: Vec<PolicyVersion>,
    /// The number of the version that decides.
    pub default: u32,
    /// The number of the newest version there ever was: numbers are not given again.
    pub newest: u32,
}

/// One version of a customer managed policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// `1` for `v1`.
    pub number: u32,
    /// When it was made.
    pub created: Timestamp,
    /// The document.
    pub document: PolicyText,
}

impl ManagedPolicy {
    /// `arn:aws:iam::<account>:policy<path><name>`.
    #[must_use]
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:iam::{}:policy{}{}",
            self.account, self.path, self.name
        )
    }

    /// A version by its number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&PolicyVersion> {
        self.versions.iter().find(|v| v.number == number)
    }

    /// The version that decides.
    #[must_use]
    pub fn default_version(&self) -> Option<&PolicyVersion> {
        self.version(self.default)
    }
}

impl Stored for ManagedPolicy {
    type Id = EntityPlace;
    const COLLECTION: &'static str = "iam.policy";
    fn id(&self) -> EntityPlace {
        entity_place(self.account, &self.name)
    }
    fn row(id: &EntityPlace) -> String {
        format!("{}/{}", id.0, id.1)
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.managed_policies
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.managed_policies
    }
}
