//! KMS keys as they are stored, without the bytes of their material, and what falls due for them.
//! What may be done with a key is decided elsewhere.

use super::key_state::{KeyState, Settling, SettlingKind, ShownState};
use super::material::MaterialInfo;
use super::policy_text::PolicyText;
use super::table::{Stored, Table};
use super::{KeyPlace, Snapshot};
use claviger_crypto::{KeySpec, KeyUsage};
use claviger_types::{KeyArn, MaterialId, RegionName, Tag, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A KMS key without its material.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// The key's ARN: account, Region and id.
    pub arn: KeyArn,
    /// Who manages it.
    #[serde(default)]
    pub manager: KeyManager,
    /// The kind of material it has.
    #[serde(default = "symmetric_default")]
    pub spec: KeySpec,
    /// What it is for.
    #[serde(default = "encrypt_decrypt")]
    pub usage: KeyUsage,
    /// When it was created.
    pub created: Timestamp,
    /// Free text of its owner.
    pub description: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// While a change between Regions is under way; the state is what it will be.
    #[serde(default)]
    pub settling: Option<Settling>,
    /// Where its material comes from.
    pub origin: Origin,
    /// Set for a multi-Region key.
    pub multi_region: Option<MultiRegion>,
    /// The key policy; keys that were loaded with the same one share it.
    pub policy: Arc<PolicyText>,
    /// Tags in the order they were first given.
    pub tags: Vec<Tag>,
    /// The materials that were ever current, oldest first; the last one encrypts. All of them must be
    /// here for the key to be usable.
    pub materials: Vec<MaterialInfo>,
    /// Imported material that the next rotation on demand makes current.
    #[serde(default)]
    pub pending_material: Option<MaterialInfo>,
    /// How many rotations on demand there were (25 for life).
    pub on_demand_rotations: u32,
    /// Rotation by schedule, while it is on.
    #[serde(default)]
    pub automatic_rotation: Option<AutomaticRotation>,
    /// For a key in an external key store.
    #[serde(default)]
    pub key_store: Option<KeyStoreKey>,
}

// Rows from before there were other keys than these do not say what they are.
fn symmetric_default() -> KeySpec {
    KeySpec::SymmetricDefault
}

fn encrypt_decrypt() -> KeyUsage {
    KeyUsage::EncryptDecrypt
}

/// Who manages a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyManager {
    /// An AWS service: the key of `alias/aws/<service>`.
    #[serde(rename = "AWS")]
    Aws,
    /// The customer.
    #[default]
    #[serde(rename = "CUSTOMER")]
    Customer,
}

impl KeyManager {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Customer => "CUSTOMER",
        }
    }
}

/// Where the material of a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Made by the service.
    #[serde(rename = "AWS_KMS")]
    AwsKms,
    /// Imported by its owner.
    #[serde(rename = "EXTERNAL")]
    External,
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
            Self::External => "EXTERNAL",
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

/// What time alone does to a key. Of two pieces at the same moment the first listed comes first: a
/// key that is deleted does not rotate any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DueWork {
    /// It is deleted.
    Deletion,
    /// Imported material of it expires.
    Expiry,
    /// A change between Regions is over.
    Settling,
    /// It rotates by schedule.
    Rotation,
}

impl Key {
    /// The account, Region and id of the key.
    #[must_use]
    pub fn place(&self) -> KeyPlace {
        KeyPlace::of(&self.arn)
    }

    /// The state as the API shows it.
    #[must_use]
    pub fn shown_state(&self) -> ShownState {
        match self.settling.map(|s| s.kind) {
            Some(SettlingKind::Creating) => ShownState::Creating,
            Some(SettlingKind::Updating) => ShownState::Updating,
            None => self.state.shown(),
        }
    }

    /// When the key is to rotate by schedule: only an enabled key does (KMS Developer Guide,
    /// "Rotate AWS KMS keys"), and of related multi-Region keys only the primary for all of them.
    #[must_use]
    pub fn rotation_date(&self) -> Option<Timestamp> {
        let enabled = self.state == KeyState::Enabled;
        self.automatic_rotation
            .filter(|_| enabled && !self.is_replica())
            .map(|r| r.next)
    }

    /// Whether the key is a replica of a multi-Region key of another Region.
    #[must_use]
    pub fn is_replica(&self) -> bool {
        let regions = self.multi_region.as_ref();
        regions.is_some_and(|m| &m.primary != self.arn.region())
    }

    /// Whether every material that is associated with the key for good is here. A key whose owner
    /// imports its material cannot be used without any of them (KMS API reference,
    /// `ImportKeyMaterial`); what waits for a rotation does not count.
    #[must_use]
    pub fn has_all_material(&self) -> bool {
        let here = self.materials.iter().all(MaterialInfo::is_present);
        self.origin != Origin::External || (here && !self.materials.is_empty())
    }

    /// The material that encrypts now; `None` before the first import.
    #[must_use]
    pub fn current_material(&self) -> Option<&MaterialId> {
        self.materials.last().map(|m| &m.id)
    }

    /// What time does to the key next, and when.
    #[must_use]
    pub fn due(&self) -> Option<(Timestamp, DueWork)> {
        let expiry = self
            .materials
            .iter()
            .chain(&self.pending_material)
            .filter_map(MaterialInfo::expires)
            .min();
        [
            (self.state.deletion_date(), DueWork::Deletion),
            (expiry, DueWork::Expiry),
            (self.settling.map(|s| s.until), DueWork::Settling),
            (self.rotation_date(), DueWork::Rotation),
        ]
        .into_iter()
        .filter_map(|(date, work)| Some((date?, work)))
        .min()
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
