//! A key with many grants: decisions, explanations and lists are those of a key with few.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use claviger_core::state::{Grant, GrantPrincipal, KeyPlace};
use claviger_testkit::installation::{Login, service_of};
use claviger_types::GrantId;
use scene::{ADMIN, ALICE, Scene};
use serde_json::{Value, json};

const OTHER: &str = "arn:aws:iam::999900001111:user/outsider";
const ROLE: &str = "arn:aws:iam::111122223333:role/worker";

/// Grants that are for nobody here, or not for what is asked. Their ids come before and after
/// those of others.
fn fill(s: &mut Scene, count: u32) {
    let place = KeyPlace::of(&s.key.parse().unwrap());
    let made = s.i.snapshot.grants_of(&place).next().unwrap().clone();
    let grantees = s.i.snapshot.grants_of(&place).map(|g| g.grantee.clone());
    let grantees: Vec<GrantPrincipal> = grantees.collect();
    let alice = grantees.into_iter().find(|g| g.name() == ALICE).unwrap();
    for n in 0..count {
        let mut id = [if n % 2 == 0 { 0_u8 } else { 0xff }; 32];
        id[28..].copy_from_slice(&n.to_be_bytes());
        let mut grant = Grant {
            id: GrantId::from_bytes(&id),
            name: None,
            ..Grant::clone(&made)
        };
        grant.context_equals = None;
        grant.context_subset = None;
        match n % 4 {
            // Of others.
            0 | 1 => {
                let arn = format!("arn:aws:iam::123456789012:user/u{n}")
                    .parse()
                    .unwrap();
                grant.grantee = GrantPrincipal::Iam { arn, id: None };
            }
            // Of alice, under a constraint that nothing here meets.
            2 => {
                grant.grantee = alice.clone();
                let pairs = [("filler".to_owned(), n.to_string())].into();
                grant.context_subset = Some(claviger_types::EncryptionContext(pairs));
            }
            // Of alice, for an operation that is not asked for.
            _ => {
                grant.grantee = alice.clone();
                grant.operations = vec![claviger_policy::GrantOperation::GenerateDataKey];
            }
        }
        s.i.install(&grant);
    }
}

/// alice, a session of a role, a user of another account, and bob, whose account has a grant.
fn logins(s: &mut Scene) -> [(&'static str, Login); 4] {
    let admin = s.i.admin.clone();
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}});
    for (operation, document) in [
        (
            "CreateRole",
            json!({"RoleName": "worker", "AssumeRolePolicyDocument": trust.to_string()}),
        ),
        ("CreateUser", json!({"UserName": "bob"})),
        (
            "PutUserPolicy",
            json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": json!({
                "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Decrypt",
                "Resource": "*"}}).to_string()}),
        ),
    ] {
        s.i.call(&admin, "iam", operation, document).unwrap();
    }
    let made =
        s.i.call(&admin, "iam", "CreateAccessKey", json!({"UserName": "bob"}))
            .unwrap();
    let text = |member: &str| made["AccessKey"][member].as_str().unwrap().to_owned();
    let bob = Login {
        access_key_id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: None,
    };
    let asked = json!({"RoleArn": ROLE, "RoleSessionName": "shift"});
    let session = s.i.call(&admin, "sts", "AssumeRole", asked).unwrap();
    [
        ("alice", s.alice.clone()),
        ("session", Login::of_session(&session)),
        ("outsider", s.i.outsider.clone()),
        ("bob", bob),
    ]
}

/// The grants under which everything is tried, on one key.
fn grants() -> Vec<Value> {
    let (equals, subset) = ("EncryptionContextEquals", "EncryptionContextSubset");
    vec![
        json!({"GranteePrincipal": ALICE, "Operations": ["Encrypt"],
            "Constraints": {equals: {"tenant": "a"}}}),
        json!({"GranteePrincipal": ALICE, "Operations": ["Encrypt", "DescribeKey"],
            "Constraints": {subset: {"Tenant": "b", "more": "c"}}}),
        json!({"GranteePrincipal": ALICE, "Operations": ["Encrypt", "CreateGrant"],
            "Constraints": {subset: {"parent": "p"}}}),
        json!({"GranteePrincipal": ROLE, "Operations": ["Encrypt"]}),
        json!({"GranteePrincipal": OTHER, "Operations": ["Encrypt", "DescribeKey"],
            "Constraints": {equals: {"tenant": "a", "x": "y"}}}),
        json!({"GranteePrincipal": "111122223333", "Operations": ["Decrypt"]}),
        json!({"GranteePrincipal": "arn:aws:sts::111122223333:assumed-role/worker/shift",
            "Operations": ["DescribeKey"]}),
    ]
}

/// What is asked: an operation with its document; without the key, which each of them names.
fn requests() -> Vec<(&'static str, Value)> {
    let mut requests = vec![("DescribeKey", json!({})), ("GetKeyPolicy", json!({}))];
    for context in [
        json!({}),
        json!({"tenant": "a"}),
        json!({"TENANT": "a"}),
        json!({"tenant": "A"}),
        json!({"tenant": "a", "x": "y"}),
        json!({"tenant": "b"}),
        json!({"tenant": "b", "more": "c", "z": "z"}),
        json!({"parent": "p"}),
    ] {
        for operation in ["Encrypt", "GenerateDataKeyWithoutPlaintext"] {
            let mut document = json!({"EncryptionContext": context, "DryRun": true});
            match operation {
                "Encrypt" => document["Plaintext"] = json!("eA=="),
                _ => document["NumberOfBytes"] = json!(32),
            }
            requests.push((operation, document));
        }
        for kind in ["EncryptionContextEquals", "EncryptionContextSubset"] {
            let asked = json!({"GranteePrincipal": ADMIN, "Operations": ["Encrypt"],
                "Constraints": {kind: context}, "DryRun": true});
            requests.push(("CreateGrant", asked));
        }
    }
    requests.push((
        "Decrypt",
        json!({"DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}),
    ));
    requests
}

/// Each request of each caller: whether it was allowed, and what an explanation says of it.
fn answers(filler: u32) -> Vec<String> {
    let mut s = Scene::new();
    let logins = logins(&mut s);
    for mut grant in grants() {
        grant["KeyId"] = json!(s.key);
        s.admin("CreateGrant", grant).unwrap();
    }
    fill(&mut s, filler);
    let mut answers = Vec::new();
    for (who, login) in &logins {
        for (operation, mut document) in requests() {
            document["KeyId"] = json!(s.key);
            let caller = s.i.caller(login, service_of("kms")).unwrap();
            let shown = document.to_string();
            let outcome = s.i.decide(caller, service_of("kms"), operation, document);
            let result = outcome.result.map(|_| ()).map_err(|e| e.shape.code);
            let considered = &outcome.considered[0];
            let explained = considered.explain(s.i.conditions()).unwrap();
            assert!(explained.replays, "{who} {operation} {shown}");
            let expected = &explained.case["expect"];
            answers.push(format!("{who} {operation} {shown}: {result:?} {expected}"));
        }
    }
    answers
}

#[test]
fn decisions_do_not_change_with_the_number_of_grants() {
    let few = answers(1);
    let allowed = few.iter().filter(|a| a.contains("\"allowed\"")).count();
    assert!(
        allowed > 15 && few.len() - allowed > 15,
        "{allowed} of {}",
        few.len()
    );
    for filler in [40, 120] {
        for (few, many) in few.iter().zip(answers(filler)) {
            assert_eq!(*few, many, "with {filler} more grants");
        }
    }
}

/// An explanation of a refusal shows the caller's own grants, however many the key has.
#[test]
fn explanations_show_the_callers_grants() {
    let mut s = Scene::new();
    let key = s.key.clone();
    let asked = json!({"KeyId": key, "GranteePrincipal": ALICE, "Operations": ["Encrypt"],
        "Constraints": {"EncryptionContextEquals": {"tenant": "a"}}});
    let made = s.admin("CreateGrant", asked).unwrap();
    let place = KeyPlace::of(&key.parse().unwrap());
    let pattern = s.i.snapshot.grants_of(&place).next().unwrap().clone();
    for n in 0..200_u8 {
        let arn = format!("arn:aws:iam::123456789012:user/u{n}")
            .parse()
            .unwrap();
        s.i.install(&Grant {
            id: GrantId::from_bytes(&[n; 32]),
            grantee: GrantPrincipal::Iam { arn, id: None },
            ..Grant::clone(&pattern)
        });
    }
    let alice = s.alice.clone();
    let caller = s.i.caller(&alice, service_of("kms")).unwrap();
    let document = json!({"KeyId": key, "Plaintext": "eA=="});
    let outcome = s.i.decide(caller, service_of("kms"), "Encrypt", document);
    let explained = outcome.considered[0].explain(s.i.conditions()).unwrap();
    let text = serde_json::to_string(&explained).unwrap();
    assert!(text.contains(made["GrantId"].as_str().unwrap()));
    let shown = explained.case["policies"]["grants"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(shown, 64);
    assert!(explained.replays);
}

fn all_pages(s: &mut Scene, operation: &str, mut document: Value) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let page = s.admin(operation, document.clone()).unwrap();
        let grants = page["Grants"].as_array().unwrap();
        assert!(!grants.is_empty() || page["Truncated"] == false);
        all.extend(grants.clone());
        if page["Truncated"] == false {
            return all;
        }
        document["Marker"] = page["NextMarker"].clone();
    }
}

/// Every page size gives every grant once, in the order of ids, with and without a filter.
#[test]
fn pages() {
    let mut s = Scene::new();
    let key = s.key.clone();
    for name in ["a", "b", "c"] {
        let asked = json!({"KeyId": key, "GranteePrincipal": ALICE, "RetiringPrincipal": ADMIN,
            "Operations": ["Encrypt"], "Name": name});
        s.admin("CreateGrant", asked).unwrap();
    }
    let other = s.admin("CreateKey", json!({})).unwrap()["KeyMetadata"]["Arn"].take();
    let asked = json!({"KeyId": other, "GranteePrincipal": ALICE, "RetiringPrincipal": ADMIN,
        "Operations": ["Encrypt"]});
    s.admin("CreateGrant", asked).unwrap();
    fill(&mut s, 120);
    let of_alice = 3 + 60;
    for limit in [1, 2, 7, 50, 100] {
        for (operation, filter, count) in [
            ("ListGrants", json!({"KeyId": key}), 123),
            (
                "ListGrants",
                json!({"KeyId": key, "GranteePrincipal": ALICE}),
                of_alice,
            ),
            // The filler has the retiring principal of its pattern.
            (
                "ListRetirableGrants",
                json!({"RetiringPrincipal": ADMIN}),
                124,
            ),
        ] {
            let mut document = filter.clone();
            document["Limit"] = json!(limit);
            let found = all_pages(&mut s, operation, document);
            let ids: Vec<(&str, &str)> = found
                .iter()
                .map(|g| (g["KeyId"].as_str().unwrap(), g["GrantId"].as_str().unwrap()))
                .collect();
            assert_eq!(ids.len(), count, "{operation} {filter} by {limit}");
            assert!(ids.is_sorted(), "{operation} {filter}");
            assert!(ids.windows(2).all(|w| w[0] != w[1]));
        }
    }
    // A marker stands for a place, whether or not the grant there still exists.
    let page = s
        .admin("ListGrants", json!({"KeyId": key, "Limit": 50}))
        .unwrap();
    let last = &page["Grants"][49]["GrantId"];
    s.admin("RevokeGrant", json!({"KeyId": key, "GrantId": last}))
        .unwrap();
    let next = json!({"KeyId": key, "Marker": page["NextMarker"]});
    assert_eq!(all_pages(&mut s, "ListGrants", next).len(), 73);
}

/// A grant that ends is found no more, by whatever it was found.
#[test]
fn what_ends_is_found_no_more() {
    let mut s = Scene::new();
    let key = s.key.clone();
    let asked = json!({"KeyId": key, "GranteePrincipal": ALICE, "RetiringPrincipal": ALICE,
        "Operations": ["Encrypt"], "Name": "n"});
    let made = s.admin("CreateGrant", asked.clone()).unwrap();
    fill(&mut s, 120);
    let id = json!({"KeyId": key, "GrantId": made["GrantId"]});
    s.admin("RevokeGrant", id).unwrap();
    let place = KeyPlace::of(&key.parse().unwrap());
    assert_eq!(s.i.snapshot.grant_count(&place), 120);
    assert_eq!(s.i.snapshot.grants_of(&place).count(), 120);
    let again = s.admin("CreateGrant", asked).unwrap();
    assert_ne!(again["GrantId"], made["GrantId"]);
    let listed = json!({"KeyId": key, "GranteePrincipal": ALICE});
    let found = all_pages(&mut s, "ListGrants", listed);
    assert!(found.iter().all(|g| g["GrantId"] != made["GrantId"]));
}

/// Lists and repetition while a key comes to have many grants and few again.
#[test]
fn between_few_and_many() {
    let mut s = Scene::new();
    let key = s.key.clone();
    let asked = |name: &str| {
        json!({"KeyId": key, "GranteePrincipal": ALICE, "RetiringPrincipal": ADMIN,
            "Operations": ["Encrypt"], "Name": name})
    };
    let alice = s.alice.clone();
    let mut ids: Vec<String> = Vec::new();
    let look = |s: &mut Scene, ids: &[String]| {
        let mut wanted = ids.to_vec();
        wanted.sort();
        for (operation, document) in [
            ("ListGrants", json!({"KeyId": key})),
            (
                "ListGrants",
                json!({"KeyId": key, "GranteePrincipal": ALICE}),
            ),
            ("ListRetirableGrants", json!({"RetiringPrincipal": ADMIN})),
        ] {
            let found = all_pages(s, operation, document);
            let found: Vec<&str> = found
                .iter()
                .map(|g| g["GrantId"].as_str().unwrap())
                .collect();
            assert_eq!(found, wanted, "{operation} of {}", ids.len());
        }
        let encrypts = json!({"KeyId": key, "Plaintext": "eA=="});
        let allowed = s.call(&alice, "Encrypt", encrypts).is_ok();
        assert_eq!(allowed, !ids.is_empty(), "{}", ids.len());
    };
    for n in 0..36 {
        let made = s.admin("CreateGrant", asked(&n.to_string())).unwrap();
        ids.push(made["GrantId"].as_str().unwrap().to_owned());
        for (at, id) in ids.iter().enumerate() {
            let again = s.admin("CreateGrant", asked(&at.to_string())).unwrap();
            assert_eq!(again["GrantId"], json!(id), "{at} of {n}");
        }
        look(&mut s, &ids);
    }
    while let Some(id) = ids.pop() {
        s.admin("RevokeGrant", json!({"KeyId": key, "GrantId": id}))
            .unwrap();
        look(&mut s, &ids);
    }
}
