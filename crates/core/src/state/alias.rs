//! KMS aliases as they are stored. Which names are allowed is decided elsewhere.

use super::table::{Stored, Table};
use super::{KeyPlace, Snapshot};
use claviger_types::{AccountId, AliasName, RegionName, Timestamp};
use serde::{Deserialize, Serialize};

/// An alias: a second name of a key in one account and Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The owning account.
    pub account: AccountId,
    /// The Region it stands in.
    pub region: RegionName,
    /// Its name, prefix included.
    pub name: AliasName,
    /// The key it points at.
    pub target: KeyPlace,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last pointed at a key.
    pub updated: Timestamp,
}

/// Account, Region and name of an alias.
pub type AliasPlace = (AccountId, RegionName, AliasName);

impl Stored for Alias {
    type Id = AliasPlace;
    const COLLECTION: &'static str = "kms.alias";
    fn id(&self) -> AliasPlace {
        (self.account, self.region.clone(), self.name.clone())
    }
    fn row(id: &AliasPlace) -> String {
        format!("{}/{}/{}", id.0, id.1, id.2)
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.aliases
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.aliases
    }
}
