//! IAM groups as they are stored. Who is in a group stands with the user: a decision for a user
//! needs the groups, and no decision for a group is ever asked for.

use super::Snapshot;
use super::iam::{Attachments, EntityPlace, entity_place};
use super::table::{Stored, Table};
use claviger_types::{AccountId, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};

/// An IAM group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The owning account.
    pub account: AccountId,
    /// The name as it was given; names differ not only by case.
    pub name: String,
    /// The path, `/` by default.
    pub path: String,
    /// The unique id, `AGPA…`.
    pub id: UniqueId,
    /// When it was created.
    pub created: Timestamp,
    /// Its policies; a group has no permissions boundary.
    pub policies: Attachments,
}

impl Group {
    /// `arn:aws:iam::<account>:group<path><name>`.
    #[must_use]
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:iam::{}:group{}{}",
            self.account, self.path, self.name
        )
    }
}

impl Stored for Group {
    type Id = EntityPlace;
    const COLLECTION: &'static str = "iam.group";
    fn id(&self) -> EntityPlace {
        entity_place(self.account, &self.name)
    }
    fn row(id: &EntityPlace) -> String {
        format!("{}/{}", id.0, id.1)
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.groups
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.groups
    }
}
