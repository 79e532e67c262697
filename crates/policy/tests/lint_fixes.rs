//! Fixes do not open policies: after a safe fix nothing more is allowed and nothing less denied than
//! before, whoever calls with whatever keys. Calls are made of the document's own values, and the
//! engine decides each of them under both texts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::lint::{Fix, Options, Rule, catalogue, lint};
use claviger_policy::{
    Context, ContextKey, Kind, NoIds, Policy, Principal, Request, Stack, Switches, Value, decide,
    parse_tolerant,
};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The keys of a call; a missing key is absent.
#[derive(Clone, Default, Debug)]
struct Keys(BTreeMap<String, Vec<String>>);

impl Context for Keys {
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        // The old names of two keys have the values of the new ones.
        let name = key.as_str().to_lowercase();
        let name = match name.as_str() {
            "kms:customermasterkeyspec" => "kms:keyspec",
            "kms:customermasterkeyusage" => "kms:keyusage",
            other => other,
        };
        let values = self.0.get(name)?;
        Some(match values.as_slice() {
            [one] => Value::one(one.as_str()),
            many => Value::many(many.iter().map(String::as_str)),
        })
    }
}

/// The condition keys of a text with values that its conditions list, and some beside them.
fn keys_of(text: &str) -> BTreeMap<String, Vec<Option<String>>> {
    let mut found: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    let Ok(json) = serde_json::from_str::<Json>(text) else {
        return found;
    };
    let statements = match &json["Statement"] {
        Json::Array(many) => many.clone(),
        one => vec![one.clone()],
    };
    for statement in statements {
        for (_, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, listed) in keys.as_object().into_iter().flatten() {
                let name = match key.to_lowercase().as_str() {
                    "kms:customermasterkeyspec" => "kms:keyspec".to_owned(),
                    "kms:customermasterkeyusage" => "kms:keyusage".to_owned(),
                    other => other.to_owned(),
                };
                let values = found.entry(name).or_default();
                values.extend([None, Some("other".to_owned()), Some("true".to_owned())]);
                values.push(Some("false".to_owned()));
                let listed = match listed {
                    Json::Array(many) => many.clone(),
                    one => vec![one.clone()],
                };
                for text in listed.iter().filter_map(Json::as_str) {
                    values.push(Some(text.to_owned()));
                    values.push(Some(text.replace('*', "x").replace('?', "y")));
                    values.push(text.split('/').next().map(str::to_owned));
                    values.push(Some("203.0.113.200".to_owned()));
                }
            }
        }
    }
    for values in found.values_mut() {
        values.sort();
        values.dedup();
    }
    found
}

/// Every combination of the keys, up to a number.
fn contexts(text: &str) -> Vec<Keys> {
    let mut all = vec![Keys::default()];
    for (key, values) in keys_of(text) {
        all = all
            .iter()
            .flat_map(|keys| {
                values.iter().map(|value| {
                    let mut keys = keys.clone();
                    if let Some(value) = value {
                        keys.0.insert(key.clone(), vec![value.clone()]);
                    }
                    keys
                })
            })
            .take(3000)
            .collect();
    }
    all
}

const ROLES: [(&str, &str); 4] = [
    ("111122223333", "App"),
    ("111122223333", "Other"),
    ("444455556666", "App"),
    ("999999999999", "Stranger"),
];

fn callers() -> Vec<(String, String)> {
    let of = |(account, name): &(&str, &str)| {
        (
            format!("arn:aws:iam::{account}:role/{name}"),
            format!("arn:aws:sts::{account}:assumed-role/{name}/someone"),
        )
    };
    ROLES.iter().map(of).collect()
}

const SERVICES: [&str; 4] = [
    "sso.amazonaws.com",
    "identitystore.amazonaws.com",
    "s3.amazonaws.com",
    "iam-identity-center.amazonaws.com",
];

const ACTIONS: [&str; 7] = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
];

const ADMINISTRATOR: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// What a policy comes to, call by call: 0 denied, 1 not allowed, 2 allowed.
fn decisions(text: &str, kind: Kind, contexts: &[Keys]) -> Vec<u8> {
    let administrator = parse_tolerant(ADMINISTRATOR, Kind::Identity).unwrap().0;
    let administrator = administrator.compile("admin", &NoIds);
    let policy = parse_tolerant(text, kind)
        .ok()
        .map(|(d, _)| d.compile("p", &NoIds));
    let own = "111122223333".parse().unwrap();
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let callers = callers();
    let roles = callers.iter().map(|(arn, session)| Principal::RoleSession {
        account: arn.split(':').nth(4).unwrap().parse().unwrap(),
        session_arn: session,
        role_arn: arn,
        role_id: None,
        service_linked: false,
    });
    let services = SERVICES.iter().map(|name| Principal::Service { name });
    let mut found = Vec::new();
    for principal in roles.chain(services) {
        for action in ACTIONS {
            for keys in contexts {
                let request = Request::on_key(action, key, own, principal, keys);
                let stack = stack(kind, policy.as_ref(), &administrator);
                let decision = decide(&request, &stack, &Switches::default());
                found.push(match decision.effect.as_str() {
                    "explicitDeny" => 0,
                    "allowed" => 2,
                    _ => 1,
                });
            }
        }
    }
    found
}

fn stack<'s>(kind: Kind, policy: Option<&'s Policy>, administrator: &'s Policy) -> Stack<'s> {
    if kind == Kind::Resource {
        Stack {
            resource: policy,
            identity: vec![administrator].into(),
            ..Stack::default()
        }
    } else {
        Stack {
            identity: policy.into_iter().collect(),
            ..Stack::default()
        }
    }
}

/// Whether a fix lets more in than before.
fn opens(text: &str, kind: Kind, fix: &Fix) -> bool {
    let mended = fix.apply(text);
    let mut contexts = contexts(text);
    contexts.extend(self::contexts(&mended));
    let before = decisions(text, kind, &contexts);
    let after = decisions(&mended, kind, &contexts);
    before
        .iter()
        .zip(&after)
        .any(|(before, after)| after > before)
}

/// Statements in which a fix would open something, or nearly.
const STATEMENTS: &str = r#"
{"Effect":"allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}
{"Effect":"deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}
{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"*"}}}
{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}}
{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"*"}}}
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/App"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:q":"why?","aws:PrincipalTag/a":"b*"}}}
{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/a":"b*"}}}
{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b*"}}}
{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringNotEquals":{"kms:ViaService":"s3.*.amazonaws.com"}}}
{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalArn":"arn:aws:iam::*:role/App"}}}
{"Effect":"Deny","Principal":"*","NotAction":["kms:ReEncrypt","kms:PutKeyPolicy"],"Resource":"*"}
{"Effect":"Allow","Principal":{"AWS":"111122223333"},"NotAction":["kms:ReEncrypt"],"Resource":"*"}
{"Effect":"Deny","Principal":"*","Action":["kms:ReEncrypt"],"Resource":"*"}
{"Effect":"Deny","NotPrincipal":{"Service":["sso-admin.amazonaws.com"]},"Action":"kms:Decrypt","Resource":"*"}
{"Effect":"Deny","Principal":{"Service":["sso-admin.amazonaws.com"]},"Action":"kms:Decrypt","Resource":"*"}
{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"ForAnyValue:StringNotEquals":{"aws:PrincipalTag/a":"b"}}}
{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"ForAnyValue:StringEqualsIfExists":{"aws:PrincipalTag/a":"b"}}}
{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"ForAnyValue:ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/App"}}}
{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:PrincipalTag/a":"b"}}}
{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:PrincipalTag/a":"b"}}}
{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"ForAllValues:StringNotLike":{"aws:PrincipalTag/a":"b*"}}}
{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}}
{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}
{"Effect":"Allow","Principal":"*","Action":["kms:decrypt","kms:*","kms:Decrypt"],"Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.9/24"}}}
{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.9/24"}}}
{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringNotEquals":{"kms:CustomerMasterKeySpec":"SYMMETRIC_DEFAULT"}}}
"#;

#[test]
fn a_safe_fix_opens_nothing() {
    let own = STATEMENTS.lines().filter(|l| !l.is_empty()).map(|statement| {
        let root = r#"{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:PutKeyPolicy","Resource":"*"}"#;
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{root},{statement}]}}"#);
        let options = Options {
            kind: Some(Kind::Resource),
            account: "111122223333".parse().ok(),
            ..Options::default()
        };
        (text, options)
    });
    let of_catalogue = catalogue()
        .filter(|rule| matches!(rule.kind, Kind::Resource | Kind::Identity))
        .flat_map(|rule| {
            [rule.bad, rule.good].map(|example| (Rule::document(example), rule.example_options()))
        });
    let (mut safe, mut widening) = (0, 0);
    let mut wrong = Vec::new();
    for (text, options) in own.chain(of_catalogue) {
        for finding in lint(&text, &options) {
            let Some(fix) = &finding.fix else {
                continue;
            };
            if fix.widens {
                widening += 1;
                continue;
            }
            safe += 1;
            if opens(&text, options.kind.unwrap(), fix) {
                wrong.push(format!("{}: {} in\n{text}", finding.rule.id, fix.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(safe > 25 && widening > 8, "{safe} {widening}");
}

/// The other way round: a fix is put behind the flag only where it may open something.
#[test]
fn what_is_called_widening_is() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"*"}}}]}"#;
    let findings = lint(text, &Options::default());
    let fix = findings.iter().find_map(|f| f.fix.as_ref()).unwrap();
    assert!(fix.widens && opens(text, Kind::Resource, fix));
}
