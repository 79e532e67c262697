//! `DescribeInstance`, and how a request names an instance. It needs no KMS key.

use super::access::{Standing, standing};
use crate::caller::Caller;
use crate::chain::{
    Authorized, Demand, Interrupt, Op, RecordParts, Request, RequestMeta, ServiceError, Target,
    Turn,
};
use crate::state::{Encryption, Instance};
use claviger_model::sso_admin::error::ACCESS_DENIED_EXCEPTION;
use claviger_model::sso_admin::{
    DescribeInstanceRequest, DescribeInstanceResponse, EncryptionConfigurationDetails,
    InstanceStatus, KmsKeyStatus, KmsKeyType, RegionMetadata, RegionStatus,
};
use claviger_model::{Epoch, SSO_ADMIN, Service};
use claviger_trail::{Json, redact};
use claviger_types::AccountId;
use serde::Serialize;
use std::sync::Arc;

/// The instance that a request names, and how the caller stands to it.
pub struct NamedInstance {
    pub(super) arn: String,
    pub(super) found: Option<(Arc<Instance>, Standing)>,
    account: AccountId,
}

impl NamedInstance {
    pub(super) fn find(
        arn: Option<&str>,
        caller: &Caller,
        meta: &RequestMeta,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let arn = arn.ok_or_else(|| ServiceError::missing(SSO_ADMIN, "instanceArn"))?;
        let found = arn
            .strip_prefix("arn:aws:sso:::instance/")
            .and_then(|id| turn.current::<Instance>(&id.to_owned()))
            .map(|instance| {
                let standing = standing(turn.view(), &instance, caller.account(), &meta.region);
                (instance, standing)
            })
            .filter(|(_, standing)| *standing > Standing::Stranger);
        let account = match &found {
            Some((instance, _)) => instance.owner,
            None => caller.trail_account(),
        };
        Ok(Self {
            arn: arn.to_owned(),
            found,
            account,
        })
    }

    pub(super) fn demand(&self, action: &'static str) -> Demand {
        Demand::new(
            action,
            Target::Arn {
                arn: self.arn.clone(),
                account: self.account,
            },
        )
    }

    /// The instance, if the caller's account administers it.
    pub(super) fn administered(&self) -> Option<&Arc<Instance>> {
        self.found
            .as_ref()
            .filter(|(_, standing)| *standing == Standing::Administrator)
            .map(|(instance, _)| instance)
    }
}

/// AWS's answer for an instance that is not there or not the caller's to administer
/// (`DescribeInstance` models no not-found error).
pub(super) fn not_administered(caller: &Caller, action: &str, arn: &str) -> ServiceError {
    ServiceError::new(
        &ACCESS_DENIED_EXCEPTION,
        format!(
            "User: {} is not authorized to perform: {action} on resource: {arn}",
            caller.arn()
        ),
    )
}

/// `requestParameters` by the operation's schema.
pub(super) fn parameters<O: Op>(input: &impl Serialize) -> Option<Json> {
    let structure = O::SERVICE.operation(O::NAME)?.input?;
    redact::parameters(structure, &serde_json::to_value(input).ok()?)
}

/// The Regions of an instance: its primary Region alone.
pub(super) fn regions(instance: &Instance) -> Vec<RegionMetadata> {
    vec![RegionMetadata {
        region_name: Some(instance.region.to_string()),
        status: Some(RegionStatus::Active),
        added_date: Some(Epoch::from(instance.created)),
        is_primary_region: Some(true),
    }]
}

fn encryption(instance: &Instance) -> EncryptionConfigurationDetails {
    let (key_type, kms_key_arn) = match &instance.encryption {
        Encryption::AwsOwned => (KmsKeyType::AwsOwnedKmsKey, None),
        Encryption::CustomerManaged { key } => {
            (KmsKeyType::CustomerManagedKey, Some(key.to_string()))
        }
    };
    EncryptionConfigurationDetails {
        key_type: Some(key_type),
        kms_key_arn,
        encryption_status: Some(KmsKeyStatus::Enabled),
        encryption_status_reason: None,
    }
}

/// Tells the details of an instance.
pub struct DescribeInstance;

impl Op for DescribeInstance {
    type Input = DescribeInstanceRequest;
    type Output = DescribeInstanceResponse;
    type Resolved = NamedInstance;
    const SERVICE: &'static Service = SSO_ADMIN;
    const NAME: &'static str = "DescribeInstance";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedInstance, ServiceError> {
        let arn = request.input.instance_arn.as_deref();
        NamedInstance::find(arn, &request.caller, &request.meta, turn)
    }

    fn demands(
        _: &Request<Self>,
        named: &NamedInstance,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![named.demand("sso:DescribeInstance")])
    }

    fn perform(
        authorized: &Authorized<Self>,
        _: &mut Turn<'_>,
    ) -> Result<DescribeInstanceResponse, Interrupt> {
        let named = authorized.resolved();
        let caller = &authorized.request().caller;
        let instance = named
            .administered()
            .ok_or_else(|| not_administered(caller, "sso:DescribeInstance", &named.arn))?;
        Ok(DescribeInstanceResponse {
            instance_arn: Some(instance.arn()),
            identity_store_id: Some(instance.identity_store_id.clone()),
            identity_store_arn: Some(instance.identity_store_arn()),
            owner_account_id: Some(instance.owner.to_string()),
            name: instance.name.clone(),
            created_date: Some(Epoch::from(instance.created)),
            status: Some(InstanceStatus::Active),
            primary_region: Some(instance.region.to_string()),
            regions: Some(regions(instance)),
            encryption_configuration_details: Some(encryption(instance)),
            permission_sets_enabled: Some(true),
            ..DescribeInstanceResponse::default()
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&NamedInstance>,
        _: Option<&DescribeInstanceResponse>,
    ) -> RecordParts {
        RecordParts {
            parameters: parameters::<Self>(&request.input),
            ..RecordParts::default()
        }
    }
}
