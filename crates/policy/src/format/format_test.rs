//! Formatting: examples, and what holds for every document.

use super::format;
use crate::document::{Document, Kind, Topic, parse_tolerant};
use proptest::prelude::*;

#[test]
fn examples() {
    for (text, expect) in [
        ("{}", "{}\n"),
        (
            r#"{"Statement":{"Action":["kms:Decrypt"],"Effect":"Allow"},"Version":"2012-10-17"}"#,
            "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"kms:Decrypt\"\n    }\n  ]\n}\n",
        ),
        (
            r#"{"Statement":[{"Condition":{"StringLike":{"b":["x"],"a":["x","y"]},"Bool":{"c":true}}}]}"#,
            "{\n  \"Statement\": [\n    {\n      \"Condition\": {\n        \"Bool\": {\n          \"c\": true\n        },\n        \"StringLike\": {\n          \"a\": [\n            \"x\",\n            \"y\"\n          ],\n          \"b\": \"x\"\n        }\n      }\n    }\n  ]\n}\n",
        ),
        (
            "{\"Id\":\"\\u00fc \\u2019 \\\" \\\\ \\u0001\"}",
            "{\n  \"Id\": \"ü \\u2019 \\\" \\\\ \\u0001\"\n}\n",
        ),
        (
            r#"{"Statement":[],"Other":[[1]],"Action":["kept"]}"#,
            "{\n  \"Statement\": [],\n  \"Other\": [\n    [\n      1\n    ]\n  ],\n  \"Action\": [\n    \"kept\"\n  ]\n}\n",
        ),
    ] {
        assert_eq!(format(text).unwrap(), expect, "{text}");
    }
    for (text, expect) in [
        ("[]", "line 1, column 1: a policy document is a JSON object"),
        (
            "{\"a\":1,\"a\":2}",
            "line 1, column 8: the name 'a' is given twice",
        ),
    ] {
        let error = format(text).unwrap_err();
        assert_eq!(error.0[0].to_string(), expect);
        assert!(error.0[0].instead.is_some());
    }
}

/// What a document says, without places and without the order of what has none.
fn said(document: &Document) -> Vec<String> {
    document
        .statements()
        .iter()
        .map(|s| {
            let mut principals: Vec<String> = s
                .principals
                .iter()
                .flat_map(|p| p.entries.iter().map(move |e| (p.negated, e)))
                .map(|(negated, e)| format!("{negated} {:?} {}", e.kind, e.name.text))
                .collect();
            principals.sort();
            let mut conditions: Vec<String> = s
                .conditions
                .iter()
                .map(|c| {
                    let values: Vec<&str> = c.values.iter().map(|v| v.text.as_str()).collect();
                    format!("{:?} {} {values:?}", c.operator, c.key.text)
                })
                .collect();
            conditions.sort();
            let names = |names: &Option<crate::document::Names>| {
                names.as_ref().map(|n| {
                    let values: Vec<String> = n.values.iter().map(|v| v.text.clone()).collect();
                    (n.negated, values)
                })
            };
            format!(
                "{:?} {:?} {principals:?} {:?} {:?} {conditions:?} {}",
                s.sid,
                s.effect,
                names(&s.actions),
                names(&s.resources),
                s.broken
            )
        })
        .collect()
}

/// Formats a text, if it is a policy at all, and compares what both say.
fn same(text: &str, kind: Kind) {
    let Ok(formatted) = format(text) else {
        return;
    };
    assert_eq!(format(&formatted).unwrap(), formatted, "{text}");
    let (was, is) = (parse_tolerant(text, kind), parse_tolerant(&formatted, kind));
    let errors = |errors: &[crate::ParseError]| {
        let mut whats: Vec<String> = errors
            .iter()
            // Layout changes the size, and escapes stand for characters. Of two names that differ by
            // case the second is told.
            .filter(|e| !matches!(e.topic, Topic::Characters | Topic::Size))
            .map(|e| e.what.to_lowercase())
            .collect();
        whats.sort();
        whats
    };
    match (was, is) {
        (Ok((was, e)), Ok((is, f))) => {
            assert_eq!(was.version(), is.version());
            assert_eq!(said(&was), said(&is), "{text}\n{formatted}");
            assert_eq!(errors(&e), errors(&f), "{text}\n{formatted}");
        }
        (Err(e), Err(f)) => assert_eq!(errors(&e.0), errors(&f.0), "{text}\n{formatted}"),
        (was, is) => panic!("{text}\n{formatted}\n{was:?}\n{is:?}"),
    }
}

/// One or several of some texts, alone or in a list.
fn values(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    (
        proptest::collection::vec(proptest::sample::select(texts), 0..4),
        any::<bool>(),
    )
        .prop_map(|(texts, list)| match texts.as_slice() {
            [one] if !list => format!("\"{one}\""),
            some => format!(
                "[{}]",
                some.iter()
                    .map(|t| format!("\"{t}\""))
                    .collect::<Vec<_>>()
                    .join(" , ")
            ),
        })
}

fn condition() -> impl Strategy<Value = String> {
    let operators = proptest::sample::subsequence(
        vec![
            "StringLike",
            "ForAnyValue:StringEquals",
            "ArnLikeIfExists",
            "Bool",
            "Null",
            "Odd",
        ],
        0..4,
    );
    let keys = proptest::sample::subsequence(
        vec![
            "kms:ViaService",
            "aws:PrincipalTag/a",
            "aws:PrincipalTag/A",
            "b",
        ],
        0..3,
    );
    (
        operators.prop_shuffle(),
        keys.prop_shuffle(),
        values(&["x", "true", "${aws:username}", "${x"]),
    )
        .prop_map(|(operators, keys, values)| {
            let keys: Vec<String> = keys.iter().map(|k| format!("\"{k}\": {values}")).collect();
            let operators: Vec<String> = operators
                .iter()
                .map(|o| format!("\"{o}\":{{{}}}", keys.join(",")))
                .collect();
            format!("\"Condition\":{{{}}}", operators.join(","))
        })
}

fn statement() -> impl Strategy<Value = String> {
    let principal = (
        proptest::sample::subsequence(vec!["AWS", "Service", "Federated", "Odd"], 0..4)
            .prop_shuffle(),
        values(&["111122223333", "sso.amazonaws.com", "*", "x"]),
    )
        .prop_map(|(kinds, values)| {
            let kinds: Vec<String> = kinds.iter().map(|k| format!("\"{k}\":{values}")).collect();
            format!("\"Principal\":{{{}}}", kinds.join(","))
        });
    let action =
        values(&["kms:Decrypt", "kms:*", "bad", "s3:Get?"]).prop_map(|v| format!("\"Action\":{v}"));
    let resource = values(&["*", "arn:aws:kms:*:*:key/${a}", "bad"])
        .prop_map(|v| format!("\"NotResource\" : {v}"));
    let effect = proptest::sample::select(vec![
        "\"Effect\":\"Allow\"",
        "\"Effect\":\"deny\"",
        "\"Sid\":\"a b\"",
    ]);
    let odd = Just("\"Odd\": [1, {\"b\": null, \"a\": [\"x\"]}]".to_owned());
    (principal, action, resource, effect, condition(), odd).prop_flat_map(
        |(principal, action, resource, effect, condition, odd)| {
            let members = vec![
                principal,
                action,
                resource,
                effect.to_owned(),
                condition,
                odd,
            ];
            proptest::sample::subsequence(members, 3..6)
                .prop_shuffle()
                .prop_map(|m| format!("{{ {} }}", m.join(" ,\n")))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_policy_says_the_same_when_it_is_laid_out(
        statements in proptest::collection::vec(statement(), 0..4),
        version in proptest::sample::select(vec!["\"2012-10-17\"", "\"2008-10-17\"", "7"]),
        first in any::<bool>(),
    ) {
        let version = format!("\"Version\":{version}");
        let statement = match statements.as_slice() {
            [one] => format!("\"Statement\":{one}"),
            some => format!("\"Statement\":[{}]", some.join(",")),
        };
        let text = if first {
            format!("{{{version},{statement}}}")
        } else {
            format!("{{{statement},\"Id\":\"x\",{version}}}")
        };
        for kind in [Kind::Resource, Kind::Identity, Kind::ResourceControl] {
            same(&text, kind);
        }
    }

    #[test]
    fn any_json_is_laid_out_or_refused(text in r#"\{["a-cASN:,\[\]\{\}0-9 \\nu.üé’-]{0,40}\}"#) {
        same(&text, Kind::Resource);
    }
}
