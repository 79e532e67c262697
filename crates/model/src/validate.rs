//! Checks a document against a structure of the model, as the front of every AWS service does before
//! the service itself looks at a request. It knows the model's constraints and nothing else: what a
//! service checks beyond them (key ids, policies, quotas) is not its matter.

use crate::constraint::{self, Constraint};
use crate::violation::{Invalid, Shown, Violation, Violations};
use crate::{Member, Shape, Structure};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Checks a document (in document form) against a structure. JSON `null` counts as absent, unknown
/// members are ignored. Nothing is allocated when all is well.
///
/// # Errors
/// [`Invalid::Serialization`] if any value has a type that its shape cannot hold; else
/// [`Invalid::Constraints`] with every broken constraint, in the model's order.
pub fn validate(structure: &Structure, document: &Value) -> Result<(), Invalid> {
    let mut found = Vec::new();
    walk_structure(structure, document, &Path::Root, &mut found).map_err(Invalid::Serialization)?;
    if found.is_empty() {
        Ok(())
    } else {
        Err(Invalid::Constraints(Violations(found)))
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

fn walk_structure(
    structure: &Structure,
    value: &Value,
    path: &Path<'_>,
    found: &mut Vec<Violation>,
) -> Result<(), String> {
    let object = match value {
        Value::Object(object) => object,
        Value::Array(_) => return Err("Start of list found where not expected".to_owned()),
        _ => return Err("Expected null".to_owned()),
    };
    for member in structure.members {
        let path = Path::Member(path, member.name);
        match object.get(member.name) {
            None | Some(Value::Null) => missing(member, &path, found),
            Some(value) => walk(member.shape, value, &path, found)?,
        }
    }
    Ok(())
}

fn missing(member: &Member, path: &Path<'_>, found: &mut Vec<Violation>) {
    if member.required {
        found.push(Violation {
            path: path.text(),
            shown: if member.sensitive {
                Shown::Hidden
            } else {
                Shown::Null
            },
            constraint: Constraint::NotNull.to_string(),
        });
    }
}

fn walk(
    shape: &Shape,
    value: &Value,
    path: &Path<'_>,
    found: &mut Vec<Violation>,
) -> Result<(), String> {
    match (shape, value) {
        (Shape::Structure(structure), _) => walk_structure(structure, value, path, found),
        (Shape::List { member, .. }, Value::Array(entries)) => {
            bounds(shape, value, entries.len(), path, found);
            walk_list(shape, member, value, entries, path, found)
        }
        (Shape::Map { .. }, Value::Object(entries)) => {
            bounds(shape, value, entries.len(), path, found);
            walk_map(shape, value, entries, path, found)
        }
        _ => constraint::check(shape, value, |broken| {
            found.push(violation(shape, value, path, broken.to_string()));
        }),
    }
}

/// The bounds on the number of entries.
fn bounds(shape: &Shape, value: &Value, count: usize, path: &Path<'_>, found: &mut Vec<Violation>) {
    if let Shape::List { min, max, .. } | Shape::Map { min, max, .. } = shape {
        constraint::length(*min, *max, count, |broken| {
            found.push(violation(shape, value, path, broken.to_string()));
        });
    }
}

/// Entries that have members are checked each at its own place; of simple entries AWS reports the
/// list as a whole, with all constraints on an entry.
fn walk_list(
    list: &Shape,
    member: &Shape,
    value: &Value,
    entries: &[Value],
    path: &Path<'_>,
    found: &mut Vec<Violation>,
) -> Result<(), String> {
    if is_simple(member) {
        let mut broken = Broken::default();
        for entry in entries {
            broken.entry(member, entry)?;
        }
        if let Some(constraints) = broken.constraints(member) {
            let text = format!("Member must satisfy constraint: [{constraints}]");
            found.push(violation(list, value, path, text));
        }
        return Ok(());
    }
    for (at, entry) in entries.iter().enumerate() {
        walk_entry(member, entry, &Path::Entry(path, at), found)?;
    }
    Ok(())
}

/// Like a list: keys, and values that are simple, are reported for the map as a whole.
fn walk_map(
    map: &Shape,
    value: &Value,
    entries: &Map<String, Value>,
    path: &Path<'_>,
    found: &mut Vec<Violation>,
) -> Result<(), String> {
    let Shape::Map {
        key: key_shape,
        value: value_shape,
        ..
    } = map
    else {
        return Ok(());
    };
    if entries.keys().any(|key| key_is_broken(key_shape, key)) {
        let constraints = list_text(constraint::all(key_shape));
        let text = format!("Map keys must satisfy constraint: [{constraints}]");
        found.push(violation(map, value, path, text));
    }
    let mut broken = Broken::default();
    for (key, entry) in entries {
        if is_simple(value_shape) {
            broken.entry(value_shape, entry)?;
        } else {
            walk_entry(value_shape, entry, &Path::Key(path, key), found)?;
        }
    }
    if let Some(constraints) = broken.constraints(value_shape) {
        let text = format!("Map value must satisfy constraint: [{constraints}]");
        found.push(violation(map, value, path, text));
    }
    Ok(())
}

fn walk_entry(
    shape: &Shape,
    entry: &Value,
    path: &Path<'_>,
    found: &mut Vec<Violation>,
) -> Result<(), String> {
    if entry.is_null() {
        found.push(Violation {
            path: path.text(),
            shown: Shown::Null,
            constraint: Constraint::NotNull.to_string(),
        });
        return Ok(());
    }
    walk(shape, entry, path, found)
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
        constraint::check(shape, entry, |_| self.any = true)
    }

    /// The text in brackets, if anything is broken.
    fn constraints(&self, shape: &Shape) -> Option<String> {
        (self.any || self.null).then(|| {
            let mut all = constraint::all(shape);
            all.extend(self.null.then_some(Constraint::NotNull));
            list_text(all)
        })
    }
}

fn list_text(constraints: Vec<Constraint>) -> String {
    let texts: Vec<String> = constraints.iter().map(Constraint::to_string).collect();
    texts.join(", ")
}

/// Keys are bare texts in a document, so only the constraints of a string can be broken.
fn key_is_broken(shape: &Shape, key: &str) -> bool {
    let Shape::String {
        min,
        max,
        pattern,
        enum_values,
        ..
    } = shape
    else {
        return false;
    };
    let mut broken = pattern.is_some_and(|p| !p.matches(key));
    if min.is_some() || max.is_some() {
        constraint::length(*min, *max, key.chars().count(), |_| broken = true);
    }
    broken || (!enum_values.is_empty() && !enum_values.contains(&key))
}

fn is_simple(shape: &Shape) -> bool {
    !matches!(
        shape,
        Shape::Structure(_) | Shape::List { .. } | Shape::Map { .. }
    )
}

fn violation(shape: &Shape, value: &Value, path: &Path<'_>, constraint: String) -> Violation {
    let mut text = String::new();
    Violation {
        path: path.text(),
        shown: match show(shape, value, &mut text) {
            Some(()) => Shown::Text(text),
            None => Shown::Hidden,
        },
        constraint,
    }
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
