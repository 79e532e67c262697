//! What the lint tries a policy with: the key it belongs to, the moment, the calls of a search that
//! has an end, and the grants that somebody may create.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod lint_table;

use claviger_policy::Kind;
use claviger_policy::lint::{Level, Options, lint};
use claviger_types::Timestamp;
use lint_table::{Wrong, table};
use std::fmt::Write as _;

/// The findings of a whole document that are more than notes, without `LINT-`; that a resource is
/// named is none here.
fn serious(statements: &str, options: &Options) -> String {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let mut ids: Vec<String> = lint(&text, options)
        .iter()
        .filter(|f| f.rule.level != Level::Note && f.rule.id != "LINT-RESOURCE-NAMED")
        .map(|f| f.rule.id.trim_start_matches("LINT-").to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    ids.join(" ")
}

fn root_of(resource: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:root"}},"Action":"kms:*","Resource":"{resource}"}}"#
    )
}

fn everybody_of(resource: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"{resource}"}}"#
    )
}

const OWN_KEYS: &str = "
arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab => OPEN
arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab => OPEN
arn:aws:kms:eu-west-1:111122223333:key/mrk-00001111222233334444555566667777 => OPEN
arn:aws:kms:eu-west-1:111122223333:key/* => OPEN
arn:aws:kms:*:111122223333:key/0* => OPEN
arn:aws:kms:*:*:key/mrk-* => OPEN
arn:aws:kms:us-east-1:111122223333:key/????abcd-* => OPEN
arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab => OPEN
";

#[test]
fn a_policy_that_names_its_key_is_tried_with_it() {
    for told in [None, "111122223333".parse().ok()] {
        let options = Options {
            account: told,
            ..Options::default()
        };
        for (resource, expect) in table(OWN_KEYS) {
            let statements = format!("{},{}", root_of(resource), everybody_of(resource));
            let found = serious(&statements, &options);
            assert_eq!(found, expect, "{resource}");
        }
    }
}

/// Statements beside an Allow to everybody: the key may be one that a Deny does not reach.
const DENIED_KEYS: &str = "
arn:aws:kms:us-east-1:111122223333:key/mrk-* => OPEN
arn:aws:kms:us-east-1:111122223333:key/* => OPEN
arn:aws:kms:eu-west-1:111122223333:key/* => OPEN
arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab => 
* => 
";

#[test]
fn a_deny_counts_for_the_keys_it_reaches() {
    for (resource, expect) in table(DENIED_KEYS) {
        let deny = format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"{resource}","Condition":{{"StringNotEquals":{{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}}}}"#
        );
        let statements = format!("{},{},{deny}", root_of("*"), everybody_of("*"));
        assert_eq!(
            serious(&statements, &Options::default()),
            expect,
            "{resource}"
        );
    }
}

/// AWS's baseline says the same whether it names its key or not.
#[test]
fn the_baseline_may_name_its_key() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/key-policies/identity-center-2026.json");
    let baseline = std::fs::read_to_string(path).unwrap();
    let named = baseline.replace(
        r#""Resource": "*""#,
        r#""Resource": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab""#,
    );
    assert_ne!(named, baseline);
    let findings = lint(&named, &Options::default());
    let serious: Vec<&str> = findings
        .iter()
        .filter(|f| f.rule.level != Level::Note && f.rule.id != "LINT-RESOURCE-NAMED")
        .map(|f| f.message.as_str())
        .collect();
    assert!(serious.is_empty(), "{serious:#?}");
}

/// Deny statements with a condition each: a call that misses all of them is found, however many.
#[test]
fn many_deny_statements_are_missed_one_by_one() {
    for count in [1, 6, 12, 40] {
        let mut statements = format!("{},{}", root_of("*"), everybody_of("*"));
        for at in 0..count {
            write!(
                statements,
                r#",{{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{{"StringNotEquals":{{"kms:EncryptionContext:k{at}":"v{at}"}}}}}}"#
            )
            .unwrap();
        }
        let found = serious(&statements, &Options::default());
        assert_eq!(found, "OPEN", "{count}");
    }
}

/// Eight tags with seven values, all of them different: no call meets it, and it takes long to see.
#[test]
fn a_search_without_an_end_is_told() {
    let tags = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let (mut equal, mut unequal) = (Vec::new(), Vec::new());
    for (at, tag) in tags.iter().enumerate() {
        equal.push(format!(
            r#""aws:PrincipalTag/{tag}":["1","2","3","4","5","6","7"]"#
        ));
        let others: Vec<String> = tags[at + 1..]
            .iter()
            .map(|other| format!(r#""${{aws:PrincipalTag/{other}}}""#))
            .collect();
        if !others.is_empty() {
            unequal.push(format!(
                r#""aws:PrincipalTag/{tag}":[{}]"#,
                others.join(",")
            ));
        }
    }
    for (more, expect) in [
        ("", "OPEN-UNDECIDED"),
        (r#""kms:CallerAccount":"111122223333","#, ""),
    ] {
        let statements = format!(
            r#"{},{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{{"StringEquals":{{{more}{}}},"StringNotEquals":{{{}}}}}}}"#,
            root_of("*"),
            equal.join(","),
            unequal.join(",")
        );
        assert_eq!(serious(&statements, &Options::default()), expect, "{more}");
    }
}

/// A Deny from some moment on is one from now on, if that moment is past.
#[test]
fn what_is_past_is_past() {
    let deny = |operator: &str, key: &str, moment: &str| {
        format!(
            r#"{},{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{"{operator}":{{"{key}":"{moment}"}}}}}}"#,
            root_of("*")
        )
    };
    let in_2035 = Options {
        now: Some(Timestamp::from_seconds(2_051_222_400)),
        ..Options::default()
    };
    let now = Options::default();
    for (operator, key, moment, options, expect) in [
        (
            "DateGreaterThan",
            "aws:CurrentTime",
            "2020-01-01T00:00:00Z",
            &now,
            "LOCKOUT",
        ),
        (
            "DateGreaterThan",
            "aws:CurrentTime",
            "2030-01-01T00:00:00Z",
            &now,
            "",
        ),
        (
            "DateGreaterThan",
            "aws:CurrentTime",
            "2030-01-01T00:00:00Z",
            &in_2035,
            "LOCKOUT",
        ),
        (
            "DateLessThan",
            "aws:CurrentTime",
            "2030-01-01T00:00:00Z",
            &now,
            "",
        ),
        (
            "DateNotEquals",
            "aws:CurrentTime",
            "2020-01-01T00:00:00Z",
            &now,
            "LOCKOUT",
        ),
        (
            "DateGreaterThan",
            "aws:EpochTime",
            "1577836800",
            &now,
            "LOCKOUT",
        ),
        (
            "NumericGreaterThan",
            "aws:EpochTime",
            "1577836800",
            &now,
            "LOCKOUT",
        ),
        ("NumericLessThan", "aws:EpochTime", "1577836800", &now, ""),
    ] {
        let found = serious(&deny(operator, key, moment), options);
        assert_eq!(found, expect, "{operator} {key} {moment}");
    }
}

#[test]
fn identity_center_is_denied_from_the_past_on() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/key-policies/identity-center-2026.json");
    let baseline = std::fs::read_to_string(path).unwrap();
    for (moment, expect) in [
        ("2020-01-01T00:00:00Z", "IDC-SERVICE IDC-THROUGH LOCKOUT"),
        ("2099-01-01T00:00:00Z", ""),
    ] {
        let (head, tail) = baseline.rsplit_once(']').unwrap();
        let policy = format!(
            r#"{head},{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{"DateGreaterThan":{{"aws:CurrentTime":"{moment}"}}}}}}]{tail}"#
        );
        let mut ids: Vec<&str> = lint(&policy, &Options::default())
            .iter()
            .filter(|f| f.rule.level != Level::Note)
            .map(|f| f.rule.id.trim_start_matches("LINT-"))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.join(" "), expect, "{moment}");
    }
}

const GRANTS: &str = r#"
"ForAnyValue:StringEquals":{"kms:GrantOperations":["RetireGrant"]} => GRANT-UNLIMITED
"ForAllValues:StringNotEquals":{"kms:GrantOperations":["DescribeKey"]} => GRANT-UNLIMITED
"ForAllValues:StringNotLike":{"kms:GrantOperations":["Describe*","Generate*"]} => GRANT-UNLIMITED
"StringNotEquals":{"kms:GranteePrincipal":"arn:aws:iam::444455556666:role/Bad"} => GRANT-UNLIMITED
"StringNotEquals":{"kms:GranteePrincipal":"arn:aws:iam::999999999999:role/other"} => GRANT-UNLIMITED
"ArnLike":{"kms:GranteePrincipal":"arn:aws:iam::8*:*"} => GRANT-UNLIMITED
"StringNotLike":{"kms:GranteePrincipal":"*:role/*"} => GRANT-UNLIMITED
"ForAllValues:StringEquals":{"kms:GrantOperations":["Decrypt","Encrypt"]} => 
"ForAllValues:StringNotEquals":{"kms:GrantOperations":["Decrypt","CreateGrant"]} => 
"StringEquals":{"kms:GranteePrincipal":"arn:aws:iam::444455556666:role/Good"} => 
"ArnLike":{"kms:GranteePrincipal":"arn:aws:iam::111122223333:role/*"} => 
"Bool":{"kms:GrantIsForAWSResource":"true"} => 
"StringEquals":{"kms:ViaService":"rds.us-east-1.amazonaws.com"} => 
"#;

#[test]
fn grants_without_limits() {
    let mut wrong = Wrong::default();
    for (condition, expect) in table(GRANTS) {
        let statement = format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:role/App"}},"Action":"kms:CreateGrant","Resource":"*","Condition":{{{condition}}}}}"#
        );
        wrong.check(Kind::Resource, &statement, expect);
    }
}
