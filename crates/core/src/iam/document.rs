//! Policy documents as IAM takes and returns them: checked when they are stored, with AWS's texts;
//! URL-encoded when they are read. What is wrong and where is told to the operator in the parser's
//! own words. Sources: IAM API Reference, "PutUserPolicy", "CreateRole"; IAM User Guide, "IAM and
//! AWS STS quotas".

use super::principals::resolve_principals;
use crate::chain::ServiceError;
use crate::state::{PolicyKind, PolicyText, Snapshot};
use claviger_model::ErrorShape;
use claviger_model::iam::error::{LIMIT_EXCEEDED_EXCEPTION, MALFORMED_POLICY_DOCUMENT_EXCEPTION};
use claviger_policy::{Kind, ParseErrors};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many characters a trust policy may have, white space aside. Source: IAM User Guide, "IAM
/// and AWS STS quotas", the default of role trust policy length.
pub(super) const TRUST_LIMIT: usize = 2048;
/// How many characters a managed policy may have, white space aside. Source: IAM User Guide, "IAM
/// and AWS STS quotas".
pub(super) const MANAGED_LIMIT: usize = 6144;

/// What the parser says, and AWS's text for it, most telling first.
const IDENTITY_TEXTS: [(&str, &str); 6] = [
    (
        "names no principal",
        "Policy document should not specify a principal.",
    ),
    ("has no Action", "Policy statement must contain actions."),
    (
        "has no Resource",
        "Policy statement must contain resources.",
    ),
    (
        "is not an action",
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    ),
    (
        "is given twice",
        "Statement IDs (SID) in a single policy must be unique.",
    ),
    ("is not an ARN", "The policy failed legacy parsing"),
];

/// The same for trust policies.
const TRUST_TEXTS: [(&str, &str); 4] = [
    ("has no Principal", "Missing required field Principal"),
    (
        "a trust policy has no Resource",
        "Has prohibited field Resource",
    ),
    ("has no Action", "Missing required field Action"),
    (
        "is given twice",
        "Statement IDs (SID) in a single policy must be unique.",
    ),
];

/// A permissions policy that is about to be stored under a name.
///
/// # Errors
/// `MalformedPolicyDocument`.
pub(super) fn identity_policy(name: &str, text: &str) -> Result<PolicyText, ServiceError> {
    claviger_policy::parse(text, Kind::Identity).map_err(|errors| {
        let known = aws_text(&errors, &IDENTITY_TEXTS).unwrap_or("Syntax errors in policy.");
        malformed(known.to_owned()).with_inside(errors.to_string())
    })?;
    Ok(PolicyText::new(
        name,
        PolicyKind::Identity,
        text,
        BTreeMap::new(),
    ))
}

/// A version of a customer managed policy that is about to be stored; decisions know it by the
/// policy's ARN.
///
/// # Errors
/// `MalformedPolicyDocument`; `LimitExceeded` for its size.
pub(super) fn managed_policy_document(arn: &str, text: &str) -> Result<PolicyText, ServiceError> {
    let policy = identity_policy(arn, text)?;
    if size(text) > MANAGED_LIMIT {
        return Err(ServiceError::new(
            &LIMIT_EXCEEDED_EXCEPTION,
            format!("Cannot exceed quota for PolicySize: {MANAGED_LIMIT}"),
        ));
    }
    Ok(policy)
}

/// A session policy, under STS's error.
///
/// # Errors
/// `MalformedPolicyDocument`.
pub(crate) fn session_policy(
    name: &str,
    text: &str,
    shape: &'static ErrorShape,
) -> Result<PolicyText, ServiceError> {
    claviger_policy::parse(text, Kind::Session).map_err(|errors| {
        let known = aws_text(&errors, &IDENTITY_TEXTS).unwrap_or("Syntax errors in policy.");
        ServiceError::new(shape, known).with_inside(errors.to_string())
    })?;
    Ok(PolicyText::new(
        name,
        PolicyKind::Session,
        text,
        BTreeMap::new(),
    ))
}

/// A trust policy that is about to be stored, its principals resolved.
///
/// # Errors
/// `MalformedPolicyDocument`, also for principals that do not exist; `LimitExceeded` for its size.
pub(super) fn trust_policy(text: &str, view: &Snapshot) -> Result<PolicyText, ServiceError> {
    let document = claviger_policy::parse(text, Kind::Trust).map_err(|errors| {
        let known = match serde_json::from_str::<Value>(text) {
            Ok(_) => aws_text(&errors, &TRUST_TEXTS).unwrap_or("Syntax errors in policy."),
            Err(_) => "This policy contains invalid Json",
        };
        malformed(known.to_owned()).with_inside(errors.to_string())
    })?;
    check_trust_statements(text)?;
    if size(text) > TRUST_LIMIT {
        return Err(ServiceError::new(
            &LIMIT_EXCEEDED_EXCEPTION,
            format!("Cannot exceed quota for ACLSizePerRole: {TRUST_LIMIT}"),
        ));
    }
    let ids = resolve_principals(&document, view).map_err(|unknown| {
        malformed(format!("Invalid principal in policy: {}", unknown.quoted()))
    })?;
    Ok(PolicyText::new("trust", PolicyKind::Resource, text, ids))
}

/// What a trust policy may say beyond what every resource policy may.
fn check_trust_statements(text: &str) -> Result<(), ServiceError> {
    let document: Value = serde_json::from_str(text)
        .map_err(|_| malformed("This policy contains invalid Json".to_owned()))?;
    for statement in one_or_many(document.get("Statement")) {
        let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        if allows && statement.get("NotPrincipal").is_some() {
            return Err(malformed(
                "Allow with NotPrincipal is not allowed.".to_owned(),
            ));
        }
        let of_sts = |action: &Value| {
            let head = action.as_str().and_then(|a| a.get(..4));
            head.is_some_and(|head| head.eq_ignore_ascii_case("sts:"))
        };
        let actions = [statement.get("Action"), statement.get("NotAction")];
        if !actions.into_iter().flat_map(one_or_many).all(of_sts) {
            return Err(malformed(
                "AssumeRole policy may only specify STS AssumeRole actions.".to_owned(),
            ));
        }
    }
    Ok(())
}

fn one_or_many(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
        None => &[],
    }
}

fn malformed(text: String) -> ServiceError {
    ServiceError::new(&MALFORMED_POLICY_DOCUMENT_EXCEPTION, text)
}

fn aws_text(errors: &ParseErrors, texts: &[(&str, &'static str)]) -> Option<&'static str> {
    texts
        .iter()
        .find(|(what, _)| errors.iter().any(|e| e.what.contains(what)))
        .map(|(_, text)| *text)
}

/// The size that counts against a limit: white space does not. Source: IAM User Guide, "IAM and
/// AWS STS quotas".
pub(crate) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// A document as IAM returns it: percent-encoded by RFC 3986, all but the unreserved characters.
pub(super) fn url_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => {
                // Writing to a text cannot fail.
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}
