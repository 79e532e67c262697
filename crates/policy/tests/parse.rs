//! Strict parsing: what is refused, where, and what is kept (`POL-E1`, `POL-E3`, `POL-E5`,
//! `POL-E6`, `POL-O9`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::{Kind, Place, PrincipalType, Topic, parse, parse_tolerant};
use proptest::prelude::*;

/// Each mistake as `what @ the first characters of where`.
fn check(kind: Kind, text: &str, expect: &[&str]) {
    let found: Vec<String> = match parse(text, kind) {
        Ok(_) => Vec::new(),
        Err(errors) => errors
            .iter()
            .map(|e| format!("{} @ {:.12}", e.what, &text[e.span.start..e.span.end]))
            .collect(),
    };
    assert_eq!(found, expect, "{kind:?} {text}");
}

/// A whole document around one statement.
fn one(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#)
}

#[test]
fn documents() {
    for (text, expect) in [
        (
            "",
            "line 1, column 1: the document ends where a value was expected",
        ),
        ("[]", "line 1, column 1: a policy document is a JSON object"),
        ("{}", "line 1, column 1: the policy has no statement"),
        (
            r#"{"Statement":[]}"#,
            "line 1, column 1: the policy has no statement",
        ),
        (
            "{\n \"a\": 1,\n \"a\": 2}",
            "line 3, column 2: the name 'a' is given twice",
        ),
        (
            "{\"a\":1,}",
            "line 1, column 8: a name in quotes was expected here",
        ),
        ("{\"a\":01}", "line 1, column 8: not a JSON number"),
        (
            "{\"a\":\"\\x\"}",
            "line 1, column 8: an unknown escape inside a text",
        ),
        (
            "{\"a\":\"\\ud800\"}",
            "line 1, column 13: half of a surrogate pair inside a text",
        ),
        (
            "{} x",
            "line 1, column 4: text after the end of the document",
        ),
        (
            "{\"ä\": nul}",
            "line 1, column 7: not JSON: a value was expected here",
        ),
    ] {
        let errors = parse(text, Kind::Identity).unwrap_err();
        assert_eq!(errors.0[0].to_string(), expect, "{text}");
        assert!(parse_tolerant(text, Kind::Identity).is_err(), "{text}");
    }
    let deep = "[".repeat(200);
    assert!(parse(&deep, Kind::Identity).is_err());
}

#[test]
fn statements() {
    for (kind, statement, expect) in [
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#,
            vec![],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"allow","Action":"kms:*","Resource":"*"}"#,
            vec!["this is not an effect @ \"allow\""],
        ),
        (
            Kind::Identity,
            r#"{"Action":"kms:*","Resource":"*"}"#,
            vec!["the statement has no Effect @ {\"Action\":\"k"],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","NotAction":"s3:*","Resource":"*"}"#,
            vec!["Action and NotAction cannot stand together @ \"NotAction\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Resource":"*"}"#,
            vec!["the statement has no Action @ {\"Effect\":\"A"],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"decrypt","Resource":"*"}"#,
            vec!["'decrypt' is not an action @ \"decrypt\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:","Resource":"*"}"#,
            vec!["'kms:' is not an action @ \"kms:\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":":Decrypt","Resource":"*"}"#,
            vec!["':Decrypt' is not an action @ \":Decrypt\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:De crypt","Resource":"*"}"#,
            vec!["'kms:De crypt' is not an action @ \"kms:De cryp"],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"k ms:Decrypt","Resource":"*"}"#,
            vec!["'k ms:Decrypt' is not an action @ \"k ms:Decryp"],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"key/1"}"#,
            vec!["'key/1' is not a resource @ \"key/1\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:*:::x"}"#,
            vec!["the service of 'arn:aws:*:::x' has a wildcard @ \"arn:aws:*::"],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#,
            vec!["this kind of policy names no principal @ \"Principal\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Actions":"kms:*","Action":"kms:*","Resource":"*"}"#,
            vec!["'Actions' is not an element of a statement @ \"Actions\""],
        ),
        (
            Kind::Identity,
            r#"{"Sid":"a b","Effect":"Allow","Action":"kms:*","Resource":"*"}"#,
            vec!["the Sid 'a b' has characters other than letters and digits @ {\"Sid\":\"a b\""],
        ),
        (
            Kind::Resource,
            r#"{"Sid":"a b","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#,
            vec![],
        ),
        (
            Kind::Resource,
            r#"[{"Sid":"a","Effect":"Allow","Principal":"*"},{"Sid":"a","Effect":"Deny","Principal":"*"}]"#,
            vec!["the Sid 'a' is given twice @ {\"Sid\":\"a\",\""],
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#,
            vec!["the statement has no Principal @ {\"Effect\":\"A"],
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"Aws":"*"},"Action":"kms:*","Resource":"*"}"#,
            vec!["'Aws' is not a kind of principal @ \"Aws\""],
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:group/g"},"Action":"kms:*"}"#,
            vec!["'arn:aws:iam::111122223333:group/g' is not a valid principal @ \"arn:aws:iam"],
        ),
        (
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":{"Service":"*"},"Action":"kms:*"}"#,
            vec!["'*' is not a valid principal @ \"*\""],
        ),
        (
            Kind::Trust,
            r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}"#,
            vec!["a trust policy has no Resource: it is the role itself @ \"Resource\""],
        ),
        (
            Kind::ResourceControl,
            r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#,
            vec!["a resource control policy cannot allow @ {\"Effect\":\"A"],
        ),
        (
            Kind::ResourceControl,
            r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#,
            vec![],
        ),
        (
            Kind::ResourceControl,
            r#"{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}"#,
            vec!["a resource control policy applies to every principal @ {\"AWS\":\"1111"],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringIs":{"a:b":"c"}}}"#,
            vec!["'StringIs' is not a condition operator @ \"StringIs\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"NullIfExists":{"a:b":"c"}}}"#,
            vec!["'NullIfExists' is not a condition operator @ \"NullIfExist"],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"Bool":{"a:b":null}}}"#,
            vec!["a condition value cannot be null @ null"],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"Bool":{"a:b":true,"A:B":true}}}"#,
            vec!["the key 'A:B' is given twice @ \"A:B\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"a:b":"${ }"}}}"#,
            vec!["a policy variable in '${ }' is not complete @ \"${ }\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"a:b":"${ä}${"}}}"#,
            vec!["a policy variable in '${ä}${' is not complete @ \"${ä}${\""],
        ),
        (
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"a:b":"${x"}}}"#,
            vec!["a policy variable in '${x' is not complete @ \"${x\""],
        ),
    ] {
        check(kind, &one(statement), &expect);
    }
}

/// What KMS does not store: more than 32,768 bytes, and characters beyond U+00FF.
#[test]
fn what_is_too_much_for_a_key_policy() {
    let padded = |kind: Kind, bytes: usize| {
        let principal = if kind == Kind::Resource {
            r#""Principal":"*","#
        } else {
            ""
        };
        let mut text = one(&format!(
            r#"{{"Effect":"Allow",{principal}"Action":"*","Resource":"*"}}"#
        ));
        text.push_str(&" ".repeat(bytes - text.len()));
        text
    };
    let size = "the key policy has 32769 bytes @  ";
    for (kind, bytes, expect) in [
        (Kind::Resource, 32_768, vec![]),
        (Kind::Resource, 32_769, vec![size]),
        (Kind::Identity, 32_769, vec![]),
    ] {
        check(kind, &padded(kind, bytes), &expect);
    }
    // What is too much begins with a whole character.
    let text = padded(Kind::Resource, 32_767) + "ä";
    let errors = parse(&text, Kind::Resource).unwrap_err();
    assert_eq!(errors.0[0].span.start, 32_767);
    let statement = |sid: &str| {
        one(&format!(
            r#"{{"Sid":"{sid}","Effect":"Allow","Principal":"*","Action":"*"}}"#
        ))
    };
    let euro = "the character U+20AC is not allowed in a key policy @ €";
    check(Kind::Resource, &statement("a€b"), &[euro]);
    check(Kind::Resource, &statement("ÿ\\u20ac"), &[]);
    check(Kind::Trust, &statement("€"), &[]);
}

/// What a mistake is about, and what to do about it.
#[test]
fn mistakes_have_a_topic_and_advice() {
    let wide = format!("{{\"Id\":\"{}\"}}", "x".repeat(32_768));
    for (text, topic, advice) in [
        (
            "nul",
            Topic::Syntax,
            "write a text in double quotes, a list or an object",
        ),
        (
            wide.as_str(),
            Topic::Size,
            "write at most 32768 bytes: less white space, fewer or shorter statements",
        ),
        (
            "{\"Id\":\"\u{20ac}\"}",
            Topic::Characters,
            "write characters up to U+00FF, tab and line breaks",
        ),
        ("{}", Topic::Element, "write a Statement"),
        (
            r#"{"Version":"2012"}"#,
            Topic::Version,
            "write \"2012-10-17\"",
        ),
        (
            r#"{"Statement":{"Sid":1}}"#,
            Topic::Sid,
            "write a text in double quotes",
        ),
        (
            r#"{"Statement":{"Effect":"allow"}}"#,
            Topic::Effect,
            "write Allow or Deny, in this spelling",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Principal":"a"}}"#,
            Topic::Principal,
            r#"write "*" or an object such as {"AWS": "111122223333"}"#,
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:group/g"}}}"#,
            Topic::Principal,
            "write an account id, or the ARN of an account's root, a user, role or session, without wildcards",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"*"}}}"#,
            Topic::Principal,
            "write a service principal such as sso.amazonaws.com",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Principal":{"Federated":""}}}"#,
            Topic::Principal,
            "write the exact name",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"a"}}"#,
            Topic::Action,
            "write a service prefix and a name, such as kms:Decrypt or kms:*",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"a"}}"#,
            Topic::Resource,
            r#"write an ARN, or "*""#,
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Condition":{"a":1}}}"#,
            Topic::Condition,
            "write an operator such as StringEquals, ArnLike or Bool",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Condition":{"Bool":{"a":"${"}}}}"#,
            Topic::Variable,
            "write a variable such as ${aws:PrincipalAccount}",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Resource":"arn:aws:kms:::${"}}"#,
            Topic::Variable,
            "write a variable such as ${aws:PrincipalAccount}",
        ),
    ] {
        let errors = parse(text, Kind::Resource).unwrap_err();
        let first = errors.iter().next().unwrap();
        assert_eq!(first.topic, topic, "{text}");
        assert_eq!(first.advice().as_deref(), Some(advice), "{text}");
    }
    let text = one(r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#);
    let errors = parse(&text, Kind::Identity).unwrap_err();
    assert_eq!(errors.0[0].topic, Topic::Element);
    assert_eq!(errors.0[0].advice().as_deref(), Some("leave it out"));
}

/// `POL-E2`: without a version `${` is plain text.
#[test]
fn the_old_language_has_no_variables() {
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:kms:::${","Condition":{"Bool":{"a:b":"${"}}}"#;
    for version in ["", r#""Version":"2008-10-17","#] {
        let text = format!(r#"{{{version}"Statement":{statement}}}"#);
        check(Kind::Identity, &text, &[]);
    }
}

/// All mistakes in one line, with what to write instead of each.
#[test]
fn mistakes_are_told_together() {
    let text = one(r#"{"Effect":"Allow","Action":"a","Resource":"b"}"#);
    let errors = parse(&text, Kind::Identity).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "line 1, column 64: 'a' is not an action (a service prefix and a name, such as kms:Decrypt or \
         kms:*); line 1, column 79: 'b' is not a resource (an ARN, or \"*\")"
    );
}

#[test]
fn a_document_knows_what_stands_where() {
    let first = r#"{"Sid":"First","Effect":"Allow","Action":"*","Resource":"*"}"#;
    let second = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    let text = format!("{{\"Statement\":[\n{first},\n  {second}]}}");
    let document = parse(&text, Kind::Boundary).unwrap();
    assert_eq!(document.text(), text);
    assert_eq!(document.kind(), Kind::Boundary);
    assert_eq!(document.statement_count(), 2);
    assert_eq!(document.sid(0), Some("First"));
    assert_eq!([document.sid(1), document.sid(2)], [None, None]);
    for (index, statement) in [first, second].into_iter().enumerate() {
        let span = document.statement_span(index).unwrap();
        assert_eq!(&text[span.start..span.end], statement);
    }
    assert_eq!(document.statement_span(2), None);
    let at = document.statement_span(1).unwrap().start;
    assert_eq!(document.place(at), Place { line: 3, column: 3 });
    assert_eq!(document.place(0), Place { line: 1, column: 1 });
}

#[test]
fn principals_are_listed_with_their_place() {
    let text = one(
        r#"{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/R","444455556666"],"Service":"sso.amazonaws.com"},"Action":"kms:*","Resource":"*"}"#,
    );
    let document = parse(&text, Kind::Resource).unwrap();
    let found: Vec<_> = document
        .principals()
        .map(|(p, span)| {
            (
                p.kind,
                p.name.to_owned(),
                text[span.start..span.end].to_owned(),
            )
        })
        .collect();
    let expect = [
        (PrincipalType::Aws, "arn:aws:iam::111122223333:role/R"),
        (PrincipalType::Aws, "444455556666"),
        (PrincipalType::Service, "sso.amazonaws.com"),
    ]
    .map(|(kind, name)| (kind, name.to_owned(), format!("\"{name}\"")));
    assert_eq!(found, expect);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// No text, however damaged, makes the parser fail otherwise than by its errors.
    #[test]
    fn nothing_breaks_the_parser(at in 0_usize..300, with in "\\PC{0,3}", cut in 0_usize..3) {
        let mut text = one(r#"{"Sid":"a","Effect":"Allow","Principal":{"AWS":["111122223333"]},"Action":["kms:De*"],"Resource":"arn:aws:kms:*:*:key/${aws:username}","Condition":{"ForAnyValue:StringLikeIfExists":{"kms:EncryptionContextKeys":["a",1,true]}}}"#);
        let at = at.min(text.len());
        let end = (at + cut).min(text.len());
        text.replace_range(at..end, &with);
        for kind in [Kind::Identity, Kind::Resource, Kind::ResourceControl] {
            if let Err(errors) = parse(&text, kind) {
                prop_assert!(!errors.0.is_empty());
                for error in errors.iter() {
                    prop_assert!(error.span.start <= text.len());
                }
            }
            let _ = parse_tolerant(&text, kind);
        }
    }

    /// JSON that the reader takes, serde_json takes too, and the other way round but for names
    /// given twice and depth.
    #[test]
    fn json_is_json(text in r#"[\[\]{}",:0-9a-z\\ .eE+-]{0,24}"#) {
        let ours = parse_tolerant(&format!(r#"{{"Statement":[],"x":{text}}}"#), Kind::Identity).unwrap_err();
        let broken = !ours.iter().any(|e| e.what == "the policy has no statement");
        let theirs = serde_json::from_str::<serde_json::Value>(&format!(r#"{{"Statement":[],"x":{text}}}"#));
        let twice = ours.iter().any(|e| e.what.contains("given twice"));
        // serde_json refuses numbers beyond f64, which are JSON all the same.
        let range = theirs.as_ref().err().is_some_and(|e| e.to_string().contains("out of range"));
        prop_assert!(twice || range || broken == theirs.is_err(), "{text} {ours:?} {theirs:?}");
    }
}
