//! The Identity Center instance and the users of its identity store as they are stored. Attributes
//! are ciphertext here; what opens them is a data key that only KMS can unwrap.

use super::Snapshot;
use super::table::{Stored, Table};
use claviger_crypto::Sealed;
use claviger_types::{AccountId, KeyArn, RegionName, Timestamp};
use serde::{Deserialize, Serialize};

/// An instance of IAM Identity Center with its identity store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// `ssoins-` and 16 hex digits.
    pub id: String,
    /// The identity store, `d-` and 10 hex digits.
    pub identity_store_id: String,
    /// The account that owns both.
    pub owner: AccountId,
    /// The Region they live in.
    pub region: RegionName,
    /// The name, if one was given.
    pub name: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// The key that protects the data keys.
    pub encryption: Encryption,
    /// Identity Center's own data key (permission sets, assignments).
    pub sso_data_key: DataKey,
    /// The identity store's data key (users, groups).
    pub identity_store_data_key: DataKey,
    /// The identity store's `tenant-key-id` in encryption contexts, a UUID.
    pub identity_store_tenant_key_id: String,
}

/// How the instance is encrypted. Source: sso-admin model, `EncryptionConfigurationDetails`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encryption {
    /// The AWS owned key: data keys are sealed by this installation.
    #[serde(rename = "AWS_OWNED_KMS_KEY")]
    AwsOwned,
    /// A customer managed key: data keys are KMS ciphertexts under it.
    #[serde(rename = "CUSTOMER_MANAGED_KEY")]
    CustomerManaged {
        /// The key.
        key: KeyArn,
    },
}

/// A wrapped data key. The plaintext is never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataKey {
    /// Counts the data keys of this purpose; encrypted rows name the one they need.
    pub generation: u64,
    /// The wrapped bytes.
    pub wrapped: WrappedDataKey,
}

/// How a data key is wrapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WrappedDataKey {
    /// Sealed by this installation (AWS owned key).
    Sealed(Sealed),
    /// A KMS ciphertext, base64.
    Kms(String),
}

impl Instance {
    /// `arn:aws:sso:::instance/<id>`.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:sso:::instance/{}", self.id)
    }

    /// `arn:aws:identitystore::<owner>:identitystore/<id>`.
    #[must_use]
    pub fn identity_store_arn(&self) -> String {
        format!(
            "arn:aws:identitystore::{}:identitystore/{}",
            self.owner, self.identity_store_id
        )
    }
}

impl Stored for Instance {
    type Id = String;
    const COLLECTION: &'static str = "sso.instance";
    fn id(&self) -> String {
        self.id.clone()
    }
    fn row(id: &String) -> String {
        id.clone()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.instances
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.instances
    }
}

/// A user of an identity store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryUser {
    /// The identity store.
    pub identity_store_id: String,
    /// The user's id, a UUID.
    pub user_id: String,
    /// The generation of the data key that the fields below need.
    pub data_key_generation: u64,
    /// All attributes, encrypted (base64).
    pub attributes: String,
    /// HMACs (64 hex digits) of what must be unique in the identity store: user name, primary
    /// e-mail address, external ids; each with the kind it is of, so that kinds never collide.
    pub unique: Vec<UniqueAttribute>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}

/// The keyed digest of one unique attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UniqueAttribute {
    /// The attribute's path, such as `userName` or `emails.value`.
    pub attribute: String,
    /// HMAC-SHA-256 of the normalised value, 64 hex digits.
    pub digest: String,
}

impl Stored for DirectoryUser {
    type Id = (String, String);
    const COLLECTION: &'static str = "identitystore.user";
    fn id(&self) -> Self::Id {
        (self.identity_store_id.clone(), self.user_id.clone())
    }
    fn row(id: &Self::Id) -> String {
        format!("{}/{}", id.0, id.1)
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.directory_users
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.directory_users
    }
}
