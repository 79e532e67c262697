//! Brings an installation to the blueprint, step by step, each step only where it is needed: on an
//! installation that is set up it changes nothing. The alias comes last, so that it says that all
//! before it is done.

use super::error::{Fault, failed, required};
use super::{Blueprint, Instance, key};
use aws_config::SdkConfig;
use aws_sdk_ssoadmin::types::{EncryptionConfiguration, KmsKeyType};
use claviger_policy::generate::identity_center_baseline;
use claviger_types::AccountId;
use std::time::Duration;

/// How often the state of a key that is being set is looked at, and how many times.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const LOOKS: u32 = 120;

/// What [`set_up`] reports while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The instance was found.
    InstanceFound(String),
    /// The key was there.
    KeyFound(String),
    /// The key was made.
    KeyCreated(String),
    /// The policy was replaced by the baseline.
    PolicyPut,
    /// Identity Center took the key.
    KeySet,
    /// The alias was made.
    AliasCreated,
}

impl Step {
    /// Whether the step changed anything.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !matches!(self, Self::InstanceFound(_) | Self::KeyFound(_))
    }
}

/// An installation that is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetUp {
    /// The instance as it is now.
    pub instance: Instance,
    /// The ARN of its key.
    pub key_arn: String,
}

/// Finds or makes the key, gives it the baseline policy, sets it, and gives it the alias.
///
/// # Errors
/// When a call fails, the account is the wrong one, or a key of that alias does not do.
pub async fn set_up(
    sdk: &SdkConfig,
    blueprint: &Blueprint,
    mut progress: impl FnMut(&Step),
) -> Result<SetUp, Fault> {
    let kms = aws_sdk_kms::Client::new(sdk);
    let found = instance(sdk).await?;
    progress(&Step::InstanceFound(found.arn.clone()));
    let management = own_account(sdk, &found.owner).await?;
    let delegated = blueprint.delegated_administrator.as_slice();
    let policy = identity_center_baseline(management, delegated)?;
    let named = key::by_alias(&kms).await?;
    let known = match &named {
        Some(arn) => Some(arn.clone()),
        None => key::by_tag(&kms).await?,
    };
    let key_arn = match known {
        Some(arn) => {
            key::check(&kms, &arn).await?;
            progress(&Step::KeyFound(arn.clone()));
            arn
        }
        None => {
            let arn = key::create(&kms, &policy).await?;
            progress(&Step::KeyCreated(arn.clone()));
            arn
        }
    };
    if key::put_policy(&kms, &key_arn, &policy).await? {
        progress(&Step::PolicyPut);
    }
    let is_set = found.key_arn.as_ref() == Some(&key_arn) && found.encryption_status == "ENABLED";
    let instance = if is_set {
        found
    } else {
        let taken = set_key(sdk, &found.arn, &key_arn).await?;
        progress(&Step::KeySet);
        taken
    };
    if named.is_none() {
        key::name(&kms, &key_arn).await?;
        progress(&Step::AliasCreated);
    }
    Ok(SetUp { instance, key_arn })
}

/// The account of the credentials, if it is the instance's: the key must be there.
async fn own_account(sdk: &SdkConfig, owner: &str) -> Result<AccountId, Fault> {
    let identity = aws_sdk_sts::Client::new(sdk)
        .get_caller_identity()
        .send()
        .await
        .map_err(failed("GetCallerIdentity"))?;
    let caller = required("GetCallerIdentity", "Account", identity.account())?;
    match caller.parse() {
        Ok(account) if caller == owner => Ok(account),
        _ => Err(Fault::WrongAccount {
            caller,
            owner: owner.to_owned(),
        }),
    }
}

async fn instance(sdk: &SdkConfig) -> Result<Instance, Fault> {
    let sso = aws_sdk_ssoadmin::Client::new(sdk);
    let mut pages = sso.list_instances().into_paginator().items().send();
    let first = pages.next().await.transpose();
    let first = first.map_err(failed("ListInstances"))?;
    let Some(first) = first else {
        return Err(Fault::NoInstance {
            region: sdk.region().map(ToString::to_string).unwrap_or_default(),
        });
    };
    let arn = required("ListInstances", "InstanceArn", first.instance_arn())?;
    describe(&sso, &arn).await
}

/// The instance as DescribeInstance shows it.
pub(super) async fn describe(sso: &aws_sdk_ssoadmin::Client, arn: &str) -> Result<Instance, Fault> {
    const CALL: &str = "DescribeInstance";
    let reply = sso.describe_instance().instance_arn(arn).send().await;
    let reply = reply.map_err(failed(CALL))?;
    let details = reply.encryption_configuration_details();
    let customer = details.filter(|d| d.key_type() == Some(&KmsKeyType::CustomerManagedKey));
    Ok(Instance {
        arn: arn.to_owned(),
        identity_store_id: required(CALL, "IdentityStoreId", reply.identity_store_id())?,
        owner: required(CALL, "OwnerAccountId", reply.owner_account_id())?,
        key_arn: customer.and_then(|d| d.kms_key_arn()).map(str::to_owned),
        encryption_status: details
            .and_then(|d| d.encryption_status())
            .map(|s| s.as_str().to_owned())
            .unwrap_or_default(),
        encryption_status_reason: details
            .and_then(|d| d.encryption_status_reason())
            .map(str::to_owned),
    })
}

/// Sets the key and waits until Identity Center has taken it.
async fn set_key(sdk: &SdkConfig, arn: &str, key_arn: &str) -> Result<Instance, Fault> {
    let sso = aws_sdk_ssoadmin::Client::new(sdk);
    let configuration = EncryptionConfiguration::builder()
        .key_type(KmsKeyType::CustomerManagedKey)
        .kms_key_arn(key_arn)
        .build()
        .map_err(|_| Fault::Incomplete {
            call: "UpdateInstance",
            member: "EncryptionConfiguration",
        })?;
    sso.update_instance()
        .instance_arn(arn)
        .encryption_configuration(configuration)
        .send()
        .await
        .map_err(failed("UpdateInstance"))?;
    let mut instance = describe(&sso, arn).await?;
    for _ in 0..LOOKS {
        if instance.encryption_status != "UPDATING" {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
        instance = describe(&sso, arn).await?;
    }
    if instance.encryption_status == "ENABLED" && instance.key_arn.as_deref() == Some(key_arn) {
        Ok(instance)
    } else {
        Err(Fault::NotTaken {
            status: instance.encryption_status,
            reason: instance.encryption_status_reason,
        })
    }
}
