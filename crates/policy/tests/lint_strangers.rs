//! Strangers of the lint: that some are found whatever a policy names, and what they bring.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod lint_table;

use claviger_policy::Kind;
use claviger_policy::lint::{Options, lint};
use lint_table::{Wrong, table};

/// Everybody may decrypt, under a condition.
fn everybody(wrong: &mut Wrong, condition: &str, expect: &str) {
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{{{condition}}}}}"#
    );
    wrong.check(Kind::Resource, &statement, expect);
}

/// Everybody may decrypt, but for whom some Deny statements name.
fn but_for(wrong: &mut Wrong, denied: &str, expect: &str) {
    let denies: Vec<String> = denied
        .split(" ; ")
        .map(|condition| {
            format!(
                r#"{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{{condition}}}}}"#
            )
        })
        .collect();
    let statements = format!(
        r#"{},{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}}"#,
        denies.join(",")
    );
    wrong.check(Kind::Resource, &statements, expect);
}

const WHOEVER_IS_NAMED: &str = r#"
"StringNotEquals":{"kms:CallerAccount":"999999999999"} => CONDITION-FAILS-OPEN
"StringNotEquals":{"aws:PrincipalAccount":"999999999999"} => CONDITION-FAILS-OPEN
"StringNotEquals":{"aws:SourceAccount":"999999999999"} => CONDITION-FAILS-OPEN
"StringNotLike":{"kms:CallerAccount":"999999999999"} => CONDITION-FAILS-OPEN
"StringNotEqualsIfExists":{"aws:PrincipalAccount":"999999999999"} => CONDITION-FAILS-OPEN
"StringNotEqualsIgnoreCase":{"aws:SourceAccount":"999999999999"} => CONDITION-FAILS-OPEN
"StringNotEquals":{"kms:CallerAccount":["999999999999","888888888888","777777777777"]} => CONDITION-FAILS-OPEN
"StringEqualsIfExists":{"aws:SourceAccount":["111122223333","999999999999"]} => CONDITION-FAILS-OPEN
"Null":{"kms:CallerAccount":"false"},"StringNotLike":{"kms:CallerAccount":"9*"} => CONDITION-FAILS-OPEN
"Null":{"kms:CallerAccount":"false"},"StringNotLike":{"kms:CallerAccount":["9*","8*","0*","7*"]} => CONDITION-FAILS-OPEN
"Null":{"kms:CallerAccount":"false"},"StringNotLike":{"kms:CallerAccount":["*9","*8","*00*","7*","*66*","*555*"]} => CONDITION-FAILS-OPEN
"StringLike":{"kms:CallerAccount":"9*"},"StringNotLike":{"kms:CallerAccount":"99*"} => CONDITION-FAILS-OPEN KMS5
"Null":{"aws:PrincipalOrgID":"false"},"StringNotEquals":{"aws:PrincipalOrgID":"o-zzzzzzzzzz"} => CONDITION-FAILS-OPEN ORGANIZATION-OTHER
"StringLike":{"aws:PrincipalOrgID":"o-*"},"StringNotLike":{"aws:PrincipalOrgID":"o-z*"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalOrgID":"o-*"},"StringNotLike":{"aws:PrincipalOrgID":["o-z*","o-9*","*a*"]} => CONDITION-FAILS-OPEN KMS5
"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/other","arn:aws:iam::*:user/other"]} => CONDITION-FAILS-OPEN
"StringNotLike":{"aws:PrincipalArn":"*other*"} => CONDITION-FAILS-OPEN
"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::9*:*","arn:aws:iam::8*:*","arn:aws:iam::0*:*"]},"Null":{"aws:PrincipalArn":"false"} => CONDITION-FAILS-OPEN
"StringNotLike":{"aws:userid":"A???Z*"},"Null":{"aws:userid":"false"} => CONDITION-FAILS-OPEN
"StringNotLike":{"aws:SourceVpc":"vpc-0*"},"Null":{"aws:SourceVpc":"false"} => CONDITION-FAILS-OPEN
"StringNotEquals":{"aws:PrincipalServiceName":"s3.amazonaws.com"},"Bool":{"aws:PrincipalIsAWSService":"true"} => OPEN
# Who is named is meant.
"StringEquals":{"kms:CallerAccount":"999999999999"} => 
"StringLike":{"kms:CallerAccount":"888888888888"} => 
"#;

const WHAT_THEY_BRING: &str = r#"
# A name of the stranger's own.
"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*111122223333*"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalArn":"*111122223333*"} => CONDITION-FAILS-OPEN KMS5
"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:*"} => KMS5
# Addresses within a VPC are anybody's; a VPC is not.
"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"} => CONDITION-FAILS-OPEN
"IpAddress":{"aws:VpcSourceIp":"10.1.2.0/24"} => CONDITION-FAILS-OPEN
"IpAddress":{"aws:VpcSourceIp":"10.1.2.0/24"},"StringEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"} => 
"IpAddress":{"aws:VpcSourceIp":"10.1.2.0/24"},"StringEquals":{"aws:SourceVpce":"vpce-0123456789abcdef0"} => 
"StringEquals":{"aws:Ec2InstanceSourceVpc":"${aws:SourceVpc}"} => CONDITION-FAILS-OPEN KMS5
"StringEquals":{"aws:Ec2InstanceSourceVpc":"vpc-0123456789abcdef0"} => 
# The time is not theirs.
"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"} => 
"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"} => OPEN
"DateGreaterThan":{"aws:CurrentTime":"2099-01-01T00:00:00Z"} => OPEN
"#;

#[test]
fn what_strangers_bring() {
    let mut wrong = Wrong::default();
    for (condition, expect) in table(WHAT_THEY_BRING) {
        everybody(&mut wrong, condition, expect);
    }
    let halves = |step: usize| {
        let all = (0..=255_u8).flat_map(|a| [0, 128].map(|b| format!("\"{a}.{b}.0.0/9\"")));
        let all: Vec<String> = all.step_by(step).collect();
        format!(r#""IpAddress":{{"aws:SourceIp":[{}]}}"#, all.join(","))
    };
    everybody(&mut wrong, &halves(1), "CONDITION-FAILS-OPEN");
    everybody(&mut wrong, &halves(64), "");
}

const WHOEVER_IS_DENIED: &str = r#"
"StringLike":{"aws:PrincipalAccount":"9*"} ; "Bool":{"aws:PrincipalIsAWSService":"true"} => OPEN
"StringEquals":{"aws:PrincipalAccount":"999999999999"} ; "Bool":{"aws:PrincipalIsAWSService":"true"} => OPEN
"StringEquals":{"aws:PrincipalOrgID":"o-zzzzzzzzzz"} ; "Bool":{"aws:PrincipalIsAWSService":"true"} ; "Null":{"aws:PrincipalOrgID":"true"} => OPEN ORGANIZATION-OTHER
"StringNotLike":{"aws:PrincipalAccount":"1111*"} ; "Bool":{"aws:PrincipalIsAWSService":"true"} => OPEN
"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/other","arn:aws:iam::*:user/other"]} ; "Bool":{"aws:PrincipalIsAWSService":"true"} => OPEN
"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*-admin"} ; "Bool":{"aws:PrincipalIsAWSService":"true"} => OPEN
# Who is exempt by name is meant.
"StringNotEquals":{"aws:PrincipalAccount":["111122223333","999999999999"]} => OPEN-HELD-BACK
"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"} => OPEN-HELD-BACK
"#;

#[test]
fn a_stranger_is_found_whoever_is_named() {
    let mut wrong = Wrong::default();
    for (condition, expect) in table(WHOEVER_IS_NAMED) {
        everybody(&mut wrong, condition, expect);
    }
}

#[test]
fn a_stranger_is_found_whoever_is_denied() {
    let mut wrong = Wrong::default();
    for (denied, expect) in table(WHOEVER_IS_DENIED) {
        but_for(&mut wrong, denied, expect);
    }
}

#[test]
fn every_account_has_strangers() {
    for account in ["999999999999", "111122223333", "999900001111"] {
        let options = Options {
            account: account.parse().ok(),
            ..Options::default()
        };
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}"#;
        let found = lint(text, &options);
        assert!(
            found.iter().any(|f| f.rule.id == "LINT-OPEN"),
            "{account}: {found:?}"
        );
    }
}
