//! What of a request or a reply may stand in a record, by its schema: names in AWS's lower camel
//! case, no bytes, no secrets. Whether a reply is recorded at all is its operation's matter.
//! Sources: KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail" (what is never
//! logged); IAM Identity Center User Guide, CloudTrail use cases (hidden members).

use crate::Json;
use claviger_model::{Member, Shape, Structure};
use claviger_types::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

/// What CloudTrail shows in place of what must not be shown.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Members that no record shows although the models do not mark them as sensitive: a grant token
/// gives a right to whoever has it, and the certificate of a CloudHSM cluster stands in none of AWS's
/// records (KMS Developer Guide, "CreateCustomKeyStore" log entry).
const UNRECORDED: [&str; 3] = ["GrantToken", "GrantTokens", "TrustAnchorCertificate"];

/// What becomes of a member that the model marks sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitive {
    /// It shows as [`HIDDEN`].
    Hide,
    /// It is left out, as secret access keys are from the records of IAM and STS.
    Omit,
}

/// The `requestParameters` of a request in document form: blobs left out, sensitive members
/// hidden. None when nothing is left to show, which a record writes as null.
#[must_use]
pub fn parameters(structure: &Structure, document: &Value) -> Option<Json> {
    elements(structure, document, Sensitive::Hide)
}

/// The same for any structure and with the choice of what becomes of sensitive members; for
/// `responseElements`.
#[must_use]
pub fn elements(structure: &Structure, document: &Value, sensitive: Sensitive) -> Option<Json> {
    let mut out = String::with_capacity(256);
    let shown = Writer { sensitive }.structure(structure, document, &mut out);
    // The writer makes JSON only; if it ever did not, the record would say null.
    (shown == Shown::Some)
        .then(|| RawValue::from_string(out).ok())
        .flatten()
        .map(Json::from_raw)
}

/// Whether anything was written for a value.
#[derive(PartialEq, Eq)]
enum Shown {
    Nothing,
    /// An empty structure.
    Empty,
    Some,
}

struct Writer {
    sensitive: Sensitive,
}

impl Writer {
    /// Members in the model's order; those the model does not know are not shown.
    fn structure(&self, structure: &Structure, document: &Value, out: &mut String) -> Shown {
        let Value::Object(object) = document else {
            return Shown::Nothing;
        };
        if structure.sensitive {
            return self.secret(out);
        }
        let mut any = false;
        out.push('{');
        for member in structure.members {
            if let Some(value) = object.get(member.name) {
                let before = out.len();
                if any {
                    out.push(',');
                }
                lower_camel(member.name, out);
                if self.member(member, value, out) == Shown::Nothing {
                    out.truncate(before);
                } else {
                    any = true;
                }
            }
        }
        out.push('}');
        if any { Shown::Some } else { Shown::Empty }
    }

    fn member(&self, member: &Member, value: &Value, out: &mut String) -> Shown {
        match member.shape {
            _ if value.is_null() || UNRECORDED.contains(&member.name) => Shown::Nothing,
            // Bytes are never shown, hidden or not: their place would tell that they were there,
            // which AWS's records do not.
            Shape::Blob { .. } => Shown::Nothing,
            _ if member.sensitive => self.secret(out),
            shape => self.value(shape, value, out),
        }
    }

    fn secret(&self, out: &mut String) -> Shown {
        match self.sensitive {
            Sensitive::Omit => Shown::Nothing,
            Sensitive::Hide => text(HIDDEN, out),
        }
    }

    fn value(&self, shape: &Shape, value: &Value, out: &mut String) -> Shown {
        match (shape, value) {
            (_, Value::Null) | (Shape::Blob { .. }, _) => Shown::Nothing,
            (
                Shape::String {
                    sensitive: true, ..
                },
                _,
            ) => self.secret(out),
            (Shape::Structure(inner), _) => self.structure(inner, value, out),
            (Shape::List { member, .. }, Value::Array(items)) => self.list(member, items, out),
            (Shape::Map { value: inner, .. }, Value::Object(entries)) => {
                self.map(inner, entries, out)
            }
            (Shape::Timestamp, Value::Number(seconds)) => timestamp(seconds, out),
            (Shape::String { .. }, Value::String(s)) => text(s, out),
            (Shape::Integer { .. } | Shape::Long { .. } | Shape::Double, Value::Number(number)) => {
                out.push_str(&number.to_string());
                Shown::Some
            }
            (Shape::Boolean, Value::Bool(truth)) => {
                out.push_str(if *truth { "true" } else { "false" });
                Shown::Some
            }
            // A document has no schema that says what in it is secret: new attributes of a user
            // come in one.
            (Shape::Document, _) => self.secret(out),
            // A request that is refused for a wrong type has its record too. What is not of its
            // shape may hold anything, so it is not shown.
            _ => Shown::Nothing,
        }
    }

    fn list(&self, member: &Shape, items: &[Value], out: &mut String) -> Shown {
        out.push('[');
        let mut any = false;
        for item in items {
            let before = out.len();
            if any {
                out.push(',');
            }
            if self.value(member, item, out) == Shown::Nothing {
                out.truncate(before);
            } else {
                any = true;
            }
        }
        out.push(']');
        Shown::Some
    }

    /// Keys of maps are the caller's and stay as they are.
    fn map(
        &self,
        inner: &Shape,
        entries: &serde_json::Map<String, Value>,
        out: &mut String,
    ) -> Shown {
        out.push('{');
        let mut any = false;
        for (key, item) in entries {
            let before = out.len();
            if any {
                out.push(',');
            }
            text(key, out);
            out.push(':');
            if self.value(inner, item, out) == Shown::Nothing {
                out.truncate(before);
            } else {
                any = true;
            }
        }
        out.push('}');
        Shown::Some
    }
}

/// `"KeyId"` as `"keyId":`; only the first letter changes, so `AWSAccountId` is `aWSAccountId`.
fn lower_camel(name: &str, out: &mut String) {
    let mut letters = name.chars();
    out.push('"');
    if let Some(first) = letters.next() {
        out.push(first.to_ascii_lowercase());
    }
    out.push_str(letters.as_str());
    out.push_str("\":");
}

fn text(text: &str, out: &mut String) -> Shown {
    // Text always has a JSON form.
    out.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned()));
    Shown::Some
}

/// Moments inside a record's elements are text: `Apr 12, 2021, 6:58:30 PM`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounded, and beyond the years that can be printed the cast saturates"
)]
fn timestamp(seconds: &serde_json::Number, out: &mut String) -> Shown {
    let millis = (seconds.as_f64().unwrap_or_default() * 1000.0).round() as i64;
    text(&Timestamp::from_millis(millis).cloudtrail_text(), out)
}
