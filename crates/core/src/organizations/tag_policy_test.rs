//! Tag policies: what merges to what, and what is refused.

use super::*;
use serde_json::json;

fn check(levels: &[&[&Value]], expect: &Value) {
    let read = |value: &&Value| TagPolicy::read(&value.to_string()).unwrap();
    let levels: Vec<Vec<TagPolicy>> = levels
        .iter()
        .map(|level| level.iter().map(read).collect())
        .collect();
    assert_eq!(effective(&levels), *expect);
}

fn policy(key: &str, settings: &Value) -> Value {
    json!({"tags": {key: settings}})
}

/// The examples of the user guide, "Policy syntax and inheritance for management policy types".
#[test]
fn the_examples_of_the_guide() {
    let root = policy(
        "costcenter",
        &json!({"tag_key": {"@@assign": "CostCenter"},
            "tag_value": {"@@assign": ["Development", "Support"]}}),
    );
    let one = policy(
        "costcenter",
        &json!({"tag_key": {"@@assign": "CostCenter"}, "tag_value": {"@@assign": ["Sandbox"]},
            "enforced_for": {"@@assign": ["redshift:*", "dynamodb:table"]}}),
    );
    let two = policy(
        "costcenter",
        &json!({"tag_key": {"@@assign": "CostCenter"}, "tag_value": {"@@append": ["Marketing"]},
            "enforced_for": {"@@append": ["redshift:*", "dynamodb:table"]}}),
    );
    let account = policy(
        "CostCenter",
        &json!({"tag_value": {"@@remove": ["Development", "Marketing"]},
            "enforced_for": {"@@remove": ["redshift:*", "dynamodb:table"]}}),
    );
    let expect = |values: Value, enforced: Option<Value>| {
        let mut settings = json!({"tag_key": "CostCenter", "tag_value": values});
        if let Some(enforced) = enforced {
            settings["enforced_for"] = enforced;
        }
        policy("costcenter", &settings)
    };
    let enforced = json!(["redshift:*", "dynamodb:table"]);
    check(
        &[&[&root], &[&one]],
        &expect(json!(["Sandbox"]), Some(enforced.clone())),
    );
    check(
        &[&[&root], &[&two]],
        &expect(
            json!(["Development", "Support", "Marketing"]),
            Some(enforced),
        ),
    );
    check(
        &[&[&root], &[&two], &[&account]],
        &expect(json!(["Support"]), None),
    );
}

#[test]
fn what_children_may_not_do() {
    let parent = policy(
        "project",
        &json!({"tag_key": {"@@operators_allowed_for_child_policies": ["@@none"],
                "@@assign": "Project"},
            "tag_value": {"@@operators_allowed_for_child_policies": ["@@append"],
                "@@assign": ["Maintenance"]}}),
    );
    let child = policy(
        "project",
        &json!({"tag_key": {"@@assign": "PROJECT"},
            "tag_value": {"@@append": ["Research"], "@@remove": ["Maintenance"]}}),
    );
    let merged = policy(
        "project",
        &json!({"tag_key": "Project", "tag_value": ["Maintenance", "Research"]}),
    );
    check(&[&[&parent], &[&child]], &merged);
    // What was taken away does not come back further down.
    let again = policy(
        "project",
        &json!({"tag_value": {"@@operators_allowed_for_child_policies": ["@@all"]}}),
    );
    check(&[&[&parent], &[&again], &[&child]], &merged);
    // Of policies at one level the intersection counts.
    let some = |operators: Value| {
        policy(
            "project",
            &json!({"tag_value": {"@@operators_allowed_for_child_policies": operators,
                "@@append": ["Maintenance"]}}),
        )
    };
    check(
        &[
            &[
                &some(json!(["@@append"])),
                &some(json!(["@@append", "@@remove"])),
            ],
            &[&child],
        ],
        &policy(
            "project",
            &json!({"tag_key": "PROJECT", "tag_value": ["Maintenance", "Research"]}),
        ),
    );
}

#[test]
fn whole_subtrees_are_locked() {
    let locked = json!({"tags": {"@@operators_allowed_for_child_policies": ["@@none"],
        "team": {"tag_key": {"@@assign": "team"}}}});
    let child = json!({"tags": {"team": {"tag_value": {"@@assign": ["blue"]}},
        "other": {"tag_key": {"@@assign": "other"}}}});
    check(
        &[&[&locked], &[&child]],
        &policy("team", &json!({"tag_key": "team"})),
    );
}

#[test]
fn the_first_of_a_level_assigns() {
    let named = |name: &str| policy("project", &json!({"tag_key": {"@@assign": name}}));
    check(
        &[&[&named("PROJECT"), &named("project")]],
        &policy("project", &json!({"tag_key": "PROJECT"})),
    );
}

#[test]
fn bad_documents() {
    let check = |text: &str, part: &str| {
        let wrong = TagPolicy::read(text).unwrap_err();
        assert!(wrong.contains(part), "{text}: {wrong}");
    };
    check("", "EOF");
    check("[]", "the policy must be an object");
    check("{}", "no tags");
    check(r#"{"tags":{},"more":1}"#, "'more'");
    check(r#"{"tags":{"a":1}}"#, "a must be an object");
    check(r#"{"tags":{"a":{"b":{}}}}"#, "a.b");
    check(
        r#"{"tags":{"a":{"tag_key":{"@@append":["x"]}}}}"#,
        "@@append",
    );
    check(r#"{"tags":{"a":{"tag_key":{"@@assign":["a"]}}}}"#, "a text");
    check(r#"{"tags":{"a":{"tag_key":{"@@assign":"b"}}}}"#, "case");
    check(r#"{"tags":{"a":{"tag_value":{"@@assign":"x"}}}}"#, "a list");
    check(
        r#"{"tags":{"a":{"tag_value":{"@@assign":[1]}}}}"#,
        "hold texts",
    );
    check(r#"{"tags":{"a":{},"A":{}}}"#, "twice");
    check(
        r#"{"tags":{"@@operators_allowed_for_child_policies":["@@none","@@assign"]}}"#,
        "@@none",
    );
}
