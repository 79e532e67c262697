//! What tests of Identity Center share: the development organisation, a key with AWS's baseline
//! policy, and a user with markers in every attribute, so that a leak is seen.
#![allow(dead_code, reason = "each test file uses its part")]

use claviger_core::chain::ServiceError;
use claviger_core::state::Instance;
use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const MANAGEMENT: &str = "111122223333";
pub(crate) const SECURITY: &str = "222233334444";
pub(crate) const WORKLOAD: &str = "333344445555";
pub(crate) const SSO: &str = "sso.amazonaws.com";
pub(crate) const STORE: &str = "identitystore.amazonaws.com";

/// A marker that stands in every attribute of the user that [`Directory::create`] makes.
pub(crate) const MARKER: &str = "Zanzibar";

/// A refusal as callers tell it apart: exception and reason.
pub(crate) type Refusal = (String, Option<String>);

pub(crate) fn refusal(error: &ServiceError) -> Refusal {
    let reason = error.members.iter().find(|(name, _)| *name == "Reason");
    (
        error.shape.code.to_owned(),
        reason.map(|(_, value)| value.clone()),
    )
}

pub(crate) fn refused(code: &str, reason: &str) -> Refusal {
    (
        code.to_owned(),
        (!reason.is_empty()).then(|| reason.to_owned()),
    )
}

/// AWS's baseline key policy. Source: IAM Identity Center User Guide, "Baseline KMS key policy".
/// `services` and `through` are the principals of the second to fourth statement.
pub(crate) fn baseline(services: &[&str], through: &Value) -> String {
    let context = json!({"kms:EncryptionContextKeys": ["aws:sso:instance-arn", "aws:identitystore:identitystore-arn"]});
    let source = json!({"aws:SourceAccount": "${aws:ResourceAccount}"});
    let via = json!({"kms:ViaService": ["sso.*.amazonaws.com", "identitystore.*.amazonaws.com"]});
    let mut statements = vec![
        json!({"Sid": "AllowIdentityCenterAdminAccounts", "Effect": "Allow",
            "Principal": {"AWS": [format!("arn:aws:iam::{MANAGEMENT}:root"), format!("arn:aws:iam::{SECURITY}:root")]},
            "Action": "kms:*", "Resource": "*"}),
        json!({"Sid": "AllowOrgPrincipalsViaIdentityCenterAndIdentityStore", "Effect": "Allow",
            "Principal": through, "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"},
                "StringLike": via, "ForAnyValue:StringEquals": context}}),
    ];
    if !services.is_empty() {
        statements.push(
            json!({"Sid": "AllowIdentityCenterAndIdentityStoreToDescribeKey",
            "Effect": "Allow", "Principal": {"Service": services}, "Action": "kms:DescribeKey",
            "Resource": "*", "Condition": {"StringEquals": source}}),
        );
        statements.push(json!({"Sid": "AllowIdentityCenterAndIdentityStoreToUseKey",
            "Effect": "Allow", "Principal": {"Service": services},
            "Action": ["kms:Decrypt", "kms:ReEncryptTo", "kms:ReEncryptFrom", "kms:GenerateDataKeyWithoutPlaintext"],
            "Resource": "*", "Condition": {"StringEquals": source, "ForAnyValue:StringEquals": context}}));
    }
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

pub(crate) fn open_policy() -> String {
    baseline(&[STORE, SSO], &json!("*"))
}

/// The organisation with its instance.
pub(crate) struct Directory {
    pub(crate) i: Installation,
    pub(crate) admin: Login,
    pub(crate) instance: Arc<Instance>,
}

impl Directory {
    pub(crate) fn new() -> Self {
        let i = Installation::new();
        let instance = i.snapshot.all::<Instance>().next().unwrap().clone();
        let admin = i.admin.clone();
        Self { i, admin, instance }
    }

    /// The same with a key that the instance is encrypted under.
    pub(crate) fn under_key() -> (Self, String) {
        let mut directory = Self::new();
        let key = directory.key(&open_policy());
        directory.set_key(&key).unwrap();
        (directory, key)
    }

    pub(crate) fn store(&self) -> String {
        self.instance.identity_store_id.clone()
    }

    pub(crate) fn key(&mut self, policy: &str) -> String {
        let input = json!({"Policy": policy, "MultiRegion": true});
        let made = self.kms("CreateKey", input);
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    pub(crate) fn kms(&mut self, operation: &str, input: Value) -> Value {
        let admin = self.admin.clone();
        self.i.call(&admin, "kms", operation, input).unwrap()
    }

    pub(crate) fn put_policy(&mut self, key: &str, policy: &str) {
        self.kms("PutKeyPolicy", json!({"KeyId": key, "Policy": policy}));
    }

    pub(crate) fn users(
        &mut self,
        login: &Login,
        operation: &str,
        input: Value,
    ) -> Result<Value, ServiceError> {
        let mut document = json!({"IdentityStoreId": self.store()});
        for (name, value) in input.as_object().unwrap() {
            document[name] = value.clone();
        }
        self.i.call(login, "identitystore", operation, document)
    }

    pub(crate) fn as_admin(
        &mut self,
        operation: &str,
        input: Value,
    ) -> Result<Value, ServiceError> {
        let admin = self.admin.clone();
        self.users(&admin, operation, input)
    }

    pub(crate) fn sso(&mut self, operation: &str, input: Value) -> Result<Value, ServiceError> {
        let admin = self.admin.clone();
        self.i.call(&admin, "sso-admin", operation, input)
    }

    pub(crate) fn update(&mut self, configuration: Value) -> Result<Value, ServiceError> {
        let input =
            json!({"InstanceArn": self.instance.arn(), "EncryptionConfiguration": configuration});
        self.sso("UpdateInstance", input)
    }

    pub(crate) fn set_key(&mut self, key: &str) -> Result<Value, ServiceError> {
        self.update(json!({"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": key}))
    }

    pub(crate) fn set_aws_owned(&mut self) -> Result<Value, ServiceError> {
        self.update(json!({"KeyType": "AWS_OWNED_KMS_KEY"}))
    }

    pub(crate) fn details(&mut self) -> Value {
        let input = json!({"InstanceArn": self.instance.arn()});
        self.sso("DescribeInstance", input).unwrap()["EncryptionConfigurationDetails"].clone()
    }

    /// Makes a user and answers its id.
    pub(crate) fn create(&mut self, name: &str) -> String {
        let made = self.as_admin("CreateUser", full_user(name)).unwrap();
        made["UserId"].as_str().unwrap().to_owned()
    }

    /// A login in another account of the organisation, by the role that Organizations makes.
    pub(crate) fn member(&mut self, account: &str) -> Login {
        let admin = self.admin.clone();
        let input = json!({
            "RoleArn": format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole"),
            "RoleSessionName": "member"});
        Login::of_session(&self.i.call(&admin, "sts", "AssumeRole", input).unwrap())
    }

    /// A user of the management account with one inline policy.
    pub(crate) fn iam_user(&mut self, name: &str, statements: &Value) -> Login {
        let admin = self.admin.clone();
        let user = json!({"UserName": name});
        self.i
            .call(&admin, "iam", "CreateUser", user.clone())
            .unwrap();
        let made = self.i.call(&admin, "iam", "CreateAccessKey", user).unwrap();
        self.allow(name, statements);
        let text = |member: &str| made["AccessKey"][member].as_str().unwrap().to_owned();
        Login {
            access_key_id: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: None,
        }
    }

    pub(crate) fn allow(&mut self, name: &str, statements: &Value) {
        let admin = self.admin.clone();
        let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let input = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": document});
        self.i.call(&admin, "iam", "PutUserPolicy", input).unwrap();
    }
}

/// A new user with every attribute that can be given, a marker in each.
pub(crate) fn full_user(name: &str) -> Value {
    let text = |what: &str| format!("{MARKER} {what}");
    json!({
        "UserName": format!("{name}-{MARKER}"),
        "Name": {"Formatted": text("formatted"), "FamilyName": text("family"), "GivenName": text("given"),
            "MiddleName": text("middle"), "HonorificPrefix": text("prefix"), "HonorificSuffix": text("suffix")},
        "DisplayName": text("display"),
        "NickName": text("nick"),
        "ProfileUrl": text("profile"),
        "Emails": [{"Value": format!("{name}@{MARKER}.example"), "Type": text("mail"), "Primary": true}],
        "Addresses": [{"StreetAddress": text("street"), "Locality": text("locality"), "Region": text("region"),
            "PostalCode": text("postal"), "Country": text("country"), "Formatted": text("address"),
            "Type": text("home"), "Primary": true}],
        "PhoneNumbers": [{"Value": text("phone"), "Type": text("mobile"), "Primary": true}],
        "UserType": text("type"),
        "Title": text("title"),
        "PreferredLanguage": text("language"),
        "Locale": text("locale"),
        "Timezone": text("zone"),
        "Photos": [{"Value": text("photo"), "Type": text("png"), "Display": text("portrait"), "Primary": true}],
        "Website": text("website"),
        "Birthdate": text("birthdate"),
        "Roles": [{"Value": text("role"), "Type": text("work"), "Primary": true}],
        "Extensions": {"aws:identitystore:enterprise": {"department": text("department")}},
    })
}
