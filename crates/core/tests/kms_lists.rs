//! Pages of KMS's lists: how many entries an operation gives, and where its markers are good.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use scene::Scene;
use serde_json::{Value, json};

fn count(reply: &Value, member: &str) -> usize {
    reply[member].as_array().unwrap().len()
}

/// A key with 45 aliases and 50 tags, beside 25 other keys.
fn filled() -> Scene {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    for n in 0..45 {
        let alias = format!("alias/a{n:02}");
        scene
            .admin(
                "CreateAlias",
                json!({"AliasName": alias, "TargetKeyId": key}),
            )
            .unwrap();
    }
    let tags: Vec<Value> = (0..50)
        .map(|n| json!({"TagKey": format!("k{n:02}"), "TagValue": ""}))
        .collect();
    scene
        .admin("TagResource", json!({"KeyId": key, "Tags": tags}))
        .unwrap();
    for _ in 0..25 {
        scene.admin("CreateKey", json!({})).unwrap();
    }
    scene
}

/// Operation, member, default, what it gives at most of more than it has.
#[test]
fn each_list_has_its_default_and_its_cap() {
    let mut scene = filled();
    let key = scene.key.clone();
    for n in 0..60 {
        let mut document =
            json!({"KeyId": key, "Operations": ["Decrypt"], "Name": format!("g{n}")});
        document["GranteePrincipal"] = json!(scene::ADMIN);
        document["RetiringPrincipal"] = json!(scene::ADMIN);
        scene.admin("CreateGrant", document).unwrap();
    }
    let id = || json!({"KeyId": key.clone()});
    for (operation, document, member, default, all) in [
        // 45 of its own and 28 predefined ones.
        ("ListAliases", json!({}), "Aliases", 50, 73),
        ("ListAliases", id(), "Aliases", 45, 45),
        ("ListGrants", id(), "Grants", 50, 60),
        ("ListKeyPolicies", id(), "PolicyNames", 1, 1),
        ("ListKeys", json!({}), "Keys", 26, 26),
        ("ListResourceTags", id(), "Tags", 50, 50),
        (
            "ListRetirableGrants",
            json!({"RetiringPrincipal": scene::ADMIN}),
            "Grants",
            50,
            60,
        ),
    ] {
        let mut document: Value = document;
        let reply = scene.admin(operation, document.clone()).unwrap();
        assert_eq!(count(&reply, member), default, "{operation}");
        assert_eq!(reply["Truncated"], default < all, "{operation}");
        assert_eq!(
            reply["NextMarker"].is_string(),
            default < all,
            "{operation}"
        );
        document["Limit"] = json!(1000);
        let reply = scene.admin(operation, document.clone()).unwrap();
        assert_eq!(count(&reply, member), all, "{operation}");
        // Page by page it is the same, and the same marker gives the same page.
        document["Limit"] = json!(7);
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let page = scene.admin(operation, document.clone()).unwrap();
            assert_eq!(page, scene.admin(operation, document.clone()).unwrap());
            seen.extend(page[member].as_array().unwrap().clone());
            pages += 1;
            if page["Truncated"] == false {
                break;
            }
            document["Marker"] = page["NextMarker"].clone();
        }
        assert_eq!(pages, all.div_ceil(7), "{operation}");
        assert_eq!(json!(seen), reply[member], "{operation}");
    }
}

/// A marker is good for the list that gave it: operation, account, Region, key, filter.
#[test]
fn markers_of_other_lists_are_refused() {
    let mut scene = filled();
    let key = scene.key.clone();
    let other = scene.admin("CreateKey", json!({})).unwrap()["KeyMetadata"]["Arn"].take();
    let outsider = scene.i.outsider.clone();
    let marker = |scene: &mut Scene, operation: &str, document: Value| {
        let mut document = document;
        document["Limit"] = json!(1);
        scene.admin(operation, document).unwrap()["NextMarker"].take()
    };
    let keys = marker(&mut scene, "ListKeys", json!({}));
    let both = json!({"ResourceOwners": ["SELF", "OTHER_ACCOUNTS_VIA_RAM"]});
    let aliases = marker(&mut scene, "ListAliases", json!({}));
    let own_aliases = marker(&mut scene, "ListAliases", json!({"KeyId": key}));
    let tags = marker(&mut scene, "ListResourceTags", json!({"KeyId": key}));
    let refused = |found: Result<Value, (String, String)>, title: &str| {
        let wanted = ("InvalidMarkerException", "Invalid marker.");
        let (code, text) = found.expect_err(title);
        assert_eq!((code.as_str(), text.as_str()), wanted, "{title}");
    };
    for (operation, document, marker) in [
        ("ListAliases", json!({}), &keys),
        ("ListAliases", json!({}), &own_aliases),
        ("ListAliases", json!({"KeyId": key}), &aliases),
        ("ListAliases", json!({"KeyId": other}), &own_aliases),
        ("ListKeys", json!({}), &aliases),
        ("ListKeys", both, &keys),
        ("ListResourceTags", json!({"KeyId": other}), &tags),
        ("ListKeyPolicies", json!({"KeyId": key}), &tags),
    ] {
        let mut document = document;
        document["Marker"] = marker.clone();
        refused(
            scene.admin(operation, document.clone()),
            &format!("{operation} {document}"),
        );
    }
    let document = json!({"Marker": keys});
    refused(
        scene.call(&outsider, "ListKeys", document.clone()),
        "another account",
    );
    scene.i.region = "eu-west-1".to_owned();
    refused(scene.admin("ListKeys", document.clone()), "another Region");
    scene.i.region = "us-east-1".to_owned();
    scene.admin("ListKeys", document).unwrap();
}

/// A marker stays good when what it points at is gone.
#[test]
fn a_marker_outlives_its_entry() {
    let mut scene = filled();
    let document = json!({"Limit": 2});
    let page = scene.admin("ListAliases", document).unwrap();
    let last = page["Aliases"][1]["AliasName"].clone();
    scene
        .admin("DeleteAlias", json!({"AliasName": last}))
        .unwrap();
    let rest = json!({"Limit": 1, "Marker": page["NextMarker"]});
    let next = scene.admin("ListAliases", rest).unwrap();
    assert_eq!(next["Aliases"][0]["AliasName"], "alias/a02");
}
