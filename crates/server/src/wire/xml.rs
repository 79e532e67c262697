//! Replies of the query protocol: the document form becomes XML by the operation's schema; errors
//! as query services write them. It reads no XML. Source: the query protocol of Smithy 2.0, "AWS
//! query protocol", response serialization and error responses.

use claviger_core::chain::ServiceError;
use claviger_model::{Operation, Service, Shape, Structure};
use claviger_types::Timestamp;
use serde_json::Value;
use zeroize::Zeroizing;

/// A reply: `<…Response>` with the result in its wrapper, and the request's id. The text may hold
/// a secret access key, so it is wiped when it goes.
pub(super) fn reply(
    service: &Service,
    operation: &Operation,
    document: &Value,
    request_id: &str,
) -> Zeroizing<String> {
    let mut xml = Writer::with_capacity(2048);
    let response = format!("{}Response", operation.name);
    xml.open_in(&response, service.xml_namespace);
    if let (Some(output), Some(wrapper)) = (operation.output, operation.result_wrapper) {
        xml.element(wrapper, |xml| xml.structure(output, document));
    }
    xml.element("ResponseMetadata", |xml| xml.leaf("RequestId", request_id));
    xml.close(&response);
    xml.0
}

/// An error: whose fault it is, code, text, and the members that it has beyond them.
pub(super) fn error(
    service: Option<&Service>,
    error: &ServiceError,
    request_id: &str,
) -> Zeroizing<String> {
    let mut xml = Writer::with_capacity(512);
    xml.open_in("ErrorResponse", service.and_then(|s| s.xml_namespace));
    xml.element("Error", |xml| {
        let kind = if error.shape.fault {
            "Receiver"
        } else {
            "Sender"
        };
        xml.leaf("Type", kind);
        xml.leaf("Code", error.shape.code);
        if let Some(message) = &error.message {
            xml.leaf("Message", message);
        }
        for (name, value) in &error.members {
            xml.leaf(name, value);
        }
    });
    xml.leaf("RequestId", request_id);
    xml.close("ErrorResponse");
    xml.0
}

/// Writes elements one after the other.
struct Writer(Zeroizing<String>);

impl Writer {
    fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(String::with_capacity(capacity)))
    }

    fn open_in(&mut self, name: &str, namespace: Option<&str>) {
        self.0.push('<');
        self.0.push_str(name);
        if let Some(namespace) = namespace {
            self.0.push_str(" xmlns=\"");
            self.escaped(namespace);
            self.0.push('"');
        }
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.open_in(name, None);
        content(self);
        self.close(name);
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.element(name, |xml| xml.escaped(text));
    }

    fn structure(&mut self, schema: &Structure, value: &Value) {
        for member in schema.members {
            let name = member.location_name.unwrap_or(member.name);
            match value.get(member.name) {
                None | Some(Value::Null) => {}
                Some(value) => self.value(member.shape, name, value),
            }
        }
    }

    fn value(&mut self, shape: &Shape, name: &str, value: &Value) {
        match (shape, value) {
            (Shape::Structure(schema), _) => {
                self.element(name, |xml| xml.structure(schema, value));
            }
            (
                Shape::List {
                    member,
                    member_name,
                    flattened,
                    ..
                },
                Value::Array(entries),
            ) => {
                if *flattened {
                    entries
                        .iter()
                        .for_each(|entry| self.value(member, name, entry));
                } else {
                    self.element(name, |xml| {
                        entries
                            .iter()
                            .for_each(|entry| xml.value(member, member_name, entry));
                    });
                }
            }
            (Shape::Map { flattened, .. }, Value::Object(_)) if *flattened => {
                self.map_entries(shape, name, value);
            }
            (Shape::Map { .. }, Value::Object(_)) => {
                self.element(name, |xml| xml.map_entries(shape, "entry", value));
            }
            (Shape::Timestamp, Value::Number(_)) => self.leaf(name, &iso(value)),
            (_, Value::String(text)) => self.leaf(name, text),
            (_, other) => self.leaf(name, &other.to_string()),
        }
    }

    fn map_entries(&mut self, shape: &Shape, entry_name: &str, value: &Value) {
        let Shape::Map {
            key_name,
            value_name,
            value: value_shape,
            ..
        } = shape
        else {
            return;
        };
        for (key, held) in value.as_object().into_iter().flatten() {
            self.element(entry_name, |xml| {
                xml.leaf(key_name, key);
                xml.value(value_shape, value_name, held);
            });
        }
    }

    /// Text as XML 1.0 can hold it: markup escaped, a carriage return kept from being normalised,
    /// and what XML has no way to write (control characters, U+FFFE, U+FFFF) replaced.
    fn escaped(&mut self, text: &str) {
        escape_onto(&mut self.0, text);
    }
}

/// Appends a text as XML has it. Characters that XML cannot hold are replaced.
pub(super) fn escape_onto(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
}

/// ISO 8601 in UTC; milliseconds only where there are any.
fn iso(seconds: &Value) -> String {
    let epoch = claviger_model::Epoch(seconds.as_f64().unwrap_or_default());
    let moment = Timestamp::from(epoch);
    if moment.millis() % 1000 == 0 {
        moment.iso()
    } else {
        moment.format("%Y-%m-%dT%H:%M:%S%.3fZ")
    }
}
