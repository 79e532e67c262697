//! What the rows of Organizations name: policies of each type, a delegation policy, a request for an
//! account that succeeded.

use claviger_testkit::installation::Installation;
use serde_json::{Value, json};

pub(crate) const SCP: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:DeleteAlias","Resource":"*"}]}"#;
const TAGS: &str = r#"{"tags":{"team":{"tag_key":{"@@assign":"team"}}}}"#;

pub(crate) struct Organization {
    pub(crate) scp: String,
    pub(crate) tag_policy: String,
    pub(crate) delegation: String,
    pub(crate) delegation_text: String,
    pub(crate) request: String,
}

fn call(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "organizations", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

fn text(reply: &Value, pointer: &str) -> String {
    reply.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

fn new_policy(i: &mut Installation, name: &str, policy_type: &str, content: &str) -> String {
    let input = json!({"Name": name, "Description": "", "Type": policy_type, "Content": content});
    text(&call(i, "CreatePolicy", input), "/Policy/PolicySummary/Id")
}

impl Organization {
    pub(crate) fn new(i: &mut Installation) -> Self {
        let input = json!({"RootId": "r-ab12", "PolicyType": "TAG_POLICY"});
        call(i, "EnablePolicyType", input);
        let input = json!({"ServicePrincipal": "backup.amazonaws.com"});
        call(i, "EnableAWSServiceAccess", input);
        let scp = new_policy(i, "scp", "SERVICE_CONTROL_POLICY", SCP);
        let tag_policy = new_policy(i, "tags", "TAG_POLICY", TAGS);
        let input = json!({"PolicyId": tag_policy, "TargetId": "r-ab12"});
        call(i, "AttachPolicy", input);
        let delegation_text = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": "333344445555"}, "Action": "organizations:Describe*",
            "Resource": "*"}]})
        .to_string();
        let put = call(i, "PutResourcePolicy", json!({"Content": delegation_text}));
        let input = json!({"Email": "made@example.com", "AccountName": "made"});
        let asked = call(i, "CreateAccount", input);
        // The account is made in time; everything else happens at the moment at which it did before.
        let now = i.now;
        i.advance_seconds(60);
        i.now = now;
        Self {
            scp,
            tag_policy,
            delegation: text(&put, "/ResourcePolicy/ResourcePolicySummary/Id"),
            delegation_text,
            request: text(&asked, "/CreateAccountStatus/Id"),
        }
    }

    /// The ARN of a policy of a type.
    pub(crate) fn arn(&self, policy_type: &str, id: &str) -> String {
        assert!([&self.scp, &self.tag_policy].contains(&&id.to_owned()));
        format!("arn:aws:organizations::111122223333:policy/o-a1b2c3d4e5/{policy_type}/{id}")
    }
}
