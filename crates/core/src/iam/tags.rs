//! Tags of IAM's entities and of sessions, as requests give them. Source: IAM User Guide, "Tags
//! for AWS Identity and Access Management resources".

use crate::chain::ServiceError;
use claviger_model::ErrorShape;
use claviger_model::iam::error::INVALID_INPUT_EXCEPTION;
use claviger_types::Tag;

/// The tags of a request, checked: keys differ not only by case and are not AWS's own.
///
/// # Errors
/// `InvalidInput`.
pub(super) fn tags(
    given: Option<&Vec<claviger_model::iam::Tag>>,
) -> Result<Vec<Tag>, ServiceError> {
    let pairs = given
        .into_iter()
        .flatten()
        .map(|t| (t.key.as_deref(), t.value.as_deref()));
    checked(pairs, &INVALID_INPUT_EXCEPTION)
}

/// The same for any service's shape of a tag, under the error given.
///
/// # Errors
/// The error given.
pub(crate) fn checked<'a>(
    given: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
    shape: &'static ErrorShape,
) -> Result<Vec<Tag>, ServiceError> {
    let mut tags: Vec<Tag> = Vec::new();
    for (key, value) in given {
        let tag = Tag {
            key: key.unwrap_or_default().to_owned(),
            value: value.unwrap_or_default().to_owned(),
        };
        if tags.iter().any(|known| same_key(&known.key, &tag.key)) {
            return Err(ServiceError::new(
                shape,
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        if tag
            .key
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case("aws:"))
        {
            return Err(ServiceError::new(
                shape,
                "aws: prefixed tag key names are not allowed for external use.",
            ));
        }
        tags.push(tag);
    }
    Ok(tags)
}

/// Whether two tag keys are the same to IAM and STS, which do not tell case apart.
pub(crate) fn same_key(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// A tag as replies carry it.
fn shape(tag: &Tag) -> claviger_model::iam::Tag {
    claviger_model::iam::Tag {
        key: Some(tag.key.clone()),
        value: Some(tag.value.clone()),
    }
}

/// Tags as replies carry them; `None` when there are none.
pub(super) fn reply(tags: &[Tag]) -> Option<Vec<claviger_model::iam::Tag>> {
    (!tags.is_empty()).then(|| tags.iter().map(shape).collect())
}

/// Tags in the order of their keys, by which their lists are paged.
pub(super) fn sorted(tags: &[Tag]) -> Vec<(String, claviger_model::iam::Tag)> {
    let mut sorted: Vec<_> = tags.iter().map(|t| (t.key.clone(), shape(t))).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted
}
