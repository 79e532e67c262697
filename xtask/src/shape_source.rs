//! Writes the typed shapes: a struct for each structure that an operation reaches, an enum for each
//! string with a closed set of values. Every member is optional, whatever the model requires: what
//! is missing is reported by validation, in AWS's words.

use crate::botocore::{Model, ShapeModel};
use crate::names;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Appends all typed shapes of the model.
///
/// # Errors
/// When the model holds what cannot be carried over.
pub(crate) fn shapes(model: &Model, out: &mut String) -> Result<(), String> {
    let mut taken = BTreeSet::new();
    for name in model.reachable()? {
        let shape = model.shape(name)?;
        let typed = shape.is_enum() || (shape.kind == "structure" && !shape.document);
        if !typed {
            continue;
        }
        if !taken.insert(names::type_name(name)) {
            return Err(format!(
                "two shapes would be named {}",
                names::type_name(name)
            ));
        }
        if shape.is_enum() {
            enumeration(name, shape, out)?;
        } else {
            structure(model, name, shape, out)?;
        }
    }
    Ok(())
}

fn enumeration(name: &str, shape: &ShapeModel, out: &mut String) -> Result<(), String> {
    let type_name = names::type_name(name);
    let mut taken = BTreeSet::new();
    let _ = writeln!(out, "text_enum! {{\n    {type_name} {{");
    for value in &shape.values {
        let variant = names::variant(value);
        if !taken.insert(variant.clone()) {
            return Err(format!("{name}: two values would be named {variant}"));
        }
        let _ = writeln!(out, "        {variant} = {value:?},");
    }
    let _ = writeln!(out, "    }}\n}}\n");
    Ok(())
}

fn structure(
    model: &Model,
    name: &str,
    shape: &ShapeModel,
    out: &mut String,
) -> Result<(), String> {
    let _ = writeln!(out, "shape! {{\n    {} {{", names::type_name(name));
    for (member, reference) in &shape.members.0 {
        let target = rust_type(model, &reference.shape)?;
        let boxed = model.shape(&reference.shape)?.kind == "structure"
            && reaches_by_value(model, &reference.shape, name)?;
        let target = if boxed {
            format!("Box<{target}>")
        } else {
            target
        };
        let field = names::field(member);
        let _ = writeln!(out, "        {field}: {target} = {member:?},");
    }
    let _ = writeln!(out, "    }}\n}}\n");
    Ok(())
}

/// The Rust type that holds a shape.
fn rust_type(model: &Model, name: &str) -> Result<String, String> {
    let shape = model.shape(name)?;
    let part = |r: &Option<crate::botocore::ShapeRef>| match r {
        Some(r) => rust_type(model, &r.shape),
        None => Err(format!("{name} lacks its parts")),
    };
    Ok(match shape.kind.as_str() {
        "string" if shape.is_enum() => names::type_name(name),
        "string" if shape.sensitive => "SensitiveString".to_owned(),
        "string" => "String".to_owned(),
        "integer" => "i32".to_owned(),
        "long" => "i64".to_owned(),
        "double" | "float" => "f64".to_owned(),
        "boolean" => "bool".to_owned(),
        "timestamp" => "Epoch".to_owned(),
        "blob" if shape.sensitive => "SecretBlob".to_owned(),
        "blob" => "Blob".to_owned(),
        "list" => format!("Vec<{}>", part(&shape.member)?),
        "map" => format!("BTreeMap<{}, {}>", part(&shape.key)?, part(&shape.value)?),
        "structure" if shape.document => "serde_json::Value".to_owned(),
        "structure" => names::type_name(name),
        other => return Err(format!("{name}: unknown kind of shape {other}")),
    })
}

/// Whether a structure holds the other one by value, so that a field of it needs a box.
fn reaches_by_value(model: &Model, from: &str, to: &str) -> Result<bool, String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return Ok(true);
        }
        if !seen.insert(name) {
            continue;
        }
        for (_, reference) in &model.shape(name)?.members.0 {
            if model.shape(&reference.shape)?.kind == "structure" {
                open.push(&reference.shape);
            }
        }
    }
    Ok(false)
}
