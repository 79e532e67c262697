//! Grants in use: who may do what by them, tokens, names, constraints, child grants, ending them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const BOB: &str = "arn:aws:iam::111122223333:user/bob";

/// An installation with a key and two users without any policy.
struct Scene {
    i: Installation,
    key: String,
    alice: Login,
    bob: Login,
}

fn user(i: &mut Installation, name: &str) -> Login {
    let admin = i.admin.clone();
    i.call(&admin, "iam", "CreateUser", json!({"UserName": name}))
        .unwrap();
    let made = i
        .call(&admin, "iam", "CreateAccessKey", json!({"UserName": name}))
        .unwrap();
    let text = |member: &str| made["AccessKey"][member].as_str().unwrap().to_owned();
    Login {
        access_key_id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: None,
    }
}

impl Scene {
    fn new() -> Self {
        let mut i = Installation::new();
        let (alice, bob) = (user(&mut i, "alice"), user(&mut i, "bob"));
        let admin = i.admin.clone();
        let made = i.call(&admin, "kms", "CreateKey", json!({})).unwrap();
        let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        Self { i, key, alice, bob }
    }

    fn call(&mut self, login: &Login, operation: &str, document: Value) -> Result<Value, String> {
        self.i
            .call(login, "kms", operation, document)
            .map_err(|e| e.shape.code.to_owned())
    }

    fn admin(&mut self, operation: &str, document: Value) -> Value {
        let admin = self.i.admin.clone();
        self.call(&admin, operation, document)
            .unwrap_or_else(|e| panic!("{operation}: {e}"))
    }

    fn grant(&mut self, more: Value) -> Value {
        let mut document =
            json!({"KeyId": self.key, "GranteePrincipal": ALICE, "Operations": ["Encrypt"]});
        for (member, value) in more.as_object().unwrap() {
            document[member] = value.clone();
        }
        self.admin("CreateGrant", document)
    }

    fn encrypts(&mut self, login: &Login, context: Value) -> Result<(), String> {
        let document =
            json!({"KeyId": self.key, "Plaintext": "eA==", "EncryptionContext": context});
        self.call(login, "Encrypt", document).map(|_| ())
    }
}

fn denied<T>() -> Result<T, String> {
    Err("AccessDeniedException".to_owned())
}

#[test]
fn a_grant_allows_its_operations_to_its_grantee_only() {
    let mut s = Scene::new();
    let (alice, bob) = (s.alice.clone(), s.bob.clone());
    assert_eq!(s.encrypts(&alice, json!({})), denied());
    s.grant(json!({}));
    assert_eq!(s.encrypts(&alice, json!({})), Ok(()));
    assert_eq!(s.encrypts(&bob, json!({})), denied());
    let key = s.key.clone();
    for operation in ["DescribeKey", "GetKeyPolicy", "ListGrants", "DisableKey"] {
        assert_eq!(
            s.call(&alice, operation, json!({"KeyId": key})),
            denied(),
            "{operation}"
        );
    }
}

#[test]
fn constraints() {
    for (kind, context, allowed) in [
        ("EncryptionContextEquals", json!({"tenant": "a"}), true),
        (
            "EncryptionContextEquals",
            json!({"tenant": "a", "more": "b"}),
            false,
        ),
        ("EncryptionContextEquals", json!({"tenant": "A"}), false),
        ("EncryptionContextEquals", json!({}), false),
        ("EncryptionContextSubset", json!({"tenant": "a"}), true),
        (
            "EncryptionContextSubset",
            json!({"tenant": "a", "more": "b"}),
            true,
        ),
        ("EncryptionContextSubset", json!({"more": "b"}), false),
    ] {
        let mut s = Scene::new();
        let alice = s.alice.clone();
        s.grant(json!({"Constraints": {kind: {"tenant": "a"}}, "Operations": ["Encrypt", "DescribeKey"]}));
        let found = s.encrypts(&alice, context.clone());
        assert_eq!(found.is_ok(), allowed, "{kind} {context}");
        // Operations without a context are not constrained.
        let key = s.key.clone();
        s.call(&alice, "DescribeKey", json!({"KeyId": key}))
            .unwrap();
    }
}

#[test]
fn names_make_grants_repeatable() {
    let mut s = Scene::new();
    let first = s.grant(json!({"Name": "g"}));
    let again = s.grant(json!({"Name": "g"}));
    assert_eq!(first["GrantId"], again["GrantId"]);
    assert_ne!(first["GrantToken"], again["GrantToken"]);
    for different in [
        json!({"Name": "other"}),
        json!({"Name": "g", "Operations": ["Decrypt"]}),
        json!({"Name": "g", "GranteePrincipal": BOB}),
        json!({"Name": "g", "RetiringPrincipal": BOB}),
        json!({"Name": "g", "Constraints": {"EncryptionContextSubset": {"a": "b"}}}),
    ] {
        assert_ne!(
            s.grant(different.clone())["GrantId"],
            first["GrantId"],
            "{different}"
        );
    }
    // The order of the operations says nothing.
    let orders = [["Encrypt", "Decrypt"], ["Decrypt", "Encrypt"]];
    let [one, two] = orders.map(|o| s.grant(json!({"Name": "ordered", "Operations": o})));
    assert_eq!(one["GrantId"], two["GrantId"]);
    let (a, b) = (s.grant(json!({})), s.grant(json!({})));
    assert_ne!(a["GrantId"], b["GrantId"]);
}

#[test]
fn entries() {
    let mut s = Scene::new();
    let made = s.grant(
        json!({"Name": "g", "RetiringPrincipal": BOB, "Operations": ["Encrypt", "Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "b"}}}),
    );
    s.grant(json!({"GranteePrincipal": BOB}));
    let key = s.key.clone();
    let entry = json!({
        "KeyId": key, "GrantId": made["GrantId"], "Name": "g", "CreationDate": 1_767_607_200,
        "GranteePrincipal": ALICE, "RetiringPrincipal": BOB,
        "IssuingAccount": "arn:aws:iam::111122223333:root", "Operations": ["Encrypt", "Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "b"}},
    });
    for (operation, filter) in [
        (
            "ListGrants",
            json!({"KeyId": key, "GrantId": made["GrantId"]}),
        ),
        (
            "ListGrants",
            json!({"KeyId": key, "GranteePrincipal": ALICE}),
        ),
        ("ListRetirableGrants", json!({"RetiringPrincipal": BOB})),
    ] {
        assert_eq!(
            s.admin(operation, filter),
            json!({"Grants": [entry], "Truncated": false}),
            "{operation}"
        );
    }
    // A dry run leaves nothing behind.
    let admin = s.i.admin.clone();
    let before = s.i.rows.len();
    let dry =
        json!({"KeyId": key, "GranteePrincipal": ALICE, "Operations": ["Encrypt"], "DryRun": true});
    assert_eq!(
        s.call(&admin, "CreateGrant", dry),
        Err("DryRunOperationException".to_owned())
    );
    assert_eq!(s.i.rows.len(), before);
}

#[test]
fn tokens_live_as_long_as_their_grant() {
    let mut s = Scene::new();
    let alice = s.alice.clone();
    let made = s.grant(json!({}));
    let key = s.key.clone();
    let document = json!({"KeyId": key, "Plaintext": "eA==", "GrantTokens": [made["GrantToken"]]});
    s.call(&alice, "Encrypt", document.clone()).unwrap();
    s.admin(
        "RevokeGrant",
        json!({"KeyId": key, "GrantId": made["GrantId"]}),
    );
    let gone = Err("InvalidGrantTokenException".to_owned());
    assert_eq!(s.call(&alice, "Encrypt", document), gone);
    assert_eq!(
        s.call(
            &alice,
            "RetireGrant",
            json!({"GrantToken": made["GrantToken"]})
        ),
        gone
    );
    assert_eq!(s.encrypts(&alice, json!({})), denied());
    // A token is of no use in another Region.
    let made = s.grant(json!({}));
    s.i.region = "eu-west-1".to_owned();
    let admin = s.i.admin.clone();
    assert_eq!(
        s.call(
            &admin,
            "RetireGrant",
            json!({"GrantToken": made["GrantToken"]})
        ),
        gone
    );
}

/// Who may retire: the retiring principal, the grantee if the grant says so, and by IAM the
/// accounts concerned. A key policy's or grantee's other rights do not count.
#[test]
fn who_may_retire() {
    for (grant, login, allowed) in [
        (json!({}), "alice", false),
        (
            json!({"Operations": ["Encrypt", "RetireGrant"]}),
            "alice",
            true,
        ),
        (
            json!({"Operations": ["Encrypt", "RetireGrant"]}),
            "bob",
            false,
        ),
        (json!({"RetiringPrincipal": BOB}), "bob", true),
        (json!({"RetiringPrincipal": BOB}), "alice", false),
        // AdministratorAccess in the account that issued it.
        (json!({"RetiringPrincipal": BOB}), "admin", true),
        (json!({"RetiringPrincipal": BOB}), "outsider", false),
    ] {
        for by_token in [true, false] {
            let mut s = Scene::new();
            let login = match login {
                "alice" => s.alice.clone(),
                "bob" => s.bob.clone(),
                "admin" => s.i.admin.clone(),
                _ => s.i.outsider.clone(),
            };
            let made = s.grant(grant.clone());
            let mut document = if by_token {
                json!({"GrantToken": made["GrantToken"]})
            } else {
                json!({"KeyId": s.key, "GrantId": made["GrantId"]})
            };
            document["DryRun"] = json!(true);
            let dry = s.call(&login, "RetireGrant", document.clone()).unwrap_err();
            let wanted = if allowed {
                "DryRunOperationException"
            } else {
                "AccessDeniedException"
            };
            assert_eq!(dry, wanted, "{grant}");
            document["DryRun"] = json!(false);
            assert_eq!(
                s.call(&login, "RetireGrant", document).is_ok(),
                allowed,
                "{grant}"
            );
            let key = s.key.clone();
            let left = s.admin("ListGrants", json!({"KeyId": key}))["Grants"]
                .as_array()
                .unwrap()
                .len();
            assert_eq!(left, usize::from(!allowed));
        }
    }
}

#[test]
fn child_grants_stay_within_their_parent() {
    let parent = json!({"Operations": ["Encrypt", "CreateGrant"],
        "Constraints": {"EncryptionContextSubset": {"tenant": "a"}}});
    for (child, allowed) in [
        (
            json!({"Operations": ["Encrypt"], "Constraints": {"EncryptionContextSubset": {"tenant": "a"}}}),
            true,
        ),
        (
            json!({"Operations": ["Encrypt"], "Constraints": {"EncryptionContextSubset": {"tenant": "a", "x": "y"}}}),
            true,
        ),
        (
            json!({"Operations": ["Encrypt"], "Constraints": {"EncryptionContextEquals": {"tenant": "a"}}}),
            true,
        ),
        (json!({"Operations": ["Encrypt"]}), false),
        (
            json!({"Operations": ["Encrypt"], "Constraints": {"EncryptionContextSubset": {"tenant": "b"}}}),
            false,
        ),
        (
            json!({"Operations": ["Encrypt", "Decrypt"], "Constraints": {"EncryptionContextSubset": {"tenant": "a"}}}),
            false,
        ),
    ] {
        let mut s = Scene::new();
        let alice = s.alice.clone();
        s.grant(parent.clone());
        let mut document = child.clone();
        document["KeyId"] = json!(s.key);
        document["GranteePrincipal"] = json!(BOB);
        let found = s.call(&alice, "CreateGrant", document);
        assert_eq!(found.is_ok(), allowed, "{child}: {found:?}");
    }
}

/// A grant means the user it was made for, not a later one of the same name.
#[test]
fn a_recreated_grantee_has_nothing() {
    let mut s = Scene::new();
    s.grant(json!({"RetiringPrincipal": ALICE}));
    let admin = s.i.admin.clone();
    let id = s.alice.access_key_id.clone();
    for (operation, document) in [
        (
            "DeleteAccessKey",
            json!({"UserName": "alice", "AccessKeyId": id}),
        ),
        ("DeleteUser", json!({"UserName": "alice"})),
    ] {
        s.i.call(&admin, "iam", operation, document).unwrap();
    }
    let again = user(&mut s.i, "alice");
    assert_eq!(s.encrypts(&again, json!({})), denied());
    let listed = s.admin("ListRetirableGrants", json!({"RetiringPrincipal": ALICE}));
    assert_eq!(listed["Grants"], json!([]));
}

/// Another account uses a key by a grant, and grants it on in its own name.
#[test]
fn across_accounts() {
    let mut s = Scene::new();
    let outsider = s.i.outsider.clone();
    assert_eq!(s.encrypts(&outsider, json!({})), denied());
    s.grant(
        json!({"GranteePrincipal": "arn:aws:iam::999900001111:user/outsider",
        "Operations": ["Encrypt", "CreateGrant", "RetireGrant"]}),
    );
    assert_eq!(s.encrypts(&outsider, json!({})), Ok(()));
    let key = s.key.clone();
    let child = s
        .call(
            &outsider,
            "CreateGrant",
            json!({"KeyId": key, "Operations": ["Encrypt"],
            "GranteePrincipal": "arn:aws:iam::999900001111:root"}),
        )
        .unwrap();
    let listed = s.admin(
        "ListGrants",
        json!({"KeyId": key, "GrantId": child["GrantId"]}),
    );
    assert_eq!(
        listed["Grants"][0]["IssuingAccount"],
        "arn:aws:iam::999900001111:root"
    );
    let copies = s.i.records_of("CreateGrant");
    let last: Vec<String> = copies
        .iter()
        .filter(|r| r.shared_event_id.is_some())
        .map(|r| r.recipient_account_id.to_string())
        .collect();
    assert_eq!(last, ["999900001111", "111122223333"]);
    assert_eq!(
        s.call(&outsider, "ListGrants", json!({"KeyId": key})),
        denied()
    );
}
