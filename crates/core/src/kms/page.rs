//! Pages of KMS's lists: `Limit` at a time, `Marker` from one page to the next. A marker is opaque
//! to the caller and good for the operation that gave it only. Source: KMS API reference, "ListKeys".

use crate::chain::ServiceError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_model::kms::error::INVALID_MARKER_EXCEPTION;
use std::str::FromStr;

/// One page.
pub(super) struct Page<T> {
    /// What is on it.
    pub(super) items: Vec<T>,
    /// Whether there is more.
    pub(super) truncated: bool,
    /// Where the next page begins.
    pub(super) next_marker: Option<String>,
}

/// How many entries an operation gives at most, asked or unasked.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) default: usize,
    pub(super) most: usize,
}

/// Lists of keys, policies and rotations.
pub(super) const LONG: Limits = Limits {
    default: 100,
    most: 1000,
};
/// Lists of aliases and grants.
pub(super) const SHORT: Limits = Limits {
    default: 50,
    most: 100,
};
/// Lists of tags.
pub(super) const TAGS: Limits = Limits {
    default: 50,
    most: 50,
};

/// The page after a marker, of a list that is short. `items` come in the order of their keys, which
/// are unique.
///
/// # Errors
/// `InvalidMarkerException` for a marker that no page of this operation ended with.
pub(super) fn page<T>(
    operation: &str,
    items: impl Iterator<Item = (String, T)>,
    marker: Option<&str>,
    limit: Option<i32>,
    limits: Limits,
) -> Result<Page<T>, ServiceError> {
    seek(operation, marker, limit, limits, |last| {
        Ok(items.filter(move |(key, _)| last.as_ref().is_none_or(|last| key > last)))
    })
}

/// The page after a marker, of a list that may be long: `from` gives the entries that come after
/// the key of a marker, or all, without walking over those before.
///
/// # Errors
/// `InvalidMarkerException` for a marker that no page of this operation ended with, and what `from`
/// says of its key.
pub(super) fn seek<T, I: Iterator<Item = (String, T)>>(
    operation: &str,
    marker: Option<&str>,
    limit: Option<i32>,
    limits: Limits,
    from: impl FnOnce(Option<String>) -> Result<I, ServiceError>,
) -> Result<Page<T>, ServiceError> {
    let last = marker.map(|m| read(operation, m)).transpose()?;
    let limit = limit
        .and_then(|n| usize::try_from(n).ok())
        .map_or(limits.default, |n| n.min(limits.most));
    let mut rest = from(last)?;
    let mut taken = Vec::new();
    let mut end = None;
    for (key, item) in rest.by_ref().take(limit) {
        end = Some(key);
        taken.push(item);
    }
    let truncated = rest.next().is_some();
    Ok(Page {
        items: taken,
        truncated,
        next_marker: end
            .filter(|_| truncated)
            .map(|key| STANDARD.encode(format!("{operation}\n{key}"))),
    })
}

/// The key of a marker as the name it is.
///
/// # Errors
/// `InvalidMarkerException` when it is none.
pub(super) fn key<N: FromStr>(last: Option<String>) -> Result<Option<N>, ServiceError> {
    last.map(|text| text.parse().map_err(|_| invalid()))
        .transpose()
}

/// The refusal of a marker.
pub(super) fn invalid() -> ServiceError {
    ServiceError::new(&INVALID_MARKER_EXCEPTION, "Invalid marker.")
}

fn read(operation: &str, marker: &str) -> Result<String, ServiceError> {
    STANDARD
        .decode(marker)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let (of, key) = text.split_once('\n')?;
            (of == operation).then(|| key.to_owned())
        })
        .ok_or_else(invalid)
}
