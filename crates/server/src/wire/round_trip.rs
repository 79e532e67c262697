//! Properties of the query protocol: what a client writes is read, what is written as XML reads
//! back, for documents drawn from the schema of every operation. The encoder and the reader here
//! are the tests' own.

use super::respond;
use super::route::route;
use super::tests::{FORM, body_of, document, head, reply_of};
use claviger_model::{IAM, Operation, Protocol, STS, Service, Shape, Structure};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Documents that a shape may hold, any text and any number, a few levels deep.
fn fitting(shape: &'static Shape, depth: u32) -> BoxedStrategy<Value> {
    match shape {
        Shape::Structure(schema) => structures(schema, depth),
        Shape::List { member, .. } => prop::collection::vec(fitting(member, depth + 1), 0..3)
            .prop_map(Value::from)
            .boxed(),
        Shape::Map { value, .. } => {
            prop::collection::btree_map("[a-c.ü]{1,3}", fitting(value, depth + 1), 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
                .boxed()
        }
        Shape::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Shape::Integer { .. } | Shape::Long { .. } => any::<i64>().prop_map(Value::from).boxed(),
        Shape::Double => (-1e9..1e9).prop_map(|n: f64| json!(n)).boxed(),
        Shape::Timestamp => (0..4_000_000_000_i64).prop_map(Value::from).boxed(),
        _ => "[ -~\\t\\n\\rü値\u{1f511}]{0,8}"
            .prop_map(Value::from)
            .boxed(),
    }
}

fn structures(schema: &'static Structure, depth: u32) -> BoxedStrategy<Value> {
    let members: Vec<BoxedStrategy<Option<(String, Value)>>> = schema
        .members
        .iter()
        .filter(|_| depth < 4)
        .map(|member| {
            let named =
                fitting(member.shape, depth + 1).prop_map(|value| (member.name.to_owned(), value));
            prop::option::of(named).boxed()
        })
        .collect();
    members
        .prop_map(|pairs| Value::Object(pairs.into_iter().flatten().collect()))
        .boxed()
}

/// Writes a document as parameters, as a client does. An empty structure cannot be written inside
/// another, so it is taken out of the document first.
fn write(shape: &Shape, value: &Value, name: &str, out: &mut BTreeMap<String, String>) {
    match (shape, value) {
        (Shape::Structure(schema), Value::Object(object)) => {
            for member in schema.members {
                if let Some(value) = object.get(member.name) {
                    let below = match name {
                        "" => member.name.to_owned(),
                        name => format!("{name}.{}", member.name),
                    };
                    write(member.shape, value, &below, out);
                }
            }
        }
        (Shape::List { member, .. }, Value::Array(entries)) => {
            if entries.is_empty() {
                out.insert(name.to_owned(), String::new());
            }
            for (at, entry) in entries.iter().enumerate() {
                write(member, entry, &format!("{name}.member.{}", at + 1), out);
            }
        }
        (Shape::Map { value: shape, .. }, Value::Object(entries)) => {
            if entries.is_empty() {
                out.insert(name.to_owned(), String::new());
            }
            for (at, (key, value)) in entries.iter().enumerate() {
                out.insert(format!("{name}.entry.{}.key", at + 1), key.clone());
                write(shape, value, &format!("{name}.entry.{}.value", at + 1), out);
            }
        }
        (Shape::Timestamp, Value::Number(n)) => {
            let moment = claviger_types::Timestamp::from_seconds(n.as_i64().unwrap());
            out.insert(name.to_owned(), moment.iso());
        }
        (_, Value::String(text)) => {
            out.insert(name.to_owned(), text.clone());
        }
        (_, other) => {
            out.insert(name.to_owned(), other.to_string());
        }
    }
}

/// Without structures that have no members: neither a form nor a test can tell them from absence.
fn without_empty(shape: &Shape, value: Value) -> Option<Value> {
    match (shape, value) {
        (Shape::Structure(schema), Value::Object(object)) => {
            let kept: Map<String, Value> = object
                .into_iter()
                .filter_map(|(name, value)| {
                    let shape = schema.member(&name)?.shape;
                    Some((name, without_empty(shape, value)?))
                })
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        (Shape::List { member, .. }, Value::Array(entries)) => {
            let kept = entries
                .into_iter()
                .filter_map(|entry| without_empty(member, entry));
            Some(Value::Array(kept.collect()))
        }
        // A map's entry is written by its value's members, so one without members is not written.
        (Shape::Map { value: shape, .. }, Value::Object(entries)) => {
            let kept = entries
                .into_iter()
                .filter_map(|(key, value)| Some((key, without_empty(shape, value)?)));
            Some(Value::Object(kept.collect()))
        }
        (_, value) => Some(value),
    }
}

/// What an XML reply says of a shape, read without this crate's code.
fn read_xml(shape: &Shape, element: &Element) -> Value {
    let text = &element.text;
    match shape {
        Shape::Structure(schema) => {
            let members = schema.members.iter().filter_map(|member| {
                let child = element.children.iter().find(|c| c.name == member.name)?;
                Some((member.name.to_owned(), read_xml(member.shape, child)))
            });
            Value::Object(members.collect())
        }
        Shape::List { member, .. } => element
            .children
            .iter()
            .map(|c| read_xml(member, c))
            .collect(),
        Shape::Map { value, .. } => {
            let pairs = element.children.iter().map(|entry| {
                (
                    entry.children[0].text.clone(),
                    read_xml(value, &entry.children[1]),
                )
            });
            Value::Object(pairs.collect())
        }
        Shape::Boolean => Value::Bool(text == "true"),
        Shape::Integer { .. } | Shape::Long { .. } => json!(text.parse::<i64>().unwrap()),
        Shape::Double => json!(text.parse::<f64>().unwrap()),
        Shape::Timestamp => {
            json!(text.parse::<claviger_types::Timestamp>().unwrap().seconds())
        }
        _ => Value::String(text.clone()),
    }
}

#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

fn parse_xml(xml: &str) -> Element {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(Element {
                name: String::from_utf8(start.name().as_ref().to_vec()).unwrap(),
                ..Element::default()
            }),
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            Event::Text(text) => open.last_mut().unwrap().text += &text.decode().unwrap(),
            Event::GeneralRef(reference) => {
                let name = reference.decode().unwrap();
                let resolved = match reference.resolve_char_ref().unwrap() {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&name)
                        .unwrap()
                        .to_owned(),
                };
                open.last_mut().unwrap().text += &resolved;
            }
            Event::Eof => return open.pop().unwrap().children.pop().unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

fn query_operations() -> Vec<(&'static Service, &'static Operation)> {
    let services = [STS, IAM].into_iter();
    services
        .flat_map(|s| s.operations.iter().map(move |o| (s, o)))
        .collect()
}

fn inputs() -> impl Strategy<Value = (&'static Service, &'static Operation, Value)> {
    let with_input = query_operations()
        .into_iter()
        .filter(|(_, o)| o.input.is_some());
    prop::sample::select(with_input.collect::<Vec<_>>()).prop_flat_map(|(service, operation)| {
        structures(operation.input.unwrap(), 0).prop_map(move |v| (service, operation, v))
    })
}

fn outputs() -> impl Strategy<Value = (&'static Service, &'static Operation, Value)> {
    let with_output = query_operations()
        .into_iter()
        .filter(|(_, o)| o.output.is_some());
    prop::sample::select(with_output.collect::<Vec<_>>()).prop_flat_map(|(service, operation)| {
        structures(operation.output.unwrap(), 0).prop_map(move |v| (service, operation, v))
    })
}

/// The tests' own encoder and reader leave these out.
#[test]
fn no_shape_of_the_query_services_is_flattened_or_renamed() {
    fn walk(structure: &'static Structure, seen: &mut Vec<&'static str>) {
        if seen.contains(&structure.name) {
            return;
        }
        seen.push(structure.name);
        for member in structure.members {
            assert_eq!(
                member.location_name, None,
                "{}.{}",
                structure.name, member.name
            );
            let mut shape = member.shape;
            loop {
                shape = match shape {
                    Shape::List {
                        member,
                        flattened,
                        member_name,
                        ..
                    } => {
                        assert!(!flattened && *member_name == "member");
                        member
                    }
                    Shape::Map {
                        value,
                        flattened,
                        key_name,
                        value_name,
                        ..
                    } => {
                        assert!(!flattened && (*key_name, *value_name) == ("key", "value"));
                        value
                    }
                    Shape::Structure(inside) => break walk(inside, seen),
                    _ => break,
                };
            }
        }
    }
    let mut seen = Vec::new();
    for (_, operation) in query_operations() {
        operation
            .input
            .into_iter()
            .chain(operation.output)
            .for_each(|s| walk(s, &mut seen));
    }
    assert!(seen.len() > 100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_clients_write_is_read((service, operation, value) in inputs()) {
        let input = Shape::Structure(operation.input.unwrap());
        let value = without_empty(&input, value).unwrap_or_else(|| json!({}));
        let mut parameters = BTreeMap::new();
        write(&input, &value, "", &mut parameters);
        parameters.insert("Action".to_owned(), operation.name.to_owned());
        parameters.insert("Version".to_owned(), service.api_version.to_owned());
        let encode = |text: &str| {
            percent_encoding::percent_encode(text.as_bytes(), percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let body: Vec<String> = parameters.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
        prop_assert_eq!(document(&body.join("&")), Ok(value));
    }

    #[test]
    fn what_is_written_as_xml_reads_back((service, operation, value) in outputs()) {
        let output = Shape::Structure(operation.output.unwrap());
        let response = respond(Some(service), operation.name, Protocol::Query, Ok(reply_of(&value)), "id-1");
        let root = parse_xml(body_of(&response));
        prop_assert_eq!(&root.name, &format!("{}Response", operation.name));
        let (result, metadata) = (&root.children[0], &root.children[1]);
        prop_assert_eq!(Some(result.name.as_str()), operation.result_wrapper);
        prop_assert_eq!(&metadata.children[0].text, "id-1");
        prop_assert_eq!(read_xml(&output, result), value);
    }

    #[test]
    fn foreign_forms_never_panic(body in "[A-Za-z0-9.=&%+]{0,80}", action in "CreateUser|SimulateCustomPolicy|PutAccountProperties") {
        let body = format!("Action={action}&Version=2010-05-08&Tags.member.{body}");
        if let Ok(routed) = route(&head("POST", "/", &[FORM]), body.as_bytes()) {
            let _ = routed.document(body.as_bytes());
        }
    }
}
