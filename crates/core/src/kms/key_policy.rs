//! Key policies: what is accepted, the check against locking oneself out, and the operations that
//! read and replace them. Source: KMS Developer Guide, "Key policies" and "Default key policy".

use super::operation::{key_operation, no_response};
use super::page;
use super::parameters::required;
use crate::caller::Caller;
use crate::chain::{
    Demand, Facts, Request, RequestMeta, ServiceError, Target, Turn, key_policy_allows,
};
use crate::iam::resolve_principals;
use crate::state::{Key, PolicyKind, PolicyText};
use claviger_model::KMS;
use claviger_model::kms::error::{
    LIMIT_EXCEEDED_EXCEPTION, MALFORMED_POLICY_DOCUMENT_EXCEPTION, NOT_FOUND_EXCEPTION,
};
use claviger_model::kms::{
    GetKeyPolicyRequest, GetKeyPolicyResponse, ListKeyPoliciesResponse, PutKeyPolicyRequest,
};
use claviger_policy as policy;
use claviger_types::AccountId;
use serde_json::Value;
use std::sync::Arc;

/// The one policy name there is.
const DEFAULT: &str = "default";
/// The policy of a key that is shared through RAM; no key here is.
const RAM: &str = "AWS_RAM";
/// The largest key policy, in bytes (KMS Developer Guide, "Quotas").
const MOST_BYTES: usize = 32_768;

/// The policy of a key that was created without one, byte for byte as AWS returns it.
pub(super) fn default_policy(account: AccountId) -> String {
    format!(
        "{{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ \
         {{\n    \"Sid\" : \"Enable IAM User Permissions\",\n    \"Effect\" : \"Allow\",\n    \
         \"Principal\" : {{\n      \"AWS\" : \"arn:aws:iam::{account}:root\"\n    }},\n    \
         \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  }} ]\n}}"
    )
}

fn malformed(text: String) -> ServiceError {
    ServiceError::new(&MALFORMED_POLICY_DOCUMENT_EXCEPTION, text)
}

/// Accepts a policy document: size, characters, grammar, and principals that exist.
///
/// # Errors
/// `LimitExceededException` and `MalformedPolicyDocumentException`.
pub(super) fn accept(text: &str, turn: &Turn<'_>) -> Result<PolicyText, ServiceError> {
    if text.len() > MOST_BYTES {
        return Err(ServiceError::new(
            &LIMIT_EXCEEDED_EXCEPTION,
            format!(
                "The key policy has {} bytes; it can have at most {MOST_BYTES}.",
                text.len()
            ),
        ));
    }
    let fits = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    if let Some(odd) = text.chars().find(|c| !fits(*c)) {
        return Err(malformed(format!(
            "The policy contains the character U+{:04X}, which is not allowed.",
            u32::from(odd)
        )));
    }
    let document =
        policy::parse(text, policy::Kind::Resource).map_err(|errors| first_error(&errors))?;
    check_set_operators(text)?;
    let ids = resolve_principals(&document, turn.view()).map_err(|unknown| {
        invalid_principal(format!(
            "the key policy names an unknown principal: {}",
            unknown.0
        ))
    })?;
    Ok(PolicyText::new(DEFAULT, PolicyKind::Resource, text, ids))
}

/// `ForAllValues` over a single-valued key also matches requests without that key, so KMS refuses
/// it for the keys where that matters most. Source: KMS Developer Guide, "Condition keys for AWS
/// KMS", "Using condition keys with set operators".
fn check_set_operators(text: &str) -> Result<(), ServiceError> {
    // The text has been parsed already: what cannot be read here holds no conditions.
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement) => std::slice::from_ref(statement),
        None => &[],
    };
    let single = |key: &String| {
        let key = key.to_ascii_lowercase();
        key.starts_with("kms:encryptioncontext:") || key.starts_with("aws:requesttag/")
    };
    let too_wide = statements
        .iter()
        .filter_map(|statement| statement.get("Condition")?.as_object())
        .flatten()
        .filter(|(operator, _)| operator.starts_with("ForAllValues:"))
        .filter_map(|(_, pairs)| pairs.as_object())
        .any(|pairs| pairs.keys().any(single));
    if too_wide {
        return Err(malformed(
            "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued \
             condition key matches requests without the specified [encryption context or tag] or \
             with an unspecified [encryption context or tag]. To fix, remove ForAllValues."
                .to_owned(),
        ));
    }
    Ok(())
}

/// The first mistake. AWS has one text for principals that cannot be, whatever is wrong with them.
fn first_error(errors: &policy::ParseErrors) -> ServiceError {
    match errors.iter().next() {
        None => malformed("Syntax errors in policy.".to_owned()),
        Some(error) if error.what.ends_with("is not a valid principal") => {
            invalid_principal(error.to_string())
        }
        Some(error) => malformed(error.to_string()),
    }
}

fn invalid_principal(inside: String) -> ServiceError {
    malformed("Policy contains a statement with one or more invalid principals.".to_owned())
        .with_inside(inside)
}

/// Refuses a policy that would not let the caller replace it again, directly or by delegation to
/// the account: whether the caller's own policies allow it today is not the key policy's matter.
/// Source: KMS API reference, `PutKeyPolicy`, `BypassPolicyLockoutSafetyCheck`; KMS Developer
/// Guide, "Default key policy".
pub(super) fn check_lockout(
    key: &Key,
    caller: &Caller,
    meta: &RequestMeta,
    turn: &Turn<'_>,
) -> Result<(), ServiceError> {
    let fault = || ServiceError::internal(KMS, "an accepted key policy does not compile");
    let compiled = key.policy.compiled().ok_or_else(fault)?;
    let facts = Facts::default()
        .one("kms:bypasspolicylockoutsafetycheck", "false")
        .one("kms:policyname", DEFAULT);
    let demand =
        Demand::new("kms:PutKeyPolicy", Target::Key(Arc::new(key.clone()))).with_facts(facts);
    if key_policy_allows(caller, &demand, compiled, meta, turn) {
        return Ok(());
    }
    Err(malformed(
        "The new key policy will not allow you to update the key policy in the future.".to_owned(),
    ))
}

fn check_name(name: Option<&str>, key: &Key) -> Result<(), ServiceError> {
    match name {
        None | Some(DEFAULT) => Ok(()),
        Some(other) => Err(ServiceError::new(
            &NOT_FOUND_EXCEPTION,
            format!("Policy '{other}' of key '{}' does not exist", key.arn),
        )),
    }
}

fn name_fact(name: Option<&str>) -> Facts {
    Facts::default().one("kms:policyname", name.unwrap_or(DEFAULT))
}

fn put_facts(request: &Request<PutKeyPolicy>) -> Facts {
    let bypass = request.input.bypass_policy_lockout_safety_check == Some(true);
    name_fact(request.input.policy_name.as_deref()).one(
        "kms:bypasspolicylockoutsafetycheck",
        if bypass { "true" } else { "false" },
    )
}

key_operation! {
    /// Reads the key policy: as it was written, but for principals that are gone or renamed since.
    GetKeyPolicy(GetKeyPolicyRequest) -> GetKeyPolicyResponse, read_only: true, by: Key;
    facts: |request, _, _| {
        let input: &GetKeyPolicyRequest = &request.input;
        Ok(name_fact(input.policy_name.as_deref()))
    };
    perform: |authorized, key, turn| {
        check_name(authorized.input().policy_name.as_deref(), key)?;
        Ok(GetKeyPolicyResponse {
            policy: Some(key.policy.shown(turn.view()).into_owned()),
            policy_name: Some(DEFAULT.to_owned()),
        })
    };
    response: no_response;
}

key_operation! {
    /// Replaces the key policy.
    PutKeyPolicy(PutKeyPolicyRequest) -> (), read_only: false, by: Key;
    facts: |request, _, _| Ok(put_facts(request));
    perform: |authorized, key, turn| {
        let input: &PutKeyPolicyRequest = authorized.input();
        if input.policy_name.as_deref() == Some(RAM) {
            return Err(ServiceError::validation(
                KMS,
                "The AWS_RAM policy can only be managed by the RAM service",
            ));
        }
        check_name(input.policy_name.as_deref(), key)?;
        let text: &str = required(&input.policy, "policy")?;
        let changed = Key { policy: Arc::new(accept(text, turn)?), ..key.clone() };
        if input.bypass_policy_lockout_safety_check != Some(true) {
            let request = authorized.request();
            check_lockout(&changed, &request.caller, &request.meta, turn)?;
        }
        turn.put(changed);
        Ok(())
    };
    response: no_response;
}

key_operation! {
    /// Lists the names of the key policies: there is one.
    ListKeyPolicies(ListKeyPoliciesRequest) -> ListKeyPoliciesResponse, read_only: true, by: Key;
    facts: super::operation::no_facts;
    perform: |authorized, key, _| {
        let input = authorized.input();
        let names = std::iter::once((DEFAULT.to_owned(), DEFAULT.to_owned()));
        let list = format!("ListKeyPolicies/{}", key.place().row());
        let page = page::page(
            &list, names, input.marker.as_deref(), input.limit, page::LONG,
        )?;
        Ok(ListKeyPoliciesResponse {
            policy_names: Some(page.items),
            truncated: Some(page.truncated),
            next_marker: page.next_marker,
        })
    };
    response: no_response;
}
