//! A new instance with its identity store, encrypted under the AWS owned key.

use super::data_key::Purpose;
use super::rekey::sealed_data_key;
use crate::chain::{ServiceError, Turn};
use crate::state::{DataKey, Encryption, Instance, WrappedDataKey};
use claviger_crypto::hex;
use claviger_types::{AccountId, RegionName, uuid_v4};

/// Makes an instance with its two data keys. It is not stored here.
///
/// # Errors
/// When a data key cannot be sealed.
pub(crate) fn new_instance(
    turn: &mut Turn<'_>,
    owner: AccountId,
    region: RegionName,
) -> Result<Instance, ServiceError> {
    let placeholder = DataKey {
        generation: 0,
        wrapped: WrappedDataKey::Kms(String::new()),
    };
    let mut instance = Instance {
        id: format!("ssoins-{}", random_hex::<8>(turn)),
        identity_store_id: format!("d-{}", random_hex::<5>(turn)),
        owner,
        region,
        name: None,
        created: turn.now(),
        encryption: Encryption::AwsOwned,
        sso_data_key: placeholder.clone(),
        identity_store_data_key: placeholder,
        identity_store_tenant_key_id: uuid_v4(turn.entropy()),
    };
    for purpose in Purpose::ALL {
        let (data_key, _) = sealed_data_key(turn, &instance, purpose, 1)?;
        *purpose.data_key_mut(&mut instance) = data_key;
    }
    Ok(instance)
}

/// Two hex digits for each of `N` random bytes.
fn random_hex<const N: usize>(turn: &mut Turn<'_>) -> String {
    let mut bytes = [0_u8; N];
    turn.entropy().fill(&mut bytes);
    hex(&bytes)
}
