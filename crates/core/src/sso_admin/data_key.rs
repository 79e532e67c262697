//! The two data keys of an instance and the ways to open them. Under the AWS owned key they are
//! sealed by this installation; under a customer managed key they are KMS ciphertexts, and each
//! use asks KMS anew, once as the service itself and once for the caller. Source: IAM Identity
//! Center User Guide, "Encryption at rest". Nothing open is kept between two requests.

use super::kms_fault::{self, Fault};
use crate::caller::{Caller, ServicePrincipal};
use crate::chain::{Interrupt, Op, Request, RequestMeta, ServiceError, Turn};
use crate::kms::Decrypt;
use crate::state::{DataKey, Encryption, Instance, Key, KeyPlace, Stored, WrappedDataKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_crypto::{Place, Sealer, SealingKeyId, sha256};
use claviger_model::kms::{DecryptRequest, DecryptResponse};
use claviger_model::{Blob, Service};
use claviger_types::Secret;
use std::collections::BTreeMap;

/// What a data key protects, and with it the service that uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Identity Center's own data: permission sets, assignments.
    IdentityCenter,
    /// The identity store: users, groups.
    IdentityStore,
}

impl Purpose {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::IdentityCenter, Self::IdentityStore];

    /// The service principal.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::IdentityCenter => "sso.amazonaws.com",
            Self::IdentityStore => "identitystore.amazonaws.com",
        }
    }

    /// The encryption context: the ARN of what is protected and the tenant. Source: "Encryption
    /// at rest", encryption context.
    pub(crate) fn context(self, instance: &Instance) -> BTreeMap<String, String> {
        let (name, tenant) = match self {
            Self::IdentityCenter => ("aws:sso:instance-arn", &instance.id),
            Self::IdentityStore => (
                "aws:identitystore:identitystore-arn",
                &instance.identity_store_tenant_key_id,
            ),
        };
        BTreeMap::from([
            (name.to_owned(), self.arn(instance)),
            ("tenant-key-id".to_owned(), tenant.clone()),
        ])
    }

    fn arn(self, instance: &Instance) -> String {
        match self {
            Self::IdentityCenter => instance.arn(),
            Self::IdentityStore => instance.identity_store_arn(),
        }
    }

    /// The service as itself, for the instance.
    pub(super) fn principal(self, instance: &Instance) -> Caller {
        Caller::service(ServicePrincipal {
            name: self.service(),
            source_account: instance.owner,
            source_arn: self.arn(instance),
        })
    }

    /// The data key.
    pub(crate) fn data_key(self, instance: &Instance) -> &DataKey {
        match self {
            Self::IdentityCenter => &instance.sso_data_key,
            Self::IdentityStore => &instance.identity_store_data_key,
        }
    }

    pub(super) fn data_key_mut(self, instance: &mut Instance) -> &mut DataKey {
        match self {
            Self::IdentityCenter => &mut instance.sso_data_key,
            Self::IdentityStore => &mut instance.identity_store_data_key,
        }
    }

    /// The row under which the data key itself is sealed, when it is.
    pub(super) fn row(self, instance: &Instance) -> String {
        format!("{}/{}", instance.id, self.service())
    }

    /// What values encrypted under a generation of the data key name it by.
    fn sealing_id(self, instance: &Instance, generation: u64) -> SealingKeyId {
        let name = format!("{}/{generation}", self.row(instance));
        let mut id = [0_u8; 16];
        let digest = sha256(name.as_bytes());
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        SealingKeyId(id)
    }
}

/// On whose behalf a data key is opened, and in which service's words a refusal is told.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'r> {
    pub(super) caller: &'r Caller,
    pub(super) meta: &'r RequestMeta,
    pub(super) service: &'static Service,
}

impl<'r> Asker<'r> {
    /// The caller of a request.
    pub(crate) fn of<O: Op>(request: &'r Request<O>) -> Self {
        Self {
            caller: &request.caller,
            meta: &request.meta,
            service: O::SERVICE,
        }
    }

    /// A nested KMS request as the service that `purpose` belongs to.
    pub(super) fn as_service<O: Op>(
        self,
        turn: &mut Turn<'_>,
        instance: &Instance,
        purpose: Purpose,
        input: O::Input,
    ) -> Result<O::Output, Interrupt> {
        turn.nested::<O>(
            purpose.principal(instance),
            purpose.service(),
            self.meta,
            input,
        )
        .map_err(|refusal| kms_fault::translate(self.service, refusal))
    }

    /// A nested KMS request for the caller, through that service.
    pub(super) fn as_caller<O: Op>(
        self,
        turn: &mut Turn<'_>,
        purpose: Purpose,
        input: O::Input,
    ) -> Result<O::Output, Interrupt> {
        let caller = self.caller.forward(purpose.service());
        turn.nested::<O>(caller, purpose.service(), self.meta, input)
            .map_err(|refusal| kms_fault::translate(self.service, refusal))
    }

    pub(super) fn fault(self, what: impl Into<String>) -> ServiceError {
        ServiceError::internal(self.service, what)
    }
}

/// Opens a data key: what is encrypted under it can be read and written until the value returned
/// is dropped.
///
/// # Errors
/// The outer service's exception with its `Reason` when KMS refuses the service or the caller.
pub(crate) fn open_data_key(
    turn: &mut Turn<'_>,
    asker: Asker<'_>,
    instance: &Instance,
    purpose: Purpose,
) -> Result<Sealer, Interrupt> {
    let data_key = purpose.data_key(instance);
    let plaintext = match &data_key.wrapped {
        WrappedDataKey::Sealed(sealed) => {
            let place = Place {
                collection: Instance::COLLECTION,
                row: &purpose.row(instance),
                version: data_key.generation,
            };
            turn.sealer()
                .open(&place, sealed)
                .map_err(|e| asker.fault(format!("the data key of {}: {e}", instance.id)))?
        }
        WrappedDataKey::Kms(blob) => from_kms(turn, asker, instance, purpose, blob)?,
    };
    Ok(sealer(
        asker,
        instance,
        purpose,
        data_key.generation,
        &plaintext,
    )?)
}

/// What encrypts under an open data key.
pub(super) fn sealer(
    asker: Asker<'_>,
    instance: &Instance,
    purpose: Purpose,
    generation: u64,
    plaintext: &Secret<Vec<u8>>,
) -> Result<Sealer, ServiceError> {
    let id = purpose.sealing_id(instance, generation);
    Sealer::with_data_key(id, plaintext.expose())
        .ok_or_else(|| asker.fault("a data key does not have 32 bytes"))
}

fn from_kms(
    turn: &mut Turn<'_>,
    asker: Asker<'_>,
    instance: &Instance,
    purpose: Purpose,
    blob: &str,
) -> Result<Secret<Vec<u8>>, Interrupt> {
    let Encryption::CustomerManaged { key } = &instance.encryption else {
        return Err(asker.fault("a data key is under KMS without a key").into());
    };
    // KMS answers for a ciphertext whose key is gone as for one that is forbidden. The services
    // know their key, and the models have a reason for one that no longer exists.
    if turn.view().get::<Key>(&KeyPlace::of(key)).is_none() {
        let text = format!("Key '{key}' does not exist");
        let denied = decrypt(turn, asker, instance, purpose, key.as_str(), blob).err();
        return Err(match denied {
            Some(waits @ (Interrupt::Ask(_) | Interrupt::NeedsKey(_))) => waits,
            _ => Fault::NotFound.error(asker.service, text).into(),
        });
    }
    decrypt(turn, asker, instance, purpose, key.as_str(), blob)
}

/// Decrypts a data key twice: as the service, and for the caller. Both must be allowed. The key is
/// not named in the requests, the ciphertext names it.
pub(super) fn decrypt(
    turn: &mut Turn<'_>,
    asker: Asker<'_>,
    instance: &Instance,
    purpose: Purpose,
    key_arn: &str,
    blob: &str,
) -> Result<Secret<Vec<u8>>, Interrupt> {
    let bytes = STANDARD
        .decode(blob)
        .map_err(|_| asker.fault("a stored data key is no base64"))?;
    let input = || DecryptRequest {
        ciphertext_blob: Some(Blob(bytes.clone())),
        encryption_context: Some(purpose.context(instance)),
        ..DecryptRequest::default()
    };
    let own = asker.as_service::<Decrypt>(turn, instance, purpose, input())?;
    asker.as_caller::<Decrypt>(turn, purpose, input())?;
    plaintext(asker, key_arn, &own).map_err(Interrupt::Refused)
}

fn plaintext(
    asker: Asker<'_>,
    key_arn: &str,
    reply: &DecryptResponse,
) -> Result<Secret<Vec<u8>>, ServiceError> {
    if reply.key_id.as_deref() != Some(key_arn) {
        return Err(asker.fault("a stored data key is under another key than the instance's"));
    }
    let bytes = reply.plaintext.as_ref().map(|p| p.expose().to_vec());
    bytes
        .map(Secret::new)
        .ok_or_else(|| asker.fault("KMS answered without a plaintext"))
}
