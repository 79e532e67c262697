//! KMS grants as they are stored. What a grant allows is decided elsewhere.

use super::table::{Stored, Table};
use super::{KeyPlace, Snapshot};
use claviger_types::{AccountId, Arn, EncryptionContext, GrantId, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};

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
