//! Gives an instance another encryption: new data keys, and all identity data encrypted anew under
//! them in the same outcome. A data key was never wrapped by anything but the key it is for, so
//! that once a customer's KMS key is deleted nothing opens what it protected. Source: IAM Identity
//! Center User Guide, "Customer managed KMS keys": setting a key tries it first, and on any failure
//! the previous one stays in use.

use super::data_key::{Asker, Purpose, decrypt, open_data_key, sealer};
use super::kms_fault::Fault;
use crate::chain::{Interrupt, ServiceError, Turn};
use crate::identitystore::{Vault, encrypt_anew};
use crate::kms::{DescribeKey, GenerateDataKeyWithoutPlaintext};
use crate::state::{DataKey, Encryption, Instance, Stored, WrappedDataKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_crypto::Place;
use claviger_model::SSO_ADMIN;
use claviger_model::kms::{
    DataKeySpec, DescribeKeyRequest, GenerateDataKeyWithoutPlaintextRequest, KeyManagerType,
    KeyMetadata, KeySpec, KeyUsageType,
};
use claviger_types::{KeyArn, Secret};

/// A new data key: wrapped, to be stored, and open, to encrypt with now.
type NewDataKey = (DataKey, Secret<Vec<u8>>);

/// Encrypts the instance as `to` says.
///
/// # Errors
/// The key cannot be used by a service or by the caller, or the identity data cannot be read with
/// the previous one; nothing has changed then.
pub(super) fn rekey(
    turn: &mut Turn<'_>,
    asker: Asker<'_>,
    instance: &Instance,
    to: Encryption,
) -> Result<Instance, Interrupt> {
    let mut next = instance.clone();
    let mut store_key = None;
    for purpose in Purpose::ALL {
        let generation = purpose.data_key(instance).generation.saturating_add(1);
        let (data_key, open) = match &to {
            Encryption::AwsOwned => sealed_data_key(turn, instance, purpose, generation)?,
            Encryption::CustomerManaged { key } => {
                try_key(turn, asker, instance, purpose, key, generation)?
            }
        };
        *purpose.data_key_mut(&mut next) = data_key;
        if purpose == Purpose::IdentityStore {
            store_key = Some(sealer(asker, instance, purpose, generation, &open)?);
        }
    }
    next.encryption = to;
    let store_key = store_key.ok_or_else(|| asker.fault("no data key for the identity store"))?;
    move_users(turn, asker, instance, Vault::new(store_key, &next)?)?;
    // What the previous keys protected must not stay behind on the disk.
    turn.purge();
    Ok(next)
}

/// Reads all users under the previous data key and writes them under the new one. Without users
/// the previous key is not needed: an instance whose key is lost can be given another one as long
/// as nothing was lost with it.
fn move_users(
    turn: &mut Turn<'_>,
    asker: Asker<'_>,
    instance: &Instance,
    new: Vault,
) -> Result<(), Interrupt> {
    let store_id = &instance.identity_store_id;
    if turn.view().directory_users_of(store_id).next().is_none() {
        return Ok(());
    }
    let old = open_data_key(turn, asker, instance, Purpose::IdentityStore)?;
    encrypt_anew(turn, &Vault::new(old, instance)?, &new)?;
    Ok(())
}

/// A random data key, sealed by this installation.
pub(super) fn sealed_data_key(
    turn: &mut Turn<'_>,
    instance: &Instance,
    purpose: Purpose,
    generation: u64,
) -> Result<NewDataKey, ServiceError> {
    let mut open = Secret::new(vec![0_u8; 32]);
    turn.entropy().fill(open.expose_mut());
    let place = Place {
        collection: Instance::COLLECTION,
        row: &purpose.row(instance),
        version: generation,
    };
    let installation = turn.sealer();
    let sealed = installation
        .seal(&place, open.expose(), turn.entropy())
        .map_err(|e| ServiceError::internal(SSO_ADMIN, e.to_string()))?;
    let data_key = DataKey {
        generation,
        wrapped: WrappedDataKey::Sealed(sealed),
    };
    Ok((data_key, open))
}

/// Tries a customer managed key for one of the two services, as the service and for the caller,
/// and makes the new data key on the way.
fn try_key(
    turn: &mut Turn<'_>,
    asker: Asker<'_>,
    instance: &Instance,
    purpose: Purpose,
    key: &KeyArn,
    generation: u64,
) -> Result<NewDataKey, Interrupt> {
    let describe = || DescribeKeyRequest {
        key_id: Some(key.to_string()),
        ..DescribeKeyRequest::default()
    };
    asker.as_caller::<DescribeKey>(turn, purpose, describe())?;
    let described = asker.as_service::<DescribeKey>(turn, instance, purpose, describe())?;
    usable(asker, key, described.key_metadata.as_ref())?;
    let made = asker.as_service::<GenerateDataKeyWithoutPlaintext>(
        turn,
        instance,
        purpose,
        GenerateDataKeyWithoutPlaintextRequest {
            key_id: Some(key.to_string()),
            key_spec: Some(DataKeySpec::Aes256),
            encryption_context: Some(purpose.context(instance)),
            ..GenerateDataKeyWithoutPlaintextRequest::default()
        },
    )?;
    let blob = made
        .ciphertext_blob
        .map(|b| STANDARD.encode(b.0))
        .ok_or_else(|| asker.fault("KMS made no data key"))?;
    let open = decrypt(turn, asker, instance, purpose, key.as_str(), &blob)?;
    let data_key = DataKey {
        generation,
        wrapped: WrappedDataKey::Kms(blob),
    };
    Ok((data_key, open))
}

/// Only a symmetric encryption key of the customer's will do.
fn usable(
    asker: Asker<'_>,
    key: &KeyArn,
    metadata: Option<&KeyMetadata>,
) -> Result<(), ServiceError> {
    let fits = metadata.is_some_and(|m| {
        m.key_spec == Some(KeySpec::SymmetricDefault)
            && m.key_usage == Some(KeyUsageType::EncryptDecrypt)
            && m.key_manager == Some(KeyManagerType::Customer)
    });
    if fits {
        return Ok(());
    }
    let text = format!("{key} is not a symmetric customer managed key for encryption.");
    Err(Fault::InvalidKeyUsage.error(asker.service, text))
}
