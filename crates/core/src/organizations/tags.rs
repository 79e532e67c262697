//! Tags of roots, units, accounts, policies and the delegation policy: `TagResource`,
//! `UntagResource`, `ListTagsForResource`. Source: Organizations API Reference.

use super::error;
use super::membership::Membership;
use super::named::{Place, policy_of, type_of_policy};
use super::operation::operation;
use crate::chain::{Demand, Facts, ServiceError, Turn};
use crate::state::{
    Account, DelegationPolicy, OrganizationPolicy, OrganizationSettings, OrganizationalUnit,
    Snapshot,
};
use claviger_model::organizations::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, Tag as WireTag, TagResourceRequest,
    UntagResourceRequest,
};
use claviger_types::Tag;
use std::sync::Arc;

/// Tags that something can have.
const MOST: usize = 50;

/// The tags of a request.
pub(super) fn sent(tags: Option<&[WireTag]>) -> Vec<Tag> {
    let tags = tags.unwrap_or_default().iter();
    tags.map(|tag| Tag {
        key: tag.key.clone().unwrap_or_default(),
        value: tag.value.clone().unwrap_or_default(),
    })
    .collect()
}

/// The tags of something after some more were given.
///
/// # Errors
/// `InvalidInputException` for duplicates and AWS's own keys, `ConstraintViolationException` for
/// more than 50.
pub(super) fn merged(old: &[Tag], new: Option<&[WireTag]>) -> Result<Vec<Tag>, ServiceError> {
    let mut tags = old.to_vec();
    let new = sent(new);
    for (at, tag) in new.iter().enumerate() {
        if new.iter().skip(at + 1).any(|other| other.key == tag.key) {
            return Err(error::invalid(
                "DUPLICATE_TAG_KEY",
                "Tag keys must be unique among the tags attached to the same entity.",
            ));
        }
        check_key(&tag.key)?;
        match tags.iter_mut().find(|known| known.key == tag.key) {
            Some(known) => known.value.clone_from(&tag.value),
            None => tags.push(tag.clone()),
        }
    }
    if tags.len() > MOST {
        return Err(error::constraint(
            "MAX_TAG_LIMIT_EXCEEDED",
            "You have exceeded the number of tags allowed on this resource.",
        ));
    }
    Ok(tags)
}

fn check_key(key: &str) -> Result<(), ServiceError> {
    let head = key.get(..4);
    if head.is_some_and(|head| head.eq_ignore_ascii_case("aws:")) {
        return Err(error::invalid(
            "INVALID_SYSTEM_TAGS_PARAMETER",
            "You specified a tag key that is a system tag. You can't add, edit, or delete system \
             tag keys because they're reserved for AWS use.",
        ));
    }
    Ok(())
}

/// What has tags.
enum Tagged {
    Place(Place),
    Policy(Arc<OrganizationPolicy>),
    Delegation(DelegationPolicy),
}

impl Tagged {
    fn find(
        id: Option<&String>,
        membership: &Membership,
        view: &Snapshot,
    ) -> Result<Self, ServiceError> {
        let text = id.map_or("", String::as_str);
        let delegation = membership.settings().delegation_policy.as_ref();
        let found = if text.starts_with("rp-") {
            let own = delegation.filter(|policy| policy.id == text);
            own.cloned().map(Self::Delegation)
        } else if text.starts_with("p-") {
            policy_of(id, view).cloned().map(Self::Policy)
        } else {
            membership.place(text, view).map(Self::Place)
        };
        found.ok_or_else(error::no_target)
    }

    fn tags(&self) -> &[Tag] {
        match self {
            Self::Place(Place::Unit(unit)) => &unit.tags,
            Self::Place(Place::Account(account)) => &account.tags,
            Self::Policy(policy) => &policy.tags,
            Self::Delegation(policy) => &policy.tags,
        }
    }

    fn set(
        self,
        tags: Vec<Tag>,
        membership: &Membership,
        turn: &mut Turn<'_>,
    ) -> Result<(), ServiceError> {
        match self {
            Self::Place(Place::Unit(unit)) => {
                turn.put(OrganizationalUnit {
                    tags,
                    ..OrganizationalUnit::clone(&unit)
                });
            }
            Self::Place(Place::Account(account)) => {
                turn.put(Account {
                    tags,
                    ..Account::clone(&account)
                });
            }
            Self::Policy(policy) if policy.is_aws_managed() => {
                return Err(error::invalid(
                    "TARGET_NOT_SUPPORTED",
                    "You can't perform the specified operation on that target entity.",
                ));
            }
            Self::Policy(policy) => {
                turn.put(OrganizationPolicy {
                    tags,
                    ..OrganizationPolicy::clone(&policy)
                });
            }
            Self::Delegation(policy) => {
                turn.put(membership.with_settings(OrganizationSettings {
                    delegation_policy: Some(DelegationPolicy { tags, ..policy }),
                    ..membership.settings().clone()
                }));
            }
        }
        Ok(())
    }
}

/// The demand on whatever an id names.
fn demand(
    action: &'static str,
    id: Option<&String>,
    facts: Facts,
    membership: &Membership,
    view: &Snapshot,
) -> Demand {
    let text = id.map_or("", String::as_str);
    let named = if text.starts_with("rp-") {
        let tags = membership.settings().delegation_policy.as_ref();
        let tags = tags
            .map(|policy| policy.tags.as_slice())
            .unwrap_or_default();
        Membership::by_arn(membership.arn("resourcepolicy", text), tags)
    } else if text.starts_with("p-") {
        membership.named_policy(id, view)
    } else {
        membership.named(id, view)
    };
    membership.on(action, named, facts)
}

operation! {
    /// Gives tags.
    TagResource(TagResourceRequest) -> (), Write, by PolicyWriters;
    demands: |action, input, membership, view| {
        let id = input.resource_id.as_ref();
        let facts = type_of_policy(id, view).request_tags(&sent(input.tags.as_deref()));
        vec![demand(action, id, facts, membership, view)]
    };
    perform: |input, membership: &Membership, turn| {
        let found = Tagged::find(input.resource_id.as_ref(), membership, turn.view())?;
        let tags = merged(found.tags(), input.tags.as_deref())?;
        found.set(tags, membership, turn)
    };
}

operation! {
    /// Takes tags away; those that are not there do not matter.
    UntagResource(UntagResourceRequest) -> (), Write, by PolicyWriters;
    demands: |action, input, membership, view| {
        let id = input.resource_id.as_ref();
        let keys = input.tag_keys.clone().unwrap_or_default();
        let facts = type_of_policy(id, view).many("aws:tagkeys", keys);
        vec![demand(action, id, facts, membership, view)]
    };
    perform: |input, membership: &Membership, turn| {
        let found = Tagged::find(input.resource_id.as_ref(), membership, turn.view())?;
        let gone = input.tag_keys.as_deref().unwrap_or_default();
        gone.iter().try_for_each(|key| check_key(key))?;
        let tags = found.tags().iter().filter(|tag| !gone.contains(&tag.key)).cloned().collect();
        found.set(tags, membership, turn)
    };
}

operation! {
    /// Lists the tags of something, by key: all of them on one page.
    ListTagsForResource(ListTagsForResourceRequest) -> ListTagsForResourceResponse,
        Read, by Readers;
    demands: |action, input, membership, view| {
        let id = input.resource_id.as_ref();
        vec![demand(action, id, type_of_policy(id, view), membership, view)]
    };
    perform: |input, membership: &Membership, turn| {
        let found = Tagged::find(input.resource_id.as_ref(), membership, turn.view())?;
        if input.next_token.is_some() {
            return Err(error::invalid(
                "INVALID_NEXT_TOKEN",
                "You specified an invalid value for NextToken.",
            ));
        }
        let mut tags = found.tags().to_vec();
        tags.sort();
        let shown = tags.into_iter().map(|tag| WireTag {
            key: Some(tag.key),
            value: Some(tag.value),
        });
        Ok(ListTagsForResourceResponse { tags: Some(shown.collect()), next_token: None })
    };
}
