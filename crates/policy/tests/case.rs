//! Policy cases as files: what is refused, what follows from the rest of a case, whether an answer
//! is the right one, and slips.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::case::{Case, Verdict, read};
use claviger_types::Timestamp;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
/// 24 November 2026, 19:30 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_795_548_600);

/// alice decrypts, and may by the key policy under a condition.
fn case(condition: &Value) -> Value {
    json!({
        "name": "c",
        "request": {"action": "kms:Decrypt", "resource": KEY, "principal": {"arn": ALICE}, "context": {}},
        "policies": {"resource": {"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": "Allow",
            "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": condition}]}},
    })
}

fn one(case: &Value) -> Case {
    let mut cases = read(&case.to_string()).unwrap();
    assert_eq!(cases.len(), 1);
    cases.remove(0)
}

#[test]
fn expectations_that_no_answer_meets_are_refused() {
    for (expect, told) in [
        (
            json!({"decision": "denied"}),
            "case 'c': expect.decision is 'denied', which is none of allowed, explicitDeny, implicitDeny",
        ),
        (
            json!({"decision": "allowed", "layer": "key"}),
            "case 'c': expect.layer is 'key', which is none of resource, identity, boundary, session, \
             scp, rcp, endpoint, grant",
        ),
    ] {
        let mut case = case(&json!({}));
        case["expect"] = expect;
        assert_eq!(read(&case.to_string()).unwrap_err().to_string(), told);
    }
}

#[test]
fn answers_are_compared_with_what_is_expected() {
    for (expect, wrong) in [
        (json!({"decision": "allowed"}), &[][..]),
        (
            json!({"decision": "allowed", "layer": "resource", "statements": ["S"]}),
            &[],
        ),
        (
            json!({"decision": "implicitDeny"}),
            &["expected implicitDeny, decided allowed"],
        ),
        (
            json!({"decision": "allowed", "layer": "identity"}),
            &["expected layer identity, decided by resource"],
        ),
        (
            json!({"decision": "allowed", "statements": ["#0"]}),
            &[r##"expected statements {"#0"}, decided by {"S"}"##],
        ),
        (
            json!({"decision": "explicitDeny", "layer": "scp", "statements": []}),
            &[
                "expected explicitDeny, decided allowed",
                "expected layer scp, decided by resource",
                r#"expected statements {}, decided by {"S"}"#,
            ],
        ),
    ] {
        let mut case = case(&json!({}));
        case["expect"] = expect;
        let case = one(&case);
        let found = case.evaluate(NOW).unwrap().verdict(&case);
        let wanted = match wrong {
            [] => Verdict::Right,
            some => Verdict::Wrong(some.iter().map(|w| (*w).to_owned()).collect()),
        };
        assert_eq!(found, wanted);
    }
    let case = one(&case(&json!({})));
    let answer = case.evaluate(NOW).unwrap();
    assert_eq!(answer.verdict(&case), Verdict::NoExpectation);
}

/// One name twice in one object; what `serde_json` keeps of it is the last.
#[test]
fn a_key_given_twice_is_refused() {
    let text = case(&json!({})).to_string();
    let twice = text.replace(
        r#""context":{}"#,
        r#""context":{"aws:SourceArn":"a","aws:SourceArn":"b"}"#,
    );
    assert_ne!(text, twice);
    assert_eq!(
        read(&twice).unwrap_err().to_string(),
        "case 'c': request.context names one condition key twice, as 'aws:SourceArn' and \
         'aws:SourceArn' (names ignore case): keep one of them"
    );
}

#[test]
fn the_context_is_an_object() {
    let mut case = case(&json!({}));
    case["request"]["context"] = json!(["aws:SourceArn"]);
    let told = read(&case.to_string()).unwrap_err().to_string();
    assert!(
        told.starts_with(
            "not a policy case: invalid type: sequence, expected an object of condition keys and values"
        ),
        "{told}"
    );
}

/// `POL-O5`: `aws:CurrentTime` and `aws:EpochTime` are one instant, whichever is given.
#[test]
fn both_times_are_one_instant() {
    let years_later = |key: &str| json!({"DateGreaterThan": {key: "2030-01-01T00:00:00Z"}});
    let (current, epoch) = ("aws:CurrentTime", "aws:EpochTime");
    for (context, key, allowed) in [
        (json!({}), current, false),
        (json!({}), epoch, false),
        (json!({current: "2031-06-01T00:00:00Z"}), current, true),
        (json!({current: "2031-06-01T00:00:00Z"}), epoch, true),
        (json!({epoch: 1_938_000_000}), current, true),
        (json!({epoch: 1_938_000_000}), epoch, true),
        (
            json!({current: "2031-06-01T00:00:00Z", epoch: 1_700_000_000}),
            epoch,
            false,
        ),
    ] {
        let mut case = case(&years_later(key));
        case["request"]["context"] = context.clone();
        let answer = one(&case).evaluate(NOW).unwrap();
        assert_eq!(answer.decision == "allowed", allowed, "{context} {key}");
    }
}

/// `POL-G3`: who may create grants by a grant may give no more than that grant does.
#[test]
fn a_grant_asked_for_under_a_grant() {
    let (equals, subset) = ("EncryptionContextEquals", "EncryptionContextSubset");
    let pair = json!({"kms:EncryptionContext:tenant": "a"});
    let more = json!({"kms:EncryptionContext:tenant": "a", "kms:EncryptionContext:x": "y"});
    for (parent, kind, pairs, allowed) in [
        (json!({}), None, json!({}), true),
        (
            json!({equals: {"tenant": "a"}}),
            Some(equals),
            pair.clone(),
            true,
        ),
        (
            json!({equals: {"tenant": "a"}}),
            Some(subset),
            pair.clone(),
            false,
        ),
        (json!({equals: {"tenant": "a"}}), None, json!({}), false),
        (
            json!({subset: {"tenant": "a"}}),
            Some(subset),
            pair.clone(),
            true,
        ),
        (
            json!({subset: {"tenant": "a"}}),
            Some(subset),
            more.clone(),
            true,
        ),
        (json!({subset: {"tenant": "a"}}), Some(equals), more, true),
        (
            json!({subset: {"tenant": "a"}}),
            Some(subset),
            json!({"kms:EncryptionContext:x": "y"}),
            false,
        ),
        (json!({subset: {"tenant": "a"}}), None, json!({}), false),
    ] {
        let mut case = case(&json!({"Null": {"kms:CallerAccount": "true"}}));
        case["request"]["action"] = json!("kms:CreateGrant");
        case["request"]["context"] = pairs;
        case["request"]["context"]["kms:GrantOperations"] = json!(["Decrypt"]);
        if let Some(kind) = kind {
            case["request"]["context"]["kms:GrantConstraintType"] = json!(kind);
        }
        case["policies"]["grants"] = json!([{"GrantId": "g", "GranteePrincipal": ALICE,
            "Operations": ["CreateGrant", "Decrypt"], "Constraints": parent}]);
        let answer = one(&case).evaluate(NOW).unwrap();
        let told = format!("{parent} {kind:?} {}", case["request"]["context"]);
        assert_eq!(answer.decision == "allowed", allowed, "{told}");
    }
}

/// What is probably not meant: with what is told, and whether it cannot be meant.
#[test]
fn slips_are_told() {
    const ALIAS: &str = "arn:aws:kms:us-east-1:111122223333:alias/app";
    for (action, resource, key, slips) in [
        ("kms:Decrypt", KEY, "aws:SourceArn", &[][..]),
        ("KMS:decrypt", KEY, "AWS:sourcearn", &[]),
        ("s3:GetObjekt", "arn:aws:s3:::b/k", "s3:prefix", &[]),
        ("kms:CreateAlias", ALIAS, "aws:SourceArn", &[]),
        ("s3:GetObject", ALIAS, "aws:SourceArn", &[]),
        ("kms:ListAliases", "*", "aws:SourceArn", &[]),
        (
            "Decrypt",
            KEY,
            "aws:SourceArn",
            &[(
                "'Decrypt' is no permission: it is a service, a colon and a name; kms:Decrypt perhaps",
                true,
            )],
        ),
        (
            "Decrytp",
            KEY,
            "aws:SourceArn",
            &[(
                "'Decrytp' is no permission: it is a service, a colon and a name; kms:Decrypt perhaps",
                true,
            )],
        ),
        (
            "kms:",
            KEY,
            "aws:SourceArn",
            &[(
                "'kms:' is no permission: it is a service, a colon and a name",
                true,
            )],
        ),
        (
            ":Decrypt",
            KEY,
            "aws:SourceArn",
            &[(
                "':Decrypt' is no permission: it is a service, a colon and a name; kms:Decrypt perhaps",
                true,
            )],
        ),
        (
            "kms:reencrypt",
            KEY,
            "aws:SourceArn",
            &[(
                "'kms:ReEncrypt' is no permission: the operation needs kms:ReEncryptFrom and kms:ReEncryptTo",
                true,
            )],
        ),
        (
            "kms:Decrytp",
            KEY,
            "aws:SourceArn",
            &[(
                "KMS has no permission 'kms:Decrytp'; the nearest is kms:Decrypt",
                true,
            )],
        ),
        (
            "kms:FrobnicateAll",
            KEY,
            "aws:SourceArn",
            &[("KMS has no permission 'kms:FrobnicateAll'", true)],
        ),
        (
            "kms:Decrypt",
            ALIAS,
            "aws:SourceArn",
            &[(
                "kms:Decrypt is decided on the key, never on an alias: put the key's ARN for \
                'arn:aws:kms:us-east-1:111122223333:alias/app'",
                true,
            )],
        ),
        (
            "kms:Decrypt",
            KEY,
            "kms:ViaServices",
            &[(
                "'kms:ViaServices' is no condition key; the nearest is kms:ViaService",
                true,
            )],
        ),
        (
            "kms:Decrypt",
            KEY,
            "aws:SomethingWhollyNew",
            &[(
                "'aws:SomethingWhollyNew' is no condition key that this version knows",
                false,
            )],
        ),
    ] {
        let mut case = case(&json!({}));
        case["request"]["action"] = json!(action);
        case["request"]["resource"] = json!(resource);
        case["request"]["context"] = json!({key: "x"});
        let found = one(&case).slips();
        let found: Vec<_> = found.iter().map(|s| (s.what.as_str(), s.certain)).collect();
        assert_eq!(found, slips, "{action} {resource} {key}");
    }
}
