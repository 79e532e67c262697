//! Where findings stand, what they say, and which fixes go with them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::Kind;
use claviger_policy::generate::{Form, Setting, identity_center};
use claviger_policy::lint::{Finding, Level, Options, Purpose, lint};
use std::path::Path;

const ROOT: &str =
    r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}"#;

fn told() -> Options {
    Options {
        account: "111122223333".parse().ok(),
        organization: Some("o-a1b2c3d4e5".to_owned()),
        ..Options::default()
    }
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// The only finding of a rule.
fn only(text: &str, options: &Options, rule: &str) -> Finding {
    let found: Vec<Finding> = lint(text, options)
        .into_iter()
        .filter(|f| f.rule.id == rule)
        .collect();
    let [finding] = found.as_slice() else {
        panic!("{} of {rule} in {text}", found.len())
    };
    finding.clone()
}

fn baseline() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/key-policies/identity-center-2026.json");
    std::fs::read_to_string(path).unwrap()
}

/// AWS's baseline, damaged.
fn damaged(from: &str, to: &str) -> String {
    let text = baseline();
    let damaged = text.replacen(from, to, 1);
    assert_ne!(text, damaged, "{from}");
    damaged
}

#[test]
fn findings_stand_where_they_belong() {
    let (sso, store) = (
        r#""kms:EncryptionContext:aws:sso:instance-arn":"arn:aws:sso:::instance/ssoins-1234567890abcdef""#,
        r#""kms:EncryptionContext:aws:identitystore:identitystore-arn":"arn:aws:identitystore::111122223333:identitystore/d-1234567890""#,
    );
    let both = |first: &str, second: &str| {
        document(&format!(
            r#"{ROOT},{{"Sid":"Both","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:role/A"}},"Action":"kms:Decrypt","Resource":"*","Condition":{{"StringEquals":{{{first},{second}}}}}}}"#
        ))
    };
    let taken_back = |sid: &str| {
        document(&format!(
            r#"{{{sid}"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}},{{"Effect":"Deny","Action":"kms:*","Resource":"*"}}"#
        ))
    };
    let sids = document(&format!(
        r#"{ROOT},{{"Sid":"Second","Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}}"#
    ));
    for (text, rule, at, sid, statement) in [
        (
            both(sso, store),
            "LINT-IDC-BOTH-ARNS",
            "\"kms:EncryptionContext:aws:identitystore:identitystore-arn\"",
            Some("Both"),
            Some(1),
        ),
        (
            both(store, sso),
            "LINT-IDC-BOTH-ARNS",
            "\"kms:EncryptionContext:aws:sso:instance-arn\"",
            Some("Both"),
            Some(1),
        ),
        (taken_back(""), "LINT-TAKEN-BACK", "{", None, Some(0)),
        (
            taken_back(r#""Sid":"First","#),
            "LINT-TAKEN-BACK",
            "\"First\"",
            Some("First"),
            Some(0),
        ),
        (sids, "LINT-OPEN", "\"*\"", Some("Second"), Some(1)),
        // Of two that cover each other the later one.
        (
            document(&format!(
                r#"{ROOT},{{"Effect":"Allow","Principal":{{"AWS":"444455556666"}},"Action":["kms:Decrypt","kms:decrypt"],"Resource":"*"}}"#
            )),
            "LINT-ACTION-REDUNDANT",
            "\"kms:decrypt\"",
            None,
            Some(1),
        ),
        (
            "\n  ".to_owned() + &document(&ROOT.replace("kms:*", "kms:Decrypt")),
            "LINT-LOCKOUT",
            "{",
            None,
            None,
        ),
    ] {
        let finding = only(&text, &told(), rule);
        assert_eq!(&text[finding.span.start..finding.span.end], at, "{text}");
        assert_eq!(finding.sid.as_deref(), sid, "{text}");
        assert_eq!(finding.statement, statement, "{text}");
    }
}

/// What a damaged baseline is told, as far as the rest of the message goes.
#[test]
fn findings_say_who_lacks_what() {
    let services = r#""identitystore.amazonaws.com",
          "sso.amazonaws.com""#;
    let purpose = Options {
        purpose: Some(Purpose::IdentityCenter),
        ..told()
    };
    let bare = document(ROOT);
    for (text, rule, at, message) in [
        (
            damaged(services, r#""identitystore.amazonaws.com""#),
            "LINT-IDC-SERVICE",
            "\"sso.amazonaws.com\"",
            "sso.amazonaws.com is not allowed kms:DescribeKey for its instance",
        ),
        (
            damaged(services, r#""sso.amazonaws.com""#),
            "LINT-IDC-SERVICE",
            "\"identitystore.amazonaws.com\"",
            "identitystore.amazonaws.com is not allowed kms:DescribeKey for its instance",
        ),
        (
            baseline().replace(services, r#""sso.amazonaws.com""#),
            "LINT-IDC-SERVICE",
            "\"sso.amazonaws.com\"",
            "identitystore.amazonaws.com is not allowed kms:DescribeKey, kms:Decrypt, ",
        ),
        (
            damaged(
                r#""aws:SourceAccount": "${aws:ResourceAccount}""#,
                r#""aws:SourceAccount": ["111122223333", "444455556666"]"#,
            ),
            "LINT-IDC-SOURCE-ACCOUNT",
            "\"444455556666\"",
            "the services may use the key for account 444455556666 too; the instance is in 111122223333",
        ),
        (
            document(&format!(
                r#"{ROOT},{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}}"#
            )),
            "LINT-OPEN",
            "\"*\"",
            "the statement lets in principals of every AWS account; narrow it, by aws:PrincipalOrgID",
        ),
        (
            document(&format!(
                r#"{ROOT},{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{{"Bool":{{"aws:PrincipalIsAWSService":"true"}}}}}}"#
            )),
            "LINT-OPEN",
            "\"*\"",
            "the statement lets in AWS services on behalf of every account; narrow it, by aws:SourceOrgID",
        ),
    ] {
        let finding = only(&text, &told(), rule);
        assert_eq!(&text[finding.span.start..finding.span.end], at, "{message}");
        assert!(finding.message.starts_with(message), "{}", finding.message);
    }
    // Where no statement names either of the two, the document is the place.
    let missing = lint(&bare, &purpose);
    let missing: Vec<&Finding> = missing
        .iter()
        .filter(|f| f.rule.id == "LINT-IDC-SERVICE")
        .collect();
    assert_eq!(missing.len(), 2);
    assert!(missing.iter().all(|f| (f.span.start, f.span.end) == (0, 1)));
}

/// Whom a resource control policy's Deny is to spare, and how.
#[test]
fn the_remedy_fits_the_deny() {
    let rcp = Options {
        kind: Some(Kind::ResourceControl),
        ..told()
    };
    for (condition, remedy) in [
        (
            r#""StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#,
            "spare them by BoolIfExists aws:PrincipalIsAWSService false",
        ),
        (
            r#""StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"Bool":{"aws:ViaAWSService":"false"},"BoolIfExists":{"aws:SecureTransport":"true"}"#,
            "spare them by BoolIfExists aws:PrincipalIsAWSService false",
        ),
        (
            r#""StringNotEqualsIfExists":{"aws:SourceOrgID":"o-b1b2c3d4e5"},"Bool":{"aws:PrincipalIsAWSService":"true"}"#,
            "spare them by StringNotEqualsIfExists aws:SourceOrgID with your organisation, beside Null aws:SourceAccount false",
        ),
    ] {
        let text = document(&format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{{condition}}}}}"#
        ));
        let finding = only(&text, &rcp, "LINT-RCP-SERVICES");
        assert!(finding.message.ends_with(remedy), "{}", finding.message);
    }
}

/// A resource control policy without a word on the account: the one that it lists is taken for it.
#[test]
fn a_source_that_is_listed_is_taken_for_the_own() {
    let options = Options {
        kind: Some(Kind::ResourceControl),
        ..Options::default()
    };
    for (condition, reaches) in [
        (
            r#""StringNotEquals":{"aws:SourceAccount":"444455556666"}"#,
            false,
        ),
        (
            r#""Null":{"aws:SourceAccount":"false"},"StringNotEquals":{"aws:SourceAccount":"444455556666"}"#,
            false,
        ),
        (r#""StringNotLike":{"aws:SourceAccount":"44445555*"}"#, true),
        (
            r#""StringNotLike":{"aws:SourceAccount":"11112222*"}"#,
            false,
        ),
    ] {
        let text = document(&format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{{condition}}}}}"#
        ));
        let found = lint(&text, &options);
        let told = found.iter().any(|f| f.rule.id == "LINT-RCP-SERVICES");
        assert_eq!(told, reaches, "{condition}");
    }
}

/// Statements with a finding, and what its fix makes of them; none where nothing is certain.
#[test]
fn fixes_are_offered_where_they_are_certain() {
    let role = r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/A"},"Resource":"*""#;
    let named = |effect: &str, services: &str| {
        format!(
            r#"{{"Effect":"{effect}","Principal":{{"Service":{services}}},"Action":"kms:DescribeKey","Resource":"*"}}"#
        )
    };
    let under = |condition: &str| {
        format!(r#"{{"Effect":"Allow",{role},"Action":"kms:Decrypt","Condition":{{{condition}}}}}"#)
    };
    for (statement, rule, mended, widens) in [
        // Whether a name that means somebody lets more in depends on the effect.
        (
            named("Allow", r#""SSO.amazonaws.com""#),
            "LINT-SERVICE-UNKNOWN",
            Some(named("Allow", r#""sso.amazonaws.com""#)),
            true,
        ),
        (
            named("Deny", r#""SSO.amazonaws.com""#),
            "LINT-SERVICE-UNKNOWN",
            Some(named("Deny", r#""sso.amazonaws.com""#)),
            false,
        ),
        // The two services, but for those that are there.
        (
            named(
                "Allow",
                r#"["sso-admin.amazonaws.com","sso.amazonaws.com"]"#,
            ),
            "LINT-SERVICE-UNKNOWN",
            Some(named(
                "Allow",
                r#"["identitystore.amazonaws.com","sso.amazonaws.com"]"#,
            )),
            true,
        ),
        (
            named(
                "Allow",
                r#"["identitystore.amazonaws.com","sso-admin.amazonaws.com","sso.amazonaws.com"]"#,
            ),
            "LINT-SERVICE-UNKNOWN",
            Some(named(
                "Allow",
                r#"["identitystore.amazonaws.com","sso.amazonaws.com"]"#,
            )),
            true,
        ),
        // Wildcards work under another operator, unless it is there, or the value is somebody's text.
        (
            under(r#""StringEquals":{"kms:ViaService":"s3.*.amazonaws.com"}"#),
            "LINT-VALUE-WILDCARD",
            Some(under(
                r#""StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}"#,
            )),
            true,
        ),
        (
            under(
                r#""StringEquals":{"kms:ViaService":"s3.*.amazonaws.com"},"StringLike":{"aws:userid":"a"}"#,
            ),
            "LINT-VALUE-WILDCARD",
            None,
            false,
        ),
        (
            under(r#""StringEqualsIgnoreCase":{"kms:ViaService":"s3.*.amazonaws.com"}"#),
            "LINT-VALUE-WILDCARD",
            None,
            false,
        ),
        (
            under(r#""StringEquals":{"aws:PrincipalTag/a":"b*"}"#),
            "LINT-VALUE-WILDCARD",
            None,
            false,
        ),
        // A second factor that must be there.
        (
            under(r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}"#),
            "LINT-MFA-ABSENT",
            Some(under(r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#)),
            false,
        ),
        (
            under(
                r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"true","aws:SecureTransport":"true"}"#,
            ),
            "LINT-MFA-ABSENT",
            None,
            false,
        ),
        (
            under(
                r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"true"},"Bool":{"aws:SecureTransport":"true"}"#,
            ),
            "LINT-MFA-ABSENT",
            None,
            false,
        ),
        // What was meant by these is for people to say.
        (
            format!(r#"{{"Effect":"permit",{role},"Action":"kms:Decrypt"}}"#),
            "LINT-EFFECT",
            None,
            false,
        ),
        (
            format!(r#"{{"Effect":"Allow",{role},"Action":"allow"}}"#),
            "LINT-ACTION",
            None,
            false,
        ),
        // An operator without its set prefix, where it stands alone and no other has its name.
        (
            under(r#""ForAnyValue:StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}"#),
            "LINT-QUALIFIER-NEEDLESS",
            Some(under(
                r#""StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}"#,
            )),
            false,
        ),
        (
            under(
                r#""ForAnyValue:StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com","kms:EncryptionContextKeys":"a"}"#,
            ),
            "LINT-QUALIFIER-NEEDLESS",
            None,
            false,
        ),
        (
            under(
                r#""ForAnyValue:StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"},"StringEquals":{"aws:PrincipalTag/a":"b"}"#,
            ),
            "LINT-QUALIFIER-NEEDLESS",
            None,
            false,
        ),
    ] {
        let text = document(&format!("{ROOT},{statement}"));
        let options = Options {
            kind: Some(Kind::Resource),
            ..told()
        };
        let fix = only(&text, &options, rule).fix;
        let wanted = mended.map(|statement| document(&format!("{ROOT},{statement}")));
        assert_eq!(fix.as_ref().map(|f| f.apply(&text)), wanted, "{statement}");
        assert_eq!(fix.is_some_and(|f| f.widens), widens, "{statement}");
    }
}

/// AWS's own condition is added where the statement is the two services' alone and says nothing of it.
#[test]
fn the_source_account_is_added_where_it_is_missing() {
    let own = r#""StringEquals": {
          "aws:SourceAccount": "${aws:ResourceAccount}"
        },
"#;
    let without = damaged(own, "");
    let mended = r#""StringEquals": {"aws:SourceAccount": "${aws:ResourceAccount}"}"#;
    for (text, added) in [
        (without.clone(), true),
        (
            without.replace(
                r#""identitystore.amazonaws.com","#,
                r#""identitystore.amazonaws.com", "s3.amazonaws.com","#,
            ),
            false,
        ),
        (
            damaged(
                own,
                r#""StringNotEquals": {"aws:SourceAccount": "444455556666"},"#,
            ),
            false,
        ),
    ] {
        let finding = lint(&text, &told())
            .into_iter()
            .find(|f| f.rule.id == "LINT-IDC-SOURCE-ACCOUNT");
        let fix = finding.unwrap_or_else(|| panic!("{text}")).fix;
        assert_eq!(fix.is_some(), added, "{text}");
        if let Some(fix) = fix {
            assert!(fix.apply(&text).contains(mended), "{}", fix.apply(&text));
        }
    }
}

/// Who holds the instance, by what the document asks for, where it is not told.
#[test]
fn the_account_is_the_one_that_the_document_asks_for() {
    let text = baseline()
        .replace("${aws:ResourceAccount}", "222233334444")
        .replace(
            "\"arn:aws:iam::444455556666:root\"",
            "\"arn:aws:iam::222233334444:root\"",
        );
    let ids = |text: &str| -> Vec<&str> {
        let found = lint(text, &Options::default());
        let serious = found.iter().filter(|f| f.rule.id.starts_with("LINT-IDC"));
        let mut ids: Vec<&str> = serious.map(|f| f.rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    assert_eq!(ids(&text), [""; 0]);
    // A Deny, another operator and a pattern do not say whose the instance is.
    let deny = r#""Statement": [
    {"Effect": "Deny", "Principal": "*", "Action": "kms:ReplicateKey", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceAccount": "999900001111"}}},
    {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:ReplicateKey", "Resource": "*", "Condition": {"StringNotEquals": {"aws:SourceAccount": "999900001111"}}},
    {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:ReplicateKey", "Resource": "*", "Condition": {"StringLike": {"aws:SourceAccount": "9999*"}}},"#;
    assert_eq!(ids(&text.replacen("\"Statement\": [", deny, 1)), [""; 0]);
}

/// Whose root the document names, where it asks for no account.
#[test]
fn the_account_is_the_first_whose_root_is_named() {
    let text = baseline().replace("111122223333", "222233334444").replace(
        r#""StringEquals": {
          "aws:SourceAccount": "${aws:ResourceAccount}""#,
        r#""StringLike": {
          "aws:SourceAccount": "22223333444?""#,
    );
    let found = lint(&text, &Options::default());
    assert!(!found.iter().any(|f| f.rule.id == "LINT-IDC-SERVICE"));
}

/// The instance is the one that the document pins, and not what is there for setting the key up.
#[test]
fn the_instance_is_the_one_that_is_pinned() {
    let setting = Setting {
        account: "111122223333".parse().unwrap(),
        delegated: Vec::new(),
        organization: "o-a1b2c3d4e5".to_owned(),
        region: "us-east-1".parse().unwrap(),
        instance_arn: "arn:aws:sso:::instance/ssoins-fedcba0987654321".to_owned(),
        identity_store_arn: "arn:aws:identitystore::111122223333:identitystore/d-0987654321"
            .to_owned(),
        pinned: false,
    };
    let made = identity_center(&setting, Form::Pinned, &[]).unwrap().text;
    let before = r#""Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/Setup"}, "Action": "kms:Encrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:EncryptionContext:aws:sso:instance-arn": "arn:aws:sso:::instance/purpose:KEY_CONFIGURATION"}}},"#;
    let text = made.replacen("\"Statement\": [", before, 1);
    let found = lint(&text, &Options::default());
    let serious: Vec<&str> = found
        .iter()
        .filter(|f| f.rule.level != Level::Note)
        .map(|f| f.rule.id)
        .collect();
    assert_eq!(serious, ["LINT-IDC-KEY-CONFIGURATION"]);
}

/// A key policy that speaks of Identity Center is looked at as its own; one that does not is not.
#[test]
fn what_speaks_of_identity_center() {
    let under = |condition: &str| {
        format!(
            r#""Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Condition":{{{condition}}}"#
        )
    };
    for (statement, speaks) in [
        (
            r#""Effect":"Allow","Principal":{"Service":"sso.amazonaws.com"}"#.to_owned(),
            true,
        ),
        (
            r#""Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"}"#.to_owned(),
            false,
        ),
        (
            under(r#""StringLike":{"kms:EncryptionContext:aws:sso:instance-arn":"*"}"#),
            true,
        ),
        (
            under(
                r#""StringLike":{"kms:EncryptionContext:aws:identitystore:identitystore-arn":"*"}"#,
            ),
            true,
        ),
        (
            under(r#""StringLike":{"kms:EncryptionContext:aws:s3:arn":"*"}"#),
            false,
        ),
        (
            under(
                r#""ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"aws:sso:instance-arn"}"#,
            ),
            true,
        ),
        (
            under(
                r#""ForAnyValue:StringLike":{"kms:EncryptionContextKeys":["a","aws:identitystore:*"]}"#,
            ),
            true,
        ),
        (
            under(r#""ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"aws:s3:arn"}"#),
            false,
        ),
        (
            under(r#""StringLike":{"kms:ViaService":"sso.*.amazonaws.com"}"#),
            true,
        ),
        (
            under(r#""StringLike":{"kms:ViaService":"identitystore.*.amazonaws.com"}"#),
            true,
        ),
        (
            under(r#""StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}"#),
            false,
        ),
        (
            under(
                r#""StringLike":{"aws:PrincipalTag/a":["aws:sso:*","sso.*","aws:identitystore:"]}"#,
            ),
            false,
        ),
        (
            under(r#""StringLike":{"kms:ViaService":"sso.*.amazonaws.com"}"#)
                .replace("Allow", "Deny"),
            false,
        ),
    ] {
        let text = document(&format!(
            r#"{ROOT},{{{statement},"Action":"kms:Decrypt","Resource":"*"}}"#
        ));
        let found = lint(&text, &told());
        let spoke = found.iter().any(|f| f.rule.id == "LINT-IDC-SERVICE");
        assert_eq!(spoke, speaks, "{statement}");
    }
}

/// Whom a statement beside the baseline lets use the key directly, or act for other accounts.
#[test]
fn statements_beside_the_baseline() {
    let beside = |principal: &str, condition: &str| {
        let statement = format!(
            r#""Statement": [{{"Effect": "Allow", "Principal": {principal}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {{{condition}}}}},"#
        );
        baseline()
            .replace(",\n          \"arn:aws:iam::444455556666:root\"", "")
            .replacen("\"Statement\": [", &statement, 1)
    };
    let role = r#"{"AWS": "arn:aws:iam::999988887777:role/x"}"#;
    let s3 = r#"{"Service": "s3.amazonaws.com"}"#;
    let via = r#"{"kms:ViaService": "sso.*.amazonaws.com"}"#;
    for (principal, condition, rule, found) in [
        (
            role,
            format!(r#""StringLike": {via}"#),
            "LINT-IDC-ACCOUNT",
            false,
        ),
        (
            role,
            format!(r#""StringLikeIfExists": {via}"#),
            "LINT-IDC-ACCOUNT",
            true,
        ),
        (
            role,
            r#""StringEquals": {"aws:PrincipalTag/a": "b"}"#.to_owned(),
            "LINT-IDC-ACCOUNT",
            true,
        ),
        (
            s3,
            r#""StringEquals": {"aws:SourceAccount": ["111122223333", "444455556666"]}"#.to_owned(),
            "LINT-IDC-SOURCE-ACCOUNT",
            false,
        ),
        (
            r#"{"Service": "sso.amazonaws.com"}"#,
            r#""StringEquals": {"aws:SourceAccount": "111122223333", "kms:EncryptionContext:account": ["111122223333", "444455556666"]}"#.to_owned(),
            "LINT-IDC-SOURCE-ACCOUNT",
            false,
        ),
    ] {
        let text = beside(principal, &condition);
        let ids: Vec<&str> = lint(&text, &told()).iter().map(|f| f.rule.id).collect();
        assert_eq!(
            ids.contains(&rule),
            found,
            "{principal} {condition}: {ids:?}"
        );
    }
}

/// What `aws:PrincipalArn` is not, and is.
#[test]
fn forms_of_principals_are_told() {
    for (value, told_of) in [
        (
            "arn:aws:sts::111122223333:assumed-role/App/s",
            Some("of a session it is the ARN of the role"),
        ),
        ("arn:aws:sts::111122223333:federated-user/f", None),
        ("arn:aws:iam::111122223333:assumed-role/App/s", None),
        ("arn:aws:sts::111122223333:role/App", None),
        (
            "x:aws:sts::111122223333:assumed-role/App/s",
            Some("it is an ARN"),
        ),
    ] {
        let text = document(&format!(
            r#"{ROOT},{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"kms:Decrypt","Resource":"*","Condition":{{"StringEquals":{{"aws:PrincipalArn":"{value}"}}}}}}"#
        ));
        let found = lint(&text, &told());
        let form = found.iter().find(|f| f.rule.id == "LINT-VALUE-FORM");
        let right = match told_of {
            Some(part) => form.is_some_and(|f| f.message.contains(part)),
            None => form.is_none(),
        };
        assert!(right, "{value}: {:?}", form.map(|f| &f.message));
    }
}

/// Callers of the key's account are in the organisation that was told, and in no other.
#[test]
fn the_organisation_that_was_told_is_the_callers() {
    for (organization, lockout) in [("o-a1b2c3d4e5", false), ("o-b1b2c3d4e5", true)] {
        let text = document(&format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"kms:*","Resource":"*","Condition":{{"StringEquals":{{"aws:PrincipalOrgID":"{organization}"}}}}}}"#
        ));
        let found = lint(&text, &told());
        let is_told = found.iter().any(|f| f.rule.id == "LINT-LOCKOUT");
        assert_eq!(is_told, lockout, "{organization}");
    }
}

/// Federated people are nobody for a key, and the very callers of a trust policy.
#[test]
fn federated_principals_are_somebody_in_trust_policies() {
    let text = document(
        r#"{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/idp"},"Action":"sts:AssumeRoleWithSAML"}"#,
    );
    for (kind, nobody) in [(Kind::Resource, true), (Kind::Trust, false)] {
        let options = Options {
            kind: Some(kind),
            ..told()
        };
        let found = lint(&text, &options);
        let is_told = found.iter().any(|f| f.rule.id == "LINT-PRINCIPAL-NOBODY");
        assert_eq!(is_told, nobody, "{kind:?}");
    }
}
