//! Pages of the lists: `MaxResults` at a time, `NextToken` from one page to the next. A token is
//! good for the list it came from. Source: Organizations API Reference, "ListAccounts".

use super::error::invalid;
use crate::chain::ServiceError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The most of a page (the model's `MaxResults`), and the number when none is given.
const MOST: usize = 20;

/// One page and the token of the next.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next_token: Option<String>,
}

/// The page after a token. `items` come in the order of their keys, which are unique in `list`.
///
/// # Errors
/// `InvalidInputException` for a token that no page of this list ended with.
pub(super) fn page<T>(
    list: &str,
    items: impl Iterator<Item = (String, T)>,
    token: Option<&str>,
    most: Option<i32>,
) -> Result<Page<T>, ServiceError> {
    let last = token.map(|token| read_token(list, token)).transpose()?;
    let most = most.and_then(|n| usize::try_from(n).ok()).unwrap_or(MOST);
    let mut rest = items.filter(|(key, _)| last.as_deref().is_none_or(|last| key.as_str() > last));
    let mut items = Vec::new();
    let mut end = None;
    for (key, item) in rest.by_ref().take(most) {
        end = Some(key);
        items.push(item);
    }
    let next_token = end
        .filter(|_| rest.next().is_some())
        .map(|key| STANDARD.encode(format!("{list}\n{key}")));
    Ok(Page { items, next_token })
}

/// The same for items that come in any order.
///
/// # Errors
/// As [`page`].
pub(super) fn sorted_page<T>(
    list: &str,
    items: impl Iterator<Item = (String, T)>,
    token: Option<&str>,
    most: Option<i32>,
) -> Result<Page<T>, ServiceError> {
    let mut items: Vec<_> = items.collect();
    items.sort_by(|(a, _), (b, _)| a.cmp(b));
    page(list, items.into_iter(), token, most)
}

fn read_token(list: &str, token: &str) -> Result<String, ServiceError> {
    let bytes = STANDARD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.split_once('\n'));
    match parts {
        Some((of, key)) if of == list => Ok(key.to_owned()),
        _ => Err(invalid(
            "INVALID_NEXT_TOKEN",
            "You specified an invalid value for NextToken.",
        )),
    }
}
