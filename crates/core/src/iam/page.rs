//! Pages of IAM's lists: `MaxItems` at a time, `Marker` from one page to the next. Source: IAM API
//! Reference, "ListUsers".

use crate::chain::ServiceError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_model::IAM;

/// One page.
pub(super) struct Page<T> {
    /// What is on it.
    pub(super) items: Vec<T>,
    /// Whether there is more.
    pub(super) is_truncated: bool,
    /// Where the next page begins.
    pub(super) marker: Option<String>,
}

/// AWS's page size when none is asked for.
const DEFAULT_ITEMS: usize = 100;

/// The page after a marker. `items` come in the order of their keys, which are unique.
///
/// # Errors
/// `ValidationError` for a marker that no page ended with.
pub(super) fn page<K: AsRef<str>, T>(
    items: impl Iterator<Item = (K, T)>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Page<T>, ServiceError> {
    let last = marker.map(read_marker).transpose()?;
    let limit = max_items
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(DEFAULT_ITEMS);
    let mut rest = items.filter(|(key, _)| last.as_deref().is_none_or(|last| key.as_ref() > last));
    let mut items = Vec::new();
    let mut end = None;
    for (key, item) in rest.by_ref().take(limit) {
        end = Some(key);
        items.push(item);
    }
    let is_truncated = rest.next().is_some();
    let marker = end
        .filter(|_| is_truncated)
        .map(|key| STANDARD.encode(key.as_ref()));
    Ok(Page {
        items,
        is_truncated,
        marker,
    })
}

fn read_marker(marker: &str) -> Result<String, ServiceError> {
    STANDARD
        .decode(marker)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| ServiceError::validation(IAM, "Invalid Marker."))
}
