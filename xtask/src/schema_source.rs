//! Writes the static descriptors: the service with its operations, the error shapes, and the schema
//! of every structure that an operation reaches.

use crate::botocore::{Model, OperationModel, ShapeModel, ShapeRef};
use crate::names;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The services whose refusals show no value. The model does not say it; IAM's answers do, since 2024.
const HIDE_VALUES: [&str; 1] = ["iam"];

/// Appends the service's descriptor.
///
/// # Errors
/// When the protocol is none that Claviger speaks.
pub(crate) fn service(model: &Model, service: &str, out: &mut String) -> Result<(), String> {
    let meta = &model.metadata;
    let protocol = match (meta.protocol.as_str(), meta.json_version.as_deref()) {
        ("json", Some("1.1")) => "AwsJson11",
        ("query", None) => "Query",
        other => return Err(format!("protocol {other:?}")),
    };
    let signing_name = meta.signing_name.as_ref().unwrap_or(&meta.endpoint_prefix);
    let _ = writeln!(
        out,
        "pub static SERVICE: Service = Service {{\n\
         id: {service:?}, signing_name: {signing_name:?}, endpoint_prefix: {:?},\n\
         target_prefix: {:?}, json_version: {:?}, api_version: {:?}, xml_namespace: {:?},\n\
         protocol: Protocol::{protocol}, event_source: \"{signing_name}.amazonaws.com\",\n\
         operations: &[",
        meta.endpoint_prefix,
        meta.target_prefix,
        meta.json_version,
        meta.api_version,
        meta.xml_namespace,
    );
    let mut operations: Vec<_> = model.operations.0.iter().collect();
    // Sorted, because the service finds them by binary search.
    operations.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, operation) in operations {
        self::operation(name, operation, out);
    }
    let _ = writeln!(out, "],\n}};\n");
    Ok(())
}

fn operation(name: &str, operation: &OperationModel, out: &mut String) {
    let structure = |shape: Option<&str>| match shape {
        Some(shape) => format!("Some(&schema::{})", names::constant(shape)),
        None => "None".to_owned(),
    };
    let input = structure(operation.input.as_ref().map(|b| b.shape.as_str()));
    let output = structure(operation.output.as_ref().map(|b| b.shape.as_str()));
    let wrapper = operation
        .output
        .as_ref()
        .and_then(|b| b.result_wrapper.as_ref());
    let errors: Vec<_> = operation
        .errors
        .iter()
        .map(|e| format!("&error::{}", names::constant(&e.shape)))
        .collect();
    let _ = writeln!(
        out,
        "Operation {{ name: {name:?}, input: {input}, output: {output}, result_wrapper: {wrapper:?}, errors: &[{}] }},",
        errors.join(", ")
    );
}

/// Appends the module `error` with all error shapes of the model.
///
/// # Errors
/// When two of them would have one name.
pub(crate) fn errors(model: &Model, out: &mut String) -> Result<(), String> {
    let mut taken = BTreeSet::new();
    let _ = writeln!(
        out,
        "/// The errors of the model.\npub mod error {{\nuse super::ErrorShape;\n"
    );
    for (name, shape) in &model.shapes.0 {
        if shape.exception {
            unique(&mut taken, name)?;
            error(name, shape, out);
        }
    }
    let _ = writeln!(out, "}}\n");
    Ok(())
}

fn error(name: &str, shape: &ShapeModel, out: &mut String) {
    let status = shape.error.as_ref().and_then(|e| e.http_status_code);
    let status = status.unwrap_or(if shape.fault { 500 } else { 400 });
    let code = shape.error.as_ref().and_then(|e| e.code.as_ref());
    let code = code.map_or(name, |c| c.as_str());
    let message = ["message", "Message"]
        .into_iter()
        .find(|m| shape.members.get(m).is_some());
    let _ = writeln!(
        out,
        "pub static {}: ErrorShape = ErrorShape {{ name: {name:?}, code: {code:?}, status: {status}, fault: {}, message_member: {:?} }};",
        names::constant(name),
        shape.fault || status >= 500,
        message.unwrap_or("message"),
    );
}

/// Appends the module `schema` with the structures and the shapes of their members.
///
/// # Errors
/// When the model holds what cannot be carried over.
pub(crate) fn schema(model: &Model, service: &str, out: &mut String) -> Result<(), String> {
    let mut taken = BTreeSet::new();
    let _ = writeln!(
        out,
        "/// The schema of every structure that an operation reaches.\npub mod schema {{\n\
         use crate::pattern::Pattern;\n\
         use crate::schema::{{Member, Shape, Structure, Wording}};\n"
    );
    let referred = referred(model)?;
    for name in model.reachable()? {
        unique(&mut taken, name)?;
        let shape = model.shape(name)?;
        if shape.kind == "structure" && !shape.document {
            structure(model, service, name, shape, out)?;
        }
        if referred.contains(name) {
            self::shape(name, shape, out)?;
        }
    }
    let _ = writeln!(out, "}}");
    Ok(())
}

/// The shapes that others refer to: all but the inputs and outputs themselves.
fn referred(model: &Model) -> Result<BTreeSet<&str>, String> {
    let mut referred = BTreeSet::new();
    for name in model.reachable()? {
        referred.extend(model.shape(name)?.refers_to().map(|r| r.shape.as_str()));
    }
    Ok(referred)
}

fn structure(
    model: &Model,
    service: &str,
    name: &str,
    shape: &ShapeModel,
    out: &mut String,
) -> Result<(), String> {
    let _ = writeln!(
        out,
        "pub static {}: Structure = Structure {{ name: {name:?}, sensitive: {}, wording: Wording::{}, members: &[",
        names::constant(name),
        shape.sensitive,
        if HIDE_VALUES.contains(&service) {
            "Hidden"
        } else {
            "Shown"
        },
    );
    for (member, reference) in &shape.members.0 {
        let _ = writeln!(
            out,
            "Member {{ name: {member:?}, location_name: {:?}, required: {}, sensitive: {}, shape: &{} }},",
            reference.location_name,
            shape.required.contains(member),
            model.shape(&reference.shape)?.sensitive,
            shape_constant(&reference.shape),
        );
    }
    let _ = writeln!(out, "] }};\n");
    Ok(())
}

/// The name of the static that holds a shape: apart from the structure's own static.
fn shape_constant(name: &str) -> String {
    format!("{}_SHAPE", names::constant(name))
}

fn shape(name: &str, shape: &ShapeModel, out: &mut String) -> Result<(), String> {
    let constant = names::constant(name);
    let bounds = format!("min: {:?}, max: {:?}", shape.min, shape.max);
    let sensitive = shape.sensitive;
    let text = match shape.kind.as_str() {
        "string" => string(&constant, name, shape, out),
        "integer" => format!("Integer {{ {bounds} }}"),
        "long" => format!("Long {{ {bounds} }}"),
        "double" | "float" => "Double".to_owned(),
        "boolean" => "Boolean".to_owned(),
        "timestamp" => "Timestamp".to_owned(),
        "blob" => format!("Blob {{ {bounds}, sensitive: {sensitive} }}"),
        "list" => list(name, shape, &bounds)?,
        "map" => map(name, shape, &bounds)?,
        "structure" if shape.document => "Document".to_owned(),
        "structure" => format!("Structure(&{constant})"),
        other => return Err(format!("{name}: unknown kind of shape {other}")),
    };
    let _ = writeln!(
        out,
        "static {}: Shape = Shape::{text};\n",
        shape_constant(name)
    );
    Ok(())
}

fn string(constant: &str, name: &str, shape: &ShapeModel, out: &mut String) -> String {
    let pattern = match &shape.pattern {
        Some(pattern) => {
            let _ = writeln!(
                out,
                "static {constant}_PATTERN: Pattern = Pattern::new({pattern:?});\n"
            );
            format!("Some(&{constant}_PATTERN)")
        }
        None => "None".to_owned(),
    };
    let values = if shape.is_enum() {
        format!("super::{}::VALUES", names::type_name(name))
    } else {
        format!("&{:?}", shape.values)
    };
    format!(
        "String {{ min: {:?}, max: {:?}, pattern: {pattern}, enum_values: {values}, sensitive: {} }}",
        shape.min, shape.max, shape.sensitive
    )
}

fn list(name: &str, shape: &ShapeModel, bounds: &str) -> Result<String, String> {
    let member = part(name, shape.member.as_ref())?;
    Ok(format!(
        "List {{ {bounds}, member: &{}, member_name: {:?}, flattened: {} }}",
        shape_constant(&member.shape),
        member.location_name.as_deref().unwrap_or("member"),
        shape.flattened,
    ))
}

fn map(name: &str, shape: &ShapeModel, bounds: &str) -> Result<String, String> {
    let key = part(name, shape.key.as_ref())?;
    let value = part(name, shape.value.as_ref())?;
    Ok(format!(
        "Map {{ {bounds}, key: &{}, value: &{}, key_name: {:?}, value_name: {:?}, flattened: {} }}",
        shape_constant(&key.shape),
        shape_constant(&value.shape),
        key.location_name.as_deref().unwrap_or("key"),
        value.location_name.as_deref().unwrap_or("value"),
        shape.flattened,
    ))
}

fn part<'a>(name: &str, reference: Option<&'a ShapeRef>) -> Result<&'a ShapeRef, String> {
    reference.ok_or_else(|| format!("{name} lacks its parts"))
}

fn unique(taken: &mut BTreeSet<String>, name: &str) -> Result<(), String> {
    let constant = names::constant(name);
    if taken.insert(constant.clone()) {
        Ok(())
    } else {
        Err(format!("two shapes would be named {constant}"))
    }
}
