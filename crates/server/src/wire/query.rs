//! Requests of the query protocol: parameters such as `Tags.member.1.Key` become the document form
//! by the operation's schema. Unknown parameters are ignored, as AWS does. Source: the query
//! protocol of Smithy 2.0, "AWS query protocol", query key resolution.

use super::form::Form;
use claviger_model::{Operation, Shape, Structure};
use claviger_types::Timestamp;
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// How many dots a name may have; no request of the model needs half of it.
const DEEPEST: usize = 32;

/// The document of a request.
///
/// # Errors
/// What is wrong, in words for the caller.
pub(super) fn document(operation: &Operation, form: &Form) -> Result<Value, String> {
    let Some(input) = operation.input else {
        return Ok(Value::Object(Map::new()));
    };
    let mut root = Node::default();
    for (name, value) in form.iter() {
        root.insert(name, value)?;
    }
    structure(input, &root, "")
}

/// The parameters as a tree over the parts of their names.
#[derive(Default)]
struct Node<'f> {
    value: Option<&'f str>,
    children: BTreeMap<&'f str, Node<'f>>,
}

impl<'f> Node<'f> {
    fn insert(&mut self, name: &'f str, value: &'f str) -> Result<(), String> {
        if name.matches('.').count() >= DEEPEST {
            return Err("A parameter's name has too many parts.".to_owned());
        }
        let mut node = self;
        for part in name.split('.') {
            node = node.children.entry(part).or_default();
        }
        node.value = Some(value);
        Ok(())
    }

    /// The text of a parameter that must have nothing below it.
    fn text(&self, path: &str) -> Result<&'f str, String> {
        match self.value {
            Some(text) if self.children.is_empty() => Ok(text),
            _ => Err(format!("The parameter {path} must be a single value.")),
        }
    }

    /// The branches of a list or map. An empty value stands for an empty one.
    fn branches(&self, path: &str) -> Result<&BTreeMap<&'f str, Self>, String> {
        match self.value {
            None | Some("") => Ok(&self.children),
            Some(_) => Err(format!("The parameter {path} must not be a single value.")),
        }
    }
}

fn structure(schema: &Structure, node: &Node<'_>, path: &str) -> Result<Value, String> {
    let branches = node.branches(path)?;
    let mut object = Map::new();
    for member in schema.members {
        let wire_name = member.location_name.unwrap_or(member.name);
        if let Some(child) = branches.get(wire_name) {
            let value = value(member.shape, child, &below(path, wire_name))?;
            object.insert(member.name.to_owned(), value);
        }
    }
    Ok(Value::Object(object))
}

fn value(shape: &Shape, node: &Node<'_>, path: &str) -> Result<Value, String> {
    match shape {
        Shape::Structure(schema) => structure(schema, node, path),
        Shape::List {
            member,
            member_name,
            flattened,
            ..
        } => entries(node, (!flattened).then_some(*member_name), path)?
            .into_iter()
            .map(|(place, entry)| value(member, entry, &place))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array),
        Shape::Map {
            key_name,
            value_name,
            value: value_shape,
            flattened,
            ..
        } => {
            let mut object = Map::new();
            for (place, entry) in entries(node, (!flattened).then_some("entry"), path)? {
                let (name, held) = pair(entry, (key_name, value_name), value_shape, &place)?;
                if object.insert(name, held).is_some() {
                    return Err(format!("The map {path} has a key twice."));
                }
            }
            Ok(Value::Object(object))
        }
        _ => scalar(shape, node.text(path)?, path),
    }
}

/// The entries of a list or map in the order of their numbers.
fn entries<'n, 'f>(
    node: &'n Node<'f>,
    wrapper: Option<&str>,
    path: &str,
) -> Result<Vec<(String, &'n Node<'f>)>, String> {
    let branches = node.branches(path)?;
    let (branches, path) = match wrapper {
        None => (branches, path.to_owned()),
        Some(wrapper) => {
            let path = below(path, wrapper);
            match branches.get(wrapper) {
                Some(inside) => (inside.branches(&path)?, path),
                None if branches.is_empty() => return Ok(Vec::new()),
                None => return Err(format!("The parameter {path}.1 is missing.")),
            }
        }
    };
    let mut numbered = Vec::with_capacity(branches.len());
    for (part, entry) in branches {
        // Only `1`, `2`, …: a second way to write a number would be a second entry of its place.
        let number = part.parse::<u32>().ok().filter(|n| n.to_string() == *part);
        match number {
            Some(number) if number > 0 => numbered.push((number, entry)),
            _ => {
                return Err(format!(
                    "The parameter {path}.{part} is not a numbered entry."
                ));
            }
        }
    }
    numbered.sort_by_key(|(number, _)| *number);
    Ok(numbered
        .into_iter()
        .map(|(number, entry)| (format!("{path}.{number}"), entry))
        .collect())
}

fn pair(
    entry: &Node<'_>,
    (key_name, value_name): (&str, &str),
    shape: &Shape,
    path: &str,
) -> Result<(String, Value), String> {
    let branches = entry.branches(path)?;
    let half = |name: &str| {
        let place = below(path, name);
        match branches.get(name) {
            Some(node) => Ok((node, place)),
            None => Err(format!("The parameter {place} is missing.")),
        }
    };
    let (key, key_path) = half(key_name)?;
    let (held, value_path) = half(value_name)?;
    Ok((
        key.text(&key_path)?.to_owned(),
        value(shape, held, &value_path)?,
    ))
}

fn scalar(shape: &Shape, text: &str, path: &str) -> Result<Value, String> {
    let refuse = |what: &str| Err(format!("The value of the parameter {path} is not {what}."));
    match shape {
        Shape::Boolean => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => refuse("a boolean"),
        },
        Shape::Integer { .. } | Shape::Long { .. } => match text.parse::<i64>() {
            Ok(number) => Ok(Value::from(number)),
            Err(_) => refuse("an integer"),
        },
        Shape::Double => match text.parse::<f64>().ok().and_then(Number::from_f64) {
            Some(number) => Ok(Value::Number(number)),
            None => refuse("a number"),
        },
        Shape::Timestamp => match text.parse::<Timestamp>() {
            Ok(moment) if moment.millis() % 1000 == 0 => Ok(Value::from(moment.seconds())),
            Ok(moment) => Ok(Value::from(moment.as_json_seconds())),
            Err(_) => refuse("an ISO 8601 timestamp"),
        },
        // Text, and blobs, which are base64 text in a form as in the document.
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
