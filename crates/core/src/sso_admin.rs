//! IAM Identity Center (`sso-admin`) over the state: instances and their encryption. Source: the
//! sso-admin service model (2020-07-20) and the IAM Identity Center User Guide.

use crate::chain::{Served, ServiceError, Turn};
use crate::state::{DataKey, Encryption, Instance, WrappedDataKey};
use claviger_crypto::Place;
use claviger_types::{AccountId, RegionName, Secret};

/// The operations served.
pub static SERVED: &[Served] = &[];

/// A new instance under the AWS owned key.
pub(crate) fn new_instance(
    turn: &mut Turn<'_>,
    owner: AccountId,
    region: RegionName,
) -> Result<Instance, ServiceError> {
    let mut random = [0_u8; 13];
    turn.entropy().fill(&mut random);
    let digits = claviger_crypto::hex(&random);
    let id = format!("ssoins-{}", digits.get(..16).unwrap_or_default());
    let identity_store_id = format!("d-{}", digits.get(16..26).unwrap_or_default());
    Ok(Instance {
        sso_data_key: sealed_data_key(turn, "sso.data_key", &id)?,
        identity_store_data_key: sealed_data_key(turn, "identitystore.data_key", &id)?,
        identity_store_tenant_key_id: claviger_types::uuid_v4(turn.entropy()),
        id,
        identity_store_id,
        owner,
        region,
        name: None,
        created: turn.now(),
        encryption: Encryption::AwsOwned,
    })
}

fn sealed_data_key(
    turn: &mut Turn<'_>,
    collection: &str,
    instance_id: &str,
) -> Result<DataKey, ServiceError> {
    let mut bytes = Secret::new([0_u8; 32]);
    turn.entropy().fill(bytes.expose_mut());
    let place = Place {
        collection,
        row: instance_id,
        version: 1,
    };
    let sealer = turn.sealer();
    let sealed = sealer
        .seal(&place, bytes.expose(), turn.entropy())
        .map_err(|e| ServiceError::internal(claviger_model::SSO_ADMIN, e.to_string()))?;
    Ok(DataKey {
        generation: 1,
        wrapped: WrappedDataKey::Sealed(sealed),
    })
}
