//! Tags of keys. Source: KMS API reference, `TagResource`; error texts as AWS sends them.

use super::operation::{key_arn_response, key_operation, no_facts, no_response};
use super::{page, state_check};
use crate::chain::{Facts, ServiceError};
use crate::state::Key;
use claviger_model::kms::error::TAG_EXCEPTION;
use claviger_model::kms::{
    ListResourceTagsResponse, Tag as WireTag, TagResourceRequest, UntagResourceRequest,
};
use claviger_types::Tag;

/// Tags that a key can have.
const MOST: usize = 50;

/// The tags of a request.
pub(super) fn sent(tags: Option<&[WireTag]>) -> Vec<Tag> {
    let tags = tags.unwrap_or_default().iter();
    tags.map(|tag| Tag {
        key: tag.tag_key.clone().unwrap_or_default(),
        value: tag.tag_value.clone().unwrap_or_default(),
    })
    .collect()
}

/// What AWS lets tags be made of (AWS Billing User Guide, "User-defined tag restrictions").
fn fits(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

/// The tags of a key after some more were given.
///
/// # Errors
/// `TagException` for duplicates, reserved names, characters that no tag can have, or more than 50.
pub(super) fn merged(old: &[Tag], new: Option<&[WireTag]>) -> Result<Vec<Tag>, ServiceError> {
    let refuse = |text: &'static str| Err(ServiceError::new(&TAG_EXCEPTION, text));
    let mut tags = old.to_vec();
    let new = sent(new);
    for (i, tag) in new.iter().enumerate() {
        if new.iter().skip(i + 1).any(|t| t.key == tag.key) {
            return refuse("Duplicate tag keys");
        }
        if tag
            .key
            .get(..4)
            .is_some_and(|p| p.eq_ignore_ascii_case("aws:"))
        {
            return refuse("Tags beginning with aws: are reserved");
        }
        if !tag.key.chars().chain(tag.value.chars()).all(fits) {
            return refuse(
                "Tag keys and values can have letters, digits, spaces and _ . : / = + - @ only",
            );
        }
        match tags.iter_mut().find(|t| t.key == tag.key) {
            Some(known) => known.value.clone_from(&tag.value),
            None => tags.push(tag.clone()),
        }
    }
    if tags.len() > MOST {
        return refuse("Too many tags");
    }
    Ok(tags)
}

key_operation! {
    /// Gives a key tags.
    TagResource(TagResourceRequest) -> (), read_only: false, by: Key;
    facts: |request, _, _| {
        let input: &TagResourceRequest = &request.input;
        Ok(Facts::default().request_tags(&sent(input.tags.as_deref())))
    };
    perform: |authorized, key, turn| {
        state_check::not_pending_deletion(key)?;
        let tags = merged(&key.tags, authorized.input().tags.as_deref())?;
        turn.put(Key { tags, ..key.clone() });
        Ok(())
    };
    response: key_arn_response;
}

key_operation! {
    /// Takes tags away; those that are not there do not matter.
    UntagResource(UntagResourceRequest) -> (), read_only: false, by: Key;
    facts: |request, _, _| {
        let input: &UntagResourceRequest = &request.input;
        Ok(Facts::default().many("aws:tagkeys", input.tag_keys.clone().unwrap_or_default()))
    };
    perform: |authorized, key, turn| {
        state_check::not_pending_deletion(key)?;
        let gone = authorized.input().tag_keys.clone().unwrap_or_default();
        let tags = key.tags.iter().filter(|t| !gone.contains(&t.key)).cloned().collect();
        turn.put(Key { tags, ..key.clone() });
        Ok(())
    };
    response: key_arn_response;
}

key_operation! {
    /// Lists the tags of a key.
    ListResourceTags(ListResourceTagsRequest) -> ListResourceTagsResponse,
        read_only: true, by: Key;
    facts: no_facts;
    perform: |authorized, key, _| {
        let input = authorized.input();
        let mut tags = key.tags.clone();
        tags.sort();
        let entries = tags.into_iter().map(|t| (t.key.clone(), WireTag {
            tag_key: Some(t.key),
            tag_value: Some(t.value),
        }));
        let list = format!("ListResourceTags/{}", key.place().row());
        let page = page::page(
            &list, entries, input.marker.as_deref(), input.limit, page::TAGS,
        )?;
        Ok(ListResourceTagsResponse {
            tags: Some(page.items),
            truncated: Some(page.truncated),
            next_marker: page.next_marker,
        })
    };
    response: no_response;
}
