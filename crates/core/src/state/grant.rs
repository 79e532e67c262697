//! KMS grants as they are stored. What a grant allows is decided elsewhere.

use super::table::{Stored, Table};
use super::{KeyPlace, Snapshot};
use claviger_policy::GrantOperation;
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
    #[serde(with = "operation_names")]
    pub operations: Vec<GrantOperation>,
    /// EncryptionContextEquals, if set.
    #[serde(default)]
    pub context_equals: Option<EncryptionContext>,
    /// EncryptionContextSubset, if set.
    #[serde(default)]
    pub context_subset: Option<EncryptionContext>,
    /// SourceArn, if set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
}

/// A principal named in a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredPrincipal", into = "StoredPrincipal")]
pub enum GrantPrincipal {
    /// An account, user, role, session or federated user.
    Iam {
        /// The ARN as it was sent.
        arn: Arn,
        /// The unique id of the user or role it named when the grant was made, when that is in
        /// this installation.
        id: Option<UniqueId>,
    },
    /// A service principal, such as `dynamodb.amazonaws.com`.
    Service(String),
}

impl GrantPrincipal {
    /// The ARN or the service's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Iam { arn, .. } => arn.as_str(),
            Self::Service(name) => name,
        }
    }

    /// The unique id of the user or role it means, if known.
    #[must_use]
    pub fn id(&self) -> Option<&UniqueId> {
        match self {
            Self::Iam { id, .. } => id.as_ref(),
            Self::Service(_) => None,
        }
    }
}

/// A principal as rows hold it: one of `arn` and `service`.
#[derive(Serialize, Deserialize)]
struct StoredPrincipal {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arn: Option<Arn>,
    #[serde(default)]
    id: Option<UniqueId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
}

impl TryFrom<StoredPrincipal> for GrantPrincipal {
    type Error = &'static str;
    fn try_from(stored: StoredPrincipal) -> Result<Self, Self::Error> {
        match (stored.arn, stored.service) {
            (Some(arn), None) => Ok(Self::Iam { arn, id: stored.id }),
            (None, Some(service)) => Ok(Self::Service(service)),
            _ => Err("a grant's principal has either an ARN or a service"),
        }
    }
}

impl From<GrantPrincipal> for StoredPrincipal {
    fn from(principal: GrantPrincipal) -> Self {
        let (arn, id, service) = match principal {
            GrantPrincipal::Iam { arn, id } => (Some(arn), id, None),
            GrantPrincipal::Service(name) => (None, None, Some(name)),
        };
        Self { arn, id, service }
    }
}

/// Operations by their names.
mod operation_names {
    use claviger_policy::GrantOperation;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::borrow::Cow;

    pub(super) fn serialize<S: Serializer>(
        operations: &[GrantOperation],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(operations.iter().map(|operation| operation.as_str()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<GrantOperation>, D::Error> {
        let names = Vec::<Cow<'de, str>>::deserialize(deserializer)?;
        let known = |name: &Cow<'de, str>| {
            GrantOperation::named(name)
                .ok_or_else(|| D::Error::custom(format!("'{name}' cannot be granted")))
        };
        names.iter().map(known).collect()
    }
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
