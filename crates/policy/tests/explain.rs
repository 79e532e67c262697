//! Explanations: the sentence, the statements with what their conditions found, the nearest miss.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::case::read;
use claviger_policy::explain::{Found, Tried};
use claviger_policy::{
    Context, ContextKey, Explanation, Kind, Layer, Principal, Request, Resolve, Stack, Switches,
    parse,
};
use claviger_types::{Arn, Timestamp, UniqueId};
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// A case of alice, a user of the key's account, who decrypts.
fn case(policies: Value) -> Value {
    json!({
        "name": "case",
        "request": {
            "action": "kms:Decrypt",
            "resource": KEY,
            "principal": {"arn": "arn:aws:iam::111122223333:user/alice"},
            "context": {"kms:EncryptionContext:tenant": "a", "kms:EncryptionContextKeys": ["tenant"]},
        },
        "policies": policies,
    })
}

fn explained(case: &Value) -> Explanation {
    let cases = read(&serde_json::to_string_pretty(case).unwrap()).unwrap();
    let [case] = cases.as_slice() else {
        panic!("one case")
    };
    let explanation = case.explain(NOW, &Switches::default()).unwrap();
    // What is explained is what is decided.
    let answer = case.evaluate(NOW).unwrap();
    assert_eq!(answer.decision, explanation.decision.as_str());
    assert_eq!(answer.layer, explanation.layer.as_str());
    explanation
}

fn statement(members: Value) -> Value {
    let mut statement = json!({"Sid": "S", "Effect": "Allow", "Principal": {"AWS": "111122223333"},
        "Action": "kms:*", "Resource": "*"});
    let all = statement.as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => all.remove(name),
            value => all.insert(name.clone(), value.clone()),
        };
    }
    statement
}

fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn key_policy(members: Value) -> Value {
    json!({"resource": policy(&[statement(members)])})
}

/// What follows `nearest is`, without the lines, which are the case's.
fn nearest(case: &Value) -> String {
    let because = explained(case).because;
    let (_, told) = because
        .split_once("; nearest is ")
        .unwrap_or(("", &because));
    without_lines(told)
}

/// A sentence without its `in line 12`.
fn without_lines(told: &str) -> String {
    let mut words: Vec<&str> = told.split(' ').collect();
    while let Some(at) = words.iter().position(|w| *w == "line") {
        words.drain(at - 1..=at + 1);
    }
    words.join(" ")
}

#[test]
fn the_nearest_miss_is_told_with_both_values() {
    let own = json!([{"name": "p", "document": policy(&[statement(json!({"Principal": null}))])}]);
    for (case, told) in [
        (
            case(key_policy(
                json!({"Principal": {"AWS": "arn:aws:iam::111122223333:user/bob"}}),
            )),
            "statement S of resource policy 'default', which names the principals \
             arn:aws:iam::111122223333:user/bob, not arn:aws:iam::111122223333:user/alice",
        ),
        (
            case(key_policy(
                json!({"Principal": "*", "Action": ["kms:Encrypt", "kms:Describe*"]}),
            )),
            "statement S of resource policy 'default', which names the actions kms:Encrypt, \
             kms:Describe*, not kms:Decrypt",
        ),
        (
            case(key_policy(
                json!({"Principal": "*", "Action": null, "NotAction": "kms:Decrypt"}),
            )),
            "statement S of resource policy 'default', which names the actions everything but \
             kms:Decrypt, not kms:Decrypt",
        ),
        (
            case(key_policy(
                json!({"Principal": "*", "Condition": {"StringEquals":
                {"kms:ViaService": "sso.us-east-1.amazonaws.com"}}}),
            )),
            "statement S of resource policy 'default', where StringEquals wants \
             sso.us-east-1.amazonaws.com of kms:ViaService, which is not in the request",
        ),
        (
            case(key_policy(
                json!({"Principal": "*", "Condition": {"StringEquals":
                {"kms:EncryptionContext:tenant": ["b", "c"]}}}),
            )),
            "statement S of resource policy 'default', where StringEquals wants b, c of \
             kms:EncryptionContext:tenant, which is a",
        ),
        (
            case(key_policy(
                json!({"Principal": "*", "Condition": {"ForAllValues:StringEquals":
                {"kms:EncryptionContextKeys": "project"}}}),
            )),
            "statement S of resource policy 'default', where ForAllValues:StringEquals wants \
             project of kms:EncryptionContextKeys, which is tenant",
        ),
        (
            // The condition is nearer than the other action.
            case(json!({"resource": policy(&[
                statement(json!({"Sid": "other", "Principal": "*", "Action": "kms:Encrypt"})),
                statement(json!({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"},
                    "StringLike": {"kms:EncryptionContext:tenant": "b*"}}})),
            ])})),
            "statement S of resource policy 'default', where Bool wants false of aws:SecureTransport, \
             which is true, and where StringLike wants b* of kms:EncryptionContext:tenant, \
             which is a",
        ),
        (
            // Delegated to the account, and the user has a policy about another key.
            case(
                json!({"resource": policy(&[statement(json!({}))]), "identity": [{"name": "p", "document":
                policy(&[statement(json!({"Principal": null, "Resource": "arn:aws:kms:us-east-1:111122223333:key/x"}))])}]}),
            ),
            "statement S of identity policy 'p', which names the resources \
             arn:aws:kms:us-east-1:111122223333:key/x, not \
             arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
        (
            case(
                json!({"resource": policy(&[statement(json!({}))]), "identity": own,
                "boundary": policy(&[statement(json!({"Principal": null, "Action": "kms:Encrypt"}))])}),
            ),
            "statement S of permissions boundary 'boundary', which names the actions kms:Encrypt, not \
             kms:Decrypt",
        ),
        (
            // Of two levels the closed one is looked at.
            case(
                json!({"resource": policy(&[statement(json!({}))]), "identity": own, "scps": [
                {"target": "r-ab12", "policies": [{"name": "Full", "document":
                    policy(&[statement(json!({"Principal": null}))])}]},
                {"target": "ou-ab12-1", "policies": [{"name": "Narrow", "document":
                    policy(&[statement(json!({"Principal": null, "Action": "s3:*"}))])}]}]}),
            ),
            "statement S of service control policy 'Narrow', which names the actions s3:*, not kms:Decrypt",
        ),
        (
            case(
                json!({"resource": policy(&[statement(json!({"Principal": {"Service": "x.amazonaws.com"}}))]),
                "grants": [{"GrantId": "g1", "GranteePrincipal": "arn:aws:iam::111122223333:user/alice",
                    "Operations": ["Decrypt"], "Constraints": {"EncryptionContextEquals": {"tenant": "b"}}}]}),
            ),
            "grant g1, where EncryptionContextEquals wants tenant=b of the encryption context, which is tenant=a",
        ),
        (
            case(
                json!({"resource": policy(&[statement(json!({"Principal": {"Service": "x.amazonaws.com"}, "Action": "kms:Sign"}))]),
                "grants": [{"GrantId": "g1", "GranteePrincipal": "arn:aws:iam::111122223333:user/bob",
                    "Operations": ["Decrypt"]}]}),
            ),
            "grant g1, which names the grantee arn:aws:iam::111122223333:user/bob, not \
             arn:aws:iam::111122223333:user/alice",
        ),
    ] {
        assert_eq!(nearest(&case), told);
    }
}

#[test]
fn lines_are_the_files() {
    let case = case(key_policy(
        json!({"Principal": "*", "Condition": {"StringEquals":
        {"kms:ViaService": "sso.us-east-1.amazonaws.com"}}}),
    ));
    let text = serde_json::to_string_pretty(&case).unwrap();
    let line = |part: &str| 1 + text.lines().position(|l| l.contains(part)).unwrap() as u32;
    let nearest = explained(&case).nearest.unwrap();
    let [claviger_policy::explain::Missing::Condition(tried)] = nearest.missing.as_slice() else {
        panic!("{nearest:?}")
    };
    assert_eq!(tried.line, line("kms:ViaService"));
    assert_eq!(nearest.statement.line, line("\"Statement\"") + 1);
}

#[test]
fn what_decided_is_shown_with_what_it_found() {
    let condition = json!({"StringLike": {"kms:EncryptionContext:tenant": ["a*", "b"]}});
    let deny =
        statement(json!({"Sid": "No", "Effect": "Deny", "Principal": "*", "Condition": condition}));
    let explained = explained(&case(
        json!({"resource": policy(&[statement(json!({"Principal": "*"})), deny])}),
    ));
    assert_eq!(
        explained.because,
        "denied by statement No of resource policy 'default'"
    );
    let shown = serde_json::to_value(&explained).unwrap();
    assert_eq!(shown["decidedBy"][0]["sid"], "No");
    assert_eq!(
        shown["decidedBy"][0]["conditions"][0],
        json!({"operator": "StringLike", "key": "kms:EncryptionContext:tenant", "listed": ["a*", "b"],
            "found": "a", "line": explained.decided_by[0].conditions[0].line})
    );
    assert!(shown.get("nearest").is_none());
}

#[test]
fn an_operation_that_never_works_across_accounts_says_so() {
    let mut foreign = case(key_policy(json!({"Principal": "*"})));
    foreign["request"]["action"] = json!("kms:PutKeyPolicy");
    foreign["request"]["principal"] = json!({"arn": "arn:aws:iam::999900001111:user/eve"});
    let because = explained(&foreign).because;
    assert!(
        because.ends_with("; this operation never works across accounts"),
        "{because}"
    );
}

#[test]
fn a_layer_without_statements_has_no_nearest() {
    let bare = case(json!({"resource": policy(&[statement(json!({}))])}));
    let explained = explained(&bare);
    assert_eq!(
        explained.because,
        "denied: no identity-based policy allows the kms:Decrypt action; statement S of resource \
         policy 'default' leaves it to the policies of account 111122223333"
    );
    assert!(explained.nearest.is_none());
}

/// What a condition wants is told as it is meant.
#[test]
fn conditions_are_told_the_right_way_round() {
    for (condition, told) in [
        (
            json!({"StringNotEquals": {"kms:EncryptionContext:tenant": "a"}}),
            "where StringNotEquals wants anything but a of kms:EncryptionContext:tenant, which is a",
        ),
        (
            json!({"StringNotLike": {"kms:EncryptionContext:tenant": ["a*", "b"]}}),
            "where StringNotLike wants none of a*, b of kms:EncryptionContext:tenant, which is a",
        ),
        (
            json!({"Null": {"kms:EncryptionContext:tenant": "true"}}),
            "where Null wants kms:EncryptionContext:tenant to be absent, which is a",
        ),
        (
            json!({"Null": {"kms:ViaService": "false"}}),
            "where Null wants kms:ViaService to be there, which is not in the request",
        ),
        (
            json!({"StringEquals": {"kms:EncryptionContext:tenant": "${aws:PrincipalAccount}"}}),
            "where StringEquals wants ${aws:PrincipalAccount} (111122223333) of \
             kms:EncryptionContext:tenant, which is a",
        ),
        (
            json!({"StringLike": {"kms:EncryptionContext:tenant": "${aws:username}/*"}}),
            "where StringLike wants ${aws:username}/* (${aws:username} is alice) of \
             kms:EncryptionContext:tenant, which is a",
        ),
        (
            json!({"StringEquals": {"kms:EncryptionContext:tenant": "${aws:ResourceOrgID}"}}),
            "where StringEquals wants ${aws:ResourceOrgID} (which the request does not have) of \
             kms:EncryptionContext:tenant, which is a",
        ),
        (
            json!({"StringEquals": {"kms:EncryptionContext:tenant":
                "${aws:username}/${aws:PrincipalAccount}/${aws:username}${*}"}}),
            "where StringEquals wants ${aws:username}/${aws:PrincipalAccount}/${aws:username}${*} \
             (${aws:username} is alice, ${aws:PrincipalAccount} is 111122223333) of \
             kms:EncryptionContext:tenant, which is a",
        ),
    ] {
        let case = case(key_policy(
            json!({"Principal": "*", "Condition": condition}),
        ));
        let expect = format!("statement S of resource policy 'default', {told}");
        assert_eq!(nearest(&case), expect);
    }
}

/// A grant that names the caller is nearer than a statement for somebody else.
#[test]
fn the_callers_own_grant_is_nearest() {
    let case = case(json!({
        "resource": policy(&[statement(json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/Admin"}}))]),
        "grants": [{"GrantId": "g1", "GranteePrincipal": "arn:aws:iam::111122223333:user/alice",
            "Operations": ["Encrypt"]}],
    }));
    assert_eq!(
        nearest(&case),
        "grant g1, which names the operations Encrypt, not kms:Decrypt"
    );
}

#[test]
fn a_deny_to_all_but_some_says_whom_it_spares() {
    let deny = statement(json!({"Sid": "No", "Effect": "Deny", "Principal": null,
        "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/alice"}}));
    let explained = explained(&case(
        json!({"resource": policy(&[statement(json!({"Principal": "*"})), deny])}),
    ));
    let spared = explained.decided_by[0].spared.as_ref().unwrap();
    assert!(spared.negated);
    assert_eq!(spared.listed, ["arn:aws:iam::111122223333:user/alice"]);
    assert_eq!(spared.found, "arn:aws:iam::111122223333:user/alice");
}

/// A Deny of any layer is shown with what its conditions found.
#[test]
fn a_deny_of_every_layer_shows_its_conditions() {
    let condition = json!({"StringLike": {"kms:EncryptionContext:tenant": "a*"}});
    let deny = |principal: Value| {
        policy(&[statement(
            json!({"Effect": "Deny", "Principal": principal, "Condition": condition}),
        )])
    };
    let named = || json!([{"name": "p", "document": deny(Value::Null)}]);
    let level = |principal: Value| json!([{"target": "r-ab12", "policies": [{"name": "p", "document": deny(principal)}]}]);
    for (layer, member, policies) in [
        (Layer::Resource, "resource", deny(json!("*"))),
        (Layer::Identity, "identity", named()),
        (Layer::Boundary, "boundary", deny(Value::Null)),
        (Layer::Session, "session", named()),
        (Layer::ServiceControl, "scps", level(Value::Null)),
        (Layer::ResourceControl, "rcps", level(json!("*"))),
        (Layer::Endpoint, "endpoint", deny(json!("*"))),
    ] {
        let explained = explained(&case(json!({member: policies})));
        let [applied] = explained.decided_by.as_slice() else {
            panic!("{member}: {explained:?}")
        };
        assert_eq!(applied.statement.layer, layer);
        let keys: Vec<&str> = applied.conditions.iter().map(|c| c.key.as_str()).collect();
        assert_eq!(keys, ["kms:EncryptionContext:tenant"], "{member}");
    }
}

/// Of statements that begin in one line, the one that decided is shown.
#[test]
fn statements_in_one_line_are_told_apart() {
    let when = |sid: &str, operator: &str| {
        statement(json!({"Sid": sid, "Principal": "*", "Effect": "Deny",
            "Condition": {operator: {"kms:EncryptionContext:tenant": "a"}}}))
    };
    let statements = [
        when("First", "StringNotEquals"),
        when("Second", "StringEquals"),
    ];
    let text = policy(&statements).to_string();
    let explained = explained(&case(json!({"resource": text})));
    let [applied] = explained.decided_by.as_slice() else {
        panic!("{explained:?}")
    };
    assert_eq!(applied.statement.label(), "Second");
    assert_eq!(applied.conditions[0].operator, "StringEquals");
}

/// What would have done in the stead of the layer that is named, and what would not.
#[test]
fn the_nearest_is_looked_for_where_it_would_do() {
    let own = json!([{"name": "p", "document": policy(&[statement(json!({"Principal": null}))])}]);
    let grant = json!([{"GrantId": "g1", "GranteePrincipal": "arn:aws:iam::111122223333:user/alice",
        "Operations": ["Encrypt"]}]);
    let failing = statement(json!({"Sid": "T", "Principal": "*", "Condition":
        {"StringEquals": {"kms:ViaService": "sso.us-east-1.amazonaws.com"}}}));
    let narrow = statement(json!({"Principal": null, "Action": "kms:Encrypt"}));
    for (case, told) in [
        (
            // A boundary is not made up for by a grant.
            case(
                json!({"resource": policy(&[statement(json!({}))]), "identity": own,
                "boundary": policy(std::slice::from_ref(&narrow)), "grants": grant}),
            ),
            "denied: no permissions boundary allows the kms:Decrypt action; nearest is statement S of \
             permissions boundary 'boundary', which names the actions kms:Encrypt, not kms:Decrypt",
        ),
        (
            // The key policy would have allowed by itself, if its other statement had applied.
            case(
                json!({"resource": policy(&[statement(json!({})), failing.clone()]),
                "identity": [{"name": "p", "document": policy(&[narrow])}]}),
            ),
            "denied: no identity-based policy allows the kms:Decrypt action; statement S of resource \
             policy 'default' leaves it to the policies of account 111122223333; nearest is statement T \
             of resource policy 'default', where StringEquals wants sso.us-east-1.amazonaws.com of \
             kms:ViaService, which is not in the request",
        ),
        (
            // A queue's policy never stands for the caller's own of another account.
            {
                let mut case = case(json!({"resource": policy(&[
                    statement(json!({"Principal": "*", "Action": "sqs:*"})), failing])}));
                case["request"]["action"] = json!("sqs:SendMessage");
                case["request"]["resource"] = json!("arn:aws:sqs:us-east-1:111122223333:q");
                case["request"]["principal"] = json!({"arn": "arn:aws:iam::999900001111:user/eve"});
                case
            },
            "denied: no identity-based policy allows the sqs:SendMessage action",
        ),
    ] {
        assert_eq!(without_lines(&explained(&case).because), told);
    }
}

/// Who is told that an operation never works across accounts (`POL-L5`).
#[test]
fn across_accounts_is_told_of_those_who_are_across() {
    let (alice, eve) = (
        json!({"arn": "arn:aws:iam::111122223333:user/alice"}),
        json!({"arn": "arn:aws:iam::999900001111:user/eve"}),
    );
    let service = json!({"service": "sns.amazonaws.com"});
    for (action, resource, principal, across) in [
        ("kms:PutKeyPolicy", KEY, &eve, true),
        ("kms:PutKeyPolicy", KEY, &alice, false),
        ("kms:PutKeyPolicy", KEY, &service, false),
        ("kms:Decrypt", KEY, &eve, false),
        ("kms:ListKeys", "*", &alice, false),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:us-east-1:111122223333:q",
            &eve,
            false,
        ),
    ] {
        let mut case = case(key_policy(
            json!({"Principal": {"AWS": "arn:aws:iam::111122223333:user/bob"}, "Action": "*"}),
        ));
        case["request"]["action"] = json!(action);
        case["request"]["resource"] = json!(resource);
        case["request"]["principal"] = principal.clone();
        let because = explained(&case).because;
        let told = because.ends_with("; this operation never works across accounts");
        assert_eq!(told, across, "{action} {principal}: {because}");
    }
}

#[test]
fn what_allowed_is_told() {
    let own = json!([{"name": "p", "document": policy(&[statement(json!({"Principal": null}))])}]);
    let mut everybody = case(json!({}));
    everybody["request"]["action"] = json!("sts:GetCallerIdentity");
    everybody["request"]["resource"] = json!("*");
    for (case, told) in [
        (
            case(key_policy(json!({"Principal": "*"}))),
            "allowed by statement S of resource policy 'default'",
        ),
        (
            case(json!({"resource": policy(&[statement(json!({}))]), "identity": own})),
            "allowed by statement S of identity policy 'p', together with statement S of resource \
             policy 'default'",
        ),
        (
            everybody,
            "allowed: the right of the account's root user, or an action everybody has",
        ),
    ] {
        assert_eq!(explained(&case).because, told);
    }
}

#[test]
fn what_a_condition_wants_is_told_in_words() {
    for (operator, listed, told) in [
        ("StringEquals", &[][..], "nothing"),
        ("StringNotEquals", &[], "nothing"),
        ("StringEquals", &["a"], "a"),
        ("StringNotEquals", &["a"], "anything but a"),
        ("StringEquals", &["a", "b", "c", "d"], "a, b, c, d"),
        (
            "StringEquals",
            &["a", "b", "c", "d", "e"],
            "a, b, c, d and 1 more",
        ),
        (
            "StringNotEquals",
            &["a", "b", "c", "d", "e", "f"],
            "none of a, b, c, d and 2 more",
        ),
        ("Null", &["TRUE"], "to be absent"),
        ("ForAnyValue:Null", &["false"], "to be there"),
        ("Null", &["true", "false"], "to be there or not"),
    ] {
        let tried = Tried {
            operator: operator.to_owned(),
            key: "aws:SourceAccount".to_owned(),
            listed: listed.iter().map(|v| (*v).to_owned()).collect(),
            found: Found::Absent,
            line: 1,
            variables: Vec::new(),
        };
        assert_eq!(tried.wants(), told, "{operator} {listed:?}");
    }
}

/// What an ARN meant when the policy was stored.
struct Id(UniqueId);

impl Resolve for Id {
    fn unique_id(&self, _: &Arn) -> Option<UniqueId> {
        Some(self.0.clone())
    }
}

/// `POL-E7`: of the same name, but not the one that is meant.
#[test]
fn who_was_made_again_is_told_so() {
    let (old, new): (UniqueId, UniqueId) = (
        "AROAOLDOLDOLDOLDOLDO1".parse().unwrap(),
        "AROANEWNEWNEWNEWNEWN1".parse().unwrap(),
    );
    let account = "111122223333".parse().unwrap();
    let (user, role) = (
        "arn:aws:iam::111122223333:user/alice",
        "arn:aws:iam::111122223333:role/R",
    );
    let session = "arn:aws:sts::111122223333:assumed-role/R/s";
    let id = Some(&new);
    for (entity, name, principal) in [
        (
            user,
            user,
            Principal::User {
                account,
                arn: user,
                id,
            },
        ),
        (
            role,
            session,
            Principal::RoleSession {
                account,
                session_arn: session,
                role_arn: role,
                role_id: id,
                service_linked: false,
            },
        ),
    ] {
        let text = policy(&[statement(json!({"Principal": {"AWS": entity}}))]).to_string();
        let key_policy = parse(&text, Kind::Resource)
            .unwrap()
            .compile("default", &Id(old.clone()));
        let request = Request::on_key("kms:Decrypt", KEY, account, principal, &Nothing);
        let stack = Stack {
            resource: Some(&key_policy),
            ..Stack::default()
        };
        let explained = claviger_policy::explain(&request, &stack, &Switches::default());
        let told = format!(
            "which names the principals {entity}, not {name}: {entity} was made again since, and has \
             another unique id"
        );
        assert!(explained.because.ends_with(&told), "{}", explained.because);
    }
}

struct Nothing;

impl Context for Nothing {
    fn get(&self, _: &ContextKey) -> Option<claviger_policy::Value<'_>> {
        None
    }
}
