//! KMS keys, their material, aliases and grants as they are stored. What may be done with them is
//! decided elsewhere.

use super::policy_text::PolicyText;
use super::table::{Stored, Table};
use super::{KeyPlace, Snapshot};
use claviger_crypto::Sealed;
use claviger_types::{
    AccountId, AliasName, Arn, EncryptionContext, GrantId, KeyArn, MaterialId, RegionName, Tag,
    Timestamp, UniqueId,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A KMS key without its material.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// The key's ARN: account, Region and id.
    pub arn: KeyArn,
    /// When it was created.
    pub created: Timestamp,
    /// Free text of its owner.
    pub description: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// Where its material comes from.
    pub origin: Origin,
    /// Set for a multi-Region key.
    pub multi_region: Option<MultiRegion>,
    /// The key policy; keys that were loaded with the same one share it.
    pub policy: Arc<PolicyText>,
    /// Tags in the order they were first given.
    pub tags: Vec<Tag>,
    /// The materials the key ever had, oldest first; the last one encrypts.
    pub materials: Vec<MaterialInfo>,
    /// How many rotations on demand there were (25 for life).
    pub on_demand_rotations: u32,
    /// Rotation by schedule, while it is on.
    #[serde(default)]
    pub automatic_rotation: Option<AutomaticRotation>,
    /// For a key in an external key store.
    #[serde(default)]
    pub key_store: Option<KeyStoreKey>,
}

/// The states a key can be in now. Source: KMS Developer Guide, "Key states".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub enum KeyState {
    /// Usable.
    Enabled,
    /// Switched off by its owner.
    Disabled,
    /// Waiting to be deleted at `date`.
    PendingDeletion {
        /// The moment from which the key is deleted.
        date: Timestamp,
    },
}

impl KeyState {
    /// When the key is to be deleted, if it is.
    #[must_use]
    pub fn deletion_date(self) -> Option<Timestamp> {
        match self {
            Self::PendingDeletion { date } => Some(date),
            Self::Enabled | Self::Disabled => None,
        }
    }

    /// The state's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion { .. } => "PendingDeletion",
        }
    }
}

/// Where the material of a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Made by the service.
    #[serde(rename = "AWS_KMS")]
    AwsKms,
    /// Kept by an external key manager behind a key store.
    #[serde(rename = "EXTERNAL_KEY_STORE")]
    ExternalKeyStore,
}

impl Origin {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsKms => "AWS_KMS",
            Self::ExternalKeyStore => "EXTERNAL_KEY_STORE",
        }
    }
}

/// Which Regions a multi-Region key lives in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiRegion {
    /// The Region of the primary key.
    pub primary: RegionName,
    /// The Regions of the replicas.
    pub replicas: Vec<RegionName>,
}

/// One key material of a key, without the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialInfo {
    /// Its id.
    pub id: MaterialId,
    /// When a rotation made it current; `None` for the first.
    pub rotated: Option<Timestamp>,
    /// What kind of rotation that was.
    pub rotation: Option<RotationType>,
}

/// The kinds of rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RotationType {
    /// By schedule.
    #[serde(rename = "AUTOMATIC")]
    Automatic,
    /// By RotateKeyOnDemand.
    #[serde(rename = "ON_DEMAND")]
    OnDemand,
}

impl RotationType {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "AUTOMATIC",
            Self::OnDemand => "ON_DEMAND",
        }
    }
}

/// A schedule of rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutomaticRotation {
    /// Days between two rotations, 90 to 2560.
    pub period_days: i32,
    /// When the next one is due.
    pub next: Timestamp,
}

/// The outside half of a key in an external key store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyStoreKey {
    /// The custom key store, `cks-…`.
    pub key_store_id: String,
    /// The key's id at the external key manager.
    pub external_key_id: String,
}

impl Key {
    /// The account, Region and id of the key.
    #[must_use]
    pub fn place(&self) -> KeyPlace {
        KeyPlace::of(&self.arn)
    }

    /// When the key is to rotate by schedule: only an enabled key does (KMS Developer Guide,
    /// "Rotate AWS KMS keys").
    #[must_use]
    pub fn rotation_date(&self) -> Option<Timestamp> {
        let enabled = self.state == KeyState::Enabled;
        self.automatic_rotation.filter(|_| enabled).map(|r| r.next)
    }

    /// The material that encrypts now. A key always has one.
    #[must_use]
    pub fn current_material(&self) -> Option<&MaterialId> {
        self.materials.last().map(|m| &m.id)
    }
}

impl Stored for Key {
    type Id = KeyPlace;
    const COLLECTION: &'static str = "kms.key";
    fn id(&self) -> KeyPlace {
        self.place()
    }
    fn row(id: &KeyPlace) -> String {
        id.row()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.keys
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.keys
    }
}

/// The bytes of one key material, sealed. Written once, deleted with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// The key it belongs to.
    pub key: KeyPlace,
    /// The material's id.
    pub id: MaterialId,
    /// The 32 bytes, sealed for this row at version 1.
    pub sealed: Sealed,
}

impl Stored for Material {
    type Id = (KeyPlace, MaterialId);
    const COLLECTION: &'static str = "kms.material";
    fn id(&self) -> Self::Id {
        (self.key.clone(), self.id.clone())
    }
    fn row(id: &Self::Id) -> String {
        format!("{}/{}", id.0.row(), id.1)
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.materials
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.materials
    }
}

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

/// A grant. Source: KMS API reference, `CreateGrant` and `GrantListEntry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The key it is on.
    pub key: KeyPlace,
    /// Its id.
    pub id: GrantId,
    /// Its name, if it was given one; names make CreateGrant repeatable.
    pub name: Option<String>,
    /// When it was created.
    pub created: Timestamp,
    /// Who may use the key by it.
    pub grantee: GrantPrincipal,
    /// Who may retire it.
    pub retiring: Option<GrantPrincipal>,
    /// The account whose principal created it.
    pub issuing_account: AccountId,
    /// The operations it allows, in the order they were asked for.
    pub operations: Vec<String>,
    /// EncryptionContextEquals, if set.
    #[serde(default)]
    pub context_equals: Option<EncryptionContext>,
    /// EncryptionContextSubset, if set.
    #[serde(default)]
    pub context_subset: Option<EncryptionContext>,
}

/// A principal named in a grant, with the entity it meant when the grant was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantPrincipal {
    /// The ARN as it was sent.
    pub arn: Arn,
    /// The unique id of the user or role it named, when that is in this installation.
    #[serde(default)]
    pub id: Option<UniqueId>,
}

impl Stored for Grant {
    type Id = (KeyPlace, GrantId);
    const COLLECTION: &'static str = "kms.grant";
    fn id(&self) -> Self::Id {
        (self.key.clone(), self.id.clone())
    }
    fn row(id: &Self::Id) -> String {
        format!("{}/{}", id.0.row(), id.1)
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.grants
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.grants
    }
}
