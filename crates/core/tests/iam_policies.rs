//! Policy documents of IAM: what is stored, what is refused and in which words, what principals
//! come to mean.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_core::state::{Role, entity_place};
use claviger_testkit::installation::Installation;
use serde_json::{Value, json};

fn iam(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "iam", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

#[test]
fn inline_policies_come_back_url_encoded_and_in_order() {
    let mut i = Installation::new();
    iam(&mut i, "CreateUser", json!({"UserName": "alice"}));
    let text = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kms:*\", \"Resource\": \"*\"}}";
    for name in ["b", "a"] {
        iam(
            &mut i,
            "PutUserPolicy",
            json!({"UserName": "alice", "PolicyName": name, "PolicyDocument": text}),
        );
    }
    assert_eq!(
        iam(&mut i, "ListUserPolicies", json!({"UserName": "alice"})),
        json!({"PolicyNames": ["a", "b"], "IsTruncated": false})
    );
    let shown = iam(
        &mut i,
        "GetUserPolicy",
        json!({"UserName": "ALICE", "PolicyName": "a"}),
    );
    assert_eq!(shown["UserName"], "alice");
    assert_eq!(
        shown["PolicyDocument"],
        "%7B%22Version%22%3A%20%222012-10-17%22%2C%20%22Statement%22%3A%20%7B%22Effect%22%3A%20%22Allow%22%2C%20%22Action%22%3A%20%22kms%3A%2A%22%2C%20%22Resource%22%3A%20%22%2A%22%7D%7D"
    );
}

#[test]
fn refused_permissions() {
    let statement = |body: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{{{body}}}]}}"#);
    let cases = [
        ("{not json".to_owned(), "Syntax errors in policy."),
        ("{}".to_owned(), "Syntax errors in policy."),
        (r#"{"Version":"2020-01-01","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#.to_owned(), "Syntax errors in policy."),
        (statement(r#""Effect":"Maybe","Action":"kms:*","Resource":"*""#), "Syntax errors in policy."),
        (statement(r#""Effect":"Allow","Resource":"*""#), "Policy statement must contain actions."),
        (statement(r#""Effect":"Allow","Action":"kms:*""#), "Policy statement must contain resources."),
        (statement(r#""Effect":"Allow","Action":"Decrypt","Resource":"*""#),
         "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        (statement(r#""Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#),
         "Policy document should not specify a principal."),
        (r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"kms:*","Resource":"*"},{"Sid":"A","Effect":"Deny","Action":"kms:*","Resource":"*"}]}"#.to_owned(),
         "Statement IDs (SID) in a single policy must be unique."),
    ];
    let mut i = Installation::new();
    let admin = i.admin.clone();
    iam(&mut i, "CreateUser", json!({"UserName": "alice"}));
    for (document, text) in cases {
        let input = json!({"UserName": "alice", "PolicyName": "p", "PolicyDocument": document});
        let error = i.call(&admin, "iam", "PutUserPolicy", input).unwrap_err();
        assert_eq!(error.shape.code, "MalformedPolicyDocument", "{document}");
        assert_eq!(
            error.message.as_deref(),
            Some(text),
            "{document}: {:?}",
            error.inside
        );
    }
    let sid = "x".repeat(1990);
    let document = statement(&format!(
        r#""Sid":"{sid}","Effect":"Allow","Action":"kms:*","Resource":"*""#
    ));
    let input = json!({"UserName": "alice", "PolicyName": "p", "PolicyDocument": document});
    let error = i.call(&admin, "iam", "PutUserPolicy", input).unwrap_err();
    assert_eq!(error.shape.code, "LimitExceeded");
    assert_eq!(
        error.message.unwrap(),
        "Maximum policy size of 2048 bytes exceeded for user alice"
    );
}

#[test]
fn refused_trust() {
    let trust = |principal: &str, rest: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{principal}{rest}}}]}}"#
        )
    };
    let of = |kind: &str, name: &str| format!(r#""Principal":{{"{kind}":"{name}"}},"#);
    let assume = r#""Action":"sts:AssumeRole""#;
    let unknown =
        |kind: &str, name: &str| format!(r#"Invalid principal in policy: "{kind}":"{name}""#);
    let gone_role = "arn:aws:iam::111122223333:role/gone";
    let cases = [
        (
            trust("", assume),
            "Missing required field Principal".to_owned(),
        ),
        (
            trust(
                r#""Principal":"*","#,
                r#""Action":"sts:AssumeRole","Resource":"*""#,
            ),
            "Has prohibited field Resource".to_owned(),
        ),
        (
            trust(r#""Principal":"*","#, r#""Action":"*""#),
            "AssumeRole policy may only specify STS AssumeRole actions.".to_owned(),
        ),
        (
            trust(r#""NotPrincipal":{"AWS":"111122223333"},"#, assume),
            "Allow with NotPrincipal is not allowed.".to_owned(),
        ),
        (
            trust(&of("AWS", gone_role), assume),
            unknown("AWS", gone_role),
        ),
        // The path is part of the name.
        (
            trust(&of("AWS", "arn:aws:iam::111122223333:user/x/admin"), assume),
            unknown("AWS", "arn:aws:iam::111122223333:user/x/admin"),
        ),
        (
            trust(
                &of("AWS", "arn:aws:sts::111122223333:assumed-role/gone/s"),
                assume,
            ),
            unknown("AWS", "arn:aws:sts::111122223333:assumed-role/gone/s"),
        ),
        (
            trust(&of("AWS", "AROAAAAAAAAAAAAAAAAAA"), assume),
            unknown("AWS", "AROAAAAAAAAAAAAAAAAAA"),
        ),
        (
            trust(&of("Service", "nosuch.amazonaws.com"), assume),
            unknown("SERVICE", "nosuch.amazonaws.com"),
        ),
        (
            trust(
                &of("Federated", "arn:aws:iam::111122223333:saml-provider/x"),
                assume,
            ),
            unknown("FEDERATED", "arn:aws:iam::111122223333:saml-provider/x"),
        ),
    ];
    let mut i = Installation::new();
    let admin = i.admin.clone();
    for (document, text) in cases {
        let input = json!({"RoleName": "r", "AssumeRolePolicyDocument": document});
        let error = i.call(&admin, "iam", "CreateRole", input).unwrap_err();
        assert_eq!(error.shape.code, "MalformedPolicyDocument", "{document}");
        assert_eq!(
            error.message.as_deref(),
            Some(text.as_str()),
            "{document}: {:?}",
            error.inside
        );
    }
}

#[test]
fn principals_that_exist_are_stored_with_their_ids() {
    let mut i = Installation::new();
    let admin_id = iam(&mut i, "GetUser", json!({}))["User"]["UserId"]
        .as_str()
        .unwrap()
        .to_owned();
    let accepted = [
        ("AWS", "*".to_owned(), 0),
        ("AWS", "111122223333".to_owned(), 0),
        ("AWS", "arn:aws:iam::111122223333:root".to_owned(), 0),
        ("AWS", "arn:aws:iam::111122223333:user/admin".to_owned(), 1),
        ("AWS", admin_id.clone(), 0),
        (
            "AWS",
            "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole".to_owned(),
            1,
        ),
        (
            "AWS",
            "arn:aws:sts::222233334444:assumed-role/OrganizationAccountAccessRole/s".to_owned(),
            0,
        ),
        // An account outside the installation counts as existing, whoever is in it.
        (
            "AWS",
            "arn:aws:iam::555566667777:role/anything".to_owned(),
            0,
        ),
        ("Service", "sso.amazonaws.com".to_owned(), 0),
        ("Federated", "cognito-identity.amazonaws.com".to_owned(), 0),
        (
            "Federated",
            "arn:aws:iam::555566667777:oidc-provider/example.com".to_owned(),
            0,
        ),
    ];
    for (n, (kind, name, ids)) in accepted.into_iter().enumerate() {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"{kind}":"{name}"}},"Action":"sts:AssumeRole"}}]}}"#
        );
        let role = format!("r{n}");
        iam(
            &mut i,
            "CreateRole",
            json!({"RoleName": role, "AssumeRolePolicyDocument": document}),
        );
        let place = entity_place("111122223333".parse().unwrap(), &role);
        let trust = &i.snapshot.get::<Role>(&place).unwrap().trust;
        assert_eq!(trust.ids.len(), ids, "{name}");
        if name.ends_with(":user/admin") {
            assert_eq!(trust.ids.values().next().unwrap().as_str(), admin_id);
        }
    }
}
