//! AWS's baseline key policy for IAM Identity Center, in three forms. It writes the document; that
//! it does what it should is `proof`'s matter.
//!
//! Sources: IAM Identity Center User Guide, "Baseline KMS key policy" (as of 30 April 2026) and
//! "Advanced KMS key policy"; AWS Config Developer Guide, "kms-key-policy-no-public-access".

use super::proof::{Proof, Setting, prove};
use crate::document::{Kind, ParseErrors, parse};
use crate::format;
use claviger_types::{AccountId, RegionName};
use serde_json::{Map, Value, json};

/// How the policy is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// As AWS publishes it, with policy variables and every Region.
    #[default]
    Aws,
    /// With fixed values in every condition, which Security Hub's KMS.5 asks for.
    Literal,
    /// Fixed values, and for one instance only: each statement is split by service, because no
    /// call carries the contexts of both.
    Pinned,
}

/// A policy and the proof that it does what it should.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The document, laid out.
    pub text: String,
    /// The calls it was tried on.
    pub proof: Proof,
}

const SSO: &str = "sso";
const IDENTITY_STORE: &str = "identitystore";
const SSO_KEY: &str = "aws:sso:instance-arn";
const STORE_KEY: &str = "aws:identitystore:identitystore-arn";

/// Writes the policy and proves it. `regions` are those of fixed `kms:ViaService` values (the
/// literal and the pinned form); none stands for the Region of the setting.
///
/// # Errors
/// When a name in the setting is none that a policy can hold.
pub fn identity_center(
    setting: &Setting,
    form: Form,
    regions: &[RegionName],
) -> Result<Generated, ParseErrors> {
    let regions = match regions {
        [] => std::slice::from_ref(&setting.region),
        some => some,
    };
    let fixed = Fixed {
        setting,
        regions,
        pinned: form == Form::Pinned,
    };
    let writer = Writer {
        account: setting.account,
        delegated: &setting.delegated,
        fixed: (form != Form::Aws).then_some(fixed),
    };
    let text = writer.text()?;
    let document = parse(&text, Kind::Resource)?;
    let setting = Setting {
        pinned: form == Form::Pinned,
        ..setting.clone()
    };
    let proof = prove(&document, &setting);
    Ok(Generated { text, proof })
}

/// Writes the policy as AWS publishes it ([`Form::Aws`]), which needs the accounts alone.
///
/// # Errors
/// Never for accounts of this type: their ARNs are texts that a policy can hold.
pub fn identity_center_baseline(
    account: AccountId,
    delegated: &[AccountId],
) -> Result<String, ParseErrors> {
    let writer = Writer {
        account,
        delegated,
        fixed: None,
    };
    writer.text()
}

struct Writer<'s> {
    account: AccountId,
    delegated: &'s [AccountId],
    /// Without them the values are policy variables and wildcards.
    fixed: Option<Fixed<'s>>,
}

/// Where fixed values come from.
struct Fixed<'s> {
    setting: &'s Setting,
    regions: &'s [RegionName],
    pinned: bool,
}

/// The services of a statement: both in one, or one with the ARN that its calls carry.
#[derive(Clone, Copy)]
enum Part<'s> {
    Both,
    Sso(&'s str),
    IdentityStore(&'s str),
}

impl Part<'_> {
    fn services(self) -> &'static [&'static str] {
        match self {
            Self::Both => &[SSO, IDENTITY_STORE],
            Self::Sso(_) => &[SSO],
            Self::IdentityStore(_) => &[IDENTITY_STORE],
        }
    }

    /// The Sid of a statement for this part, where `Both` has AWS's own.
    fn sid(self, both: &str, stem: &str) -> String {
        match self {
            Self::Both => both.to_owned(),
            Self::Sso(_) => format!("{stem}IdentityCenter"),
            Self::IdentityStore(_) => format!("{stem}IdentityStore"),
        }
    }
}

impl Writer<'_> {
    fn text(&self) -> Result<String, ParseErrors> {
        format::format(&self.document().to_string())
    }

    fn document(&self) -> Value {
        let parts: &[Part<'_>] = match &self.fixed {
            Some(fixed) if fixed.pinned => &[
                Part::Sso(&fixed.setting.instance_arn),
                Part::IdentityStore(&fixed.setting.identity_store_arn),
            ],
            _ => &[Part::Both],
        };
        let mut statements = vec![self.administrators(), self.describe_key()];
        statements.extend(parts.iter().map(|part| self.use_key(*part)));
        statements.extend(parts.iter().map(|part| self.organization(*part)));
        statements.extend(parts.iter().map(|part| self.applications(*part)));
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    fn own_account(&self) -> String {
        match &self.fixed {
            None => "${aws:ResourceAccount}".to_owned(),
            Some(_) => self.account.to_string(),
        }
    }

    fn own_organization(&self) -> String {
        match &self.fixed {
            None => "${aws:ResourceOrgID}".to_owned(),
            Some(fixed) => fixed.setting.organization.clone(),
        }
    }

    fn administrators(&self) -> Value {
        let accounts = std::iter::once(&self.account).chain(self.delegated);
        let roots: Vec<String> = accounts.map(|account| account.root_arn()).collect();
        json!({
            "Sid": "AllowIdentityCenterAdminAccounts",
            "Effect": "Allow",
            "Principal": {"AWS": roots},
            "Action": "kms:*",
            "Resource": "*",
        })
    }

    /// A statement of its own, because DescribeKey carries no encryption context.
    fn describe_key(&self) -> Value {
        json!({
            "Sid": "AllowIdentityCenterAndIdentityStoreToDescribeKey",
            "Effect": "Allow",
            "Principal": {"Service": ["identitystore.amazonaws.com", "sso.amazonaws.com"]},
            "Action": "kms:DescribeKey",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": self.own_account()}},
        })
    }

    fn use_key(&self, part: Part<'_>) -> Value {
        let mut names: Vec<String> = part
            .services()
            .iter()
            .map(|service| format!("{service}.amazonaws.com"))
            .collect();
        names.sort();
        let equals = [("aws:SourceAccount", self.own_account())];
        json!({
            "Sid": part.sid("AllowIdentityCenterAndIdentityStoreToUseKey", "AllowUseOfKeyBy"),
            "Effect": "Allow",
            "Principal": {"Service": names},
            "Action": [
                "kms:Decrypt",
                "kms:ReEncryptTo",
                "kms:ReEncryptFrom",
                "kms:GenerateDataKeyWithoutPlaintext",
            ],
            "Resource": "*",
            "Condition": self.conditions(part, &equals, Map::new()),
        })
    }

    fn organization(&self, part: Part<'_>) -> Value {
        let equals = [("aws:PrincipalOrgID", self.own_organization())];
        json!({
            "Sid": part.sid(
                "AllowOrgPrincipalsViaIdentityCenterAndIdentityStore",
                "AllowOrgPrincipalsVia",
            ),
            "Effect": "Allow",
            "Principal": "*",
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": self.conditions(part, &equals, self.via(part)),
        })
    }

    fn applications(&self, part: Part<'_>) -> Value {
        let equals = [("aws:SourceOrgID", self.own_organization())];
        let mut conditions = self.via(part);
        conditions.insert(
            "Bool".to_owned(),
            json!({"aws:PrincipalIsAWSService": "true"}),
        );
        json!({
            "Sid": part.sid("AllowManagedApps", "AllowManagedAppsVia"),
            "Effect": "Allow",
            "Principal": "*",
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": self.conditions(part, &equals, conditions),
        })
    }

    /// The conditions every statement has: some equal values, and the encryption context.
    fn conditions(
        &self,
        part: Part<'_>,
        equals: &[(&str, String)],
        more: Map<String, Value>,
    ) -> Map<String, Value> {
        let mut conditions = more;
        let mut equal: Map<String, Value> = conditions
            .remove("StringEquals")
            .and_then(|v| v.as_object().cloned())
            .unwrap_or_default();
        for (key, value) in equals {
            equal.insert((*key).to_owned(), json!(value));
        }
        match part {
            Part::Both => {
                conditions.insert(
                    "ForAnyValue:StringEquals".to_owned(),
                    json!({"kms:EncryptionContextKeys": [SSO_KEY, STORE_KEY]}),
                );
            }
            Part::Sso(instance) => {
                equal.insert(format!("kms:EncryptionContext:{SSO_KEY}"), json!(instance));
            }
            Part::IdentityStore(store) => {
                equal.insert(format!("kms:EncryptionContext:{STORE_KEY}"), json!(store));
            }
        }
        conditions.insert("StringEquals".to_owned(), Value::Object(equal));
        conditions
    }

    fn via(&self, part: Part<'_>) -> Map<String, Value> {
        let services = part.services().iter();
        let (operator, names): (&str, Vec<String>) = match &self.fixed {
            None => (
                "StringLike",
                services.map(|s| format!("{s}.*.amazonaws.com")).collect(),
            ),
            Some(fixed) => (
                "StringEquals",
                services
                    .flat_map(|s| {
                        fixed
                            .regions
                            .iter()
                            .map(move |region| format!("{s}.{region}.amazonaws.com"))
                    })
                    .collect(),
            ),
        };
        let mut via = Map::new();
        via.insert(operator.to_owned(), json!({"kms:ViaService": names}));
        via
    }
}
