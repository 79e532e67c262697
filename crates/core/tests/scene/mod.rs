//! What tests of key policies share: a key, its administrator, and a user who has only what the
//! test gives her.
#![allow(dead_code, reason = "each test file uses its part")]

use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

pub(crate) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(crate) const ADMIN: &str = "arn:aws:iam::111122223333:user/admin";
pub(crate) const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

/// An installation with a key and a user `alice` who has no policy yet.
pub(crate) struct Scene {
    pub(crate) i: Installation,
    pub(crate) key: String,
    pub(crate) alice: Login,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let mut i = Installation::new();
        let admin = i.admin.clone();
        i.call(&admin, "iam", "CreateUser", json!({"UserName": "alice"}))
            .unwrap();
        let made = i
            .call(
                &admin,
                "iam",
                "CreateAccessKey",
                json!({"UserName": "alice"}),
            )
            .unwrap();
        let text = |member: &str| made["AccessKey"][member].as_str().unwrap().to_owned();
        let alice = Login {
            access_key_id: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: None,
        };
        let made = i.call(&admin, "kms", "CreateKey", json!({})).unwrap();
        let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        Self { i, key, alice }
    }

    pub(crate) fn call(
        &mut self,
        login: &Login,
        operation: &str,
        document: Value,
    ) -> Result<Value, (String, String)> {
        self.i.call(login, "kms", operation, document).map_err(|e| {
            let message = e.message.unwrap_or_default().into_owned();
            (e.shape.code.to_owned(), message)
        })
    }

    pub(crate) fn admin(
        &mut self,
        operation: &str,
        document: Value,
    ) -> Result<Value, (String, String)> {
        let admin = self.i.admin.clone();
        self.call(&admin, operation, document)
    }

    /// Gives alice one inline policy.
    pub(crate) fn allow(&mut self, statements: Value) {
        let admin = self.i.admin.clone();
        let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let input = json!({"UserName": "alice", "PolicyName": "p", "PolicyDocument": document});
        self.i.call(&admin, "iam", "PutUserPolicy", input).unwrap();
    }
}

pub(crate) fn allow(principal: &str, action: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"})
}

pub(crate) fn policy(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}
