//! Explanations: the sentence, the statements with what their conditions found, the nearest miss.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::case::read;
use claviger_policy::{Explanation, Switches};
use claviger_types::Timestamp;
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
    let mut words: Vec<&str> = told.split(' ').collect();
    if let Some(at) = words.iter().position(|w| *w == "line") {
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
