//! The generated policies of Identity Center: every form is proved, laid out, and has no finding.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::generate::{
    Form, Group, Setting, identity_center, identity_center_baseline, prove,
};
use claviger_policy::lint::{Level, Options, Purpose, lint};
use claviger_policy::{Kind, format, parse};
use std::path::Path;

fn setting(delegated: &[&str]) -> Setting {
    Setting {
        account: "111122223333".parse().unwrap(),
        delegated: delegated.iter().map(|a| a.parse().unwrap()).collect(),
        organization: "o-a1b2c3d4e5".to_owned(),
        region: "eu-central-1".parse().unwrap(),
        instance_arn: "arn:aws:sso:::instance/ssoins-1234567890abcdef".to_owned(),
        identity_store_arn: "arn:aws:identitystore::111122223333:identitystore/d-1234567890"
            .to_owned(),
        pinned: false,
    }
}

const FORMS: [Form; 3] = [Form::Aws, Form::Literal, Form::Pinned];

#[test]
fn every_form_is_proved_and_has_nothing_to_warn_of() {
    for form in FORMS {
        for delegated in [
            &[][..],
            &["444455556666"],
            &["444455556666", "222233334444"],
        ] {
            let setting = setting(delegated);
            let regions = [
                "eu-central-1".parse().unwrap(),
                "eu-west-1".parse().unwrap(),
            ];
            let made = identity_center(&setting, form, &regions).unwrap();
            let wrong: Vec<_> = made.proof.wrong().map(|c| &c.name).collect();
            assert!(wrong.is_empty(), "{form:?}: {wrong:#?}");
            assert!(made.proof.cases.len() > 45, "{}", made.proof.cases.len());
            let options = Options {
                account: Some(setting.account),
                organization: Some(setting.organization.clone()),
                instance_arn: Some(setting.instance_arn.clone()),
                identity_store_id: Some("d-1234567890".to_owned()),
                purpose: Some(Purpose::IdentityCenter),
                ..Options::default()
            };
            let findings = lint(&made.text, &options);
            let serious: Vec<_> = findings
                .iter()
                .filter(|f| f.rule.level != Level::Note)
                .map(|f| (f.rule.id, &f.message))
                .collect();
            assert!(serious.is_empty(), "{form:?}: {serious:#?}");
            // KMS.5 passes fixed values only.
            let kms5 = findings.iter().any(|f| f.rule.id == "LINT-KMS5");
            assert_eq!(kms5, form == Form::Aws, "{form:?}");
            assert_eq!(format::format(&made.text).unwrap(), made.text);
        }
    }
}

#[test]
fn the_aws_form_is_the_published_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/key-policies/identity-center-2026.json");
    let published: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let setting = setting(&["444455556666"]);
    let made = identity_center(&setting, Form::Aws, &[]).unwrap();
    let by_accounts = identity_center_baseline(setting.account, &setting.delegated).unwrap();
    assert_eq!(made.text, by_accounts);
    let mut made: serde_json::Value = serde_json::from_str(&made.text).unwrap();
    // AWS lists the two services of the last statement the other way round.
    let via = &mut made["Statement"][4]["Condition"]["StringLike"]["kms:ViaService"];
    via.as_array_mut().unwrap().reverse();
    assert_eq!(made, published);
}

#[test]
fn the_pinned_form_never_has_both_contexts_in_one_statement() {
    let made = identity_center(&setting(&[]), Form::Pinned, &[]).unwrap();
    let made: serde_json::Value = serde_json::from_str(&made.text).unwrap();
    let statements = made["Statement"].as_array().unwrap();
    assert_eq!(statements.len(), 8);
    let mut pinned = 0;
    for statement in statements {
        let text = statement.to_string();
        let (sso, store) = (text.contains("ssoins-"), text.contains("/d-1234567890"));
        assert!(!(sso && store), "{text}");
        pinned += usize::from(sso || store);
    }
    assert_eq!(pinned, 6);
}

/// The proof can fail: each weakening of a policy is found by it.
#[test]
fn the_proof_finds_a_weaker_policy() {
    for (from, to) in [
        (
            "\"aws:PrincipalOrgID\": \"o-a1b2c3d4e5\"",
            "\"aws:PrincipalTag/a\": \"o-a1b2c3d4e5\"",
        ),
        (
            "\"aws:SourceOrgID\": \"o-a1b2c3d4e5\"",
            "\"aws:ResourceOrgID\": \"o-a1b2c3d4e5\"",
        ),
        (
            "\"aws:SourceAccount\": \"111122223333\"",
            "\"aws:ResourceAccount\": \"111122223333\"",
        ),
        ("ssoins-1234567890abcdef", "ssoins-fedcba0987654321"),
        ("\"kms:Decrypt\"", "\"kms:Encrypt\""),
        ("sso.amazonaws.com", "s3.amazonaws.com"),
        ("\"kms:*\"", "\"kms:DescribeKey\""),
    ] {
        let setting = Setting {
            pinned: true,
            ..setting(&[])
        };
        let made = identity_center(&setting, Form::Pinned, &[]).unwrap();
        let text = made.text.replace(from, to);
        assert_ne!(text, made.text, "{from}");
        let document = parse(&text, Kind::Resource).unwrap();
        assert!(!prove(&document, &setting).holds(), "{from} -> {to}");
    }
}

/// How many calls of each group the proof of a form makes, for one delegated administrator.
#[test]
fn the_proof_makes_every_call() {
    for (form, statements, other_instance) in [
        (Form::Aws, 5, 0),
        (Form::Literal, 5, 0),
        (Form::Pinned, 8, 6),
    ] {
        // What is proved is what was made, whatever the setting says.
        let setting = Setting {
            pinned: form != Form::Pinned,
            ..setting(&["444455556666"])
        };
        let made = identity_center(&setting, form, &[]).unwrap();
        assert!(made.proof.holds(), "{form:?}");
        let document = parse(&made.text, Kind::Resource).unwrap();
        assert_eq!(document.statement_count(), statements, "{form:?}");
        let count = |group| made.proof.cases.iter().filter(|c| c.group == group).count();
        for (group, cases) in [
            (Group::Services, 10),
            // Two accounts, two services, four operations; and the key's policy.
            (Group::Administrators, 17),
            (Group::Organization, 2),
            (Group::Applications, 2),
            (Group::OtherInstance, other_instance),
        ] {
            assert_eq!(count(group), cases, "{form:?} {group:?}");
        }
    }
}

/// The calls are such as there are: DescribeKey has no context, others have the tenant's key.
#[test]
fn a_policy_that_asks_for_what_calls_carry_is_proved() {
    let setting = Setting {
        pinned: true,
        ..setting(&[])
    };
    let made = identity_center(&setting, Form::Pinned, &[]).unwrap();
    let mut policy: serde_json::Value = serde_json::from_str(&made.text).unwrap();
    let statements = policy["Statement"].as_array_mut().unwrap();
    let mut describe = statements[0].clone();
    statements[0]["Action"] = [
        "PutKeyPolicy",
        "Decrypt",
        "Encrypt",
        "GenerateDataKeyWithoutPlaintext",
    ]
    .map(|name| format!("kms:{name}"))
    .to_vec()
    .into();
    describe["Sid"] = "Describe".into();
    describe["Action"] = "kms:DescribeKey".into();
    describe["Condition"] = serde_json::json!({"Null": {"kms:EncryptionContextKeys": "true"}});
    statements.push(describe);
    for statement in &mut *statements {
        if let Some(equals) = statement.pointer_mut("/Condition/StringEquals")
            && equals
                .get("kms:EncryptionContext:aws:sso:instance-arn")
                .is_some()
        {
            equals["kms:EncryptionContext:tenant-key-id"] = "ssoins-1234567890abcdef".into();
        }
    }
    let document = parse(&policy.to_string(), Kind::Resource).unwrap();
    let proof = prove(&document, &setting);
    let wrong: Vec<_> = proof.wrong().collect();
    assert!(wrong.is_empty() && proof.holds(), "{wrong:#?}");
}

/// Near misses come from an account of the organisation, or of another where that is the miss.
#[test]
fn near_misses_differ_in_one_thing() {
    for (accounts, group, other) in [
        ("5555*", Group::NotThroughServices, Group::OtherOrganization),
        ("9999*", Group::OtherOrganization, Group::NotThroughServices),
    ] {
        let setting = setting(&[]);
        let made = identity_center(&setting, Form::Literal, &[]).unwrap();
        let mut policy: serde_json::Value = serde_json::from_str(&made.text).unwrap();
        let more = serde_json::json!({"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt",
            "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalAccount": accounts}}});
        policy["Statement"].as_array_mut().unwrap().push(more);
        let document = parse(&policy.to_string(), Kind::Resource).unwrap();
        let proof = prove(&document, &setting);
        let groups: Vec<Group> = proof.wrong().map(|case| case.group).collect();
        assert!(groups.contains(&group), "{accounts}: {groups:?}");
        assert!(!groups.contains(&other), "{accounts}: {groups:?}");
    }
}
