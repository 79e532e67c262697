//! What cases cannot show: unique ids, switches, the words of a refusal, names of statements, and
//! laws that hold for every decision.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::case::{Case, read};
use claviger_policy::{
    AnyValueIfExists, ConstraintNames, Constraints, Context, ContextKey, Decision, Effect,
    EmptyText, Grant, GrantLimits, GrantOperations, GrantPrincipal, Kind, Layer, NoIds,
    NonArnUnderNegation, NotPrincipal, Policy, Principal, Request, Resolve, ResourceWildcards,
    Stack, Switches, Value, VariablesInBool, WildcardPrincipal, decide, parse,
};
use claviger_types::{AccountId, Arn, Timestamp, UniqueId};
use smallvec::smallvec;
use std::path::PathBuf;
use std::sync::LazyLock;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const USER: &str = "arn:aws:iam::111122223333:user/alice";
const ROLE: &str = "arn:aws:iam::111122223333:role/R";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/R/s";

struct Nothing;

impl Context for Nothing {
    fn get(&self, _: &ContextKey) -> Option<Value<'_>> {
        None
    }
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn policy(kind: Kind, name: &str, statements: &str, resolve: &dyn Resolve) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
    parse(&text, kind).unwrap().compile(name, resolve)
}

struct Id(UniqueId);

impl Resolve for Id {
    fn unique_id(&self, _: &Arn) -> Option<UniqueId> {
        Some(self.0.clone())
    }
}

/// POL-E7: a role that was deleted and made again is another role.
#[test]
fn ids_decide_and_not_names() {
    let old: UniqueId = "AROAOLDOLDOLDOLDOLDO1".parse().unwrap();
    let new: UniqueId = "AROANEWNEWNEWNEWNEWN1".parse().unwrap();
    let statements = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{ROLE}"}},"Action":"kms:*","Resource":"*"}}"#
    );
    let check = |resolve: &dyn Resolve, id: Option<&UniqueId>, allowed: bool| {
        let key_policy = policy(Kind::Resource, "default", &statements, resolve);
        let principal = Principal::RoleSession {
            account: account(),
            session_arn: SESSION,
            role_arn: ROLE,
            role_id: id,
            service_linked: false,
        };
        let request = Request::on_key("kms:Decrypt", KEY, account(), principal, &Nothing);
        let stack = Stack {
            resource: Some(&key_policy),
            ..Stack::default()
        };
        let decision = decide(&request, &stack, &Switches::default());
        assert_eq!(decision.is_allowed(), allowed, "{id:?}");
    };
    check(&Id(old.clone()), Some(&old), true);
    check(&Id(old.clone()), Some(&new), false);
    check(&NoIds, Some(&new), true);
    check(&Id(old), None, true);
}

/// POL-E7: a bare unique id is what the ARN of that user would mean, so it covers the user's
/// federated sessions as well.
#[test]
fn a_bare_id_covers_as_the_arn_does() {
    let id: UniqueId = "AIDAEXAMPLEEXAMPLE001".parse().unwrap();
    let other: UniqueId = "AIDAEXAMPLEEXAMPLE002".parse().unwrap();
    let account = account();
    let statement = r#"{"Effect":"Allow","Principal":{"AWS":"AIDAEXAMPLEEXAMPLE001"},"Action":"kms:*","Resource":"*"}"#;
    let key_policy = policy(Kind::Resource, "default", statement, &NoIds);
    for (own, allowed) in [(Some(&id), true), (Some(&other), false), (None, false)] {
        for principal in [
            Principal::User {
                account,
                arn: USER,
                id: own,
            },
            Principal::FederatedUser {
                account,
                arn: "arn:aws:sts::111122223333:federated-user/alice",
                user_arn: Some(USER),
                user_id: own,
            },
            Principal::RoleSession {
                account,
                session_arn: SESSION,
                role_arn: ROLE,
                role_id: own,
                service_linked: false,
            },
        ] {
            let request = Request::on_key("kms:Decrypt", KEY, account, principal, &Nothing);
            let stack = Stack {
                resource: Some(&key_policy),
                ..Stack::default()
            };
            let decision = decide(&request, &stack, &Switches::default());
            assert_eq!(decision.is_allowed(), allowed, "{principal:?}");
        }
    }
}

fn refusal(layer: Layer, effect: Effect, name: &str) -> Decision {
    let statement = match effect {
        Effect::ExplicitDeny => r#"{"Sid":"No","Effect":"Deny","Action":"kms:*","Resource":"*"}"#,
        _ => r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#,
    };
    let with_principal = statement.replacen('{', r#"{"Principal":"*","#, 1);
    let kind = match layer {
        Layer::ResourceControl => Kind::ResourceControl,
        Layer::ServiceControl => Kind::ServiceControl,
        Layer::Endpoint => Kind::Endpoint,
        Layer::Resource | Layer::Grant => Kind::Resource,
        Layer::Identity => Kind::Identity,
        Layer::Boundary => Kind::Boundary,
        Layer::Session => Kind::Session,
    };
    let named = matches!(
        kind,
        Kind::ResourceControl | Kind::Endpoint | Kind::Resource
    );
    let text = if named { &with_principal } else { statement };
    let faulty = policy(kind, name, text, &NoIds);
    let delegating = policy(
        Kind::Resource,
        "default",
        r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}"#,
        &NoIds,
    );
    let allowing = policy(
        Kind::Identity,
        "all",
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
        &NoIds,
    );
    let mut stack = Stack {
        resource: Some(&delegating),
        identity: smallvec![&allowing],
        ..Stack::default()
    };
    let level = || claviger_policy::Level {
        target: "r-ab12",
        policies: smallvec![&faulty],
    };
    match layer {
        Layer::ResourceControl => stack.rcps = Some(smallvec![level()]),
        Layer::ServiceControl => stack.scps = Some(smallvec![level()]),
        Layer::Endpoint => stack.endpoint = Some(&faulty),
        Layer::Resource | Layer::Grant => stack.resource = Some(&faulty),
        Layer::Identity => stack.identity = smallvec![&faulty],
        Layer::Boundary => stack.boundary = Some(&faulty),
        Layer::Session => stack.session = Some(smallvec![&faulty]),
    }
    let principal = Principal::User {
        account: account(),
        arn: USER,
        id: None,
    };
    let request = Request::on_key("kms:Decrypt", KEY, account(), principal, &Nothing);
    let decision = decide(&request, &stack, &Switches::default());
    assert_eq!((decision.layer, decision.effect), (layer, effect));
    decision
}

/// POL-L1. Source: IAM User Guide, "Troubleshoot access denied error messages".
#[test]
fn refusals_in_the_words_of_aws() {
    for (layer, words) in [
        (Layer::ServiceControl, "service control policy"),
        (Layer::Endpoint, "VPC endpoint policy"),
        (Layer::Resource, "resource-based policy"),
        (Layer::Identity, "identity-based policy"),
        (Layer::Boundary, "permissions boundary"),
        (Layer::Session, "session policy"),
    ] {
        assert_eq!(
            refusal(layer, Effect::ImplicitDeny, "p").reason_text("kms:Decrypt"),
            format!("because no {words} allows the kms:Decrypt action")
        );
    }
    for (layer, words) in [
        (Layer::ResourceControl, "a resource control policy"),
        (Layer::ServiceControl, "a service control policy"),
        (Layer::Endpoint, "a VPC endpoint policy"),
        (Layer::Resource, "a resource-based policy"),
        (Layer::Identity, "an identity-based policy"),
        (Layer::Boundary, "a permissions boundary"),
        (Layer::Session, "a session policy"),
    ] {
        let text = |name| refusal(layer, Effect::ExplicitDeny, name).reason_text("kms:Decrypt");
        assert_eq!(text("p"), format!("with an explicit deny in {words}"));
        let arn = "arn:aws:iam::111122223333:policy/p";
        assert_eq!(
            text(arn),
            format!("with an explicit deny in {words}: {arn}")
        );
    }
    let scp = refusal(Layer::ServiceControl, Effect::ImplicitDeny, "p");
    assert_eq!(scp.level.as_deref(), Some("r-ab12"));
}

#[test]
fn refusals_of_a_trust_policy() {
    let role_policy = |effect: &str| {
        policy(
            Kind::Trust,
            "trust",
            &format!(
                r#"{{"Effect":"{effect}","Principal":{{"Service":"ec2.amazonaws.com"}},"Action":"sts:AssumeRole"}}"#
            ),
            &NoIds,
        )
    };
    for (effect, service, expect) in [
        (
            "Allow",
            "sso.amazonaws.com",
            "because no role trust policy allows the sts:AssumeRole action",
        ),
        (
            "Deny",
            "ec2.amazonaws.com",
            "with an explicit deny in the role trust policy",
        ),
        ("Allow", "ec2.amazonaws.com", ""),
    ] {
        let trust = role_policy(effect);
        let principal = Principal::Service { name: service };
        let request = Request::on_role("sts:AssumeRole", ROLE, account(), principal, &Nothing);
        let stack = Stack {
            resource: Some(&trust),
            ..Stack::default()
        };
        let decision = decide(&request, &stack, &Switches::default());
        assert_eq!(decision.reason_text("sts:AssumeRole"), expect);
    }
}

#[test]
fn statements_are_named_with_policy_index_and_line() {
    let text = "{\n\"Version\": \"2012-10-17\",\n\"Statement\": [\n{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"},\n{\"Effect\":\"Allow\",\"Action\":\"kms:*\",\"Resource\":\"*\"}]}";
    let compiled = parse(text, Kind::Identity).unwrap().compile("mine", &NoIds);
    let shifted = compiled.clone().at_line(11);
    for (policy, line) in [(&compiled, 5), (&shifted, 15)] {
        let principal = Principal::User {
            account: account(),
            arn: USER,
            id: None,
        };
        let request = Request::by_identity("kms:ListKeys", "*", None, principal, &Nothing);
        let stack = Stack {
            identity: smallvec![policy],
            ..Stack::default()
        };
        let found = decide(&request, &stack, &Switches::default()).statements;
        assert_eq!(found.len(), 1);
        let s = &found[0];
        assert_eq!((&*s.policy, s.index, s.line), ("mine", 1, line));
        assert_eq!(s.label(), "#1");
        assert_eq!(policy.name(), "mine");
        assert_eq!(policy.document().text(), text);
    }
}

/// The words of `expect.layer` in a policy case.
#[test]
fn layers_have_names() {
    for (layer, name) in [
        (Layer::ResourceControl, "rcp"),
        (Layer::ServiceControl, "scp"),
        (Layer::Endpoint, "endpoint"),
        (Layer::Resource, "resource"),
        (Layer::Grant, "grant"),
        (Layer::Identity, "identity"),
        (Layer::Boundary, "boundary"),
        (Layer::Session, "session"),
    ] {
        assert_eq!((layer.as_str(), &*layer.to_string()), (name, name));
    }
}

/// A decision names the grant that allowed, and no other statement as one.
#[test]
fn the_grant_that_allowed_is_named() {
    let key_policy = policy(
        Kind::Resource,
        "default",
        &format!(
            r#"{{"Sid":"S","Effect":"Allow","Principal":{{"AWS":"{USER}"}},"Action":"kms:Encrypt","Resource":"*"}}"#
        ),
        &NoIds,
    );
    let grants = [Grant {
        id: "g-1",
        grantee: GrantPrincipal {
            name: USER,
            id: None,
        },
        retiring: None,
        operations: GrantOperations::from_names(["Decrypt"]),
        constraints: Constraints::default(),
        issuing_account: account(),
    }];
    let stack = Stack {
        resource: Some(&key_policy),
        grants: &grants,
        ..Stack::default()
    };
    for (action, allowed, grant) in [
        ("kms:Decrypt", true, Some("g-1")),
        ("kms:Encrypt", true, None),
        ("kms:DescribeKey", false, None),
    ] {
        let principal = Principal::User {
            account: account(),
            arn: USER,
            id: None,
        };
        let request = Request::on_key(action, KEY, account(), principal, &Nothing);
        let decision = decide(&request, &stack, &Switches::default());
        assert_eq!((decision.is_allowed(), decision.grant()), (allowed, grant));
    }
}

const NOW: Timestamp = Timestamp::from_seconds(1_795_548_600);

/// Read once: there are many of them.
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/policy-cases");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .flat_map(|path| read(&std::fs::read_to_string(path).unwrap()).unwrap())
        .collect()
});

fn case_named(name: &str) -> &'static Case {
    let found = CASES.iter().find(|case| case.name() == name);
    found.unwrap_or_else(|| panic!("no case '{name}'"))
}

/// Each switch turned changes the one case that shows its default.
#[test]
fn switches_turn_their_rule() {
    let base = Switches::default();
    let grants = GrantLimits::default();
    for (name, switches, expect) in [
        (
            "a star that ends a segment runs over the colons",
            Switches {
                resource_wildcards: ResourceWildcards::WithinSegments,
                ..base
            },
            "implicitDeny",
        ),
        (
            "an empty text equals an empty text",
            Switches {
                empty_text: EmptyText::Absent,
                ..base
            },
            "implicitDeny",
        ),
        (
            "a set of one empty text is a value",
            Switches {
                empty_text: EmptyText::Absent,
                ..base
            },
            "implicitDeny",
        ),
        (
            "an empty text is the value of a variable and no reason for its default",
            Switches {
                empty_text: EmptyText::Absent,
                ..base
            },
            "allowed",
        ),
        (
            "ForAnyValue with IfExists does not hold on an absent key",
            Switches {
                any_value_if_exists: AnyValueIfExists::Met,
                ..base
            },
            "allowed",
        ),
        (
            "a negated ARN operator holds for what is no ARN",
            Switches {
                non_arn_under_negation: NonArnUnderNegation::NotMet,
                ..base
            },
            "implicitDeny",
        ),
        (
            "variables work in Bool by default",
            Switches {
                variables_in_bool: VariablesInBool::PlainText,
                ..base
            },
            "implicitDeny",
        ),
        (
            "everyone without that condition is limited",
            Switches {
                wildcard_principal: WildcardPrincipal::Unlimited,
                ..base
            },
            "allowed",
        ),
        (
            "everyone narrowed by aws:PrincipalArn is not limited",
            Switches {
                wildcard_principal: WildcardPrincipal::Limited,
                ..base
            },
            "implicitDeny",
        ),
        (
            "NotPrincipal does not spare a user listed without the account",
            Switches {
                not_principal: NotPrincipal::AnyIdentifier,
                ..base
            },
            "allowed",
        ),
        (
            "the name of a constraint ignores case",
            Switches {
                constraint_names: ConstraintNames::Exact,
                ..base
            },
            "implicitDeny",
        ),
        (
            "a grantee in another account needs no identity policy",
            Switches {
                grant_limits: GrantLimits {
                    identity_across_accounts: true,
                    ..grants
                },
                ..base
            },
            "implicitDeny",
        ),
        (
            "a boundary limits a grant",
            Switches {
                grant_limits: GrantLimits {
                    boundary_and_session: false,
                    ..grants
                },
                ..base
            },
            "allowed",
        ),
        (
            "an implicit deny of an SCP limits a grant",
            Switches {
                grant_limits: GrantLimits {
                    service_control: false,
                    ..grants
                },
                ..base
            },
            "allowed",
        ),
        (
            "an implicit deny of an SCP keeps from retiring",
            Switches {
                grant_limits: GrantLimits {
                    service_control: false,
                    ..grants
                },
                ..base
            },
            "allowed",
        ),
    ] {
        let case = case_named(name);
        let plain = case.evaluate(NOW).unwrap();
        let turned = case.evaluate_with(NOW, &switches).unwrap();
        assert_ne!(plain.decision, expect, "{name}");
        assert_eq!(turned.decision, expect, "{name}");
    }
}

/// POL-O4, POL-O5: each operator that orders, on a value that is less, equal and greater.
#[test]
fn operators_that_order() {
    for (name, expect) in [
        ("Equals", [false, true, false]),
        ("NotEquals", [true, false, true]),
        ("LessThan", [true, false, false]),
        ("LessThanEquals", [true, true, false]),
        ("GreaterThan", [false, false, true]),
        ("GreaterThanEquals", [false, true, true]),
    ] {
        for (of, values) in [
            ("Numeric", ["-2", "-1.0", "0"]),
            ("Date", ["2026-11-23", "2026-11-24T00:00:00Z", "2026-11-25"]),
        ] {
            for (value, holds) in values.iter().zip(expect) {
                let listed = values[1];
                let text = format!(
                    r#"{{"request":{{"action":"kms:Decrypt","resource":"{KEY}","principal":{{"arn":"{USER}"}},"context":{{"a:b":"{value}"}}}},
                    "policies":{{"resource":{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{{"{of}{name}":{{"a:b":"{listed}"}}}}}}}}}}}}"#
                );
                let answer = read(&text).unwrap()[0].evaluate(NOW).unwrap();
                assert_eq!(answer.decision == "allowed", holds, "{of}{name} {value}");
            }
        }
    }
}

/// POL-G1, POL-G5: a grant is one on a key. A request about none is not allowed by it, where the
/// switch lets grants pass an SCP.
#[test]
fn a_grant_is_on_a_key() {
    let grants = [Grant {
        id: "g-1",
        grantee: GrantPrincipal {
            name: USER,
            id: None,
        },
        retiring: None,
        operations: GrantOperations::from_names(["Decrypt"]),
        constraints: Constraints::default(),
        issuing_account: account(),
    }];
    let stack = Stack {
        scps: Some(smallvec![claviger_policy::Level {
            target: "r-ab12",
            policies: smallvec![],
        }]),
        grants: &grants,
        ..Stack::default()
    };
    let mut switches = Switches::default();
    switches.grant_limits.service_control = false;
    let principal = Principal::User {
        account: account(),
        arn: USER,
        id: None,
    };
    let on_key = Request::on_key("kms:Decrypt", KEY, account(), principal, &Nothing);
    let on_none = Request::by_identity("kms:Decrypt", "*", None, principal, &Nothing);
    for (request, allowed, layer) in [
        (on_key, true, Layer::Grant),
        (on_none, false, Layer::ServiceControl),
    ] {
        let decision = decide(&request, &stack, &switches);
        assert_eq!((decision.is_allowed(), decision.layer), (allowed, layer));
    }
}

/// POL-L4, POL-L5: the account of a resource decides, for requests on roles and on what has no
/// policy too.
#[test]
fn requests_know_the_account_of_the_resource() {
    let other: AccountId = "444455556666".parse().unwrap();
    let principal = Principal::User {
        account: account(),
        arn: USER,
        id: None,
    };
    let all = policy(
        Kind::Identity,
        "all",
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
        &NoIds,
    );
    let trust = policy(
        Kind::Trust,
        "trust",
        &format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{USER}"}},"Action":"sts:AssumeRole"}}"#
        ),
        &NoIds,
    );
    for (owner, allowed) in [(account(), true), (other, false)] {
        let alias = "arn:aws:kms:us-east-1:111122223333:alias/a";
        let on_alias =
            Request::by_identity("kms:UpdateAlias", alias, Some(owner), principal, &Nothing);
        let stack = Stack {
            identity: smallvec![&all],
            ..Stack::default()
        };
        let decision = decide(&on_alias, &stack, &Switches::default());
        assert_eq!(decision.is_allowed(), allowed, "{on_alias:?}");
        let on_role = Request::on_role("sts:AssumeRole", ROLE, owner, principal, &Nothing);
        let stack = Stack {
            resource: Some(&trust),
            ..Stack::default()
        };
        let decision = decide(&on_role, &stack, &Switches::default());
        assert_eq!(decision.is_allowed(), allowed, "{on_role:?}");
        let shown = format!("{on_role:?}");
        assert!(shown.contains("sts:AssumeRole") && shown.contains("TrustPolicy"));
    }
}

/// POL-E6: a condition without values does not hold, whatever the operator makes of a key.
#[test]
fn conditions_without_values() {
    for operator in [
        "StringEquals",
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringEqualsIfExists",
        "ForAllValues:StringEquals",
        "ArnNotLike",
        "NumericNotEquals",
        "NumericEqualsIfExists",
        "DateNotEquals",
        "NotIpAddress",
        "BoolIfExists",
        "BinaryEqualsIfExists",
        "Null",
    ] {
        for context in [r#"{"a:b":"1"}"#, "{}"] {
            let text = format!(
                r#"{{"request":{{"action":"kms:Decrypt","resource":"{KEY}","principal":{{"arn":"{USER}"}},"context":{context}}},
                "policies":{{"resource":{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{{"{operator}":{{"a:b":[]}}}}}}}}}}}}"#
            );
            let answer = read(&text).unwrap()[0].evaluate(NOW).unwrap();
            assert_eq!(answer.decision, "implicitDeny", "{operator} {context}");
            assert!(answer.notes.is_empty(), "{:?}", answer.notes);
        }
    }
}

/// POL-P5: which conditions narrow everyone, so that a boundary without an allow does not limit.
#[test]
fn conditions_that_narrow_everyone() {
    let boundary =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let arn = "aws:PrincipalArn";
    for (operator, key, value, narrows) in [
        ("ArnEquals", arn, USER, true),
        ("ArnLike", "AWS:principalarn", USER, true),
        ("StringEquals", arn, USER, true),
        ("StringEqualsIgnoreCase", arn, USER, true),
        ("StringLike", arn, "arn:aws:iam::*", true),
        ("ArnNotEquals", arn, ROLE, false),
        ("StringNotLike", arn, ROLE, false),
        ("ArnEqualsIfExists", arn, USER, false),
        ("ForAnyValue:ArnEquals", arn, USER, false),
        ("ForAllValues:StringLike", arn, USER, false),
        (
            "StringEquals",
            "aws:PrincipalAccount",
            "111122223333",
            false,
        ),
        ("Null", arn, "false", false),
    ] {
        let text = format!(
            r#"{{"request":{{"action":"kms:Decrypt","resource":"{KEY}","principal":{{"arn":"{USER}"}}}},
            "policies":{{"boundary":{boundary},"resource":{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{{"{operator}":{{"{key}":"{value}"}}}}}}}}}}}}"#
        );
        let answer = read(&text).unwrap()[0].evaluate(NOW).unwrap();
        let found = (answer.decision, answer.layer);
        let expect = if narrows {
            ("allowed", "resource")
        } else {
            ("implicitDeny", "boundary")
        };
        assert_eq!(found, expect, "{operator} {key}");
    }
}

/// A case file says what is wrong with it.
#[test]
fn cases_that_cannot_be_read() {
    let case = |policies: &str, more: &str| {
        format!(
            r#"{{"name":"c","request":{{"action":"kms:Decrypt","resource":"{KEY}","principal":{{"arn":"{USER}"}}{more}}},"policies":{policies}}}"#
        )
    };
    for (text, expect) in [
        ("{".to_owned(), "not a policy case: EOF"),
        (
            r#"{"nam":"x"}"#.to_owned(),
            "not a policy case: unknown field `nam`",
        ),
        (
            case(r#"{"key":1}"#, ""),
            "not a policy case: unknown field `key`",
        ),
        (
            case(r#"{"resource":{}}"#, ""),
            "case 'c': the resource policy 'default' cannot be read: line 1, column 1: the policy has no statement",
        ),
        (
            case("{}", r#","context":{"a:b":{}}"#),
            "not a policy case: invalid type",
        ),
        // POL-E1: one condition key under two spellings, and the same before a free part.
        (
            case(
                "{}",
                r#","context":{"aws:SourceArn":"a","AWS:SOURCEARN":"b"}"#,
            ),
            "case 'c': request.context names one condition key twice, as 'AWS:SOURCEARN' and 'aws:SourceArn' (names ignore case): keep one",
        ),
        (
            case(
                "{}",
                r#","context":{"kms:EncryptionContext:App":"a","KMS:encryptioncontext:App":null}"#,
            ),
            "case 'c': request.context names one condition key twice, as 'KMS:encryptioncontext:App' and 'kms:EncryptionContext:App' (names ignore case): keep one",
        ),
        (
            case("{}", "").replace("user/alice", "group/g"),
            "case 'c': 'arn:aws:iam::111122223333:group/g' is not the ARN of",
        ),
    ] {
        let error = match read(&text) {
            Err(error) => error,
            Ok(cases) => cases[0].evaluate(NOW).unwrap_err(),
        };
        let found = error.to_string();
        assert!(found.starts_with(expect), "{found}");
    }
    // Null leaves a layer out, a text is read like an object, and lines count as documented.
    let inline = case(
        "{\"boundary\":null,\n\n\"resource\":\n{\"Statement\":\n{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}}}",
        "",
    );
    let quoted = case(
        r#"{"resource":"{\"Statement\":\n{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}}"}"#,
        "",
    );
    for (text, line) in [(inline, 5), (quoted, 2)] {
        let answer = read(&text).unwrap()[0].evaluate(NOW).unwrap();
        assert_eq!(
            (answer.decision, answer.statements[0].line),
            ("allowed", line)
        );
    }
}
