//! AWS managed keys: which predefined aliases there are, and the key that a service gets behind its
//! own. Sources: KMS API reference, `DescribeKey` and `ListAliases`; KMS Developer Guide, "AWS managed
//! keys" and "kms:CallerAccount", which shows the key policy. What may be done with such a key is
//! decided by that policy like for any other: it lets nobody change anything.

use super::key_policy;
use super::material::new_material;
use crate::chain::{Interrupt, Op, Request, ServiceError, Turn};
use crate::state::{
    Alias, AliasPlace, AutomaticRotation, Key, KeyManager, KeyPlace, KeyState, MaterialInfo, Origin,
};
use claviger_crypto::{KeySpec, KeyUsage, sha256};
use claviger_types::{AccountId, AliasArn, AliasName, KeyId, RegionName, SeededEntropy};
use std::sync::Arc;

/// AWS managed keys rotate every year (KMS API reference, `GetKeyRotationStatus`).
const PERIOD_DAYS: i32 = 365;

/// A service with a predefined alias.
struct Predefined {
    /// The alias, in the order of names.
    alias: &'static str,
    /// What AWS calls it.
    title: &'static str,
    /// Its name in `kms:ViaService`.
    via: &'static str,
}

const fn row(alias: &'static str, title: &'static str, via: &'static str) -> Predefined {
    Predefined { alias, title, via }
}

/// The services whose guides name such an alias, and for which the key policy of this form is meant.
const SERVICES: [Predefined; 28] = [
    row("alias/aws/backup", "Backup", "backup"),
    row("alias/aws/codeartifact", "CodeArtifact", "codeartifact"),
    row("alias/aws/codecommit", "CodeCommit", "codecommit"),
    row("alias/aws/connect", "Connect", "connect"),
    row("alias/aws/dms", "DMS", "dms"),
    row("alias/aws/dynamodb", "DynamoDB", "dynamodb"),
    row("alias/aws/ebs", "EBS", "ec2"),
    row("alias/aws/elasticfilesystem", "EFS", "elasticfilesystem"),
    row("alias/aws/es", "OpenSearch", "es"),
    row("alias/aws/fsx", "FSx", "fsx"),
    row("alias/aws/glue", "Glue", "glue"),
    row("alias/aws/kafka", "MSK", "kafka"),
    row("alias/aws/kinesis", "Kinesis", "kinesis"),
    row(
        "alias/aws/kinesisvideo",
        "Kinesis Video Streams",
        "kinesisvideo",
    ),
    row("alias/aws/lambda", "Lambda", "lambda"),
    row("alias/aws/mq", "MQ", "mq"),
    row("alias/aws/rds", "RDS", "rds"),
    row("alias/aws/redshift", "Redshift", "redshift"),
    row("alias/aws/s3", "S3", "s3"),
    row(
        "alias/aws/secretsmanager",
        "Secrets Manager",
        "secretsmanager",
    ),
    row("alias/aws/ses", "SES", "ses"),
    row("alias/aws/sns", "SNS", "sns"),
    row("alias/aws/sqs", "SQS", "sqs"),
    row("alias/aws/ssm", "SSM", "ssm"),
    row("alias/aws/timestream", "Timestream", "timestream"),
    row("alias/aws/workmail", "WorkMail", "workmail"),
    row("alias/aws/workspaces", "WorkSpaces", "workspaces"),
    row("alias/aws/xray", "X-Ray", "xray"),
];

/// The predefined aliases, in the order of names.
pub(super) fn aliases() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.alias)
}

fn find(alias: &AliasName) -> Option<&'static Predefined> {
    SERVICES.iter().find(|s| s.alias == alias.as_str())
}

/// The key policy of a service's own key: everybody in the account may use it through the service,
/// and see its metadata.
fn policy(service: &Predefined, account: AccountId, region: &RegionName) -> String {
    let (title, via) = (service.title, service.via);
    let name = service.alias.trim_start_matches("alias/aws/");
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "auto-{name}-1",
  "Statement" : [ {{
    "Sid" : "Allow access through {title} for all principals in the account that are authorized to use {title}",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "*"
    }},
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {{
      "StringEquals" : {{
        "kms:CallerAccount" : "{account}",
        "kms:ViaService" : "{via}.{region}.amazonaws.com"
      }}
    }}
  }}, {{
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:aws:iam::{account}:root"
    }},
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  }} ]
}}"#
    )
}

/// The caller's own alias that a text names, if the text is an alias name or its ARN in this Region.
fn own_alias<O: Op>(name: &str, request: &Request<O>) -> Option<AliasPlace> {
    let (own, region) = (request.caller.trail_account(), &request.meta.region);
    if let Ok(arn) = name.parse::<AliasArn>() {
        let here = arn.account() == own && arn.region() == region;
        return here.then(|| (own, region.clone(), arn.name().clone()));
    }
    Some((own, region.clone(), name.parse().ok()?))
}

/// The key that a predefined alias without one is to get, not stored yet and without material; `None`
/// for every other name. Its id follows from the request's, so that what is authorised is what is
/// made, and nobody knows it before.
///
/// # Errors
/// For a fault of this program.
pub(super) fn unmade<O: Op>(
    name: &str,
    request: &Request<O>,
    turn: &Turn<'_>,
) -> Result<Option<(Key, AliasName)>, ServiceError> {
    let Some(place) = own_alias(name, request) else {
        return Ok(None);
    };
    let Some(service) = find(&place.2).filter(|_| turn.view().get::<Alias>(&place).is_none())
    else {
        return Ok(None);
    };
    let (account, region, alias) = place;
    let seed = sha256(format!("{alias}\n{}", request.meta.request_id).as_bytes());
    let id = KeyId::generate(false, &mut SeededEntropy::new(seed));
    let text = policy(service, account, &region);
    let place = KeyPlace {
        account,
        region,
        id,
    };
    let key = Key {
        arn: place.arn(),
        manager: KeyManager::Aws,
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsage::EncryptDecrypt,
        created: turn.now(),
        description: format!(
            "Default key that protects my {} data when no other key is defined",
            service.title
        ),
        state: KeyState::Enabled,
        settling: None,
        origin: Origin::AwsKms,
        multi_region: None,
        policy: Arc::new(key_policy::accept(&text, turn)?),
        tags: Vec::new(),
        materials: Vec::new(),
        pending_material: None,
        on_demand_rotations: 0,
        automatic_rotation: Some(AutomaticRotation {
            period_days: PERIOD_DAYS,
            next: turn.now().plus_days(i64::from(PERIOD_DAYS)),
        }),
        key_store: None,
    };
    Ok(Some((key, alias)))
}

/// Makes such a key: its material and its alias with it.
///
/// # Errors
/// For a fault of the installation.
pub(super) fn make(unmade: &Key, alias: &AliasName, turn: &mut Turn<'_>) -> Result<Key, Interrupt> {
    let place = unmade.place();
    let material = new_material(&place, unmade.spec, turn)?;
    let key = Key {
        materials: vec![MaterialInfo::first(material.id.clone())],
        ..unmade.clone()
    };
    turn.put(material);
    turn.put(key.clone());
    turn.put(Alias {
        account: place.account,
        region: place.region.clone(),
        name: alias.clone(),
        target: place,
        created: turn.now(),
        updated: turn.now(),
    });
    Ok(key)
}
