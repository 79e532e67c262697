//! Small cases for the lint: what stands in a statement, and the rules that find something in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::Kind;
use claviger_policy::lint::{Options, detect_kind, lint};

/// The ids of the findings in the last statement, without `LINT-`.
fn found(kind: Kind, statements: &str) -> Vec<String> {
    let root = r#"{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},"#;
    let root = if kind == Kind::Resource { root } else { "" };
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{root}{statements}]}}"#);
    let options = Options {
        kind: Some(kind),
        account: "111122223333".parse().ok(),
        organization: Some("o-a1b2c3d4e5".to_owned()),
        ..Options::default()
    };
    let mut ids: Vec<String> = lint(&text, &options)
        .iter()
        .filter(|f| !f.rule.id.starts_with("LINT-IDC-"))
        .map(|f| f.rule.id.trim_start_matches("LINT-").to_owned())
        .collect();
    ids.sort();
    ids
}

/// The cases whose findings are not those expected.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn check(&mut self, kind: Kind, statements: &str, expect: &str) {
        let found = found(kind, statements).join(" ");
        if found != expect {
            self.0.push(format!(
                "{statements}\n  expected {expect:?}, found {found:?}"
            ));
        }
    }
}

impl Drop for Wrong {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{}", self.0.join("\n"));
        }
    }
}

/// A role that may decrypt, under a condition.
fn role(wrong: &mut Wrong, condition: &str, expect: &str) {
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:role/App"}},"Action":"kms:Decrypt","Resource":"*","Condition":{{{condition}}}}}"#
    );
    wrong.check(Kind::Resource, &statement, expect);
}

/// Everybody may decrypt, under a condition.
fn everybody(wrong: &mut Wrong, condition: &str, expect: &str) {
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{{{condition}}}}}"#
    );
    wrong.check(Kind::Resource, &statement, expect);
}

/// A service may decrypt, under a condition.
fn service(wrong: &mut Wrong, name: &str, action: &str, condition: &str, expect: &str) {
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":{{"Service":"{name}"}},"Action":"{action}","Resource":"*","Condition":{{{condition}}}}}"#
    );
    wrong.check(Kind::Resource, &statement, expect);
}

/// What truly narrows is no finding, however it is written; what only looks like it is one.
#[test]
fn everybody_under_a_condition() {
    let mut wrong = Wrong::default();
    for (condition, expect) in [
        // Who calls.
        (
            r#""StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#,
            "",
        ),
        (
            r#""StringEqualsIgnoreCase":{"aws:PrincipalOrgID":"O-A1B2C3D4E5"}"#,
            "",
        ),
        (r#""StringLike":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#, ""),
        (
            r#""StringEquals":{"aws:PrincipalAccount":"111122223333"}"#,
            "",
        ),
        (
            r#""StringEquals":{"aws:PrincipalAccount":["111122223333","444455556666"]}"#,
            "",
        ),
        (r#""StringEquals":{"kms:CallerAccount":"111122223333"}"#, ""),
        (
            r#""StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"secretsmanager.us-west-2.amazonaws.com"}"#,
            "",
        ),
        (
            r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}"#,
            "KMS5",
        ),
        (
            r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/App"}"#,
            "",
        ),
        (
            r#""StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-reserved/*"}"#,
            "KMS5",
        ),
        (
            r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"}"#,
            "KMS5",
        ),
        (
            r#""ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"}"#,
            "",
        ),
        (
            r#""StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}"#,
            "KMS5",
        ),
        (
            r#""StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}"#,
            "KMS5",
        ),
        (
            r#""StringEquals":{"aws:SourceVpce":"vpce-0123456789abcdef0"}"#,
            "",
        ),
        (
            r#""StringEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"}"#,
            "",
        ),
        (r#""IpAddress":{"aws:SourceIp":"198.51.100.0/24"}"#, ""),
        (r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#, ""),
        (
            r#""StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"},"Bool":{"aws:PrincipalIsAWSService":"true"}"#,
            "",
        ),
        (
            r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket"}"#,
            "",
        ),
        // IfExists with Null beside it.
        (
            r#""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"Null":{"aws:PrincipalOrgID":"false"}"#,
            "",
        ),
        (
            r#""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"StringEquals":{"kms:CallerAccount":"111122223333"}"#,
            "",
        ),
        // What holds for strangers.
        (
            r#""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""StringNotEquals":{"aws:PrincipalOrgID":"o-1111111111"}"#,
            "CONDITION-FAILS-OPEN ORGANIZATION-OTHER",
        ),
        (
            r#""StringLike":{"aws:PrincipalOrgID":"*"}"#,
            "CONDITION-FAILS-OPEN KMS5",
        ),
        (
            r#""StringLike":{"aws:PrincipalOrgID":"o-*"}"#,
            "CONDITION-FAILS-OPEN KMS5",
        ),
        (
            r#""Null":{"aws:PrincipalOrgID":"true"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""Null":{"aws:PrincipalOrgID":"false"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""StringNotEquals":{"aws:PrincipalAccount":"444455556666"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""ArnLike":{"aws:PrincipalArn":"*"}"#,
            "CONDITION-FAILS-OPEN KMS5",
        ),
        (
            r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Admin"}"#,
            "CONDITION-FAILS-OPEN KMS5",
        ),
        (
            r#""StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*"}"#,
            "CONDITION-FAILS-OPEN KMS5",
        ),
        (
            r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/Bad"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""StringNotEquals":{"aws:SourceAccount":"444455556666"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""IpAddress":{"aws:SourceIp":"0.0.0.0/0"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""StringNotEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"}"#,
            "CONDITION-FAILS-OPEN",
        ),
        (
            r#""ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/"}"#,
            "FORALL-OPEN",
        ),
        (
            r#""ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#,
            "FORALL-OPEN",
        ),
        (r#""Bool":{"aws:PrincipalIsAWSService":"true"}"#, "OPEN"),
        (r#""Bool":{"aws:PrincipalIsAWSService":"false"}"#, "OPEN"),
        // What the caller chooses keeps nobody out.
        (
            r#""StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}"#,
            "KMS5 OPEN",
        ),
        (
            r#""StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}"#,
            "OPEN",
        ),
        (
            r#""StringEquals":{"kms:EncryptionContext:purpose":"app"}"#,
            "OPEN",
        ),
        (
            r#""StringEquals":{"aws:PrincipalTag/team":"identity"}"#,
            "OPEN",
        ),
        (r#""Bool":{"aws:SecureTransport":"true"}"#, "OPEN"),
        (r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, "OPEN"),
        (
            r#""StringEquals":{"aws:RequestedRegion":"us-east-1"}"#,
            "OPEN",
        ),
        (
            r#""StringEquals":{"aws:ResourceAccount":"111122223333"}"#,
            "OPEN",
        ),
        (
            r#""StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT"}"#,
            "OPEN",
        ),
        (r#""StringEquals":{"aws:username":"admin"}"#, "OPEN"),
        (r#""StringEquals":{"aws:UserAgent":"mine"}"#, "OPEN"),
        (r#""StringEquals":{"kms:RequestAlias":"alias/app"}"#, "OPEN"),
    ] {
        everybody(&mut wrong, condition, expect);
    }
}

#[test]
fn services_and_for_whom_they_act() {
    let mut wrong = Wrong::default();
    for (name, action, condition, expect) in [
        (
            "cloudtrail.amazonaws.com",
            "kms:GenerateDataKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "",
        ),
        (
            "cloudtrail.amazonaws.com",
            "kms:GenerateDataKey",
            r#""StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:111122223333:trail/t"}"#,
            "",
        ),
        (
            "cloudtrail.amazonaws.com",
            "kms:GenerateDataKey",
            r#""StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111122223333:trail/*"}"#,
            "",
        ),
        (
            "logs.us-east-1.amazonaws.com",
            "kms:Decrypt",
            r#""ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:*"}"#,
            "",
        ),
        (
            "logs.us-east-1.amazonaws.com",
            "kms:Decrypt",
            r#""ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:*:*"}"#,
            "SERVICE-SOURCE",
        ),
        (
            "logs.us-east-1.amazonaws.com",
            "kms:Decrypt",
            r#""StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}"#,
            "",
        ),
        (
            "sns.amazonaws.com",
            "kms:Decrypt",
            r#""StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}"#,
            "SERVICE-SOURCE",
        ),
        (
            "sns.amazonaws.com",
            "kms:Decrypt",
            r#""StringNotEquals":{"aws:SourceAccount":"444455556666"}"#,
            "SERVICE-SOURCE",
        ),
        (
            "sns.amazonaws.com",
            "kms:Decrypt",
            r#""StringLike":{"aws:SourceAccount":"*"}"#,
            "SERVICE-SOURCE",
        ),
        (
            "sns.amazonaws.com",
            "kms:Decrypt",
            r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}"#,
            "SERVICE-SOURCE",
        ),
        (
            "sns.amazonaws.com",
            "kms:Decrypt",
            r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}"#,
            "",
        ),
        (
            "sns.amazonaws.com",
            "kms:DescribeKey",
            r#""Bool":{"aws:SecureTransport":"true"}"#,
            "",
        ),
        (
            "sns.amazonaws.com",
            "kms:*",
            r#""Bool":{"aws:SecureTransport":"true"}"#,
            "SERVICE-SOURCE",
        ),
        (
            "sso.amazonaws.com",
            "kms:Decrypt",
            r#""StringEquals":{"aws:SourceAccount":"${aws:ResourceAccount}"}"#,
            "",
        ),
        (
            "iam-identity-center.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "SERVICE-UNKNOWN",
        ),
        (
            "identity-center.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "SERVICE-UNKNOWN",
        ),
        (
            "identitycenter.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "SERVICE-UNKNOWN",
        ),
        (
            "SSO.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "SERVICE-UNKNOWN",
        ),
        (
            "sso.amazonaws.com.cn",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "",
        ),
        (
            "sso.us-east-1.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "SERVICE-UNKNOWN",
        ),
        (
            "sso.amazonaws.co",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "SERVICE-UNKNOWN",
        ),
        (
            "identitystroe.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "SERVICE-UNKNOWN",
        ),
        (
            "secretmanager.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "SERVICE-UNKNOWN",
        ),
        (
            "secretsmanager.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "",
        ),
        (
            "bedrock.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "",
        ),
        (
            "delivery.logs.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "",
        ),
        (
            "logs.eu-central-1.amazonaws.com",
            "kms:DescribeKey",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "",
        ),
    ] {
        service(&mut wrong, name, action, condition, expect);
    }
}

#[test]
fn conditions() {
    let mut wrong = Wrong::default();
    for (condition, expect) in [
        // Keys.
        (
            r#""StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}"#,
            "",
        ),
        (
            r#""StringEquals":{"KMS:viaservice":"s3.us-east-1.amazonaws.com"}"#,
            "",
        ),
        (
            r#""StringEquals":{"kms:ViaServices":"s3.us-east-1.amazonaws.com"}"#,
            "KEY-UNKNOWN",
        ),
        (
            r#""StringEquals":{"aws:PrincipalOrgId":"o-a1b2c3d4e5"}"#,
            "",
        ),
        (
            r#""StringEquals":{"aws:PrincipleOrgID":"o-a1b2c3d4e5"}"#,
            "KEY-UNKNOWN",
        ),
        (r#""StringEquals":{"aws:SourceARN":"arn:aws:s3:::b"}"#, ""),
        (r#""StringEquals":{"saml:aud":"x"}"#, ""),
        (r#""StringEquals":{"aws:PrincipalTag/":"x"}"#, "KEY-NAME"),
        (
            r#""StringEquals":{"kms:EncryptionContext:":"x"}"#,
            "KEY-NAME",
        ),
        (
            r#""StringEquals":{"kms:EncryptionContext":"x"}"#,
            "KEY-NAME",
        ),
        (r#""StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT"}"#, ""),
        (
            r#""StringEquals":{"kms:CustomerMasterKeySpec":"SYMMETRIC_DEFAULT"}"#,
            "KEY-DEPRECATED",
        ),
        (
            r#""StringEquals":{"kms:CustomerMasterKeyUsage":"ENCRYPT_DECRYPT"}"#,
            "KEY-DEPRECATED",
        ),
        (
            r#""ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}"#,
            "KEY-HIDDEN",
        ),
        // Keys that Decrypt does not carry.
        (
            r#""StringEquals":{"kms:SigningAlgorithm":"RSASSA_PSS_SHA_256"}"#,
            "NEVER-APPLIES",
        ),
        (
            r#""Bool":{"kms:GrantIsForAWSResource":"true"}"#,
            "NEVER-APPLIES",
        ),
        (r#""BoolIfExists":{"kms:GrantIsForAWSResource":"true"}"#, ""),
        (
            r#""StringNotEquals":{"kms:SigningAlgorithm":"RSASSA_PSS_SHA_256"}"#,
            "",
        ),
        (
            r#""StringEquals":{"aws:RequestTag/team":"a"}"#,
            "NEVER-APPLIES",
        ),
        (
            r#""StringEquals":{"kms:EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#,
            "",
        ),
        (
            r#""Bool":{"kms:ReEncryptOnSameKey":"true"}"#,
            "NEVER-APPLIES",
        ),
        // Set operators.
        (
            r#""StringEquals":{"kms:EncryptionContextKeys":"a"}"#,
            "QUALIFIER-MISSING",
        ),
        (
            r#""ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"}"#,
            "",
        ),
        (
            r#""ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"}"#,
            "FORALL-OPEN",
        ),
        (
            r#""ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"},"Null":{"kms:EncryptionContextKeys":"false"}"#,
            "",
        ),
        (
            r#""ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"},"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"}"#,
            "",
        ),
        (
            r#""ForAllValues:StringEquals":{"kms:EncryptionContext:a":"b"}"#,
            "FORALL-OPEN",
        ),
        (
            r#""ForAllValues:StringEquals":{"kms:EncryptionContext:a":"b"},"StringLike":{"kms:EncryptionContext:a":"*"}"#,
            "",
        ),
        (
            r#""ForAnyValue:StringEquals":{"kms:EncryptionContext:a":"b"}"#,
            "QUALIFIER-NEEDLESS",
        ),
        (
            r#""ForAnyValue:Null":{"kms:EncryptionContext:a":"false"}"#,
            "QUALIFIER-NEEDLESS",
        ),
        (r#""Null":{"kms:EncryptionContext:a":"false"}"#, ""),
        (r#""Null":{"kms:EncryptionContextKeys":"false"}"#, ""),
        (
            r#""StringEquals":{"aws:CalledVia":"s3.amazonaws.com"}"#,
            "QUALIFIER-MISSING",
        ),
        (
            r#""StringEquals":{"aws:CalledViaFirst":"s3.amazonaws.com"}"#,
            "",
        ),
        (
            r#""StringEquals":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/"}"#,
            "QUALIFIER-MISSING",
        ),
        // Values.
        (r#""Bool":{"aws:ViaAWSService":true}"#, ""),
        (r#""Bool":{"aws:ViaAWSService":"TRUE"}"#, ""),
        (r#""Bool":{"aws:ViaAWSService":"1"}"#, "VALUE-TYPE"),
        (r#""Null":{"aws:SourceIp":"no"}"#, "VALUE-TYPE"),
        (r#""NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}"#, ""),
        (r#""NumericLessThan":{"aws:MultiFactorAuthAge":3600}"#, ""),
        (
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":"1h"}"#,
            "VALUE-TYPE",
        ),
        (
            r#""DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}"#,
            "",
        ),
        (r#""DateLessThan":{"aws:CurrentTime":"1798761600"}"#, ""),
        (
            r#""DateLessThan":{"aws:CurrentTime":"tomorrow"}"#,
            "VALUE-TYPE",
        ),
        (
            r#""DateLessThan":{"aws:CurrentTime":"2027-13-01T00:00:00Z"}"#,
            "VALUE-TYPE",
        ),
        (r#""NumericLessThan":{"aws:EpochTime":"1798761600"}"#, ""),
        (
            r#""StringEquals":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}"#,
            "OPERATOR-TYPE",
        ),
        (r#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#, ""),
        (r#""IpAddress":{"aws:SourceIp":"203.0.113.9"}"#, ""),
        (
            r#""IpAddress":{"aws:SourceIp":"203.0.113.9/24"}"#,
            "IP-HOST-BITS",
        ),
        (r#""IpAddress":{"aws:SourceIp":"2001:db8::/32"}"#, ""),
        (
            r#""IpAddress":{"aws:SourceIp":"2001:db8::1/32"}"#,
            "IP-HOST-BITS",
        ),
        (r#""IpAddress":{"aws:SourceIp":"0.0.0.0/0"}"#, ""),
        (r#""IpAddress":{"aws:SourceIp":"203.0.113"}"#, "VALUE-TYPE"),
        (
            r#""IpAddress":{"aws:SourceIp":"203.0.113.0/33"}"#,
            "VALUE-TYPE",
        ),
        (
            r#""StringEquals":{"aws:SourceIp":"203.0.113.9"}"#,
            "OPERATOR-TYPE",
        ),
        (r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::b*"}"#, ""),
        (r#""ArnLike":{"aws:SourceArn":"*"}"#, ""),
        (
            r#""ArnLike":{"aws:SourceArn":"my-bucket"}"#,
            "VALUE-FORM VALUE-TYPE",
        ),
        (
            r#""StringEquals":{"aws:SourceArn":"my-bucket"}"#,
            "VALUE-FORM",
        ),
        (
            r#""StringEquals":{"aws:SourceAccount":"1111-2222-3333"}"#,
            "VALUE-FORM",
        ),
        (r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#, ""),
        (
            r#""StringEquals":{"kms:CallerAccount":"11112222333"}"#,
            "VALUE-FORM",
        ),
        (
            r#""StringEquals":{"aws:PrincipalOrgID":"r-ab12"}"#,
            "VALUE-FORM",
        ),
        (
            r#""StringEquals":{"aws:PrincipalOrgID":"o-b1b2c3d4e5"}"#,
            "ORGANIZATION-OTHER",
        ),
        (
            r#""StringEquals":{"aws:PrincipalOrgID":["o-a1b2c3d4e5","o-b1b2c3d4e5"]}"#,
            "ORGANIZATION-OTHER",
        ),
        (
            r#""StringEquals":{"aws:SourceVpc":"0123456789abcdef0"}"#,
            "VALUE-FORM",
        ),
        (
            r#""StringEquals":{"aws:SourceVpce":"vpc-0123456789abcdef0"}"#,
            "VALUE-FORM",
        ),
        (
            r#""StringEquals":{"kms:ViaService":"s3.amazonaws.com"}"#,
            "VALUE-FORM",
        ),
        (r#""StringEquals":{"kms:ViaService":"s3"}"#, "VALUE-FORM"),
        (r#""StringEquals":{"kms:RequestAlias":"app"}"#, "VALUE-FORM"),
        (r#""StringEquals":{"kms:RequestAlias":"alias/app"}"#, ""),
        (
            r#""StringEquals":{"kms:ViaService":"s3.*.amazonaws.com"}"#,
            "VALUE-WILDCARD",
        ),
        (
            r#""StringNotEquals":{"kms:EncryptionContext:a":"x*"}"#,
            "VALUE-WILDCARD",
        ),
        (r#""StringEquals":{"kms:EncryptionContext:a":"x${*}"}"#, ""),
        (
            r#""StringEquals":{"kms:EncryptionContext:a":"${aws:PrincipalAccount}"}"#,
            "",
        ),
        (
            r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}"#,
            "",
        ),
        // Contradictions.
        (
            r#""StringEquals":{"aws:PrincipalAccount":"111122223333"},"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}"#,
            "NEVER-APPLIES",
        ),
        (
            r#""StringEquals":{"aws:PrincipalAccount":["111122223333","444455556666"]},"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}"#,
            "",
        ),
        (
            r#""Null":{"aws:SourceVpc":"true"},"StringEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"}"#,
            "NEVER-APPLIES",
        ),
        (
            r#""Null":{"aws:SourceVpc":"true"},"StringNotEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"}"#,
            "",
        ),
        (
            r#""DateGreaterThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}"#,
            "NEVER-APPLIES",
        ),
        (
            r#""DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"DateLessThanEquals":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}"#,
            "",
        ),
        (
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":"10"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"20"}"#,
            "NEVER-APPLIES",
        ),
        (
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":"20"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"10"}"#,
            "",
        ),
        (
            r#""StringLike":{"aws:PrincipalTag/a":"x*"},"StringNotLike":{"aws:PrincipalTag/a":"xy*"}"#,
            "",
        ),
        (
            r#""Bool":{"aws:ViaAWSService":"true"},"BoolIfExists":{"aws:ViaAWSService":"false"}"#,
            "NEVER-APPLIES",
        ),
        (
            r#""StringEquals":{"aws:PrincipalTag/a":"x","aws:PrincipalTag/b":"y"}"#,
            "",
        ),
        // A second factor.
        (r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, ""),
        (
            r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}"#,
            "MFA-ABSENT",
        ),
        // A permission set by its whole name.
        (
            r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0123456789abcdef"}"#,
            "PERMISSION-SET-ROLE",
        ),
        (
            r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_*"}"#,
            "",
        ),
    ] {
        role(&mut wrong, condition, expect);
    }
}

#[test]
fn actions_and_resources() {
    let mut wrong = Wrong::default();
    let mut allow = |action: &str, expect: &str| {
        let statement = format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:role/App"}},"Action":{action},"Resource":"*"}}"#
        );
        wrong.check(Kind::Resource, &statement, expect);
    };
    for (action, expect) in [
        (r#""kms:Decrypt""#, ""),
        (r#""kms:decrypt""#, "ACTION-CASE"),
        (r#""KMS:Decrypt""#, "ACTION-CASE"),
        (r#""kms:DECRYPT*""#, ""),
        (r#""kms:ReEncrypt""#, "ACTION-UNKNOWN"),
        (r#""kms:ReEncrypt*""#, ""),
        (r#""kms:Dcrypt""#, "ACTION-UNKNOWN"),
        (r#""kms:Frobnicate""#, "ACTION-UNKNOWN"),
        (r#""kms:Frob*""#, "ACTION-UNKNOWN"),
        (r#""kms:*""#, ""),
        (r#""*""#, ""),
        (r#"["kms:*","kms:Decrypt"]"#, "ACTION-REDUNDANT"),
        (r#"["kms:Decrypt","kms:Decrypt"]"#, "REPEATED-VALUE"),
        (
            r#"["kms:GenerateDataKey*","kms:GenerateDataKeyPair*"]"#,
            "ACTION-REDUNDANT",
        ),
        (r#"["kms:Generate*","kms:Decrypt"]"#, ""),
        (r#"["kms:Decrypt","kms:CreateKey"]"#, "ACTION-WITHOUT-KEY"),
        (
            r#"["kms:Decrypt","kms:ListKeys","kms:GenerateRandom"]"#,
            "ACTION-WITHOUT-KEY ACTION-WITHOUT-KEY",
        ),
        (r#"["kms:Create*","kms:List*"]"#, ""),
        (r#"["kms:Decrypt","kms:RetireGrant"]"#, "RETIRE-GRANT"),
        (r#"["kms:Decrypt","s3:GetObject"]"#, "ACTION-OTHER-SERVICE"),
        (r#""kms:CreateGrant""#, "GRANT-UNLIMITED"),
        (r#""kms:Encapsulate""#, ""),
        (r#""kms:GetKeyLastUsage""#, ""),
        (r#"[]"#, "EMPTY-LIST"),
    ] {
        allow(action, expect);
    }
    for (kind, statement, expect) in [
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"NotAction":"kms:PutKeyPolicy","Resource":"*"}"#,
            "NOT-ACTION",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Deny","Principal":"*","NotAction":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}}"#,
            "",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Decrypt"}"#,
            "INERT",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Resource":"*"}"#,
            "INERT",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"}}"#,
            "INERT INERT",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a"}"#,
            "RESOURCE-NAMED",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:444455556666:key/a"}"#,
            "RESOURCE-OTHER",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:alias/a"}"#,
            "RESOURCE-ALIAS",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*","Condition":{}}"#,
            "EMPTY-CONDITION",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":["444455556666"]},"Action":["kms:*"],"Resource":"*"},{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"}"#,
            "REPEATED-STATEMENT",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}}"#,
            "",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"BoolIfExists":{"kms:GrantIsForAWSResource":"true"}}}"#,
            "GRANT-UNLIMITED",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"kms:GrantOperations":"Decrypt"}}}"#,
            "",
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:CreateGrant","Resource":"*"}"#,
            "",
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a"}"#,
            "",
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:alias/a"}"#,
            "RESOURCE-ALIAS",
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":["kms:CreateAlias","kms:DeleteAlias"],"Resource":["arn:aws:kms:us-east-1:111122223333:alias/a","arn:aws:kms:us-east-1:111122223333:key/a"]}"#,
            "",
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":["kms:ListAliases","s3:GetObject"],"Resource":"*"}"#,
            "",
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}}}"#,
            "",
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#,
            "NOT-ACTION",
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:Retire*","Resource":"*"}"#,
            "",
        ),
        (
            Kind::ServiceControl,
            r#"{"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}"#,
            "",
        ),
        (
            Kind::ServiceControl,
            r#"{"Effect":"Deny","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:a":"b"}}}"#,
            "",
        ),
        (
            Kind::ServiceControl,
            r#"{"Effect":"Deny","Action":"kms:ScheduleKeyDelete","Resource":"*"}"#,
            "ACTION-UNKNOWN",
        ),
    ] {
        wrong.check(kind, statement, expect);
    }
}

#[test]
fn principals() {
    let mut wrong = Wrong::default();
    for (statement, expect) in [
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"AROACKCEVSQ6C2EXAMPLE"},"Action":"kms:Decrypt","Resource":"*"}"#,
            "PRINCIPAL-ID",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/u"},"Action":"kms:Decrypt","Resource":"*"}"#,
            "",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}"#,
            "PRINCIPAL-NOBODY",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"CanonicalUser":"79a59d"},"Action":"kms:Decrypt","Resource":"*"}"#,
            "PRINCIPAL-NOBODY",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":[]},"Action":"kms:Decrypt","Resource":"*"}"#,
            "EMPTY-LIST",
        ),
        (
            r#"{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"kms:Decrypt","Resource":"*"}"#,
            "NOT-PRINCIPAL-ALLOW",
        ),
        (
            r#"{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"kms:ReplicateKey","Resource":"*"}"#,
            "NOT-PRINCIPAL-DENY",
        ),
        (
            r#"{"Effect":"Allow","Principal":"*","Action":"kms:DescribeKey","Resource":"*"}"#,
            "OPEN",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:DescribeKey","Resource":"*"}"#,
            "OPEN",
        ),
        (
            r#"{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*"}"#,
            "",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0123456789abcdef"},"Action":"kms:Decrypt","Resource":"*"}"#,
            "PERMISSION-SET-ROLE",
        ),
        (
            r#"{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#,
            "MFA-ABSENT",
        ),
        (
            r#"{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#,
            "",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:ReplicateKey","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*"}"#,
            "TAKEN-BACK",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:ReplicateKey","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}}"#,
            "",
        ),
        (
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:ReplicateKey","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/B"},"Action":"kms:*","Resource":"*"}"#,
            "",
        ),
    ] {
        wrong.check(Kind::Resource, statement, expect);
    }
}

#[test]
fn resource_control_policies() {
    let mut wrong = Wrong::default();
    let mut deny = |condition: &str, expect: &str| {
        let statement = format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{{condition}}}}}"#
        );
        wrong.check(Kind::ResourceControl, &statement, expect);
    };
    for (condition, expect) in [
        (
            r#""StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}"#,
            "",
        ),
        (
            r#""StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#,
            "RCP-SERVICES",
        ),
        (
            r#""StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#,
            "RCP-SERVICES",
        ),
        (
            r#""StringNotEqualsIfExists":{"aws:SourceOrgID":"o-a1b2c3d4e5"},"Null":{"aws:SourceAccount":"false"},"Bool":{"aws:PrincipalIsAWSService":"true"}"#,
            "",
        ),
        (r#""BoolIfExists":{"aws:SecureTransport":"false"}"#, ""),
        (
            r#""NotIpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}"#,
            "RCP-SERVICES",
        ),
        (
            r#""NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"},"Bool":{"aws:PrincipalIsAWSService":"false"}"#,
            "",
        ),
        (
            r#""StringEquals":{"aws:PrincipalAccount":"444455556666"}"#,
            "",
        ),
    ] {
        deny(condition, expect);
    }
    wrong.check(
        Kind::ResourceControl,
        r#"{"Effect":"Deny","Principal":"*","Action":"kms:RetireGrant","Resource":"*"}"#,
        "RETIRE-GRANT",
    );
    wrong.check(
        Kind::ResourceControl,
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#,
        "",
    );
}

#[test]
fn the_kind_is_told_by_what_stands_there() {
    for (text, kind) in [
        (
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*"}}"#,
            Kind::Resource,
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","NotPrincipal":"*"}]}"#,
            Kind::Resource,
        ),
        (
            r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:*"}]}"#,
            Kind::ResourceControl,
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"kms:*"}]}"#,
            Kind::Identity,
        ),
        ("{}", Kind::Resource),
        ("no json", Kind::Resource),
    ] {
        assert_eq!(detect_kind(text), kind, "{text}");
    }
}
