//! Checks a document against a structure of the model, as the front of every AWS service does before
//! the service itself looks at a request. It knows the model's constraints and nothing else: what a
//! service checks beyond them (key ids, policies, quotas) is not its matter.

use crate::constraint::{self, Constraint};
use crate::violation::{Invalid, Shown, Violation, Violations};
use crate::{Shape, Structure, Wording};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Checks a document (in document form) against a structure. JSON `null` counts as absent, unknown
/// members are ignored. Nothing is allocated when all is well.
///
/// # Errors
/// [`Invalid::Serialization`] if any value has a type that its shape cannot hold; else
/// [`Invalid::Constraints`] with every broken constraint, in the model's order.
pub fn validate(structure: &Structure, document: &Value) -> Result<(), Invalid> {
    let mut walk = Walk {
        wording: structure.wording,
        found: Vec::new(),
    };
    walk.structure(structure, document, &Path::Root)
        .map_err(Invalid::Serialization)?;
    if walk.found.is_empty() {
        Ok(())
    } else {
        Err(Invalid::Constraints(Violations(walk.found)))
    }
}

/// Where the walk stands; a chain on the stack, so that it costs nothing until it is written out.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Entry(&'a Path<'a>, usize),
    Key(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    /// AWS's form: members in lower camel case, entries counted from 1, keys as they are.
    fn text(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(Self::Root, name) => lower_camel(name),
            Self::Member(parent, name) => format!("{}.{}", parent.text(), lower_camel(name)),
            Self::Entry(parent, at) => format!("{}.{}.member", parent.text(), at + 1),
            Self::Key(parent, key) => format!("{}.{key}.member", parent.text()),
        }
    }
}

/// `KeyId` gives `keyId`; only the first letter changes, so `SAMLProviderArn` gives
/// `sAMLProviderArn`, as AWS writes it.
fn lower_camel(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + chars.as_str()
    })
}

/// The walk through a document and what it has found.
struct Walk {
    wording: Wording,
    found: Vec<Violation>,
}

impl Walk {
    fn structure(
        &mut self,
        structure: &Structure,
        value: &Value,
        path: &Path<'_>,
    ) -> Result<(), String> {
        let object = match value {
            Value::Object(object) => object,
            Value::Array(_) => return Err("Start of list found where not expected".to_owned()),
            _ => return Err("Expected null".to_owned()),
        };
        for member in structure.members {
            let path = Path::Member(path, member.name);
            match object.get(member.name) {
                None | Some(Value::Null) if member.required => {
                    self.missing(member.sensitive, &path)
                }
                None | Some(Value::Null) => {}
                Some(value) => self.value(member.shape, value, &path)?,
            }
        }
        Ok(())
    }

    fn value(&mut self, shape: &Shape, value: &Value, path: &Path<'_>) -> Result<(), String> {
        match (shape, value) {
            (Shape::Structure(structure), _) => self.structure(structure, value, path),
            (
                Shape::List {
                    min, max, member, ..
                },
                Value::Array(entries),
            ) => {
                constraint::length(*min, *max, entries.len(), |broken| {
                    self.report(shape, value, path, broken.to_string());
                });
                self.list(shape, member, value, entries, path)
            }
            (Shape::Map { min, max, .. }, Value::Object(entries)) => {
                constraint::length(*min, *max, entries.len(), |broken| {
                    self.report(shape, value, path, broken.to_string());
                });
                self.map(shape, value, entries, path)
            }
            _ => constraint::check(self.wording, shape, value, |broken| {
                self.report(shape, value, path, broken.to_string());
            }),
        }
    }

    /// Entries that have members are checked each at its own place; of simple entries AWS reports
    /// the list as a whole, with all constraints on an entry.
    fn list(
        &mut self,
        list: &Shape,
        member: &Shape,
        value: &Value,
        entries: &[Value],
        path: &Path<'_>,
    ) -> Result<(), String> {
        if !is_simple(member) {
            for (at, entry) in entries.iter().enumerate() {
                self.entry(member, entry, &Path::Entry(path, at))?;
            }
            return Ok(());
        }
        let mut broken = Broken::default();
        for entry in entries {
            broken.entry(member, entry)?;
        }
        if let Some(constraints) = broken.constraints(self.wording, member) {
            let text = format!("Member must satisfy constraint: [{constraints}]");
            self.report(list, value, path, text);
        }
        Ok(())
    }

    /// Like a list: keys, and values that are simple, are reported for the map as a whole.
    fn map(
        &mut self,
        map: &Shape,
        value: &Value,
        entries: &Map<String, Value>,
        path: &Path<'_>,
    ) -> Result<(), String> {
        let Shape::Map {
            key: key_shape,
            value: value_shape,
            ..
        } = map
        else {
            return Ok(());
        };
        let mut keys = Broken::default();
        let mut values = Broken::default();
        for (key, entry) in entries {
            constraint::check_text(self.wording, key_shape, key, |_| keys.any = true);
            if is_simple(value_shape) {
                values.entry(value_shape, entry)?;
            } else {
                self.entry(value_shape, entry, &Path::Key(path, key))?;
            }
        }
        if let Some(constraints) = keys.constraints(self.wording, key_shape) {
            let text = format!("Map keys must satisfy constraint: [{constraints}]");
            self.report(map, value, path, text);
        }
        if let Some(constraints) = values.constraints(self.wording, value_shape) {
            let text = format!("Map value must satisfy constraint: [{constraints}]");
            self.report(map, value, path, text);
        }
        Ok(())
    }

    fn entry(&mut self, shape: &Shape, entry: &Value, path: &Path<'_>) -> Result<(), String> {
        if entry.is_null() {
            self.missing(false, path);
            return Ok(());
        }
        self.value(shape, entry, path)
    }

    fn missing(&mut self, sensitive: bool, path: &Path<'_>) {
        self.found.push(Violation {
            path: path.text(),
            shown: if sensitive || self.wording == Wording::Hidden {
                Shown::Hidden
            } else {
                Shown::Null
            },
            constraint: Constraint::NotNull.to_string(),
        });
    }

    fn report(&mut self, shape: &Shape, value: &Value, path: &Path<'_>, constraint: String) {
        let mut text = String::new();
        let place = path.text();
        let shown = match self.wording {
            Wording::Shown if !bears_rights(&place) => show(shape, value, &mut text),
            _ => None,
        };
        self.found.push(Violation {
            path: place,
            shown: shown.map_or(Shown::Hidden, |()| Shown::Text(text)),
            constraint,
        });
    }
}

/// Whether who has the value has a right by it: AWS's models do not mark grant tokens as sensitive,
/// but no text, which is recorded, should hold one.
fn bears_rights(path: &str) -> bool {
    path.starts_with("grantToken")
}

/// What the simple entries of a list or map break, taken together.
#[derive(Default)]
struct Broken {
    any: bool,
    null: bool,
}

impl Broken {
    fn entry(&mut self, shape: &Shape, entry: &Value) -> Result<(), String> {
        if entry.is_null() && !matches!(shape, Shape::Document) {
            self.null = true;
            return Ok(());
        }
        constraint::check(Wording::Shown, shape, entry, |_| self.any = true)
    }

    /// The text in brackets, if anything is broken: all constraints, whichever is. The newer
    /// framework counts among them that there is a value.
    fn constraints(&self, wording: Wording, shape: &Shape) -> Option<String> {
        (self.any || self.null).then(|| {
            let mut all = constraint::all(shape);
            if self.null || wording == Wording::Hidden {
                all.push(Constraint::NotNull);
            }
            let texts: Vec<String> = all.iter().map(Constraint::to_string).collect();
            texts.join(", ")
        })
    }
}

fn is_simple(shape: &Shape) -> bool {
    !matches!(
        shape,
        Shape::Structure(_) | Shape::List { .. } | Shape::Map { .. }
    )
}

/// Writes a value as Java prints it, which is how AWS shows it; `None` if it must not be shown, or
/// if Java's text of it (a structure's) has no meaning outside AWS.
fn show(shape: &Shape, value: &Value, out: &mut String) -> Option<()> {
    match (shape, value) {
        (
            Shape::String {
                sensitive: true, ..
            }
            | Shape::Blob {
                sensitive: true, ..
            }
            | Shape::Structure(_)
            | Shape::Document,
            _,
        ) => return None,
        (Shape::Blob { .. }, Value::String(text)) => {
            let n = crate::blob::decoded_length(text).ok()?;
            let _ = write!(out, "java.nio.HeapByteBuffer[pos=0 lim={n} cap={n}]");
        }
        (Shape::List { member, .. }, Value::Array(entries)) => {
            out.push('[');
            for (at, entry) in entries.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                show(member, entry, out)?;
            }
            out.push(']');
        }
        (Shape::Map { key, value, .. }, Value::Object(entries)) => {
            out.push('{');
            for (at, (name, entry)) in entries.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                show(key, &Value::String(name.clone()), out)?;
                out.push('=');
                show(value, entry, out)?;
            }
            out.push('}');
        }
        (_, Value::String(text)) => out.push_str(text),
        (_, other) => {
            let _ = write!(out, "{other}");
        }
    }
    Some(())
}
