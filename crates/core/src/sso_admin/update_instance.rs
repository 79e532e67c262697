//! `UpdateInstance`: the name, and the key that encrypts the instance. The key in use so far is
//! needed only to carry users over.

use super::data_key::Asker;
use super::describe_instance::{NamedInstance, not_administered, parameters};
use super::rekey::rekey;
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use crate::state::{Encryption, Instance};
use claviger_model::sso_admin::error::{RESOURCE_NOT_FOUND_EXCEPTION, VALIDATION_EXCEPTION};
use claviger_model::sso_admin::{
    EncryptionConfiguration, KmsKeyType, UpdateInstanceRequest, UpdateInstanceResponse,
};
use claviger_model::{SSO_ADMIN, Service};
use claviger_types::KeyArn;

/// Changes an instance.
pub struct UpdateInstance;

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> ServiceError {
    ServiceError::new(&VALIDATION_EXCEPTION, message)
}

/// At most one of three settings may change in a request (API reference, `UpdateInstance`).
fn check_settings(input: &UpdateInstanceRequest) -> Result<(), ServiceError> {
    let given = [
        input.encryption_configuration.is_some(),
        input.permission_sets_enabled.is_some(),
        input.network_configuration.is_some(),
    ];
    if given.iter().filter(|is| **is).count() > 1 {
        return Err(invalid(
            "Only one of EncryptionConfiguration, PermissionSetsEnabled and \
             NetworkConfiguration can be specified in a request.",
        ));
    }
    // Permission sets are enabled from the start, so enabling them changes nothing.
    if input.permission_sets_enabled == Some(false) {
        return Err(invalid("PermissionSetsEnabled can only be set to true."));
    }
    if input.network_configuration.is_some() {
        return Err(invalid(
            "NetworkConfiguration is not supported by this service.",
        ));
    }
    Ok(())
}

/// The encryption that a request asks for. The model's pattern has already refused aliases and
/// bare key ids.
fn wanted(
    configuration: &EncryptionConfiguration,
    instance: &Instance,
) -> Result<Encryption, ServiceError> {
    let arn = configuration.kms_key_arn.as_deref();
    match (configuration.key_type.as_ref(), arn) {
        (Some(KmsKeyType::AwsOwnedKmsKey), None) => Ok(Encryption::AwsOwned),
        (Some(KmsKeyType::AwsOwnedKmsKey), Some(_)) => Err(invalid(
            "KmsKeyArn cannot be specified when KeyType is AWS_OWNED_KMS_KEY.",
        )),
        (Some(KmsKeyType::CustomerManagedKey), None) => Err(invalid(
            "KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY.",
        )),
        (Some(KmsKeyType::CustomerManagedKey), Some(arn)) => customer_key(arn, instance),
        _ => Err(ServiceError::missing(
            SSO_ADMIN,
            "encryptionConfiguration.keyType",
        )),
    }
}

/// The key must be the owner's and in the instance's Region (IAM Identity Center User Guide,
/// "Customer managed KMS keys", prerequisites).
fn customer_key(arn: &str, instance: &Instance) -> Result<Encryption, ServiceError> {
    let key: KeyArn = arn
        .parse()
        .map_err(|_| invalid(format!("{arn} is not a valid KMS key ARN.")))?;
    if key.account() != instance.owner {
        return Err(invalid(format!(
            "The KMS key {key} must be in the account that owns the instance, {}.",
            instance.owner
        )));
    }
    if key.region() != &instance.region {
        return Err(invalid(format!(
            "The KMS key {key} must be in the Region of the instance, {}.",
            instance.region
        )));
    }
    Ok(Encryption::CustomerManaged { key })
}

impl Op for UpdateInstance {
    type Input = UpdateInstanceRequest;
    type Output = UpdateInstanceResponse;
    type Resolved = NamedInstance;
    const SERVICE: &'static Service = SSO_ADMIN;
    const NAME: &'static str = "UpdateInstance";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedInstance, ServiceError> {
        let arn = request.input.instance_arn.as_deref();
        NamedInstance::find(arn, &request.caller, &request.meta, turn)
    }

    fn demands(
        _: &Request<Self>,
        named: &NamedInstance,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![named.demand("sso:UpdateInstance")])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<UpdateInstanceResponse, Interrupt> {
        let request = authorized.request();
        let named = authorized.resolved();
        if named.found.is_none() {
            return Err(ServiceError::new(
                &RESOURCE_NOT_FOUND_EXCEPTION,
                format!("Instance {} was not found.", named.arn),
            )
            .into());
        }
        let instance = named
            .administered()
            .ok_or_else(|| not_administered(&request.caller, "sso:UpdateInstance", &named.arn))?;
        let input = &request.input;
        check_settings(input)?;
        let mut next = Instance::clone(instance);
        if let Some(configuration) = &input.encryption_configuration {
            let to = wanted(configuration, instance)?;
            // The AWS owned key again is no change; a customer's key again is tried again.
            if to != Encryption::AwsOwned || instance.encryption != Encryption::AwsOwned {
                next = rekey(turn, Asker::of(request), instance, to)?;
            }
        }
        if let Some(name) = &input.name {
            next.name = Some(name.clone());
        }
        if next != **instance {
            turn.put(next);
        }
        Ok(UpdateInstanceResponse::default())
    }

    fn record(
        request: &Request<Self>,
        _: Option<&NamedInstance>,
        _: Option<&UpdateInstanceResponse>,
    ) -> RecordParts {
        RecordParts {
            parameters: parameters::<Self>(&request.input),
            ..RecordParts::default()
        }
    }
}
