//! Bodies of AWS JSON 1.1 requests: one object in UTF-8, every member once, at a depth that no
//! stack minds. JSON leaves open what two members of one name mean; here they are refused, so that
//! what is authorised is what is done. Replies are the core's own JSON and need no codec.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// How deep objects and lists may lie in each other; no request of the model needs half of it.
const DEEPEST: usize = 64;

/// Reads a whole body.
///
/// # Errors
/// What is wrong with it, for the text of a `SerializationException`.
pub(super) fn read(body: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|_| "The body is not UTF-8.".to_owned())?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| format!("The body cannot be read as JSON: {error}"))?;
    match value {
        Value::Object(_) => Ok(value),
        Value::Array(_) => Err("Start of list found where not expected".to_owned()),
        _ => Err("The body must be a JSON object.".to_owned()),
    }
}

/// Builds a value and counts how deep it lies.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth < DEEPEST {
            Ok(Self {
                depth: self.depth + 1,
            })
        } else {
            Err(E::custom(format_args!("deeper than {DEEPEST} levels")))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number that is not finite"))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element_seed(inside)? {
            list.push(entry);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inside)?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("duplicate member '{name}'")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn bodies() {
        let check = |body: &[u8], expect: Result<Value, &str>| match (read(body), expect) {
            (Ok(value), Ok(expect)) => assert_eq!(value, expect),
            (Err(text), Err(part)) => assert!(text.contains(part), "{text}"),
            (read, expect) => panic!("{body:?}: {read:?}, not {expect:?}"),
        };
        check(b"{}", Ok(json!({})));
        check(
            b" {\"a\": [1, -1, 1.5, null, true, \"\\u00fc\"]} ",
            Ok(json!({"a": [1, -1, 1.5, null, true, "ü"]})),
        );
        check(b"", Err("EOF"));
        check(b"[]", Err("Start of list"));
        check(b"\"x\"", Err("object"));
        check(b"null", Err("object"));
        check(b"{} {}", Err("trailing"));
        check(b"{\"a\":1,\"a\":1}", Err("duplicate member 'a'"));
        check(b"{\"a\":1,\"\\u0061\":2}", Err("duplicate member 'a'"));
        check(b"{\"x\":{\"a\":1,\"a\":1}}", Err("duplicate"));
        check(b"{\"a\":1e999}", Err("out of range"));
        check(b"{\"a\":NaN}", Err("JSON"));
        check(b"{'a':1}", Err("JSON"));
        check(b"{\"a\":\"\xff\"}", Err("UTF-8"));
        check(b"{\"a\":\"\\ud800\"}", Err("JSON"));
    }

    #[test]
    fn depth() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(nested(DEEPEST - 1).as_bytes()).is_ok());
        assert!(
            read(nested(DEEPEST).as_bytes())
                .unwrap_err()
                .contains("deeper")
        );
        assert!(read(nested(100_000).as_bytes()).is_err());
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-cü]{0,3}", inner, 0..4)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(value in values()) {
            let object = json!({ "x": value });
            prop_assert_eq!(read(object.to_string().as_bytes()), Ok(object));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(&bytes);
        }
    }
}
