//! Trials made from a seed: a request and the policies that decide it, near to one another, so that
//! small differences decide. Each seed has a subject, and what is not its subject stays plain.

mod actors;
mod breakage;
mod conditions;
mod grants;
mod policies;
mod random;
mod values;

use crate::json::Json;
use crate::judge::Ids;
use crate::trial::Trial;
use actors::{Actor, IDS, MANAGEMENT, OTHER, OWN, actor};
use claviger_policy::{
    AnyValueIfExists, ConstraintNames, EmptyText, NonArnUnderNegation, NotPrincipal,
    ResourceWildcards, Switches, VariablesInBool, WildcardPrincipal,
};
use conditions::Given;
use random::Random;

/// What a trial is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Conditions,
    Names,
    Principals,
    Layers,
    Grants,
    Retiring,
    OtherResources,
    Documents,
}

/// How often each subject comes, of a hundred.
const SUBJECTS: [(usize, Subject); 8] = [
    (32, Subject::Conditions),
    (44, Subject::Names),
    (58, Subject::Principals),
    (72, Subject::Layers),
    (82, Subject::Grants),
    (87, Subject::Retiring),
    (93, Subject::OtherResources),
    (100, Subject::Documents),
];

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A trial in the making.
struct Maker {
    random: Random,
    subject: Subject,
    actor: Actor,
    action: String,
    resource: String,
    given: Given,
}

/// The trial of a seed.
#[must_use]
pub fn generate(seed: u64) -> Trial {
    let mut random = Random::new(seed);
    let chance = random.below(100);
    let subject = SUBJECTS.iter().find(|(end, _)| chance < *end);
    let subject = subject.map_or(Subject::Conditions, |(_, s)| *s);
    let actor = actor(&mut random);
    let count = match subject {
        Subject::Conditions => 1 + random.below(3),
        _ => random.below(3),
    };
    let mut given = Given::some(&mut random, count);
    given.unusual(&mut random);
    let (action, resource) = target(&mut random, subject);
    let mut maker = Maker {
        random,
        subject,
        actor,
        action,
        resource,
        given,
    };
    Trial {
        switches: switches(&mut maker.random),
        ids: maker.ids(),
        case: maker.case(),
    }
}

/// An action and what it is on.
fn target(random: &mut Random, subject: Subject) -> (String, String) {
    let (action, resource) = match subject {
        Subject::Retiring => ("kms:RetireGrant", KEY),
        Subject::Grants => (
            random.pick(&[
                "kms:Decrypt",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:CreateGrant",
                "kms:CreateGrant",
                "kms:Sign",
                "kms:ReEncryptTo",
                "kms:GenerateDataKeyPairWithoutPlaintext",
                "kms:PutKeyPolicy",
            ]),
            KEY,
        ),
        Subject::OtherResources => random.pick_of(&[
            ("sts:AssumeRole", "arn:aws:iam::111122223333:role/team/T"),
            ("sts:TagSession", "arn:aws:iam::444455556666:role/team/T"),
            ("sts:GetCallerIdentity", "*"),
            ("s3:GetObject", "arn:aws:s3:::bucket/a:b"),
            (
                "sqs:SendMessage",
                "arn:aws:sqs:us-east-1:111122223333:queue",
            ),
            ("kms:ListKeys", "*"),
            (
                "kms:CreateAlias",
                "arn:aws:kms:us-east-1:111122223333:alias/prod",
            ),
            ("iam:GetUser", "arn:aws:iam::111122223333:user/team/alice"),
            ("iam:GetRole", "arn:aws:iam::444455556666:role/team/R"),
        ]),
        _ => (
            random.pick(&[
                "kms:Decrypt",
                "kms:Decrypt",
                "kms:Decrypt",
                "kms:GenerateDataKey",
                "kms:DescribeKey",
                "kms:PutKeyPolicy",
                "kms:ListGrants",
            ]),
            KEY,
        ),
    };
    (
        values::perhaps_other_case(random, action),
        resource.to_owned(),
    )
}

impl Maker {
    /// POL-E7: unique ids, now and then.
    fn ids(&mut self) -> Ids {
        let random = &mut self.random;
        let often = if self.subject == Subject::Principals {
            25
        } else {
            8
        };
        if !random.percent(often) {
            return Ids::default();
        }
        let mut meant = Vec::new();
        for account in [OWN, OTHER] {
            for (name, first) in [("role/team/R", 0), ("user/team/alice", 2)] {
                if random.percent(60) {
                    let id = IDS[first + random.below(2)];
                    let arn = format!("arn:aws:iam::{account}:{name}");
                    meant.push((arn, id.to_owned()));
                }
            }
        }
        let is_session = self.actor.names.iter().any(|n| n.contains(":role/"));
        let first = if is_session { 0 } else { 2 };
        let has_id = self.actor.names.len() > 2 && random.percent(85);
        Ids {
            meant,
            principal: has_id.then(|| IDS[first + random.below(2)].to_owned()),
        }
    }

    fn case(&mut self) -> Json {
        let policies = self.policies();
        let mut request = vec![
            ("action", Json::text(&self.action)),
            ("resource", Json::text(&self.resource)),
            ("principal", self.actor.principal.clone()),
        ];
        if self.subject == Subject::Retiring && self.random.percent(60) {
            let id = self.random.pick(&["g-0", "g-1"]);
            request.push(("grant", Json::text(id)));
        }
        if !self.given.context.is_empty() {
            request.push(("context", Json::Object(self.given.context.clone())));
        }
        let mut case = vec![("request", Json::object(request))];
        if self.random.percent(50) {
            case.push(("key", self.key()));
        }
        if self.random.percent(40) {
            case.push(("organization", self.organization()));
        }
        case.push(("policies", policies));
        Json::object(case)
    }

    fn key(&mut self) -> Json {
        let random = &mut self.random;
        let mut key = Vec::new();
        if random.percent(30) {
            key.push(("manager", Json::text(random.pick(&["AWS", "CUSTOMER"]))));
        }
        let team = values::perhaps_other_case(random, "Team");
        let mut tags = vec![(team.clone(), Json::text("alpha"))];
        // POL-E1: a second tag whose name differs by case only.
        let twin = values::other_case(random, &team);
        if twin != team && random.percent(8) {
            tags.push((twin, Json::text("beta")));
        }
        key.push(("tags", Json::object(tags)));
        if random.percent(60) {
            key.push(("aliases", Json::texts(["alias/prod"])));
        }
        Json::object(key)
    }

    fn organization(&mut self) -> Json {
        let random = &mut self.random;
        let management = random.pick(&[MANAGEMENT, MANAGEMENT, OWN, OTHER]);
        let mut organization = vec![
            ("id", Json::text("o-a1b2c3d4e5")),
            ("managementAccount", Json::text(management)),
        ];
        if random.percent(60) {
            let mut accounts = Vec::new();
            for account in [OWN, OTHER] {
                if random.percent(80) {
                    accounts.push((account, Json::text("o-a1b2c3d4e5/r-ab12/")));
                }
            }
            organization.push(("accounts", Json::object(accounts)));
        }
        Json::object(organization)
    }
}

/// The defaults, now and then some of them turned.
fn switches(random: &mut Random) -> Switches {
    let mut switches = Switches::default();
    if random.percent(75) {
        return switches;
    }
    let mut turn = || random.percent(30);
    if turn() {
        switches.resource_wildcards = ResourceWildcards::WithinSegments;
    }
    if turn() {
        switches.empty_text = EmptyText::Absent;
    }
    if turn() {
        switches.any_value_if_exists = AnyValueIfExists::Met;
    }
    if turn() {
        switches.non_arn_under_negation = NonArnUnderNegation::NotMet;
    }
    if turn() {
        switches.variables_in_bool = VariablesInBool::PlainText;
    }
    if turn() {
        switches.wildcard_principal = WildcardPrincipal::Unlimited;
    } else if turn() {
        switches.wildcard_principal = WildcardPrincipal::Limited;
    }
    if turn() {
        switches.not_principal = NotPrincipal::AnyIdentifier;
    }
    if turn() {
        switches.constraint_names = ConstraintNames::Exact;
    }
    let limits = &mut switches.grant_limits;
    limits.identity_across_accounts = turn();
    limits.boundary_and_session = !turn();
    limits.service_control = !turn();
    switches
}
