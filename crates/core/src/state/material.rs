//! Key material as it is stored: what is known of each material of a key, and its sealed bytes. When
//! material is made, imported or rotated is decided elsewhere.

use super::table::{Stored, Table};
use super::{KeyPlace, Snapshot};
use claviger_crypto::Sealed;
use claviger_model::Blob;
use claviger_types::{MaterialId, Timestamp};
use serde::{Deserialize, Serialize};

/// One key material of a key, without the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialInfo {
    /// Its id.
    pub id: MaterialId,
    /// When a rotation made it current; `None` for the first.
    pub rotated: Option<Timestamp>,
    /// What kind of rotation that was.
    pub rotation: Option<RotationType>,
    /// For imported material.
    #[serde(default)]
    pub import: Option<Import>,
}

/// What is known of imported material. Source: KMS API reference, `RotationsListEntry` and
/// `ImportKeyMaterial`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Whether the bytes are here now; they go when they expire or are deleted, and can be imported
    /// again.
    pub present: bool,
    /// When they expire, for the expiration model `KEY_MATERIAL_EXPIRES`.
    pub expires: Option<Timestamp>,
    /// Free text of whoever imported them.
    pub description: Option<String>,
    /// The public half of a key pair whose bytes are not here, as [`Material::public_key`]: it can
    /// be asked for all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<Blob>,
}

impl MaterialInfo {
    /// Material that this service made and no rotation has brought in.
    #[must_use]
    pub fn first(id: MaterialId) -> Self {
        Self {
            id,
            rotated: None,
            rotation: None,
            import: None,
        }
    }

    /// Material that its owner brings and no rotation has brought in.
    #[must_use]
    pub fn imported(id: MaterialId, import: Import) -> Self {
        Self {
            import: Some(import),
            ..Self::first(id)
        }
    }

    /// Whether its bytes are here: of imported material not always.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.import.as_ref().is_none_or(|import| import.present)
    }

    /// When its bytes expire, while they are here.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        let import = self.import.as_ref().filter(|import| import.present)?;
        import.expires
    }
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

/// The bytes of one key material, sealed. Written once, deleted with its key; imported material is
/// deleted by its owner or when it expires, and may come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// The key it belongs to.
    pub key: KeyPlace,
    /// The material's id.
    pub id: MaterialId,
    /// The bytes, as `claviger_crypto` encodes material of the key's spec; sealed for this row at
    /// version 1.
    pub sealed: Sealed,
    /// The public half of a key pair: a SubjectPublicKeyInfo (RFC 5280) in DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<Blob>,
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
