//! Cases of statements that never apply or never matter: what no call meets, what a Deny takes back,
//! and what another Allow goes around.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod lint_table;

use claviger_policy::Kind;
use lint_table::{Wrong, table};

/// Conditions of a role that may decrypt.
const CONDITIONS: &str = r##"
# Contradictions.
"StringEquals":{"aws:PrincipalAccount":"111122223333"},"StringNotEquals":{"aws:PrincipalAccount":"111122223333"} => NEVER-APPLIES
"StringEquals":{"aws:PrincipalAccount":["111122223333","444455556666"]},"StringNotEquals":{"aws:PrincipalAccount":"111122223333"} => 
"Null":{"aws:SourceVpc":"true"},"StringEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"} => NEVER-APPLIES
"Null":{"aws:SourceVpc":"true"},"StringNotEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"} => 
"DateGreaterThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"} => NEVER-APPLIES
"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"DateLessThanEquals":{"aws:CurrentTime":"2027-01-01T00:00:00Z"} => 
"NumericLessThan":{"aws:MultiFactorAuthAge":"10"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"20"} => NEVER-APPLIES
"NumericLessThan":{"aws:MultiFactorAuthAge":"20"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"10"} => 
"StringLike":{"aws:PrincipalTag/a":"x*"},"StringNotLike":{"aws:PrincipalTag/a":"xy*"} => 
"Bool":{"aws:ViaAWSService":"true"},"BoolIfExists":{"aws:ViaAWSService":"false"} => NEVER-APPLIES
"StringEquals":{"aws:PrincipalTag/a":"x","aws:PrincipalTag/b":"y"} => 
# No contradiction, for some value lies between or beside what is listed.
"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2026-02-01T00:00:00Z"} => 
"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"} => NEVER-APPLIES
"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"},"NotIpAddress":{"aws:VpcSourceIp":"10.1.2.0/24"} => 
"IpAddress":{"aws:VpcSourceIp":"10.1.2.0/24"},"NotIpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"} => NEVER-APPLIES
"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"},"NotIpAddress":{"aws:VpcSourceIp":["10.0.0.0/9","10.128.0.0/9"]} => NEVER-APPLIES
"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"},"NotIpAddress":{"aws:VpcSourceIp":["10.0.0.0/9","10.192.0.0/10"]} => 
"StringLike":{"aws:PrincipalTag/t":"ab?"},"StringNotEquals":{"aws:PrincipalTag/t":"abx"} => 
"StringLike":{"aws:PrincipalTag/t":"a*"},"StringNotEquals":{"aws:PrincipalTag/t":["ax","aq7"]} => 
"StringEqualsIgnoreCase":{"aws:PrincipalTag/t":"abc"},"StringNotEquals":{"aws:PrincipalTag/t":"abc"} => 
"StringEquals":{"aws:PrincipalTag/t":"abc"},"StringNotEqualsIgnoreCase":{"aws:PrincipalTag/t":"ABC"} => NEVER-APPLIES
"NumericGreaterThan":{"aws:MultiFactorAuthAge":"10.2"},"NumericLessThan":{"aws:MultiFactorAuthAge":"10.8"} => 
"NumericGreaterThanEquals":{"aws:MultiFactorAuthAge":"10"},"NumericLessThanEquals":{"aws:MultiFactorAuthAge":"10"} => 
"NumericGreaterThan":{"aws:MultiFactorAuthAge":"10"},"NumericLessThanEquals":{"aws:MultiFactorAuthAge":"10"} => NEVER-APPLIES
"StringLike":{"aws:PrincipalTag/t":"a*"},"StringNotLike":{"aws:PrincipalTag/t":"*"} => 
# Contradictions under patterns and absent keys.
"Null":{"aws:SourceVpc":"true"},"StringLike":{"aws:SourceVpc":"vpc-*"} => NEVER-APPLIES
"StringEquals":{"aws:PrincipalTag/t":"abc"},"StringNotLike":{"aws:PrincipalTag/t":"a*"} => NEVER-APPLIES
"StringLike":{"aws:PrincipalTag/t":"abc"},"StringNotLike":{"aws:PrincipalTag/t":"a*"} => NEVER-APPLIES
"StringEquals":{"aws:PrincipalTag/t":"a*"},"StringNotEquals":{"aws:PrincipalTag/t":"a*"} => NEVER-APPLIES VALUE-WILDCARD VALUE-WILDCARD
"Null":{"aws:MultiFactorAuthAge":"false"},"NumericLessThan":{"aws:MultiFactorAuthAge":"10"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"20"} => NEVER-APPLIES
"StringEqualsIgnoreCase":{"aws:PrincipalTag/t":"abc"},"StringNotEquals":{"aws:PrincipalTag/t":["abc","ABC"]} => 
"Null":{"kms:EncryptionContextKeys":"false"},"ForAnyValue:Null":{"kms:EncryptionContextKeys":"false"} => QUALIFIER-NEEDLESS
"Null":{"aws:SourceArn":"false"},"ArnNotEquals":{"aws:SourceArn":"arn:aws:s3:::b"} => 
# Nothing is told where some call meets these though none that is easily thought of, or where it cannot be known.
"StringEqualsIgnoreCase":{"aws:PrincipalTag/t":"true"},"StringLike":{"aws:PrincipalTag/t":"tR??"} => 
"Null":{"aws:PrincipalTag/t":"false"},"StringEqualsIgnoreCase":{"aws:PrincipalTag/t":"abcd"},"StringLike":{"aws:PrincipalTag/t":"aB??"} => 
"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["a","b"]},"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"},"ForAnyValue:StringLike":{"kms:EncryptionContextKeys":"b"} => 
"NumericGreaterThan":{"aws:MultiFactorAuthAge":"1e1"},"NumericLessThan":{"aws:MultiFactorAuthAge":"10.5"} => 
"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00.5Z"},"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00.7Z"} => 
"NumericGreaterThan":{"aws:MultiFactorAuthAge":"1.000000000000000000000000000"},"NumericLessThan":{"aws:MultiFactorAuthAge":"1"} => NEVER-APPLIES
"NumericGreaterThan":{"aws:MultiFactorAuthAge":"1.0000000000000000000000000000"},"NumericLessThan":{"aws:MultiFactorAuthAge":"1"} => 
"DateGreaterThan":{"aws:CurrentTime":"1968-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"1967-01-01T00:00:00Z"} => 
"##;

#[test]
fn what_no_call_meets() {
    let mut wrong = Wrong::default();
    for (condition, expect) in table(CONDITIONS) {
        let statement = format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:role/App"}},"Action":"kms:Decrypt","Resource":"*","Condition":{{{condition}}}}}"#
        );
        wrong.check(Kind::Resource, &statement, expect);
    }
}

/// What the Allow is for, and what the other statement says.
const BESIDE: &str = r##"
Identity "Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a" "Effect":"Deny","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a" => TAKEN-BACK
Identity "Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a" "Effect":"Deny","Action":["s3:*","kms:*"],"Resource":"*" => TAKEN-BACK
Identity "Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a" "Effect":"Deny","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/b" => 
Identity "Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a" "Effect":"Deny","Action":"kms:Decrypt","NotResource":"arn:aws:kms:us-east-1:111122223333:key/a" => 
Identity "Action":"kms:Decrypt","Resource":["arn:aws:kms:us-east-1:111122223333:key/a","arn:aws:kms:us-east-1:111122223333:key/b"] "Effect":"Deny","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/a" => 
Identity "Action":"kms:Decrypt","Resource":"*" "Effect":"Deny","NotAction":"kms:Decrypt","Resource":"*" => 
Identity "Action":["kms:Decrypt","kms:Encrypt"],"Resource":"*" "Effect":"Deny","Action":"kms:Decrypt","Resource":"*" => 
Identity "Action":"kms:Decrypt","Resource":"*" "Effect":"Deny","Action":"kms:Decrypt","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}} => 
Resource "Principal":{"AWS":"arn:aws:iam::444455556666:role/A"},"Action":"kms:Decrypt","Resource":"*" "Effect":"Deny","Principal":{"AWS":"555566667777"},"Action":"kms:*","Resource":"*" => 
Resource "Principal":{"AWS":"arn:aws:iam::444455556666:role/A"},"Action":"kms:Decrypt","Resource":"*" "Effect":"Deny","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*" => TAKEN-BACK
# Through a service here, and not there.
Resource "Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}} "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:D*","Resource":"*" => VIA-SERVICE-BYPASSED
Resource "Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringNotEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}} "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:D*","Resource":"*" => 
Resource "Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEqualsIfExists":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}} "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:D*","Resource":"*" => 
Resource "Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}} "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:D*","Resource":"*" => 
Resource "Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}} "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/B"},"Action":"kms:D*","Resource":"*" => 
Resource "Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}} "Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Action":"kms:D*","Resource":"*" => TAKEN-BACK
"##;

#[test]
fn what_another_statement_makes_of_it() {
    let mut wrong = Wrong::default();
    for (case, expect) in table(BESIDE) {
        let (kind, members) = case.split_once(' ').unwrap();
        let kind = if kind == "Identity" {
            Kind::Identity
        } else {
            Kind::Resource
        };
        let (allow, other) = members.split_once(r#" "Effect""#).unwrap();
        let statements = format!(r#"{{"Effect":"Allow",{allow}}},{{"Effect"{other}}}"#);
        wrong.check(kind, &statements, expect);
    }
}
