//! The policies of a trial: which layers there are, their documents and statements.

use super::actors::{OWN, element};
use super::conditions::Given;
use super::values::{near, perhaps_other_case};
use super::{Maker, Subject, breakage};
use crate::json::Json;

/// What a document should be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// Allows everything.
    Open,
    /// About the subject of the trial.
    Subject,
}

impl Maker {
    /// `policies` of the case.
    pub(super) fn policies(&mut self) -> Json {
        let mut policies = Vec::new();
        match self.subject {
            Subject::Conditions | Subject::Names | Subject::Documents => {
                self.one_layer(&mut policies)
            }
            _ => self.resource(&mut policies),
        }
        let layers = match self.subject {
            Subject::Layers => 35,
            Subject::Principals | Subject::Grants | Subject::Retiring => 18,
            Subject::OtherResources => 20,
            _ => 4,
        };
        for (name, named) in [("boundary", false), ("endpoint", true)] {
            if self.random.percent(layers) {
                let document = self.limiting(named);
                policies.push((name, document));
            }
        }
        let has = |policies: &[(&str, Json)], name: &str| policies.iter().any(|(n, _)| *n == name);
        if !has(&policies, "identity") && self.random.percent(65) {
            let documents = self.documents(2);
            policies.push(("identity", documents));
        }
        if self.random.percent(layers) {
            let documents = self.documents(2);
            policies.push(("session", documents));
        }
        if self.random.percent(layers) {
            let levels = self.levels(false);
            policies.push(("scps", levels));
        }
        if self.random.percent(layers) {
            let levels = self.levels(true);
            policies.push(("rcps", levels));
        }
        let grants = match self.subject {
            Subject::Grants | Subject::Retiring => 95,
            Subject::Layers | Subject::Principals => 12,
            _ => 2,
        };
        if self.random.percent(grants) {
            let grants = self.grants();
            policies.push(("grants", grants));
        }
        Json::object(policies)
    }

    /// One statement decides: in the key policy, or by delegation in an identity policy.
    fn one_layer(&mut self, policies: &mut Vec<(&'static str, Json)>) {
        if self.random.percent(65) {
            let document = self.document(Mood::Subject, true);
            policies.push(("resource", document));
            return;
        }
        policies.push(("resource", self.delegation()));
        let document = self.document(Mood::Subject, false);
        let named = Json::object([("document", document)]);
        policies.push(("identity", Json::List(vec![named])));
    }

    fn resource(&mut self, policies: &mut Vec<(&'static str, Json)>) {
        let document = match self.random.below(10) {
            0 => return,
            1..4 => self.delegation(),
            _ => self.document(Mood::Subject, true),
        };
        policies.push(("resource", document));
    }

    /// The key policy that AWS makes.
    fn delegation(&mut self) -> Json {
        let names = self.actor.names.first().cloned();
        let account = names.unwrap_or_else(|| OWN.to_owned());
        let statement = Json::object([
            ("Effect", Json::text("Allow")),
            ("Principal", Json::object([("AWS", Json::text(account))])),
            ("Action", Json::text("*")),
            ("Resource", Json::text("*")),
        ]);
        document("2012-10-17", statement)
    }

    fn limiting(&mut self, named: bool) -> Json {
        let mood = if self.random.percent(45) {
            Mood::Open
        } else {
            Mood::Subject
        };
        self.document(mood, named)
    }

    fn documents(&mut self, most: usize) -> Json {
        let count = self.random.below(most + 1);
        let named = |document| Json::object([("document", document)]);
        Json::List((0..count).map(|_| named(self.limiting(false))).collect())
    }

    /// Levels of an organisation's policies; `rcp` for those that only deny.
    fn levels(&mut self, rcp: bool) -> Json {
        let count = 1 + self.random.below(3);
        let levels = (0..count).map(|at| {
            let policies = if rcp {
                let statement = self.rcp_statement();
                let document = document("2012-10-17", statement);
                Json::List(vec![Json::object([("document", document)])])
            } else if self.random.percent(8) {
                Json::List(Vec::new())
            } else {
                let mood = if self.random.percent(70) {
                    Mood::Open
                } else {
                    Mood::Subject
                };
                let mut documents = vec![self.document(mood, false)];
                if self.random.percent(20) {
                    documents.push(self.document(Mood::Subject, false));
                }
                let named = |document| Json::object([("document", document)]);
                Json::List(documents.into_iter().map(named).collect())
            };
            Json::object([
                ("target", Json::text(format!("level-{at}"))),
                ("policies", policies),
            ])
        });
        Json::List(levels.collect())
    }

    fn rcp_statement(&mut self) -> Json {
        let allow = self.random.percent(10);
        let mut statement = vec![
            ("Effect", Json::text(if allow { "Allow" } else { "Deny" })),
            ("Principal", Json::text("*")),
        ];
        let action = if allow { "*" } else { "kms:*" };
        let any = allow || self.random.percent(50);
        let action = if any {
            Json::text(action)
        } else {
            let action = near(&mut self.random, &self.action);
            Json::text(action)
        };
        statement.push(("Action", action));
        statement.push(("Resource", Json::text("*")));
        if self.random.percent(45) {
            let conditions = self.given.conditions(&mut self.random, 1);
            statement.push(("Condition", conditions));
        }
        Json::object(statement)
    }

    fn document(&mut self, mood: Mood, named: bool) -> Json {
        if mood == Mood::Open {
            let mut statement = vec![
                ("Effect", Json::text("Allow")),
                ("Action", Json::text("*")),
                ("Resource", Json::text("*")),
            ];
            if named {
                statement.push(("Principal", Json::text("*")));
            }
            return document("2012-10-17", Json::object(statement));
        }
        let count = self.random.pick_of(&[1, 1, 1, 2, 2, 3]);
        let mut statements: Vec<Json> = (0..count).map(|_| self.statement(named)).collect();
        let broken = if self.subject == Subject::Documents {
            75
        } else {
            1
        };
        if self.random.percent(broken) {
            let at = self.random.below(statements.len());
            breakage::statement(&mut self.random, &mut statements[at]);
        }
        let statements = match statements.as_slice() {
            [one] if self.random.percent(40) => one.clone(),
            all => Json::List(all.to_vec()),
        };
        let version = match self.random.below(100) {
            0..84 => "2012-10-17",
            84..94 => "",
            _ => "2008-10-17",
        };
        let mut made = document(version, statements);
        if self.subject == Subject::Documents && self.random.percent(15) {
            breakage::document(&mut self.random, &mut made);
        }
        // As the API returns it.
        if self.random.percent(3) {
            made = Json::text(made.to_string());
        }
        made
    }

    fn statement(&mut self, named: bool) -> Json {
        let mut statement = Vec::new();
        if self.random.percent(15) {
            let sid = self.random.pick(&["One", "Two", "Three"]);
            statement.push(("Sid", Json::text(sid)));
        }
        let deny = self.random.percent(25);
        let effect = if deny { "Deny" } else { "Allow" };
        statement.push(("Effect", Json::text(effect)));
        if named {
            statement.push(self.principals(deny));
        }
        let action = self.actions();
        statement.push(action);
        let is_trust = self.resource.contains(":role/") && named && self.random.percent(70);
        if !is_trust {
            let resource = self.resources();
            statement.push(resource);
        }
        let conditions = match self.subject {
            Subject::Conditions => self.random.pick_of(&[1, 1, 1, 1, 2, 3]),
            _ => self.random.pick_of(&[0, 0, 0, 0, 1]),
        };
        let about_principals = matches!(self.subject, Subject::Principals | Subject::Layers);
        if about_principals && self.random.percent(18) {
            let condition = Given::on_principal(&mut self.random);
            statement.push(("Condition", condition));
        } else if conditions > 0 {
            let conditions = self.given.conditions(&mut self.random, conditions);
            statement.push(("Condition", conditions));
        }
        Json::object(statement)
    }

    fn principals(&mut self, deny: bool) -> (&'static str, Json) {
        let plain = !matches!(self.subject, Subject::Principals | Subject::Layers);
        let everyone = self.plainly(60);
        if plain && self.random.percent(everyone) {
            return ("Principal", Json::text("*"));
        }
        let negated = if deny { 45 } else { 8 };
        let negated = self.random.percent(negated);
        let element = element(&mut self.random, &self.actor, negated);
        let name = if negated { "NotPrincipal" } else { "Principal" };
        (name, element)
    }

    /// How often an element is plain that is not what the trial is about.
    fn plainly(&self, otherwise: u64) -> u64 {
        if self.subject == Subject::Conditions {
            92
        } else {
            otherwise
        }
    }

    fn actions(&mut self) -> (&'static str, Json) {
        let subject = self.subject == Subject::Names;
        let all = self.plainly(60);
        if !subject && self.random.percent(all) {
            return ("Action", Json::text("*"));
        }
        let negated = self.random.percent(if subject { 20 } else { 6 });
        let listed = self.list(|maker| {
            let service = maker
                .action
                .split(':')
                .next()
                .unwrap_or_default()
                .to_owned();
            let pattern = match maker.random.below(8) {
                0 => "*".to_owned(),
                1 => format!("{service}:*"),
                2 => "s3:GetObject".to_owned(),
                3 => "kms:D*".to_owned(),
                _ => near(&mut maker.random, &maker.action),
            };
            perhaps_other_case(&mut maker.random, &pattern)
        });
        (if negated { "NotAction" } else { "Action" }, listed)
    }

    fn resources(&mut self) -> (&'static str, Json) {
        let subject = self.subject == Subject::Names;
        let all = self.plainly(75);
        if !subject && self.random.percent(all) {
            return ("Resource", Json::text("*"));
        }
        let negated = self.random.percent(if subject { 20 } else { 6 });
        let listed = self.list(Self::resource_pattern);
        (if negated { "NotResource" } else { "Resource" }, listed)
    }

    fn resource_pattern(&mut self) -> String {
        let resource = self.resource.clone();
        if resource == "*" {
            return self.random.pick(&["*", "arn:aws:kms:*:*:key/*"]).to_owned();
        }
        let mut segments: Vec<String> = resource.splitn(6, ':').map(str::to_owned).collect();
        match self.random.below(12) {
            0 => "*".to_owned(),
            1 => {
                // A `*` that ends a segment, with or without the segments after it.
                let at = 3 + self.random.below(2);
                segments[at] = self.random.pick(&["*", "us-*", "1111*"]).to_owned();
                let kept = self.random.pick_of(&[at + 1, 6]);
                segments.truncate(kept);
                segments.join(":")
            }
            2 => {
                let at = self.random.pick_of(&[1, 3, 4, 5]);
                segments[at] = near(&mut self.random, &segments[at]);
                let second = self.random.pick_of(&[1, 3, 4, 5]);
                segments[second] = near(&mut self.random, &segments[second]);
                segments.join(":")
            }
            3 => {
                let at = self.random.pick_of(&[3, 4, 5, 5, 5]);
                let own = segments[at].clone();
                segments[at] = match at {
                    3 if self.random.percent(60) => "${aws:RequestedRegion}".to_owned(),
                    4 if self.random.percent(60) => "${aws:ResourceAccount}".to_owned(),
                    _ => self.given.with_variable(&mut self.random, &own),
                };
                segments.join(":")
            }
            4 => {
                let tail = segments[5].clone();
                let (kind, _) = tail.split_once('/').unwrap_or((&tail, ""));
                let variable = self.given.with_variable(&mut self.random, "alpha");
                segments[5] = format!("{kind}/{variable}*");
                segments.join(":")
            }
            5 => {
                // Segments left out between stars.
                let tail = segments[5].clone();
                format!("arn:aws:{}:*:{tail}", segments[2])
            }
            6 => resource.replace("us-east-1", "us-ea?t-*"),
            _ => {
                let near = near(&mut self.random, &resource);
                if near == "*" || near.starts_with("arn:") {
                    near
                } else {
                    resource
                }
            }
        }
    }

    fn list(&mut self, mut one: impl FnMut(&mut Self) -> String) -> Json {
        let count = self.random.pick_of(&[1, 1, 1, 1, 2, 2, 3]);
        if self.random.percent(2) {
            return Json::List(Vec::new());
        }
        let items: Vec<String> = (0..count).map(|_| one(self)).collect();
        match items.as_slice() {
            [item] if self.random.percent(60) => Json::text(item),
            items => Json::texts(items),
        }
    }
}

fn document(version: &str, statement: Json) -> Json {
    let mut members = Vec::new();
    if !version.is_empty() {
        members.push(("Version", Json::text(version)));
    }
    members.push(("Statement", statement));
    Json::object(members)
}
