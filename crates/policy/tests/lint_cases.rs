//! Small cases for the lint: what stands in a statement, and the rules that find something in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod lint_table;

use claviger_policy::Kind;
use claviger_policy::lint::{Options, detect_kind, lint};
use lint_table::{Wrong, table};

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

const EVERYBODY: &str = r##"
# Who calls.
"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"} => 
"StringEqualsIgnoreCase":{"aws:PrincipalOrgID":"O-A1B2C3D4E5"} => 
"StringLike":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"} => 
"StringEquals":{"aws:PrincipalAccount":"111122223333"} => 
"StringEquals":{"aws:PrincipalAccount":["111122223333","444455556666"]} => 
"StringEquals":{"kms:CallerAccount":"111122223333"} => 
"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"secretsmanager.us-west-2.amazonaws.com"} => 
"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"} => KMS5
"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/App"} => 
"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-reserved/*"} => KMS5
"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"} => KMS5
"ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"} => 
"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"} => KMS5
"StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"} => KMS5
"StringEquals":{"aws:SourceVpce":"vpce-0123456789abcdef0"} => 
"StringEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"} => 
"IpAddress":{"aws:SourceIp":"198.51.100.0/24"} => 
"StringEquals":{"aws:SourceAccount":"111122223333"} => 
"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"},"Bool":{"aws:PrincipalIsAWSService":"true"} => 
"ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket"} => 
# IfExists with Null beside it.
"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"Null":{"aws:PrincipalOrgID":"false"} => 
"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"StringEquals":{"kms:CallerAccount":"111122223333"} => 
# What holds for strangers.
"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"} => CONDITION-FAILS-OPEN
"StringNotEquals":{"aws:PrincipalOrgID":"o-1111111111"} => CONDITION-FAILS-OPEN ORGANIZATION-OTHER
"StringLike":{"aws:PrincipalOrgID":"*"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalOrgID":"o-*"} => CONDITION-FAILS-OPEN KMS5
"Null":{"aws:PrincipalOrgID":"true"} => CONDITION-FAILS-OPEN
"Null":{"aws:PrincipalOrgID":"false"} => CONDITION-FAILS-OPEN
"StringNotEquals":{"aws:PrincipalAccount":"444455556666"} => CONDITION-FAILS-OPEN
"ArnLike":{"aws:PrincipalArn":"*"} => CONDITION-FAILS-OPEN KMS5
"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Admin"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*"} => CONDITION-FAILS-OPEN KMS5
"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/Bad"} => CONDITION-FAILS-OPEN
"StringEqualsIfExists":{"aws:SourceAccount":"111122223333"} => CONDITION-FAILS-OPEN
"StringNotEquals":{"aws:SourceAccount":"444455556666"} => CONDITION-FAILS-OPEN
"IpAddress":{"aws:SourceIp":"0.0.0.0/0"} => CONDITION-FAILS-OPEN
"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"} => CONDITION-FAILS-OPEN
"StringNotEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"} => CONDITION-FAILS-OPEN
"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/"} => CONDITION-FAILS-OPEN FORALL-OPEN
"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"} => CONDITION-FAILS-OPEN FORALL-OPEN
"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"purpose"} => FORALL-OPEN OPEN
# Patterns leave room for strangers.
"StringLike":{"aws:SourceVpce":"vpce-*"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:SourceVpc":"vpc-*"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalAccount":"1*"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalAccount":"??????????22"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalAccount":"11112222333?"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:VpceAccount":"*2*"} => CONDITION-FAILS-OPEN KMS5
"StringEquals":{"aws:VpceAccount":"111122223333"} => 
"StringEquals":{"aws:VpceOrgID":"o-a1b2c3d4e5"} => 
"StringLike":{"aws:PrincipalOrgID":"o-a*"} => CONDITION-FAILS-OPEN KMS5
"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"*/ou-ab*"} => CONDITION-FAILS-OPEN KMS5
"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-*"} => CONDITION-FAILS-OPEN KMS5
"ForAnyValue:StringLike":{"aws:VpceOrgPaths":"o-a1b2c3d4e5/*"} => KMS5
"StringLike":{"aws:userid":"*:alice"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:userid":"AROAEXAMPLEEXAMPLE123:*"} => KMS5
"NumericLessThan":{"aws:PrincipalAccount":500000000000} => CONDITION-FAILS-OPEN OPERATOR-TYPE
"StringLike":{"aws:PrincipalArn":"arn:aws:iam::????????????:role/Admin"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalArn":"*:role/Admin"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalArn":"arn:aws:iam::1111*"} => CONDITION-FAILS-OPEN KMS5
# Addresses: outside what is narrow enough to be somebody's own.
"IpAddress":{"aws:SourceIp":"203.0.113.0/24"} => 
"IpAddress":{"aws:SourceIp":"2001:db8::/32"} => 
"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]} => 
"IpAddress":{"aws:SourceIp":"0.0.0.0/1"} => CONDITION-FAILS-OPEN
"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/2"]} => CONDITION-FAILS-OPEN
"IpAddress":{"aws:SourceIp":"::/0"} => CONDITION-FAILS-OPEN
# Variables: what the caller chooses for itself, and what it cannot.
"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalTag/acct}"} => CONDITION-FAILS-OPEN KMS5
"StringEquals":{"aws:PrincipalOrgID":"${aws:PrincipalTag/org}"} => CONDITION-FAILS-OPEN KMS5
"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"} => CONDITION-FAILS-OPEN KMS5
"StringLike":{"aws:PrincipalArn":"${aws:PrincipalArn}"} => CONDITION-FAILS-OPEN KMS5
"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"} => KMS5
"StringEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"} => KMS5
# The key's own account and organisation are the same in every call.
"StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"} => OPEN
"StringEquals":{"aws:ResourceAccount":"222233334444"} => 
"ForAnyValue:StringLike":{"aws:ResourceOrgPaths":"o-a1b2c3d4e5/*"} => KMS5 OPEN
# Set by AWS for the account that they name.
"ArnLike":{"lambda:SourceFunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f"} => 
"ArnLike":{"ec2:SourceInstanceARN":"arn:aws:ec2:us-east-1:111122223333:instance/i-1"} => 
"StringEquals":{"aws:FederatedProvider":"arn:aws:iam::111122223333:saml-provider/x"} => 
"StringEquals":{"aws:FederatedProvider":"accounts.google.com"} => OPEN
"StringEquals":{"aws:PrincipleOrgID":"o-a1b2c3d4e5"} => KEY-UNKNOWN
"Bool":{"aws:PrincipalIsAWSService":"true"} => OPEN
"Bool":{"aws:PrincipalIsAWSService":"false"} => OPEN
# What the caller chooses keeps nobody out.
"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"} => KMS5 OPEN
"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"} => OPEN
"StringEquals":{"kms:EncryptionContext:purpose":"app"} => OPEN
"StringEquals":{"aws:PrincipalTag/team":"identity"} => OPEN
"Bool":{"aws:SecureTransport":"true"} => OPEN
"Bool":{"aws:MultiFactorAuthPresent":"true"} => OPEN
"StringEquals":{"aws:RequestedRegion":"us-east-1"} => OPEN
"StringEquals":{"aws:ResourceAccount":"111122223333"} => OPEN
"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT"} => OPEN
"StringEquals":{"aws:username":"admin"} => OPEN
"StringEquals":{"aws:UserAgent":"mine"} => OPEN
"StringEquals":{"kms:RequestAlias":"alias/app"} => OPEN
# Strangers that only some values show: some letter, some spelling.
"StringLike":{"aws:PrincipalTag/t":"a?"},"StringNotEquals":{"aws:PrincipalTag/t":["ax","a0","a7"]} => KMS5 OPEN
"StringEqualsIgnoreCase":{"aws:PrincipalTag/t":"abc"},"StringNotEquals":{"aws:PrincipalTag/t":["abc","ABC"]} => OPEN
# What is spelled out is meant, whatever it is.
"StringEquals":{"aws:PrincipalAccount":"999999999999"} => 
"StringEquals":{"aws:PrincipalOrgID":"o-zzzzzzzzzz"} => ORGANIZATION-OTHER
"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::999999999999:role/other"} => 
"NumericGreaterThan":{"aws:PrincipalAccount":"111122223332"},"NumericLessThan":{"aws:PrincipalAccount":"111122223334"} => OPERATOR-TYPE OPERATOR-TYPE
# No organisation and no principal has such a name.
"StringLike":{"aws:PrincipalOrgID":"o-A*"} => KMS5
"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::*:assumed-role/App/*"} => KMS5 VALUE-FORM
# What a person does not bring, a service does not, and other services' keys, which are theirs to say.
"Bool":{"aws:PrincipalIsAWSService":"false"},"StringLike":{"aws:SourceAccount":"*"} => KMS5
"Bool":{"aws:PrincipalIsAWSService":"false"},"StringLike":{"aws:SourceOrgID":"*"} => KMS5
"Bool":{"aws:PrincipalIsAWSService":"false"},"ForAnyValue:StringLike":{"aws:SourceOrgPaths":"*"} => KMS5
"Bool":{"aws:PrincipalIsAWSService":"false"},"ArnLike":{"aws:SourceArn":"*"} => KMS5
"Bool":{"aws:PrincipalIsAWSService":"false"},"StringEquals":{"aws:PrincipalServiceName":"s3.amazonaws.com"} => 
"Bool":{"aws:PrincipalIsAWSService":"true"},"StringLike":{"aws:PrincipalAccount":"*"} => KMS5
"StringEquals":{"aws:PrincipalServiceName":"s3.amazonaws.com"} => OPEN
"StringEquals":{"saml:aud":"x"} => 
"Bool":{"kms:GrantIsForAWSResource":"true"} => NEVER-APPLIES
"ArnLike":{"aws:SignInSessionArn":"arn:aws:signin:us-east-1:111122223333:session/*"} => KMS5
"StringEquals":{"kms:EncryptionContext:aws:x":"app"} => OPEN
"##;

/// What truly narrows is no finding, however it is written; what only looks like it is one.
#[test]
fn everybody_under_a_condition() {
    let mut wrong = Wrong::default();
    for (condition, expect) in table(EVERYBODY) {
        everybody(&mut wrong, condition, expect);
    }
}

const SERVICES: &str = r##"
cloudtrail.amazonaws.com kms:GenerateDataKey "StringEquals":{"aws:SourceAccount":"111122223333"} => 
cloudtrail.amazonaws.com kms:GenerateDataKey "StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:111122223333:trail/t"} => 
cloudtrail.amazonaws.com kms:GenerateDataKey "StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111122223333:trail/*"} => 
logs.us-east-1.amazonaws.com kms:Decrypt "ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:*"} => 
logs.us-east-1.amazonaws.com kms:Decrypt "ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:*:*"} => SERVICE-SOURCE
logs.us-east-1.amazonaws.com kms:Decrypt "StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"} => 
sns.amazonaws.com kms:Decrypt "StringEqualsIfExists":{"aws:SourceAccount":"111122223333"} => SERVICE-SOURCE
sns.amazonaws.com kms:Decrypt "StringNotEquals":{"aws:SourceAccount":"444455556666"} => SERVICE-SOURCE
sns.amazonaws.com kms:Decrypt "StringLike":{"aws:SourceAccount":"*"} => SERVICE-SOURCE
sns.amazonaws.com kms:Decrypt "ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"} => SERVICE-SOURCE
sns.amazonaws.com kms:Decrypt "ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"} => 
sns.amazonaws.com kms:Decrypt "StringLike":{"aws:SourceAccount":"1*"} => SERVICE-SOURCE
sns.amazonaws.com kms:Decrypt "StringEquals":{"aws:ResourceAccount":"111122223333"} => SERVICE-SOURCE
sns.amazonaws.com kms:Decrypt "ArnLike":{"aws:SourceArn":"arn:aws:sns:*:${aws:ResourceAccount}:*"} => 
sns.amazonaws.com kms:Decrypt "ForAnyValue:StringLike":{"aws:SourceOrgPaths":"o-a1b2c3d4e5/r-ab12/*"} => 
sns.amazonaws.com kms:Decrypt "StringEquals":{"kms:CallerAccount":"111122223333"} => 
s3.amazonaws.com kms:Decrypt "ArnLike":{"aws:SourceArn":"arn:aws:s3:*:*:my-bucket"} => 
s3.amazonaws.com kms:Decrypt "ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket/*"} => 
s3.amazonaws.com kms:Decrypt "ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"} => SERVICE-SOURCE
s3.amazonaws.com kms:Decrypt "ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-*"} => SERVICE-SOURCE
s3.amazonaws.com kms:Decrypt "StringEquals":{"kms:EncryptionContext:foo":"bar"} => SERVICE-SOURCE
s3.amazonaws.com kms:Decrypt "StringEquals":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::my-bucket"} => 
secretsmanager.amazonaws.com kms:Decrypt "StringEquals":{"kms:EncryptionContext:SecretARN":"arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf"} => 
sns.amazonaws.com kms:DescribeKey "Bool":{"aws:SecureTransport":"true"} => 
sns.amazonaws.com kms:* "Bool":{"aws:SecureTransport":"true"} => SERVICE-SOURCE
sso.amazonaws.com kms:Decrypt "StringEquals":{"aws:SourceAccount":"${aws:ResourceAccount}"} => 
iam-identity-center.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
identity-center.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
identitycenter.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
SSO.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
sso.amazonaws.com.cn kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
ssoadmin.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
events.amazonaws.com.cn kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => 
sso.us-east-1.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
sso.amazonaws.co kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
identitystroe.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
secretmanager.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => SERVICE-UNKNOWN
secretsmanager.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => 
bedrock.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => 
delivery.logs.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => 
logs.eu-central-1.amazonaws.com kms:DescribeKey "StringEquals":{"aws:SourceAccount":"111122223333"} => 
s3.amazonaws.com kms:Decrypt "StringEquals":{"aws:SourceArn":"arn:aws:s3:::other"} => 
sns.amazonaws.com kms:Decrypt "StringEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:999999999999:other"} => 
sns.amazonaws.com kms:Decrypt "StringEquals":{"kms:EncryptionContext:account":"111122223333"} => 
sns.amazonaws.com kms:Decrypt "StringEquals":{"kms:EncryptionContext:account":"11112222333"} => SERVICE-SOURCE
sns.amazonaws.com kms:Decrypt "StringLike":{"aws:PrincipalAccount":"*"} => 
sns.amazonaws.com kms:Decrypt "StringLike":{"aws:PrincipalOrgID":"*"} => 
sns.amazonaws.com kms:Decrypt "ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"*"} => 
sns.amazonaws.com kms:Decrypt "ArnLike":{"aws:PrincipalArn":"*"} => 
sns.amazonaws.com kms:Decrypt "StringLike":{"aws:userid":"*"} => 
sns.amazonaws.com kms:Decrypt "StringEquals":{"aws:PrincipalServiceName":"sns.amazonaws.com"} => SERVICE-SOURCE
sns.amazonaws.com kms:Decrypt "StringEquals":{"aws:PrincipalServiceName":"s3.amazonaws.com"} => 
"##;

#[test]
fn services_and_for_whom_they_act() {
    let mut wrong = Wrong::default();
    for (case, expect) in table(SERVICES) {
        let mut words = case.splitn(3, ' ');
        let mut word = || words.next().unwrap();
        let (name, action, condition) = (word(), word(), word());
        service(&mut wrong, name, action, condition, expect);
    }
}

const CONDITIONS: &str = r##"
# Keys.
"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"} => 
"StringEquals":{"KMS:viaservice":"s3.us-east-1.amazonaws.com"} => 
"StringEquals":{"kms:ViaServices":"s3.us-east-1.amazonaws.com"} => KEY-UNKNOWN
"StringEquals":{"aws:PrincipalOrgId":"o-a1b2c3d4e5"} => 
"StringEquals":{"aws:PrincipleOrgID":"o-a1b2c3d4e5"} => KEY-UNKNOWN
"StringEquals":{"aws:SourceARN":"arn:aws:s3:::b"} => 
"StringEquals":{"saml:aud":"x"} => 
"StringEquals":{"aws:PrincipalTag/":"x"} => KEY-NAME
"StringEquals":{"kms:EncryptionContext:":"x"} => KEY-NAME
"StringEquals":{"kms:EncryptionContext":"x"} => KEY-NAME
"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT"} => 
"StringEquals":{"kms:CustomerMasterKeySpec":"SYMMETRIC_DEFAULT"} => KEY-DEPRECATED
"StringEquals":{"kms:CustomerMasterKeyUsage":"ENCRYPT_DECRYPT"} => KEY-DEPRECATED
"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"} => KEY-HIDDEN
# Keys that Decrypt does not carry.
"StringEquals":{"kms:SigningAlgorithm":"RSASSA_PSS_SHA_256"} => NEVER-APPLIES
"Bool":{"kms:GrantIsForAWSResource":"true"} => NEVER-APPLIES
"BoolIfExists":{"kms:GrantIsForAWSResource":"true"} => 
"StringNotEquals":{"kms:SigningAlgorithm":"RSASSA_PSS_SHA_256"} => 
"StringEquals":{"aws:RequestTag/team":"a"} => NEVER-APPLIES
"StringEquals":{"kms:EncryptionAlgorithm":"SYMMETRIC_DEFAULT"} => 
"Bool":{"kms:ReEncryptOnSameKey":"true"} => NEVER-APPLIES
# Set operators.
"StringEquals":{"kms:EncryptionContextKeys":"a"} => QUALIFIER-MISSING
"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"} => 
"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"} => FORALL-OPEN
"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"},"Null":{"kms:EncryptionContextKeys":"false"} => 
"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"},"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"} => 
"ForAllValues:StringEquals":{"kms:EncryptionContext:a":"b"} => FORALL-OPEN
"ForAllValues:StringEquals":{"kms:EncryptionContext:a":"b"},"StringLike":{"kms:EncryptionContext:a":"*"} => 
"ForAnyValue:StringEquals":{"kms:EncryptionContext:a":"b"} => QUALIFIER-NEEDLESS
"ForAnyValue:Null":{"kms:EncryptionContext:a":"false"} => QUALIFIER-NEEDLESS
"ForAnyValue:StringNotEquals":{"kms:EncryptionContext:a":"b"} => 
"ForAnyValue:StringEqualsIfExists":{"kms:EncryptionContext:a":"b"} => 
"ForAnyValue:ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"} => 
"ForAllValues:StringNotEquals":{"kms:EncryptionContext:a":"b"} => FORALL-OPEN
"Null":{"kms:EncryptionContext:a":"false"} => 
"Null":{"kms:EncryptionContextKeys":"false"} => 
"StringEquals":{"aws:CalledVia":"s3.amazonaws.com"} => QUALIFIER-MISSING
"StringEquals":{"aws:CalledViaFirst":"s3.amazonaws.com"} => 
"StringEquals":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/"} => QUALIFIER-MISSING
# Values.
"Bool":{"aws:ViaAWSService":true} => 
"Bool":{"aws:ViaAWSService":"TRUE"} => 
"Bool":{"aws:ViaAWSService":"1"} => VALUE-TYPE
"Null":{"aws:SourceIp":"no"} => VALUE-TYPE
"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"} => 
"NumericLessThan":{"aws:MultiFactorAuthAge":3600} => 
"NumericLessThan":{"aws:MultiFactorAuthAge":"1h"} => VALUE-TYPE
"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"} => 
"DateLessThan":{"aws:CurrentTime":"1798761600"} => 
"DateLessThan":{"aws:CurrentTime":"tomorrow"} => VALUE-TYPE
"DateLessThan":{"aws:CurrentTime":"2027-13-01T00:00:00Z"} => VALUE-TYPE
"NumericLessThan":{"aws:EpochTime":"1798761600"} => 
"StringEquals":{"aws:CurrentTime":"2027-01-01T00:00:00Z"} => OPERATOR-TYPE
"IpAddress":{"aws:SourceIp":"203.0.113.0/24"} => 
"IpAddress":{"aws:SourceIp":"203.0.113.9"} => 
"IpAddress":{"aws:SourceIp":"203.0.113.9/24"} => IP-HOST-BITS
"IpAddress":{"aws:SourceIp":"2001:db8::/32"} => 
"IpAddress":{"aws:SourceIp":"2001:db8::1/32"} => IP-HOST-BITS
"IpAddress":{"aws:SourceIp":"0.0.0.0/0"} => 
"IpAddress":{"aws:SourceIp":"203.0.113"} => VALUE-TYPE
"IpAddress":{"aws:SourceIp":"203.0.113.0/33"} => VALUE-TYPE
"StringEquals":{"aws:SourceIp":"203.0.113.9"} => OPERATOR-TYPE
"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b*"} => 
"ArnLike":{"aws:SourceArn":"*"} => 
"ArnLike":{"aws:SourceArn":"my-bucket"} => VALUE-FORM VALUE-TYPE
"StringEquals":{"aws:SourceArn":"my-bucket"} => VALUE-FORM
"StringEquals":{"aws:SourceAccount":"1111-2222-3333"} => VALUE-FORM
"StringEquals":{"aws:SourceAccount":"111122223333"} => 
"StringEquals":{"kms:CallerAccount":"11112222333"} => VALUE-FORM
"StringEquals":{"aws:PrincipalOrgID":"r-ab12"} => VALUE-FORM
"StringEquals":{"aws:PrincipalOrgID":"o-b1b2c3d4e5"} => ORGANIZATION-OTHER
"StringEquals":{"aws:PrincipalOrgID":["o-a1b2c3d4e5","o-b1b2c3d4e5"]} => ORGANIZATION-OTHER
"StringEquals":{"aws:SourceVpc":"0123456789abcdef0"} => VALUE-FORM
"StringEquals":{"aws:SourceVpce":"vpc-0123456789abcdef0"} => VALUE-FORM
"StringEquals":{"kms:ViaService":"s3.amazonaws.com"} => VALUE-FORM
"StringEquals":{"kms:ViaService":"s3"} => VALUE-FORM
"StringEquals":{"kms:ViaService":"s3.cn-north-1.amazonaws.com.cn"} => 
"StringEquals":{"kms:RequestAlias":"app"} => VALUE-FORM
"ArnEquals":{"aws:PrincipalArn":"arn:aws:sts::111122223333:assumed-role/App/s"} => VALUE-FORM
"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::111122223333:assumed-role/App/*"} => VALUE-FORM
"StringEquals":{"kms:EncryptionContext:q":"why?"} => 
"Bool":{"aws:ViaAWSMCPService":"true"} => 
"StringEquals":{"aws:CalledViaAWSMCP":"a.amazonaws.com"} => 
"ArnLike":{"aws:SignInSessionArn":"arn:aws:signin:us-east-1:111122223333:session/*"} => 
"StringEquals":{"kms:RequestAlias":"alias/app"} => 
"StringEquals":{"kms:ViaService":"s3.*.amazonaws.com"} => VALUE-WILDCARD
"StringNotEquals":{"kms:EncryptionContext:a":"x*"} => VALUE-WILDCARD
"StringEquals":{"kms:EncryptionContext:a":"x${*}"} => 
"StringEquals":{"kms:EncryptionContext:a":"${aws:PrincipalAccount}"} => 
"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"} => 
# A second factor.
"Bool":{"aws:MultiFactorAuthPresent":"true"} => 
"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"} => MFA-ABSENT
# A permission set by its whole name.
"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0123456789abcdef"} => PERMISSION-SET-ROLE
"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_*"} => 
# Lists of values.
"StringEquals":{"aws:PrincipalTag/a":["x","x"]} => REPEATED-VALUE
"StringEquals":{"aws:PrincipalTag/a":[]} => EMPTY-LIST
# Forms.
"ArnLike":{"aws:SourceArn":"a:b:c:d:e:f"} => VALUE-FORM VALUE-TYPE
"ArnLike":{"kms:EncryptionContext:x":"arn:b"} => VALUE-TYPE
"StringEquals":{"aws:SourceArn":"arn:aws:s3"} => VALUE-FORM
"StringEquals":{"aws:SourceVpc":"vpc-short"} => VALUE-FORM
"StringEquals":{"aws:SourceVpc":"vpc-0123456789abcd-f"} => VALUE-FORM
"StringEqualsIgnoreCase":{"kms:ViaService":"s3.*.amazonaws.com"} => VALUE-WILDCARD
"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"} => 
"##;

#[test]
fn conditions() {
    let mut wrong = Wrong::default();
    for (condition, expect) in table(CONDITIONS) {
        role(&mut wrong, condition, expect);
    }
}

const ACTIONS: &str = r##"
"kms:Decrypt" => 
"kms:decrypt" => ACTION-CASE
"KMS:Decrypt" => ACTION-CASE
"kms:DECRYPT*" => 
"kms:ReEncrypt" => ACTION-UNKNOWN
"kms:ReEncrypt*" => 
"kms:Dcrypt" => ACTION-UNKNOWN
"kms:Frobnicate" => ACTION-UNKNOWN
"kms:Frob*" => ACTION-UNKNOWN
"kms:*" => 
"*" => 
["kms:*","kms:Decrypt"] => ACTION-REDUNDANT
["kms:Decrypt","kms:Decrypt"] => REPEATED-VALUE
["kms:GenerateDataKey*","kms:GenerateDataKeyPair*"] => ACTION-REDUNDANT
["kms:Generate*","kms:Decrypt"] => 
["kms:Decrypt","kms:CreateKey"] => ACTION-WITHOUT-KEY
["kms:Decrypt","kms:ListKeys","kms:GenerateRandom"] => ACTION-WITHOUT-KEY ACTION-WITHOUT-KEY
["kms:Create*","kms:List*"] => GRANT-UNLIMITED
["kms:Decrypt","kms:RetireGrant"] => RETIRE-GRANT
["kms:Decrypt","s3:GetObject"] => ACTION-OTHER-SERVICE
"kms:CreateGrant" => GRANT-UNLIMITED
"kms:Encapsulate" => 
"kms:GetKeyLastUsage" => 
[] => EMPTY-LIST
"##;

const STATEMENTS: &str = r##"
Resource {"Effect":"Allow","Principal":{"AWS":"111122223333"},"NotAction":"kms:PutKeyPolicy","Resource":"*"} => NOT-ACTION
Resource {"Effect":"Deny","Principal":"*","NotAction":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}} => 
Resource {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Decrypt"} => INERT
Resource {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Resource":"*"} => INERT
Resource {"Effect":"Allow","Principal":{"AWS":"111122223333"}} => INERT INERT
Resource {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a"} => RESOURCE-NAMED
Resource {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:444455556666:key/a"} => RESOURCE-OTHER
Resource {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:alias/a"} => RESOURCE-ALIAS
Resource {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*","Condition":{}} => EMPTY-CONDITION
Resource {"Effect":"Allow","Principal":{"AWS":["444455556666"]},"Action":["kms:*"],"Resource":"*"},{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"} => REPEATED-STATEMENT
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}} => 
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"BoolIfExists":{"kms:GrantIsForAWSResource":"true"}}} => GRANT-UNLIMITED
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"kms:GrantOperations":"Decrypt"}}} => GRANT-UNLIMITED
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt","Decrypt"]}}} => 
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":["kms:CreateGrant","kms:Decrypt"],"Resource":"*","Condition":{"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt","Decrypt"]}}} => FORALL-OPEN
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:TagResource","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}} => FORALL-OPEN
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"StringLike":{"kms:GranteePrincipal":"*"}}} => GRANT-UNLIMITED
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"StringEquals":{"kms:GranteePrincipal":"arn:aws:iam::111122223333:role/G"}}} => 
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"false"}}} => GRANT-UNLIMITED
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"StringLike":{"kms:ViaService":"ec2.*.amazonaws.com"}}} => 
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":["kms:Create*","kms:Decrypt"],"Resource":"*"} => GRANT-UNLIMITED
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":["kms:Create*","kms:Put*"],"Resource":"*"} => 
Resource {"Effect":"Allow","Principal":"*","NotAction":"kms:ScheduleKeyDeletion","Resource":"*"} => NOT-ACTION OPEN
Resource {"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}} => OPEN-HELD-BACK
Resource {"Effect":"Allow","Principal":"*","Action":["kms:Decrypt","kms:Encrypt"],"Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}} => OPEN
Resource {"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"Bool":{"aws:PrincipalIsAWSService":"false"}}} => OPEN
Resource {"Effect":"Allow","Principal":"*","Action":"kms:ListKeys","Resource":"*"} => ACTION-WITHOUT-KEY
Resource {"Effect":"Allow","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"} => OPEN
Resource {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:CreateGrant","Resource":"*"} => 
Identity {"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a"} => 
Identity {"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:alias/a"} => RESOURCE-ALIAS
Identity {"Effect":"Allow","Action":["kms:CreateAlias","kms:DeleteAlias"],"Resource":["arn:aws:kms:us-east-1:111122223333:alias/a","arn:aws:kms:us-east-1:111122223333:key/a"]} => 
Identity {"Effect":"Allow","Action":["kms:ListAliases","s3:GetObject"],"Resource":"*"} => 
Identity {"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}}} => 
Identity {"Effect":"Allow","NotAction":"iam:*","Resource":"*"} => NOT-ACTION
Identity {"Effect":"Allow","Action":"kms:Retire*","Resource":"*"} => 
Identity {"Effect":"Deny","Action":"kms:Decrypt","NotResource":"*"} => NEVER-APPLIES
Identity {"Effect":"Deny","NotAction":"*","Resource":"*"} => NEVER-APPLIES
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:ImportKeyMaterial","Resource":"*","Condition":{"NumericLessThanEquals":{"kms:ValidTo":"1546257599.0"}}} => 
Resource {"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:*"}}} => 
# A service that AWS's pages let use a key. Route 53's for DNSSEC: the page shows the first with and without a source, the second without.
Resource {"Effect":"Allow","Principal":{"Service":"dnssec-route53.amazonaws.com"},"Action":["kms:DescribeKey","kms:GetPublicKey","kms:Sign"],"Resource":"*"} => SERVICE-SOURCE
Resource {"Effect":"Allow","Principal":{"Service":"dnssec-route53.amazonaws.com"},"Action":["kms:DescribeKey","kms:GetPublicKey","kms:Sign"],"Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:route53:::hostedzone/*"}}} => 
Resource {"Effect":"Allow","Principal":{"Service":"dnssec-route53.amazonaws.com"},"Action":["kms:CreateGrant"],"Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":true}}} => 
Resource {"Effect":"Allow","Principal":{"Service":"dnssec-route53.amazonaws.com"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"BoolIfExists":{"kms:GrantIsForAWSResource":true}}} => GRANT-UNLIMITED SERVICE-SOURCE
Resource {"Effect":"Allow","Principal":{"Service":"dnssec-route53.amazonaws.com"},"Action":["kms:CreateGrant","kms:RevokeGrant"],"Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":true}}} => SERVICE-SOURCE
Resource {"Effect":"Allow","Principal":{"Service":"dnssec-route53.amazonaws.com"},"NotAction":"kms:PutKeyPolicy","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":true}}} => NOT-ACTION SERVICE-SOURCE
# EventBridge's, of a bus and of an archive.
Resource {"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":["kms:DescribeKey"],"Resource":"*"} => 
Resource {"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:events:event-bus:arn":"arn:aws:events:us-east-1:111122223333:event-bus/b","aws:SourceArn":"arn:aws:events:us-east-1:111122223333:event-bus/b"}}} => 
Resource {"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt","kms:ReEncrypt*"],"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:events:event-bus:arn":"arn:aws:events:us-east-1:111122223333:event-bus/b"}}} => 
# Scheduler's page lists DescribeKey beside the others; its calls carry no context, and other statements must allow them.
Identity {"Effect":"Allow","Action":["kms:DescribeKey","kms:GenerateDataKey","kms:Decrypt"],"Resource":"arn:aws:kms:us-west-2:111122223333:key/a","Condition":{"StringLike":{"kms:ViaService":"scheduler.us-west-2.amazonaws.com","kms:EncryptionContext:aws:scheduler:schedule:arn":"arn:aws:scheduler:us-west-2:111122223333:schedule/g/s"}}} => KEY-NOT-CARRIED
ServiceControl {"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"} => 
ServiceControl {"Effect":"Deny","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:a":"b"}}} => 
ServiceControl {"Effect":"Deny","Action":"kms:ScheduleKeyDelete","Resource":"*"} => ACTION-UNKNOWN
# Who may not, whatever the statement says; and what a Deny leaves open.
Resource {"Effect":"Allow","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"Bool":{"aws:PrincipalIsAWSService":"false"}}} => 
Resource {"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"x"}}} => OPEN
Resource {"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalServiceName":"sns.amazonaws.com"}}},{"Effect":"Deny","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:*","Resource":"*"} => OPEN-HELD-BACK
# Aliases and keys of others.
Identity {"Effect":"Allow","NotAction":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:alias/a"} => NOT-ACTION
Identity {"Effect":"Allow","Action":["kms:CreateAlias","kms:Decrypt"],"Resource":"arn:aws:kms:us-east-1:111122223333:alias/a"} => 
Resource {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:44445555666*:key/a"} => RESOURCE-NAMED
Resource {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/R"},"Action":"kms:Describe*","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:a":"b"}}} => NEVER-APPLIES
"##;

#[test]
fn actions_and_resources() {
    let mut wrong = Wrong::default();
    let mut allow = |action: &str, expect: &str| {
        let statement = format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:role/App"}},"Action":{action},"Resource":"*"}}"#
        );
        wrong.check(Kind::Resource, &statement, expect);
    };
    for (action, expect) in table(ACTIONS) {
        allow(action, expect);
    }
    for (case, expect) in table(STATEMENTS) {
        let (kind, statement) = case.split_once(' ').unwrap();
        let kind = match kind {
            "Resource" => Kind::Resource,
            "Identity" => Kind::Identity,
            "ServiceControl" => Kind::ServiceControl,
            other => panic!("{other}"),
        };
        wrong.check(kind, statement, expect);
    }
}

const PRINCIPALS: &str = r##"
{"Effect":"Allow","Principal":{"AWS":"AROACKCEVSQ6C2EXAMPLE"},"Action":"kms:Decrypt","Resource":"*"} => PRINCIPAL-ID
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/u"},"Action":"kms:Decrypt","Resource":"*"} => 
{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"} => PRINCIPAL-NOBODY
{"Effect":"Allow","Principal":{"CanonicalUser":"79a59d"},"Action":"kms:Decrypt","Resource":"*"} => PRINCIPAL-NOBODY
{"Effect":"Allow","Principal":{"AWS":[]},"Action":"kms:Decrypt","Resource":"*"} => EMPTY-LIST
{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"kms:Decrypt","Resource":"*"} => NOT-PRINCIPAL-ALLOW
{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"kms:ReplicateKey","Resource":"*"} => NOT-PRINCIPAL-DENY
{"Effect":"Allow","Principal":"*","Action":"kms:DescribeKey","Resource":"*"} => OPEN
{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:DescribeKey","Resource":"*"} => OPEN
{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*"} => 
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0123456789abcdef"},"Action":"kms:Decrypt","Resource":"*"} => PERMISSION-SET-ROLE
{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}} => MFA-ABSENT
{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}} => 
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:ReplicateKey","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*"} => TAKEN-BACK
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:ReplicateKey","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}} => 
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/A"},"Action":"kms:Decrypt","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"} => TAKEN-BACK
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:Decrypt","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"} => TAKEN-BACK
{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::444455556666:role/A"},"Action":"kms:*","Resource":"*"} => 
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:ReplicateKey","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/B"},"Action":"kms:*","Resource":"*"} => 
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_team"},"Action":"kms:Decrypt","Resource":"*"} => 
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789ab-cde"},"Action":"kms:Decrypt","Resource":"*"} => 
{"Effect":"Deny","Principal":"*","Action":"kms:ReplicateKey","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}} => 
"##;

#[test]
fn principals() {
    let mut wrong = Wrong::default();
    for (statement, expect) in table(PRINCIPALS) {
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
        (r#""Bool":{"aws:ViaAWSService":"true"}"#, ""),
        (
            r#""StringNotEquals":{"aws:PrincipalServiceName":"sso.amazonaws.com"}"#,
            "",
        ),
        (
            r#""StringNotEquals":{"aws:SourceAccount":"111122223333"}"#,
            "",
        ),
        (r#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#, ""),
        (
            r#""StringEquals":{"aws:RequestedRegion":"eu-west-1"}"#,
            "RCP-SERVICES",
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
    for (action, expect) in [
        (r#""NotAction":"kms:Decrypt""#, "RCP-ACTION RCP-SERVICES"),
        (r#""Action":"*""#, "RCP-ACTION RCP-SERVICES"),
        (r#""Action":"ec2:RunInstances""#, "RCP-ACTION"),
        (r#""Action":["s3:*","dynamodb:GetItem"]"#, ""),
    ] {
        let statement = format!(r#"{{"Effect":"Deny","Principal":"*",{action},"Resource":"*"}}"#);
        wrong.check(Kind::ResourceControl, &statement, expect);
    }
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

const REPAIRS: &str = r##"
# The key's account is told.
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"} => 
444455556666 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"} => LOCKOUT
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Decrypt","Resource":"*"} => LOCKOUT
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"} => LOCKOUT
# A Deny that spares somebody.
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/KeyAdmin"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:ResourceAccount}:role/KeyAdmin"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/KeyAdmin"}}} => LOCKOUT
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-0123456789abcdef0"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"keys"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"NotIpAddressIfExists":{"aws:SourceIp":"198.51.100.0/24"},"BoolIfExists":{"aws:ViaAWSService":"false","aws:PrincipalIsAWSService":"false"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Null":{"aws:PrincipalArn":"false"}}} => LOCKOUT
# Conditions that somebody meets.
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-0123456789abcdef0"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"keys"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalType":"User"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/*"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":"cloudformation.amazonaws.com"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2031-01-01T00:00:00Z"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"BoolIfExists":{"kms:BypassPolicyLockoutSafetyCheck":"false"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"Bool":{"kms:BypassPolicyLockoutSafetyCheck":"false"}}} => BREAK-GLASS
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}} => LOCKOUT
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}} => LOCKOUT
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}} => 
# Everybody, narrowed.
111122223333 {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:ResourceAccount}:role/KeyAdmin"}}} => KMS5
111122223333 {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringLike":{"aws:userid":"AROAEXAMPLEEXAMPLE123:*"}}} => KMS5
111122223333 {"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/KeyAdmin/alice"},"Action":"kms:*","Resource":"*"} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"AROACKCEVSQ6C2EXAMPLE"},"Action":"kms:*","Resource":"*"} => PRINCIPAL-ID
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Adm_*"}}} => ADMIN-PERMISSION-SET
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Adm*"}}} => 
# The account is not told: any that is named will do.
- {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222233334444:role/Admin"},"Action":"kms:*","Resource":"*"} => 
- {"Effect":"Allow","Principal":{"AWS":"222233334444"},"Action":"kms:Decrypt","Resource":"*"},{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"} => 
- {"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"444455556666"}}},{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"} => 
- {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222233334444:role/Admin"},"Action":"kms:Decrypt","Resource":"*"} => LOCKOUT
# The key of another account than the example's.
- {"Effect":"Allow","Principal":{"AWS":"222233334444"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"222233334444"}}} => OPEN
222233334444 {"Effect":"Allow","Principal":{"AWS":"222233334444"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"222233334444"}}} => OPEN
222233334444 {"Effect":"Allow","Principal":{"AWS":"222233334444"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}} => 
# What cannot be told is not told.
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEqualsIgnoreCase":{"aws:PrincipalTag/t":"abcd"},"StringLike":{"aws:PrincipalTag/t":"aB??"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:PutKeyPolicy","Resource":"*"},{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEqualsIgnoreCase":{"aws:PrincipalTag/t":"abcd"},"StringLike":{"aws:PrincipalTag/t":"aB??"}}} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Adm*"},"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/Adm0*","arn:aws:iam::111122223333:role/Adm1*","arn:aws:iam::111122223333:role/Admr*","arn:aws:iam::111122223333:role/Ad?"]}}} => 
# An organisation that was not told may be any.
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"}}} => 
# Principals of the key's account, and of others.
111122223333 {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/Adm"},"Action":"kms:*","Resource":"*"} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999900001111:user/Adm"},"Action":"kms:*","Resource":"*"} => LOCKOUT
111122223333 {"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::999900001111:assumed-role/Adm/s"},"Action":"kms:*","Resource":"*"} => LOCKOUT
111122223333 {"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::111122223333:federated-user/adm"},"Action":"kms:*","Resource":"*"} => 
111122223333 {"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::999900001111:federated-user/adm"},"Action":"kms:*","Resource":"*"} => LOCKOUT
111122223333 {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"arn:aws:kms:us-east-1:111122223333:key/*"} => RESOURCE-NAMED
"##;

/// Whole key policies, with the account of the key or `-`.
#[test]
fn who_can_repair() {
    let mut wrong = Vec::new();
    for (case, expect) in table(REPAIRS) {
        let (account, statements) = case.split_once(' ').unwrap();
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let options = Options {
            kind: Some(Kind::Resource),
            account: account.parse().ok(),
            ..Options::default()
        };
        let mut ids: Vec<&str> = lint(&text, &options)
            .iter()
            .map(|f| f.rule.id.trim_start_matches("LINT-"))
            .collect();
        ids.sort_unstable();
        if ids.join(" ") != expect {
            wrong.push(format!("{case}\n  expected {expect:?}, found {ids:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const BASELINE: &str = r##"
0 "StringEquals":{"aws:SourceAccount":"111122223333"} => 
0 "StringEquals":{"aws:SourceAccount":["111122223333","444455556666"]} => IDC-SOURCE-ACCOUNT
0 "ArnLike":{"aws:SourceArn":"arn:aws:sso:::instance/*"} => IDC-SERVICE SERVICE-SOURCE
1 "StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"} => 
1 "ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"} => 
1 "ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"*"} => CONDITION-FAILS-OPEN IDC-ORGANIZATION
1 "StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"} => IDC-ORGANIZATION
"##;

/// AWS's baseline for Identity Center with another condition on whom the services act for, or on who
/// comes through them, and with one statement more.
#[test]
fn identity_center() {
    let context = r#""ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["aws:sso:instance-arn","aws:identitystore:identitystore-arn"]}"#;
    let via = r#""StringLike":{"kms:ViaService":["sso.*.amazonaws.com","identitystore.*.amazonaws.com"]}"#;
    let services = r#"{"Service":["identitystore.amazonaws.com","sso.amazonaws.com"]}"#;
    let own = r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#;
    let organization = r#""StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#;
    let policy = |source: &str, who: &str, more: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[
{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"kms:*","Resource":"*"}},
{{"Effect":"Allow","Principal":{services},"Action":"kms:DescribeKey","Resource":"*","Condition":{{{own}}}}},
{{"Effect":"Allow","Principal":{services},"Action":["kms:Decrypt","kms:ReEncryptTo","kms:ReEncryptFrom","kms:GenerateDataKeyWithoutPlaintext"],"Resource":"*","Condition":{{{source},{context}}}}},
{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{{{who},{via},{context}}}}},
{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{{"Bool":{{"aws:PrincipalIsAWSService":"true"}},"StringEquals":{{"aws:SourceOrgID":"o-a1b2c3d4e5"}},{via},{context}}}}}{more}]}}"#
        )
    };
    let found = |text: &str| {
        let options = Options {
            kind: Some(Kind::Resource),
            account: "111122223333".parse().ok(),
            organization: Some("o-a1b2c3d4e5".to_owned()),
            ..Options::default()
        };
        let mut ids: Vec<&str> = lint(text, &options)
            .iter()
            .map(|f| f.rule.id.trim_start_matches("LINT-"))
            .filter(|id| *id != "KMS5")
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.join(" ")
    };
    for (case, expect) in table(BASELINE) {
        let (place, condition) = case.split_once(' ').unwrap();
        let text = match place {
            "0" => policy(condition, organization, ""),
            _ => policy(own, condition, ""),
        };
        assert_eq!(found(&text), expect, "{case}");
    }
    for (principal, action, expect) in [
        (
            "arn:aws:iam::999988887777:role/x",
            "kms:Decrypt",
            "IDC-ACCOUNT",
        ),
        ("arn:aws:iam::111122223333:role/x", "kms:Decrypt", ""),
        ("arn:aws:iam::999988887777:root", "kms:*", "IDC-DELEGATED"),
    ] {
        let more = format!(
            r#",{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"{action}","Resource":"*"}}"#
        );
        assert_eq!(
            found(&policy(own, organization, &more)),
            expect,
            "{principal}"
        );
    }
}
