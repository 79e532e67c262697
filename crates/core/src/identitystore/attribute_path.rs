//! Applies the operations of `UpdateUser` to a user: each names an attribute by its path
//! (`displayName`, `name.givenName`, `emails`, `aws:identitystore:enterprise.department`) and gives
//! its new value, or none to remove it. Paths and the members of values are matched whatever their
//! case, as SCIM does (RFC 7643, section 2.1). Elements of lists are not addressed one by one: a
//! list is replaced as a whole.

use super::profile::{ENTERPRISE, invalid};
use crate::chain::ServiceError;
use claviger_model::identitystore::{AttributeOperation, User};
use claviger_model::{IDENTITYSTORE, Invalid, Member, Shape, Structure, validate};
use serde::Deserialize as _;
use serde_json::{Map, Value};

/// Members of a user that are not attributes.
const FIXED: [&str; 10] = [
    "IdentityStoreId",
    "UserId",
    "UserArn",
    "Revision",
    "UserStatus",
    "CreatedAt",
    "CreatedBy",
    "UpdatedAt",
    "UpdatedBy",
    "Extensions",
];

/// The schema of a user: its attributes and what they may hold.
fn schema() -> Result<&'static Structure, ServiceError> {
    let describe = IDENTITYSTORE.operation("DescribeUser");
    describe
        .and_then(|operation| operation.output)
        .ok_or_else(|| ServiceError::internal(IDENTITYSTORE, "the model has no users"))
}

/// The user after all operations. Required attributes are checked by the caller.
///
/// # Errors
/// `ValidationException` for a path that names no attribute and for a value that the attribute
/// cannot have. Texts hold no values.
pub(super) fn apply_all(
    user: &User,
    operations: &[AttributeOperation],
) -> Result<User, ServiceError> {
    let schema = schema()?;
    let unusable = || ServiceError::internal(IDENTITYSTORE, "a user cannot be encoded");
    let Value::Object(mut attributes) = serde_json::to_value(user).map_err(|_| unusable())? else {
        return Err(unusable());
    };
    for operation in operations {
        let path = operation.attribute_path.as_deref().unwrap_or_default();
        let value = operation.attribute_value.clone().filter(|v| !v.is_null());
        apply(schema, &mut attributes, path, value)?;
    }
    check_values(schema, &attributes)?;
    User::deserialize(&Value::Object(attributes))
        .map_err(|_| invalid("An attribute has a value of the wrong type."))
}

fn apply(
    schema: &Structure,
    attributes: &mut Map<String, Value>,
    path: &str,
    value: Option<Value>,
) -> Result<(), ServiceError> {
    if let Some(rest) = strip_prefix_ignoring_case(path, ENTERPRISE) {
        return apply_extension(attributes, path, rest, value);
    }
    let mut segments = path.split('.');
    let first = segments.next().unwrap_or_default();
    let member = member(schema, first).filter(|m| !FIXED.contains(&m.name));
    let member = member.ok_or_else(|| unknown(path))?;
    match (segments.next(), segments.next()) {
        (None, _) => set(attributes, member, value),
        (Some(second), None) => {
            let Shape::Structure(inner) = member.shape else {
                return Err(unknown(path));
            };
            let inner_member = self::member(inner, second).ok_or_else(|| unknown(path))?;
            let object = attributes
                .entry(member.name)
                .or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(object) = object else {
                return Err(unknown(path));
            };
            set(object, inner_member, value)?;
            if object.is_empty() {
                attributes.remove(member.name);
            }
            Ok(())
        }
        _ => Err(unknown(path)),
    }
}

fn set(
    object: &mut Map<String, Value>,
    member: &Member,
    value: Option<Value>,
) -> Result<(), ServiceError> {
    match value {
        Some(value) => {
            let value = with_model_names(member.shape, value)?;
            object.insert(member.name.to_owned(), value);
        }
        None => {
            object.remove(member.name);
        }
    }
    Ok(())
}

/// Extensions are documents: what is in them is the caller's, names included.
fn apply_extension(
    attributes: &mut Map<String, Value>,
    path: &str,
    rest: &str,
    value: Option<Value>,
) -> Result<(), ServiceError> {
    let extensions = attributes
        .entry("Extensions")
        .or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(extensions) = extensions else {
        return Err(unknown(path));
    };
    if rest.is_empty() {
        match value {
            Some(value) => {
                extensions.insert(ENTERPRISE.to_owned(), value);
            }
            None => {
                extensions.remove(ENTERPRISE);
            }
        }
    } else {
        let steps = rest.strip_prefix('.').ok_or_else(|| unknown(path))?;
        let mut at = extensions
            .entry(ENTERPRISE)
            .or_insert_with(|| Value::Object(Map::new()));
        let (above, last) = steps.rsplit_once('.').unwrap_or(("", steps));
        for step in above.split('.').filter(|s| !s.is_empty()) {
            at = entry(at, path)?
                .entry(step)
                .or_insert_with(|| Value::Object(Map::new()));
        }
        match value {
            Some(value) => {
                entry(at, path)?.insert(last.to_owned(), value);
            }
            None => {
                entry(at, path)?.remove(last);
            }
        }
    }
    if extensions.is_empty() {
        attributes.remove("Extensions");
    }
    Ok(())
}

fn entry<'v>(at: &'v mut Value, path: &str) -> Result<&'v mut Map<String, Value>, ServiceError> {
    at.as_object_mut().ok_or_else(|| unknown(path))
}

fn member(structure: &Structure, name: &str) -> Option<&'static Member> {
    let mut members = structure.members.iter();
    members.find(|m| m.name.eq_ignore_ascii_case(name))
}

/// A value with its members named as the model names them.
fn with_model_names(shape: &Shape, value: Value) -> Result<Value, ServiceError> {
    match (shape, value) {
        (Shape::Structure(structure), Value::Object(object)) => {
            let mut named = Map::new();
            for (name, inner) in object.into_iter().filter(|(_, inner)| !inner.is_null()) {
                let member = member(structure, &name)
                    .ok_or_else(|| invalid("A value has an unknown member."))?;
                named.insert(
                    member.name.to_owned(),
                    with_model_names(member.shape, inner)?,
                );
            }
            Ok(Value::Object(named))
        }
        (Shape::List { member, .. }, Value::Array(items)) => items
            .into_iter()
            .map(|item| with_model_names(member, item))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array),
        (_, value) => Ok(value),
    }
}

/// Values must fit the model as those of a new user must.
fn check_values(schema: &Structure, attributes: &Map<String, Value>) -> Result<(), ServiceError> {
    for member in schema.members.iter().filter(|m| !FIXED.contains(&m.name)) {
        let Some(value) = attributes.get(member.name) else {
            continue;
        };
        // One attribute at a time, because a stored user lacks what only replies require.
        let one = Structure {
            name: schema.name,
            sensitive: false,
            wording: schema.wording,
            members: std::slice::from_ref(member),
        };
        let document = Value::Object(Map::from_iter([(member.name.to_owned(), value.clone())]));
        validate(&one, &document).map_err(|wrong| match wrong {
            // A value of the wrong type is quoted by its kind alone.
            Invalid::Serialization(text) => invalid(text),
            constraints @ Invalid::Constraints(_) => invalid(constraints.to_string()),
        })?;
    }
    Ok(())
}

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| text.get(prefix.len()..))
        .flatten()
}

fn unknown(path: &str) -> ServiceError {
    invalid(format!("{path} is not an attribute that can be updated."))
}
