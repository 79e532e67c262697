//! The KMS side: finds the key by alias or by the tag of a set-up that was cut short, or makes it.

use super::error::{Fault, failed, required};
use super::{ALIAS, Failed};
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec, KeyState, KeyUsageType, Tag};
use claviger_policy::format::format;

const DESCRIPTION: &str = "Identity data of IAM Identity Center";
const TAG: (&str, &str) = ("claviger:purpose", "identity-center");
const POLICY_NAME: &str = "default";

/// The ARN of the key that the alias names.
pub(super) async fn by_alias(kms: &Client) -> Result<Option<String>, Fault> {
    let mut pages = kms.list_aliases().into_paginator().items().send();
    while let Some(alias) = pages.next().await {
        let alias = alias.map_err(failed("ListAliases"))?;
        if alias.alias_name() == Some(ALIAS) {
            let id = required("ListAliases", "TargetKeyId", alias.target_key_id())?;
            return arn_of(kms, &id).await.map(Some);
        }
    }
    Ok(None)
}

async fn arn_of(kms: &Client, id: &str) -> Result<String, Fault> {
    let metadata = describe(kms, id).await?;
    required("DescribeKey", "Arn", metadata.arn())
}

async fn describe(kms: &Client, key: &str) -> Result<KeyMetadata, Fault> {
    let reply = kms.describe_key().key_id(key).send().await;
    let reply = reply.map_err(failed("DescribeKey"))?;
    reply.key_metadata.ok_or(Fault::Incomplete {
        call: "DescribeKey",
        member: "KeyMetadata",
    })
}

/// The key of a set-up that was cut short before it had its alias: it bears our tag and is usable.
pub(super) async fn by_tag(kms: &Client) -> Result<Option<String>, Fault> {
    let mut pages = kms.list_keys().into_paginator().items().send();
    while let Some(key) = pages.next().await {
        let key = key.map_err(failed("ListKeys"))?;
        let id = required("ListKeys", "KeyId", key.key_id())?;
        if is_tagged(kms, &id).await? && suits(&describe(kms, &id).await?).is_ok() {
            return arn_of(kms, &id).await.map(Some);
        }
    }
    Ok(None)
}

async fn is_tagged(kms: &Client, id: &str) -> Result<bool, Failed> {
    let mut pages = kms
        .list_resource_tags()
        .key_id(id)
        .into_paginator()
        .items()
        .send();
    while let Some(tag) = pages.next().await {
        match tag.map_err(failed("ListResourceTags")) {
            Ok(tag) if (tag.tag_key(), tag.tag_value()) == TAG => return Ok(true),
            Ok(_) => {}
            // A key that may not be looked at is not ours.
            Err(error) if error.code.as_deref() == Some("AccessDeniedException") => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Makes the key: multi-Region, because Identity Center in several Regions needs it and a
/// single-Region key can never become one.
pub(super) async fn create(kms: &Client, policy: &str) -> Result<String, Fault> {
    let tag = Tag::builder().tag_key(TAG.0).tag_value(TAG.1).build();
    let tag = tag.map_err(|_| Fault::Incomplete {
        call: "CreateKey",
        member: "Tags",
    })?;
    let reply = kms
        .create_key()
        .multi_region(true)
        .description(DESCRIPTION)
        .policy(policy)
        .tags(tag)
        .send()
        .await
        .map_err(failed("CreateKey"))?;
    let arn = reply.key_metadata().and_then(KeyMetadata::arn);
    required("CreateKey", "Arn", arn)
}

/// Gives the key the alias.
pub(super) async fn name(kms: &Client, key_arn: &str) -> Result<(), Fault> {
    let id = key_arn.rsplit('/').next().unwrap_or(key_arn);
    let call = kms.create_alias().alias_name(ALIAS).target_key_id(id);
    call.send().await.map_err(failed("CreateAlias"))?;
    Ok(())
}

/// Puts the policy unless the key has it. Returns whether it did.
pub(super) async fn put_policy(kms: &Client, key_arn: &str, policy: &str) -> Result<bool, Fault> {
    let stored = kms
        .get_key_policy()
        .key_id(key_arn)
        .policy_name(POLICY_NAME)
        .send()
        .await
        .map_err(failed("GetKeyPolicy"))?;
    if stored
        .policy()
        .is_some_and(|text| says_the_same(text, policy))
    {
        return Ok(false);
    }
    kms.put_key_policy()
        .key_id(key_arn)
        .policy_name(POLICY_NAME)
        .policy(policy)
        .send()
        .await
        .map_err(failed("PutKeyPolicy"))?;
    Ok(true)
}

/// Whether two documents say the same, their layout aside.
fn says_the_same(stored: &str, ours: &str) -> bool {
    match (format(stored), format(ours)) {
        (Ok(stored), Ok(ours)) => stored == ours,
        _ => false,
    }
}

/// Refuses a key that Identity Center cannot use. Source: IAM Identity Center User Guide,
/// "Customer managed KMS keys", requirements of the key.
pub(super) async fn check(kms: &Client, key_arn: &str) -> Result<(), Fault> {
    suits(&describe(kms, key_arn).await?).map_err(|what| Fault::Unsuitable {
        key: key_arn.to_owned(),
        alias: ALIAS,
        what,
    })
}

fn suits(key: &KeyMetadata) -> Result<(), String> {
    if key.key_manager() != Some(&KeyManagerType::Customer) {
        return Err("it is not customer managed".to_owned());
    }
    if key.key_spec() != Some(&KeySpec::SymmetricDefault)
        || key.key_usage() != Some(&KeyUsageType::EncryptDecrypt)
    {
        return Err("it is not a symmetric key for encryption".to_owned());
    }
    if key.multi_region() != Some(true) {
        return Err("it is not a multi-Region key".to_owned());
    }
    match key.key_state() {
        Some(KeyState::Enabled) => Ok(()),
        Some(KeyState::Disabled) => Err("it is disabled; enable it first".to_owned()),
        Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion) => {
            Err("it is about to be deleted; cancel the deletion and enable it first".to_owned())
        }
        state => Err(format!(
            "its state is {}",
            state.map_or("unknown", KeyState::as_str)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_policy_is_known_again_however_it_is_laid_out() {
        let ours = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}"#;
        for (stored, expect) in [
            (ours, true),
            (
                r#"{ "Statement": { "Action": ["kms:*"], "Resource": "*", "Principal": "*", "Effect": "Allow" }, "Version": "2012-10-17" }"#,
                true,
            ),
            (&*ours.replace("kms:*", "kms:Decrypt"), false),
            ("{}", false),
            ("no json", false),
        ] {
            assert_eq!(says_the_same(stored, ours), expect, "{stored}");
        }
    }
}
