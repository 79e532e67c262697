//! The grants of a trial, near to its request.

use super::Maker;
use super::actors::{OTHER, OWN, anyone, name_for};
use super::values::perhaps_other_case;
use crate::json::Json;

const OPERATIONS: [&str; 8] = [
    "Decrypt",
    "DescribeKey",
    "CreateGrant",
    "RetireGrant",
    "Sign",
    "ReEncryptTo",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKey",
];

const SOURCES: [&str; 2] = ["arn:aws:s3:::bucket", "arn:aws:s3:::Bucket"];

impl Maker {
    /// `policies.grants`, and what of the request's context goes with them.
    pub(super) fn grants(&mut self) -> Json {
        if self.random.percent(60) {
            self.encryption_context();
        }
        let is_child = self.action.eq_ignore_ascii_case("kms:CreateGrant");
        if is_child && self.random.percent(85) {
            self.child();
        }
        let count = 1 + self.random.below(2);
        Json::List((0..count).map(|at| self.grant(at)).collect())
    }

    fn encryption_context(&mut self) {
        let kept = |(name, _): &(String, Json)| {
            !name
                .to_ascii_lowercase()
                .starts_with("kms:encryptioncontext:")
        };
        self.given.context.retain(kept);
        for (name, value) in self.pairs() {
            self.given
                .set(&format!("kms:EncryptionContext:{name}"), value);
        }
        if self.random.percent(40) {
            let source = self.random.pick(&SOURCES);
            self.given.set("aws:SourceArn", Json::text(source));
        }
    }

    /// The grant that CreateGrant asks for.
    fn child(&mut self) {
        let count = self.random.below(3);
        let operations: Vec<&str> = (0..count).map(|_| self.random.pick(&OPERATIONS)).collect();
        self.given
            .set("kms:GrantOperations", Json::texts(operations));
        if self.random.percent(60) {
            let kind = self
                .random
                .pick(&["EncryptionContextEquals", "EncryptionContextSubset"]);
            self.given.set("kms:GrantConstraintType", Json::text(kind));
        }
        if self.random.percent(30) {
            let source = self.random.pick(&SOURCES);
            self.given
                .set("kms:GrantConstraintSourceArn", Json::text(source));
        }
    }

    fn pairs(&mut self) -> Vec<(String, Json)> {
        let mut pairs: Vec<(String, Json)> = Vec::new();
        for name in ["App", "Stage"] {
            if self.random.percent(60) {
                let name = perhaps_other_case(&mut self.random, name);
                let value = self.random.pick(&["alpha", "alpha", "Alpha"]);
                pairs.push((name, Json::text(value)));
            }
        }
        pairs
    }

    fn grant(&mut self, at: usize) -> Json {
        let mut grant = vec![("GrantId", Json::text(format!("g-{at}")))];
        if self.random.percent(10) {
            let id = self.random.pick(&[
                "1234abcd-12ab-34cd-56ef-1234567890ab",
                "1234abcd-12ab-34cd-56ef-1234567890ac",
                super::KEY,
            ]);
            grant.push(("KeyId", Json::text(id)));
        }
        let grantee = self.principal();
        match grantee.contains("amazonaws.com") && self.random.percent(50) {
            true => grant.push(("GranteeServicePrincipal", Json::text(grantee))),
            false => grant.push(("GranteePrincipal", Json::text(grantee))),
        }
        if self.random.percent(60) {
            let retiring = self.principal();
            grant.push(("RetiringPrincipal", Json::text(retiring)));
        }
        if self.random.percent(70) {
            let account = self.random.pick(&[OWN, OWN, OTHER]);
            grant.push((
                "IssuingAccount",
                Json::text(format!("arn:aws:iam::{account}:root")),
            ));
        }
        let mut operations: Vec<&str> = (0..self.random.below(3))
            .map(|_| self.random.pick(&OPERATIONS))
            .collect();
        let own = self.action.split(':').nth(1).unwrap_or_default().to_owned();
        let known = OPERATIONS.iter().find(|o| o.eq_ignore_ascii_case(&own));
        if let Some(own) = known
            && self.random.percent(75)
        {
            operations.push(own);
        }
        grant.push(("Operations", Json::texts(operations)));
        if self.random.percent(45) {
            let mut constraints = Vec::new();
            let kind = self
                .random
                .pick(&["EncryptionContextEquals", "EncryptionContextSubset"]);
            if self.random.percent(75) {
                let pairs = self.pairs();
                constraints.push((kind, Json::Object(pairs)));
            }
            if self.random.percent(30) {
                let source = self.random.pick(&SOURCES);
                constraints.push(("SourceArn", Json::text(source)));
            }
            grant.push(("Constraints", Json::object(constraints)));
        }
        Json::object(grant)
    }

    fn principal(&mut self) -> String {
        if let Some(service) = self.actor.service
            && self.random.percent(70)
        {
            return service.to_owned();
        }
        if self.random.percent(15) {
            return anyone(&mut self.random);
        }
        name_for(&mut self.random, &self.actor)
    }
}
