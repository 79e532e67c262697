//! Tags of keys: what is taken, and AWS's texts for what is not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use scene::Scene;
use serde_json::{Value, json};

fn tag(key: &str, value: &str) -> Value {
    json!({"TagKey": key, "TagValue": value})
}

fn numbered(range: std::ops::Range<usize>) -> Value {
    range.map(|n| tag(&format!("k{n}"), "")).collect()
}

/// By each operation that gives tags: which, and the refusal.
#[test]
fn tags_are_taken_or_refused() {
    let characters =
        "Tag keys and values can have letters, digits, spaces and _ . : / = + - @ only";
    for (tags, refused) in [
        (json!([tag("a", "")]), None),
        (json!([tag("Müller/ß:日本 _.=+-@", "Grüße 1")]), None),
        (json!([tag("a", "1"), tag("A", "1")]), None),
        (json!([tag("awsome", "aws:x")]), None),
        (numbered(0..50), None),
        (
            json!([tag("a", "1"), tag("a", "2")]),
            Some("Duplicate tag keys"),
        ),
        (
            json!([tag("aws:x", "")]),
            Some("Tags beginning with aws: are reserved"),
        ),
        (
            json!([tag("AWS:x", "")]),
            Some("Tags beginning with aws: are reserved"),
        ),
        (numbered(0..51), Some("Too many tags")),
        (json!([tag("a,b", "")]), Some(characters)),
        (json!([tag("a", "b<c>")]), Some(characters)),
        (json!([tag("a\n", "")]), Some(characters)),
    ] {
        let mut scene = Scene::new();
        let wanted = refused.map_or(Ok(()), |text| {
            Err(("TagException".to_owned(), text.to_owned()))
        });
        let document = json!({"KeyId": scene.key, "Tags": tags});
        let found = scene.admin("TagResource", document).map(|_| ());
        assert_eq!(found, wanted, "TagResource {tags}");
        let found = scene.admin("CreateKey", json!({"Tags": tags})).map(|_| ());
        assert_eq!(found, wanted, "CreateKey {tags}");
    }
}

/// Fifty in all, however many calls they come in; a new value of a known one adds none.
#[test]
fn a_key_has_fifty_tags() {
    let mut scene = Scene::new();
    let id = json!(scene.key);
    let put = |scene: &mut Scene, tags: Value| {
        scene
            .admin("TagResource", json!({"KeyId": id, "Tags": tags}))
            .map_err(|(_, text)| text)
    };
    put(&mut scene, numbered(0..30)).unwrap();
    put(&mut scene, numbered(20..50)).unwrap();
    let full = Err("Too many tags".to_owned());
    assert_eq!(put(&mut scene, json!([tag("one more", "")])), full);
    put(&mut scene, json!([tag("k7", "new")])).unwrap();
    scene
        .admin(
            "UntagResource",
            json!({"KeyId": id, "TagKeys": ["k1", "absent"]}),
        )
        .unwrap();
    put(&mut scene, json!([tag("one more", "")])).unwrap();
    let listed = scene
        .admin("ListResourceTags", json!({"KeyId": id}))
        .unwrap();
    assert_eq!(listed["Tags"].as_array().unwrap().len(), 50);
}

/// Lengths are the model's matter, and its texts hide nothing.
#[test]
fn lengths_are_those_of_the_model() {
    let mut scene = Scene::new();
    let id = json!(scene.key);
    for (key, value, refused) in [
        ("k".repeat(128), "v".repeat(256), None),
        (
            "k".repeat(129),
            String::new(),
            Some(
                "at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128",
            ),
        ),
        (
            "k".to_owned(),
            "v".repeat(257),
            Some(
                "at 'tags.1.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256",
            ),
        ),
        (
            String::new(),
            String::new(),
            Some(
                "at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
        ),
    ] {
        let document = json!({"KeyId": id, "Tags": [tag(&key, &value)]});
        match (scene.admin("TagResource", document), refused) {
            (Ok(_), None) => {}
            (Err((code, text)), Some(wanted)) => {
                assert_eq!(code, "ValidationException");
                assert!(text.ends_with(wanted), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
}
