//! The rules of the lint: every example of the catalogue, cases as data, fixes, and the page that is
//! made of the catalogue.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::Kind;
use claviger_policy::lint::{
    Finding, Fixes, Level, Options, Purpose, Rule, catalogue, detect_kind, fix, lint, reference,
};
use std::collections::BTreeSet;
use std::path::Path;

fn told(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|f| {
            format!(
                "{}:{} {} {}: {}",
                f.place.line, f.place.column, f.rule.level, f.rule.id, f.message
            )
        })
        .collect()
}

fn ids(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|f| f.rule.id).collect()
}

/// An example as a document; that of the size is made here.
fn document(rule: &Rule, example: &str) -> String {
    if rule.id == "LINT-SIZE" && example.starts_with('(') {
        let mut text = Rule::document(rule.good);
        text.push_str(&" ".repeat(32_769 - text.len()));
        return text;
    }
    Rule::document(example)
}

#[test]
fn every_rule_has_a_finding_in_its_bad_example_and_none_in_its_good_one() {
    for rule in catalogue() {
        let options = rule.example_options();
        let bad = lint(&document(rule, rule.bad), &options);
        assert!(
            ids(&bad).contains(&rule.id),
            "{} is not found: {:#?}",
            rule.id,
            told(&bad)
        );
        let good = lint(&document(rule, rule.good), &options);
        assert!(
            !ids(&good).contains(&rule.id),
            "{} is found where it should not be: {:#?}",
            rule.id,
            told(&good)
        );
        for finding in bad.iter().filter(|f| f.rule.id == rule.id) {
            assert!(!finding.message.is_empty());
            assert!(finding.fix.is_none() || rule.fixable, "{}", rule.id);
        }
    }
}

#[test]
fn the_catalogue_is_in_order() {
    let mut seen = BTreeSet::new();
    for rule in catalogue() {
        assert!(seen.insert(rule.id), "{} stands twice", rule.id);
        assert!(rule.id.starts_with("LINT-"), "{}", rule.id);
        assert!(
            !rule.source.is_empty() && !rule.source.ends_with('.'),
            "{}",
            rule.id
        );
        assert!(rule.explanation.ends_with(['.', ')', '`']), "{}", rule.id);
    }
    assert!(seen.len() > 60);
}

/// A fix removes the finding it belongs to and no other, and adds none.
#[test]
fn a_fix_removes_just_its_finding() {
    for rule in catalogue().filter(|r| r.fixable) {
        let options = rule.example_options();
        let text = document(rule, rule.bad);
        let before = lint(&text, &options);
        let finding = before
            .iter()
            .find(|f| f.rule.id == rule.id && f.fix.is_some())
            .unwrap_or_else(|| panic!("{} has no fix: {:#?}", rule.id, told(&before)));
        let mended = finding.fix.as_ref().unwrap().apply(&text);
        let after = lint(&mended, &options);
        let said = |findings: &[Finding]| {
            let mut said: Vec<String> = findings.iter().map(|f| f.rule.id.to_owned()).collect();
            said.sort();
            said
        };
        let mut expect = said(&before);
        let own = finding.rule.id.to_owned();
        let at = expect.iter().position(|s| *s == own).unwrap();
        expect.remove(at);
        assert_eq!(
            said(&after),
            expect,
            "{} in\n{text}\nmended\n{mended}",
            rule.id
        );
    }
}

#[test]
fn the_reference_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/lint.md");
    let page = reference();
    if std::env::var_os("CLAVIGER_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == page,
        "docs/reference/lint.md is not current: CLAVIGER_WRITE_REFERENCE=1 writes it"
    );
}

/// A published policy by its name.
fn published(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/key-policies");
    std::fs::read_to_string(path.join(name)).unwrap()
}

fn serious(text: &str, options: &Options) -> Vec<String> {
    let findings = lint(text, options);
    let serious: Vec<Finding> = findings
        .into_iter()
        .filter(|f| f.rule.level != Level::Note)
        .collect();
    told(&serious)
}

#[test]
fn what_aws_publishes_has_nothing_to_warn_of() {
    let told_all = Options {
        kind: Some(Kind::Resource),
        account: "111122223333".parse().ok(),
        organization: Some("o-a1b2c3d4e5".to_owned()),
        instance_arn: Some("arn:aws:sso:::instance/ssoins-1234567890abcdef".to_owned()),
        identity_store_id: Some("d-1234567890".to_owned()),
        delegated: "444455556666".parse().into_iter().collect(),
        ..Options::default()
    };
    for name in [
        "identity-center-2026.json",
        "identity-center-2025.json",
        "identity-center-advanced.json",
        "default.json",
        "console.json",
    ] {
        let text = published(name);
        for options in [&Options::default(), &told_all] {
            assert!(
                serious(&text, options).is_empty(),
                "{name}: {:#?}",
                serious(&text, options)
            );
        }
    }
    // As what it is for, too; the statements of 2025 beside the default policy.
    let purpose = Options {
        purpose: Some(Purpose::IdentityCenter),
        ..told_all
    };
    for name in [
        "identity-center-2026.json",
        "identity-center-2025.json",
        "identity-center-advanced.json",
    ] {
        assert!(serious(&published(name), &purpose).is_empty(), "{name}");
    }
    assert_eq!(
        serious(&published("default.json"), &purpose).len(),
        4,
        "the default policy knows nothing of Identity Center"
    );
}

/// Damage to AWS's baseline, and the rule that finds it.
#[test]
fn a_damaged_baseline_is_found_out() {
    let baseline = published("identity-center-2026.json");
    let mut wrong = Vec::new();
    for (from, to, expect) in [
        (
            r#""identitystore.amazonaws.com",
          "sso.amazonaws.com""#,
            r#""sso.amazonaws.com""#,
            &["LINT-IDC-SERVICE"][..],
        ),
        (r#""kms:ReEncryptTo","#, "", &["LINT-IDC-SERVICE"]),
        (
            r#""kms:GenerateDataKeyWithoutPlaintext""#,
            r#""kms:GenerateDataKey""#,
            &["LINT-IDC-SERVICE", "LINT-IDC-OPERATION"],
        ),
        (
            r#""kms:DescribeKey""#,
            r#""kms:GetPublicKey""#,
            &["LINT-IDC-SERVICE"],
        ),
        (
            r#""ForAnyValue:StringEquals""#,
            r#""ForAllValues:StringEquals""#,
            &[
                "LINT-FORALL-OPEN",
                "LINT-IDC-CONTEXT",
                "LINT-IDC-SERVICE",
                "LINT-IDC-THROUGH",
            ],
        ),
        (
            r#""StringEquals": {
          "aws:PrincipalOrgID""#,
            r#""StringEqualsIfExists": {
          "aws:PrincipalOrgID""#,
            &["LINT-IDC-ORGANIZATION", "LINT-CONDITION-FAILS-OPEN"],
        ),
        (
            r#""aws:PrincipalOrgID": "${aws:ResourceOrgID}""#,
            r#""aws:PrincipalTag/team": "identity""#,
            &["LINT-OPEN", "LINT-IDC-THROUGH"],
        ),
        (
            r#""aws:PrincipalOrgID": "${aws:ResourceOrgID}""#,
            r#""aws:PrincipalOrgID": "o-9z8y7x6w5v""#,
            &["LINT-IDC-THROUGH", "LINT-ORGANIZATION-OTHER"],
        ),
        (
            r#""aws:PrincipalOrgID": "${aws:ResourceOrgID}""#,
            r#""aws:PrincipalOrgID": "o-a1b2c3d4e5""#,
            &[],
        ),
        (
            r#""aws:SourceOrgID": "${aws:ResourceOrgID}""#,
            r#""aws:SourceOrgID": "o-9z8y7x6w5v""#,
            &["LINT-IDC-THROUGH", "LINT-ORGANIZATION-OTHER"],
        ),
        (
            r#""aws:SourceAccount": "${aws:ResourceAccount}""#,
            r#""aws:SourceAccount": "444455556666""#,
            &["LINT-IDC-SERVICE"],
        ),
        (
            r#""aws:SourceAccount": "${aws:ResourceAccount}""#,
            r#""aws:ResourceAccount": "111122223333""#,
            &["LINT-IDC-SOURCE-ACCOUNT"],
        ),
        (
            r#""StringLike": {
          "kms:ViaService""#,
            r#""StringLikeIfExists": {
          "kms:ViaService""#,
            &["LINT-IDC-VIA-SERVICE"],
        ),
        (
            r#""StringLike": {
          "kms:ViaService""#,
            r#""StringEquals": {
          "kms:ViaService""#,
            &["LINT-SYNTAX"],
        ),
        (
            r#""sso.*.amazonaws.com",
            "identitystore.*.amazonaws.com""#,
            r#""*""#,
            &["LINT-IDC-VIA-SERVICE"],
        ),
        (
            r#""sso.amazonaws.com""#,
            r#""iam-identity-center.amazonaws.com""#,
            &["LINT-IDC-SERVICE", "LINT-SERVICE-UNKNOWN"],
        ),
        (
            r#""arn:aws:iam::111122223333:root",
          "#,
            "",
            &["LINT-LOCKOUT"],
        ),
        (r#""kms:*""#, r#""kms:Decrypt""#, &["LINT-LOCKOUT"]),
        (
            r#""kms:*""#,
            r#"["kms:PutKeyPolicy", "kms:Decrypt"]"#,
            &["LINT-BREAK-GLASS"],
        ),
        (
            r#""2012-10-17""#,
            r#""2008-10-17""#,
            &[
                "LINT-VARIABLE-PLAIN",
                "LINT-IDC-SERVICE",
                "LINT-IDC-THROUGH",
            ],
        ),
    ] {
        let text = baseline.replace(from, to);
        assert_ne!(text, baseline, "{from}");
        let options = Options {
            account: "111122223333".parse().ok(),
            organization: Some("o-a1b2c3d4e5".to_owned()),
            ..Options::default()
        };
        let found: BTreeSet<&str> = lint(&text, &options)
            .iter()
            .filter(|f| f.rule.level != Level::Note)
            .map(|f| f.rule.id)
            .collect();
        let expect: BTreeSet<&str> = expect.iter().copied().collect();
        if found != expect {
            wrong.push(format!("{from} -> {to}\n  {expect:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fix_can_be_applied_at_once() {
    let text = r#"{"Statement":[
 {"Effect":"Allow","Principal":{"AWS":["111122223333","111122223333"]},"Action":["kms:*","kms:decrypt","kms:ReEncrypt"],"Resource":"*","Condition":{}},
 {"Effect":"Allow","Principal":{"Service":["iam-identity-center.amazonaws.com"]},"Action":"kms:DescribeKey","Resource":"*"}]}"#;
    let fixed = fix(text, &Options::default(), Fixes::All);
    assert!(fixed.left.iter().all(|f| f.fix.is_none()));
    assert_eq!(
        fixed.text,
        r#"{"Version": "2012-10-17", "Statement":[
 {"Effect":"Allow","Principal":{"AWS":["111122223333"]},"Action":["kms:*"],"Resource":"*"},
 {"Effect":"Allow","Principal":{"Service":["sso.amazonaws.com", "identitystore.amazonaws.com"]},"Action":"kms:DescribeKey","Resource":"*"}]}"#
    );
    assert!(fixed.mended.len() >= 5);
}

#[test]
fn findings_say_where_they_are() {
    let text = "{\n \"Version\": \"2012-10-17\",\n \"Statement\": {\n  \"Sid\": \"Open\", \"Effect\": \"Allow\",\n  \"Principal\": \"*\", \"Action\": \"kms:DescribeKey\", \"Resource\": \"*\"}}";
    let findings = lint(text, &Options::default());
    let open = findings.iter().find(|f| f.rule.id == "LINT-OPEN").unwrap();
    assert_eq!((open.place.line, open.place.column), (5, 16));
    assert_eq!(&text[open.span.start..open.span.end], "\"*\"");
    assert_eq!(open.sid.as_deref(), Some("Open"));
    assert_eq!(detect_kind(text), Kind::Resource);
}

/// Identity policies as AWS publishes them for Identity Center with a customer managed key.
#[test]
fn published_identity_policies_have_no_finding() {
    for text in [
        r#"{"Version":"2012-10-17","Statement":[
 {"Sid":"AllowCrossAccountKMSKeyUse","Effect":"Allow","Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKeyWithoutPlaintext","kms:DescribeKey"],"Resource":["arn:aws:kms:*:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"]},
 {"Sid":"AllowListKMSKeyAliases","Effect":"Allow","Action":"kms:ListAliases","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[
 {"Sid":"AllowKMSKeyUseViaAWSIAMIdentityCenterService","Effect":"Allow","Action":["kms:GenerateDataKeyWithoutPlaintext","kms:Encrypt","kms:Decrypt"],"Resource":"*","Condition":{"StringLike":{"kms:ViaService":"sso.*.amazonaws.com","kms:EncryptionContext:aws:sso:instance-arn":"*"}}},
 {"Sid":"AllowKMSKeyDiscovery","Effect":"Allow","Action":["kms:ListAliases","kms:DescribeKey"],"Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[
 {"Sid":"AllowKmsAccessViaIdentityCenter","Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:sso:instance-arn":"arn:*:sso:::instance/*"},"StringLike":{"kms:ViaService":"sso.*.amazonaws.com"}}},
 {"Sid":"IdentityStoreCMKAccess","Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:identitystore:identitystore-arn":"arn:aws:identitystore::${aws:PrincipalAccount}:identitystore/${aws:PrincipalTag/IdentityStoreId}","kms:ViaService":"identitystore.*.amazonaws.com"}}}]}"#,
    ] {
        let findings = lint(text, &Options::default());
        assert!(findings.is_empty(), "{:#?}", told(&findings));
        assert_eq!(detect_kind(text), Kind::Identity);
    }
}
