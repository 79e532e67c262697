//! What a policy's document may say, by its type. What is wrong and where is told to the operator in
//! the parser's own words. Sources: AWS Organizations User Guide, "SCP syntax", "RCP syntax", "Tag
//! policy syntax", "Quotas and service limits".

use super::error;
use super::tag_policy::TagPolicy;
use crate::chain::ServiceError;
use crate::state::PolicyType;
use claviger_model::organizations::error::MALFORMED_POLICY_DOCUMENT_EXCEPTION;
use claviger_policy::{Kind, parse};
use serde_json::Value;

/// Characters of a document, white space among them.
fn longest(policy_type: PolicyType) -> usize {
    match policy_type {
        PolicyType::ServiceControlPolicy | PolicyType::ResourceControlPolicy => 5120,
        PolicyType::TagPolicy => 10_000,
    }
}

/// Whether a document may be stored.
///
/// # Errors
/// `ConstraintViolationException` for its size, `MalformedPolicyDocumentException` for all else.
pub(super) fn check(policy_type: PolicyType, text: &str) -> Result<(), ServiceError> {
    if text.chars().count() > longest(policy_type) {
        return Err(error::constraint(
            "POLICY_CONTENT_LIMIT_EXCEEDED",
            "You have exceeded the maximum size of a policy document.",
        ));
    }
    match policy_type {
        PolicyType::ServiceControlPolicy => check_control(text, Kind::ServiceControl),
        PolicyType::ResourceControlPolicy => {
            check_control(text, Kind::ResourceControl)?;
            check_resource_control(text)
        }
        PolicyType::TagPolicy => match TagPolicy::read(text) {
            Ok(_) => Ok(()),
            Err(wrong) => Err(malformed(wrong)),
        },
    }
}

/// The policy language, with the version that policies of Organizations must name.
fn check_control(text: &str, kind: Kind) -> Result<(), ServiceError> {
    parse(text, kind).map_err(|errors| malformed(errors.to_string()))?;
    let document = read(text)?;
    if document.get("Version").and_then(Value::as_str) != Some("2012-10-17") {
        return Err(malformed(
            r#"the policy must have "Version": "2012-10-17""#.to_owned(),
        ));
    }
    Ok(())
}

/// What RCPs may not say beyond what the language itself refuses: they deny named actions of named
/// services.
fn check_resource_control(text: &str) -> Result<(), ServiceError> {
    let document = read(text)?;
    for (at, statement) in one_or_many(document.get("Statement")).iter().enumerate() {
        let wrong = |what: &str| Err(malformed(format!("statement {}: {what}", at + 1)));
        if statement.get("Effect").and_then(Value::as_str) != Some("Deny") {
            return wrong("a resource control policy can deny only; RCPFullAWSAccess allows");
        }
        if statement.get("NotAction").is_some() {
            return wrong("a resource control policy has no NotAction; list the actions");
        }
        let all = |action: &Value| action.as_str().is_some_and(|a| !a.contains(':'));
        if one_or_many(statement.get("Action")).iter().any(all) {
            return wrong("'*' without a service is AWS's own to use; list the services");
        }
    }
    Ok(())
}

pub(super) fn read(text: &str) -> Result<Value, ServiceError> {
    serde_json::from_str(text).map_err(|error| malformed(error.to_string()))
}

pub(super) fn one_or_many(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
        None => &[],
    }
}

fn malformed(inside: String) -> ServiceError {
    error::refusal(
        &MALFORMED_POLICY_DOCUMENT_EXCEPTION,
        "The provided policy document does not meet the requirements of the specified policy type.",
    )
    .with_inside(inside)
}
