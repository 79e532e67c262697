//! Key policies as data, and the baseline policy for IAM Identity Center made from account ids. It
//! serialises documents and does not judge them.
//!
//! Source: IAM Identity Center User Guide, "Baseline KMS key policy" (as of 30 April 2026).

use claviger_types::AccountId;
use serde::Serialize;
use std::collections::BTreeMap;

/// A key policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyPolicy {
    version: &'static str,
    statement: Vec<Statement>,
}

/// One statement that allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    sid: &'static str,
    effect: &'static str,
    principal: Principal,
    action: Values,
    resource: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    condition: BTreeMap<&'static str, BTreeMap<&'static str, Values>>,
}

/// Who a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Principal {
    /// ARNs or accounts.
    #[serde(rename = "AWS")]
    Aws(Vec<String>),
    /// Service principals.
    Service(Vec<&'static str>),
    /// Everybody whom the condition admits.
    #[serde(untagged)]
    Everybody(Star),
}

/// The text `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Star {
    /// `*`
    #[serde(rename = "*")]
    Star,
}

/// One value or several; both print as AWS's own documents have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Values {
    /// One.
    One(&'static str),
    /// Several.
    Many(&'static [&'static str]),
}

const SERVICES: [&str; 2] = ["identitystore.amazonaws.com", "sso.amazonaws.com"];
const VIA: Values = Values::Many(&["sso.*.amazonaws.com", "identitystore.*.amazonaws.com"]);
const CONTEXT_KEYS: Values = Values::Many(&[
    "aws:sso:instance-arn",
    "aws:identitystore:identitystore-arn",
]);

/// The baseline policy: control by the administration accounts, use by the two services, and use
/// through them by principals and applications of the organisation.
#[must_use]
pub fn baseline(
    management_account: AccountId,
    delegated_administrator: Option<AccountId>,
) -> KeyPolicy {
    let accounts = [Some(management_account), delegated_administrator];
    KeyPolicy {
        version: "2012-10-17",
        statement: vec![
            Statement {
                sid: "AllowIdentityCenterAdminAccounts",
                effect: "Allow",
                principal: Principal::Aws(
                    accounts.iter().flatten().map(AccountId::root_arn).collect(),
                ),
                action: Values::One("kms:*"),
                resource: "*",
                condition: BTreeMap::new(),
            },
            describe_key(),
            use_key(),
            organization_principals(),
            managed_applications(),
        ],
    }
}

impl KeyPolicy {
    /// The document as KMS takes it.
    ///
    /// # Errors
    /// Never for policies of this module: their keys are texts.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// Whether a stored document says the same, white space and order of members aside.
    #[must_use]
    pub fn is_same_as(&self, stored: &str) -> bool {
        match (
            serde_json::to_value(self),
            serde_json::from_str::<serde_json::Value>(stored),
        ) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            _ => false,
        }
    }
}

fn statement(sid: &'static str, principal: Principal, action: Values) -> Statement {
    Statement {
        sid,
        effect: "Allow",
        principal,
        action,
        resource: "*",
        condition: BTreeMap::new(),
    }
}

impl Statement {
    fn when(mut self, operator: &'static str, key: &'static str, values: Values) -> Self {
        self.condition
            .entry(operator)
            .or_default()
            .insert(key, values);
        self
    }

    fn within_own_account(self) -> Self {
        let account = Values::One("${aws:ResourceAccount}");
        self.when("StringEquals", "aws:SourceAccount", account)
    }

    fn with_identity_context(self) -> Self {
        self.when(
            "ForAnyValue:StringEquals",
            "kms:EncryptionContextKeys",
            CONTEXT_KEYS,
        )
    }
}

/// A statement of its own, because DescribeKey carries no encryption context.
fn describe_key() -> Statement {
    statement(
        "AllowIdentityCenterAndIdentityStoreToDescribeKey",
        Principal::Service(SERVICES.to_vec()),
        Values::One("kms:DescribeKey"),
    )
    .within_own_account()
}

fn use_key() -> Statement {
    statement(
        "AllowIdentityCenterAndIdentityStoreToUseKey",
        Principal::Service(SERVICES.to_vec()),
        Values::Many(&[
            "kms:Decrypt",
            "kms:ReEncryptTo",
            "kms:ReEncryptFrom",
            "kms:GenerateDataKeyWithoutPlaintext",
        ]),
    )
    .within_own_account()
    .with_identity_context()
}

fn organization_principals() -> Statement {
    statement(
        "AllowOrgPrincipalsViaIdentityCenterAndIdentityStore",
        Principal::Everybody(Star::Star),
        Values::One("kms:Decrypt"),
    )
    .when(
        "StringEquals",
        "aws:PrincipalOrgID",
        Values::One("${aws:ResourceOrgID}"),
    )
    .when("StringLike", "kms:ViaService", VIA)
    .with_identity_context()
}

fn managed_applications() -> Statement {
    statement(
        "AllowManagedApps",
        Principal::Everybody(Star::Star),
        Values::One("kms:Decrypt"),
    )
    .when("Bool", "aws:PrincipalIsAWSService", Values::One("true"))
    .when(
        "StringEquals",
        "aws:SourceOrgID",
        Values::One("${aws:ResourceOrgID}"),
    )
    .when("StringLike", "kms:ViaService", VIA)
    .with_identity_context()
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_policy::{Kind, parse};
    use serde_json::json;

    fn account(id: &str) -> AccountId {
        id.parse().unwrap()
    }

    #[test]
    fn the_policy_engine_reads_the_baseline() {
        for delegated in [None, Some(account("222233334444"))] {
            let text = baseline(account("111122223333"), delegated)
                .to_json()
                .unwrap();
            parse(&text, Kind::Resource).unwrap_or_else(|e| panic!("{e}"));
        }
    }

    #[test]
    fn the_baseline_has_the_statements_of_the_user_guide() {
        let policy = baseline(account("111122223333"), Some(account("222233334444")));
        let value = serde_json::to_value(&policy).unwrap();
        let sids: Vec<_> = value["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["Sid"].as_str().unwrap())
            .collect();
        assert_eq!(
            sids,
            [
                "AllowIdentityCenterAdminAccounts",
                "AllowIdentityCenterAndIdentityStoreToDescribeKey",
                "AllowIdentityCenterAndIdentityStoreToUseKey",
                "AllowOrgPrincipalsViaIdentityCenterAndIdentityStore",
                "AllowManagedApps",
            ]
        );
        assert_eq!(
            value["Statement"][0]["Principal"],
            json!({"AWS": [
                "arn:aws:iam::111122223333:root", "arn:aws:iam::222233334444:root"
            ]})
        );
        assert_eq!(value["Statement"][4]["Principal"], json!("*"));
        assert_eq!(
            value["Statement"][3]["Condition"],
            json!({
                "StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"},
                "StringLike": {"kms:ViaService":
                    ["sso.*.amazonaws.com", "identitystore.*.amazonaws.com"]},
                "ForAnyValue:StringEquals": {"kms:EncryptionContextKeys":
                    ["aws:sso:instance-arn", "aws:identitystore:identitystore-arn"]},
            })
        );
    }

    #[test]
    fn the_same_policy_is_known_again_however_it_is_laid_out() {
        let policy = baseline(account("111122223333"), None);
        let value = serde_json::to_value(&policy).unwrap();
        assert!(policy.is_same_as(&serde_json::to_string(&value).unwrap()));
        assert!(!policy.is_same_as("{}"));
        assert!(!policy.is_same_as("no json"));
    }
}
