//! Small steps that KMS operations share: required members, dry runs, refusals of what is not
//! offered, the resources of records.

use super::usage_check;
use crate::chain::{Object, Op, RecordParts, Request, ServiceError};
use crate::state::Key;
use claviger_crypto::EncryptionAlgorithm;
use claviger_model::KMS;
use claviger_model::kms::error::{DRY_RUN_OPERATION_EXCEPTION, UNSUPPORTED_OPERATION_EXCEPTION};
use claviger_model::kms::{EncryptionAlgorithmSpec, RecipientInfo};
use claviger_trail::{Json, Resource, redact};
use claviger_types::MaterialId;

/// A member that validation has already found present.
///
/// # Errors
/// The model's own text, should the member be missing all the same.
pub(super) fn required<'a, T: ?Sized, U: AsRef<T>>(
    member: &'a Option<U>,
    path: &str,
) -> Result<&'a T, ServiceError> {
    member
        .as_ref()
        .map(AsRef::as_ref)
        .ok_or_else(|| missing(path))
}

/// `Member must not be null` for a path.
pub(super) fn missing(path: &str) -> ServiceError {
    ServiceError::missing(KMS, path)
}

/// Ends a dry run: it would have succeeded.
///
/// # Errors
/// `DryRunOperationException` when the request is a dry run.
pub(super) fn end_dry_run(dry_run: Option<bool>) -> Result<(), ServiceError> {
    if dry_run == Some(true) {
        return Err(ServiceError::new(
            &DRY_RUN_OPERATION_EXCEPTION,
            "The request would have succeeded, but the DryRun option is set.",
        ));
    }
    Ok(())
}

/// The algorithm of an encryption by a key: what was asked for, by default `SYMMETRIC_DEFAULT`.
///
/// # Errors
/// `InvalidKeyUsageException` for one that the key's spec does not have.
pub(super) fn encryption_algorithm(
    key: &Key,
    sent: Option<&EncryptionAlgorithmSpec>,
) -> Result<EncryptionAlgorithm, ServiceError> {
    let name = sent.map_or("SYMMETRIC_DEFAULT", EncryptionAlgorithmSpec::as_str);
    EncryptionAlgorithm::named(name)
        .filter(|algorithm| key.spec.encryption_algorithms().contains(algorithm))
        .ok_or_else(|| usage_check::incompatible(key, name))
}

/// Attested recipients (Nitro) cannot be served here: no attestation root is configured.
///
/// # Errors
/// `UnsupportedOperationException` when a recipient is named.
pub(super) fn no_recipient(recipient: Option<&RecipientInfo>) -> Result<(), ServiceError> {
    match recipient {
        None => Ok(()),
        Some(_) => Err(ServiceError::new(
            &UNSUPPORTED_OPERATION_EXCEPTION,
            "Recipient (attestation documents) is not supported by this service.",
        )),
    }
}

/// The request parameters of a record: the input by schema, nothing secret, without grant tokens.
pub(super) fn shown<O: Op>(request: &Request<O>) -> Option<Json> {
    let structure = O::SERVICE.operation(O::NAME)?.input?;
    let mut document = serde_json::to_value(&request.input).ok()?;
    if let Some(members) = document.as_object_mut() {
        members.remove("GrantTokens");
        members.remove("GrantToken");
    }
    redact::parameters(structure, &document)
}

/// The resource entry of a key in a record.
pub(super) fn key_resource(key: &Key) -> Resource {
    Resource::kms_key(key.arn.account(), key.arn.as_str())
}

/// A record of an operation on at most one key.
pub(super) fn record_on_key(parameters: Option<Json>, key: Option<&Key>) -> RecordParts {
    RecordParts {
        parameters,
        resources: key.map(key_resource).into_iter().collect(),
        ..RecordParts::default()
    }
}

/// `additionalEventData` of a cryptographic operation.
pub(super) fn material_data(material: Option<&str>) -> Option<Json> {
    material.and_then(|id| Object::new().member("keyMaterialId", id).finish())
}

/// A material id as replies carry it.
pub(super) fn material_text(id: &MaterialId) -> Option<String> {
    Some(id.as_str().to_owned())
}
