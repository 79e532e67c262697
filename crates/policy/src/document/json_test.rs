//! The JSON reader: values as `serde_json` reads them, places, and what is no JSON.

use super::{Json, Node, read};
use serde_json::Value;

/// The value as `serde_json` has it.
fn value(node: &Node) -> Value {
    match &node.value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(text) => serde_json::from_str(text).unwrap(),
        Json::Text(text) => Value::String(text.clone()),
        Json::List(nodes) => nodes.iter().map(value).collect(),
        Json::Object(members) => members
            .iter()
            .map(|m| (m.name.clone(), value(&m.node)))
            .collect(),
    }
}

#[test]
fn values_are_those_of_serde() {
    for text in [
        "null",
        " true ",
        "\t\r\n[ ]",
        "[false,{}]",
        r#"{ "a" : [ 1 , "b" , { "c" : null } ] , "" : 2 }"#,
        "0",
        "-0",
        "7",
        "-12.50",
        "10.05e3",
        "1E2",
        "1e+2",
        "25e-1",
        r#""\" \\ \/ \b \f \n \r \t""#,
        r#""\u0041\u00e4\u00C4\u20ac""#,
        r#""\ud83d\ude00 \uD800\uDC00 \udbff\udfff""#,
        "\"ä€😀\"",
    ] {
        let node = read(text).unwrap();
        assert_eq!(value(&node), serde_json::from_str::<Value>(text).unwrap());
        let own = &text[node.span.start..node.span.end];
        assert_eq!(own, text.trim(), "the value has no blanks around it");
        if let Json::Number(number) = &node.value {
            assert_eq!(number, text, "a number keeps its text");
        }
    }
}

#[test]
fn what_is_no_json() {
    const NUMBER: &str = "not a JSON number";
    const VALUE: &str = "not JSON: a value was expected here";
    const HALF: &str = "half of a surrogate pair inside a text";
    const HEX: &str = "four hexadecimal digits were expected";
    for (text, what, start, end) in [
        ("", "the document ends where a value was expected", 0, 0),
        ("[1", "a comma or ] was expected here", 2, 2),
        ("[1 2]", "a comma or ] was expected here", 3, 4),
        ("[1,]", VALUE, 3, 4),
        ("{\"a\":1", "a comma or } was expected here", 6, 6),
        ("{\"a\":1 \"b\":2}", "a comma or } was expected here", 7, 8),
        ("{\"a\" 1}", "a colon was expected here", 5, 6),
        ("{a:1}", "a name in quotes was expected here", 1, 2),
        ("{\"a\":1,\"a\":2}", "the name 'a' is given twice", 7, 10),
        ("1 2", "text after the end of the document", 2, 3),
        ("tru", VALUE, 0, 1),
        ("nul]", VALUE, 0, 1),
        ("+1", VALUE, 0, 1),
        ("-", NUMBER, 1, 1),
        ("-a", NUMBER, 1, 2),
        ("-01", NUMBER, 3, 3),
        ("00", NUMBER, 2, 2),
        ("1.", NUMBER, 2, 2),
        ("1.e2", NUMBER, 2, 3),
        ("1e", NUMBER, 2, 2),
        ("1e+", NUMBER, 3, 3),
        ("1e+-2", NUMBER, 3, 4),
        ("\"a", "the document ends inside a text", 2, 2),
        ("\"a\nb\"", "a control character inside a text", 2, 3),
        ("\"\\", "an unknown escape inside a text", 2, 2),
        ("\"\\'\"", "an unknown escape inside a text", 2, 3),
        ("\"\\u12\"", HEX, 3, 4),
        ("\"\\u12", HEX, 3, 4),
        ("\"\\u+123\"", HEX, 3, 4),
        ("\"\\u12äb\"", HEX, 3, 4),
        ("\"\\ud83d\"", HALF, 7, 8),
        ("\"\\ud83dx\"", HALF, 7, 8),
        ("\"\\ud83d\\n\"", HALF, 7, 8),
        ("\"\\ud83d\\ud83d\"", HALF, 13, 14),
        ("\"\\ude00\"", HALF, 7, 8),
    ] {
        let broken = read(text).unwrap_err();
        assert_eq!(broken.what, what, "{text}");
        assert_eq!((broken.span.start, broken.span.end), (start, end), "{text}");
        assert!(!broken.instead.is_empty(), "{text}");
    }
}

#[test]
fn nesting_has_an_end() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(read(&nested(32)).is_ok(), "{open}");
        let broken = read(&nested(33)).unwrap_err();
        assert_eq!(broken.what, "the document is nested too deeply", "{open}");
        assert_eq!(broken.span.start, 33 * open.len(), "{open}");
    }
}

#[test]
fn kinds_have_names() {
    for (text, name) in [
        ("null", "null"),
        ("true", "a Boolean"),
        ("1", "a number"),
        ("\"\"", "a text"),
        ("[]", "a list"),
        ("{}", "an object"),
    ] {
        assert_eq!(read(text).unwrap().value.kind(), name);
    }
}
