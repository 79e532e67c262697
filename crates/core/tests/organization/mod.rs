//! What tests of Organizations share: the development organisation, calls and refusals as callers tell
//! them apart.
#![allow(dead_code, reason = "each test file uses its part")]

use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

pub(crate) const ROOT: &str = "r-ab12";
pub(crate) const MANAGEMENT: &str = "111122223333";
pub(crate) const SECURITY: &str = "222233334444";
pub(crate) const WORKLOAD: &str = "333344445555";
pub(crate) const WORKLOADS: &str = "ou-ab12-22222222";
pub(crate) const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:CreateKey","Resource":"*"}]}"#;
pub(crate) const RCP: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:CreateGrant","Resource":"*"}]}"#;

/// Code and reason of a refusal, as callers tell it apart.
pub(crate) type Refusal = (&'static str, &'static str);

pub(crate) struct Scene {
    pub(crate) i: Installation,
    pub(crate) admin: Login,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let i = Installation::new();
        let admin = i.admin.clone();
        Self { i, admin }
    }

    pub(crate) fn as_(
        &mut self,
        login: &Login,
        operation: &str,
        input: Value,
    ) -> Result<Value, (String, String)> {
        self.i
            .call(login, "organizations", operation, input)
            .map_err(|error| {
                let reason = error.members.iter().find(|(name, _)| *name == "Reason");
                let reason = reason.map_or_else(String::new, |(_, value)| value.clone());
                (error.shape.code.to_owned(), reason)
            })
    }

    pub(crate) fn call(&mut self, operation: &str, input: Value) -> Value {
        let admin = self.admin.clone();
        self.as_(&admin, operation, input)
            .unwrap_or_else(|refusal| panic!("{operation}: {refusal:?}"))
    }

    pub(crate) fn refused(&mut self, operation: &str, input: Value, expect: Refusal) {
        let admin = self.admin.clone();
        self.refused_to(&admin, operation, input, expect);
    }

    pub(crate) fn refused_to(
        &mut self,
        login: &Login,
        operation: &str,
        input: Value,
        expect: Refusal,
    ) {
        let revision = self.i.snapshot.revision;
        let title = format!("{operation} {input}");
        let (code, reason) = self.as_(login, operation, input).expect_err(&title);
        assert_eq!((code.as_str(), reason.as_str()), expect, "{title}");
        assert_eq!(
            self.i.snapshot.revision, revision,
            "{title}: something changed"
        );
    }

    /// A session of the role that lets the management account into an account.
    pub(crate) fn member(&mut self, account: &str) -> Login {
        let admin = self.admin.clone();
        let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
        let input = json!({"RoleArn": role, "RoleSessionName": "test"});
        let reply = self.i.call(&admin, "sts", "AssumeRole", input);
        Login::of_session(&reply.unwrap())
    }

    pub(crate) fn policy(&mut self, name: &str, policy_type: &str, content: &str) -> String {
        let input =
            json!({"Name": name, "Description": "", "Type": policy_type, "Content": content});
        let made = self.call("CreatePolicy", input);
        made["Policy"]["PolicySummary"]["Id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) fn scp(&mut self, name: &str) -> String {
        self.policy(name, "SERVICE_CONTROL_POLICY", DENY)
    }

    pub(crate) fn unit(&mut self, parent: &str, name: &str) -> String {
        let made = self.call(
            "CreateOrganizationalUnit",
            json!({"ParentId": parent, "Name": name}),
        );
        made["OrganizationalUnit"]["Id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) fn account(&mut self, name: &str) -> String {
        let input = json!({"Email": format!("{name}@example.org"), "AccountName": name});
        let asked = self.call("CreateAccount", input);
        self.i.advance_seconds(10);
        let id = &asked["CreateAccountStatus"]["Id"];
        let status = self.call(
            "DescribeCreateAccountStatus",
            json!({"CreateAccountRequestId": id}),
        );
        status["CreateAccountStatus"]["AccountId"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Whether a member may make a key: `allowed`, or why not.
    pub(crate) fn create_key(&mut self, login: &Login) -> String {
        match self.i.call(login, "kms", "CreateKey", json!({})) {
            Ok(_) => "allowed".to_owned(),
            Err(error) => {
                let text = error.message.unwrap_or_default().into_owned();
                let why = text.split("kms:CreateKey on resource: * ").nth(1);
                why.unwrap_or(&text).to_owned()
            }
        }
    }

    pub(crate) fn attach(&mut self, policy: &str, target: &str) {
        self.call(
            "AttachPolicy",
            json!({"PolicyId": policy, "TargetId": target}),
        );
    }
}
