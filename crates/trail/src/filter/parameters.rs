//! What filters look for in a request's parameters: names of keys, pairs of encryption contexts.

use super::names;
use crate::RecordView;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The parameters by which KMS requests name keys.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct KeyParameters<'a> {
    #[serde(borrow)]
    key_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source_key_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    destination_key_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    target_key_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    alias_name: Option<Cow<'a, str>>,
}

/// Whether a parameter names a key or alias.
pub(super) fn name(record: &RecordView<'_>, key: &str) -> bool {
    let Some(raw) = record.request_parameters else {
        return false;
    };
    // Other services' parameters may have other types under these names; they name no key.
    let parameters: KeyParameters<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
    [
        parameters.key_id,
        parameters.source_key_id,
        parameters.destination_key_id,
        parameters.target_key_id,
        parameters.alias_name,
    ]
    .into_iter()
    .flatten()
    .any(|sent| names(&sent, key))
}

/// The parameters in which KMS requests have encryption contexts, each by itself, for one that is
/// something else must not hide the others.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContextParameters<'a> {
    #[serde(borrow)]
    encryption_context: Option<&'a RawValue>,
    #[serde(borrow)]
    source_encryption_context: Option<&'a RawValue>,
    #[serde(borrow)]
    destination_encryption_context: Option<&'a RawValue>,
    #[serde(borrow)]
    constraints: Option<&'a RawValue>,
}

/// Those of a grant.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Constraints<'a> {
    #[serde(borrow)]
    encryption_context_subset: Option<&'a RawValue>,
    #[serde(borrow)]
    encryption_context_equals: Option<&'a RawValue>,
}

/// Whether one encryption context of the request has all pairs.
pub(super) fn have_context(record: &RecordView<'_>, pairs: &[(String, String)]) -> bool {
    let Some(raw) = record.request_parameters else {
        return false;
    };
    let parameters: ContextParameters<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
    let constraints = parameters.constraints;
    let constraints: Constraints<'_> = constraints
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or_default();
    [
        parameters.encryption_context,
        parameters.source_encryption_context,
        parameters.destination_encryption_context,
        constraints.encryption_context_subset,
        constraints.encryption_context_equals,
    ]
    .into_iter()
    .flatten()
    .any(|context| has(context, pairs))
}

fn has(context: &RawValue, pairs: &[(String, String)]) -> bool {
    let context: BTreeMap<Cow<'_, str>, Cow<'_, str>> =
        serde_json::from_str(context.get()).unwrap_or_default();
    pairs
        .iter()
        .all(|(key, value)| context.get(key.as_str()).is_some_and(|v| v == value))
}
