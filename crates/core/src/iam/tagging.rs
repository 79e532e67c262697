//! Tags of users, roles and customer managed policies after they were made: `Tag…`, `Untag…` and
//! `ListPolicyTags`. Source: IAM API Reference; IAM User Guide, "Tags for AWS Identity and Access
//! Management resources": keys do not differ by case alone, and a new tag replaces the old one.

use super::entity::{Entity, Named};
use super::named_policy::NamedPolicy;
use super::operation::operation;
use super::page::page;
use super::tags::{self, same_key};
use crate::chain::{Demand, Facts, ServiceError};
use crate::state::{ManagedPolicy, Role, User};
use claviger_model::iam::error::LIMIT_EXCEEDED_EXCEPTION;
use claviger_model::iam::{
    ListPolicyTagsRequest, ListPolicyTagsResponse, TagPolicyRequest, TagRoleRequest,
    TagUserRequest, UntagPolicyRequest, UntagRoleRequest, UntagUserRequest,
};
use claviger_types::Tag;

/// How many tags a resource may have. Source: IAM User Guide, "IAM and AWS STS quotas".
const MOST_TAGS: usize = 50;

/// What a request adds, and what that is on.
pub(crate) struct Tagged<N> {
    named: N,
    tags: Vec<Tag>,
}

impl<N> Tagged<N> {
    fn read(named: N, given: Option<&Vec<claviger_model::iam::Tag>>) -> Result<Self, ServiceError> {
        let tags = tags::tags(given)?;
        Ok(Self { named, tags })
    }

    fn demands(&self, demand: Demand) -> Vec<Demand> {
        vec![demand.with_more_facts(Facts::default().request_tags(&self.tags))]
    }

    fn add_to(&self, kind: &str, own: &mut Vec<Tag>) -> Result<(), ServiceError> {
        own.retain(|old| !self.tags.iter().any(|new| same_key(&old.key, &new.key)));
        own.extend(self.tags.iter().cloned());
        if own.len() > MOST_TAGS {
            return Err(ServiceError::new(
                &LIMIT_EXCEEDED_EXCEPTION,
                format!("Cannot exceed quota for TagsPer{kind}: {MOST_TAGS}"),
            ));
        }
        Ok(())
    }
}

/// The demand, with the keys that are to go (`aws:TagKeys`).
fn untag_demands(demand: Demand, keys: Option<&Vec<String>>) -> Vec<Demand> {
    let keys = keys.cloned().unwrap_or_default();
    vec![demand.with_more_facts(Facts::default().many("aws:tagkeys", keys))]
}

/// Keys that are not there are no mistake.
fn remove(own: &mut Vec<Tag>, keys: Option<&Vec<String>>) {
    let gone = |tag: &Tag| {
        keys.into_iter()
            .flatten()
            .any(|key| same_key(key, &tag.key))
    };
    own.retain(|tag| !gone(tag));
}

operation! {
    /// Adds tags to a user.
    TagUser(TagUserRequest) -> (), Write, on Tagged<Named<User>>;
    resolve: |request, turn| {
        let input = &request.input;
        let named = Named::find(&request.caller, input.user_name.as_ref(), "userName", turn)?;
        Tagged::read(named, input.tags.as_ref())
    };
    demands: |_, tagged| tagged.demands(tagged.named.demand("iam:TagUser"));
    perform: |_, tagged, turn| {
        let mut user = tagged.named.to_change()?;
        tagged.add_to(User::KIND_CAPITAL, &mut user.tags)?;
        turn.put(user);
        Ok(())
    };
}

operation! {
    /// Adds tags to a role.
    TagRole(TagRoleRequest) -> (), Write, on Tagged<Named<Role>>;
    resolve: |request, turn| {
        let input = &request.input;
        let named = Named::find(&request.caller, input.role_name.as_ref(), "roleName", turn)?;
        Tagged::read(named, input.tags.as_ref())
    };
    demands: |_, tagged| tagged.demands(tagged.named.demand("iam:TagRole"));
    perform: |_, tagged, turn| {
        let mut role = tagged.named.to_change()?;
        tagged.add_to(Role::KIND_CAPITAL, &mut role.tags)?;
        turn.put(role);
        Ok(())
    };
}

operation! {
    /// Adds tags to a customer managed policy.
    TagPolicy(TagPolicyRequest) -> (), Write, on Tagged<NamedPolicy>;
    resolve: |request, turn| {
        let input = &request.input;
        let (caller, arn) = (&request.caller, input.policy_arn.as_ref());
        let named = NamedPolicy::find_to_change(caller, arn, "iam:TagPolicy", turn)?;
        Tagged::read(named, input.tags.as_ref())
    };
    demands: |_, tagged| tagged.demands(tagged.named.demand("iam:TagPolicy"));
    perform: |_, tagged, turn| {
        let mut policy = ManagedPolicy::clone(tagged.named.customer()?);
        tagged.add_to("Policy", &mut policy.tags)?;
        turn.put(policy);
        Ok(())
    };
}

operation! {
    /// Takes tags from a user.
    UntagUser(UntagUserRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |input, named| {
        untag_demands(named.demand("iam:UntagUser"), input.tag_keys.as_ref())
    };
    perform: |input, named, turn| {
        let mut user = named.to_change()?;
        remove(&mut user.tags, input.tag_keys.as_ref());
        turn.put(user);
        Ok(())
    };
}

operation! {
    /// Takes tags from a role.
    UntagRole(UntagRoleRequest) -> (), Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |input, named| {
        untag_demands(named.demand("iam:UntagRole"), input.tag_keys.as_ref())
    };
    perform: |input, named, turn| {
        let mut role = named.to_change()?;
        remove(&mut role.tags, input.tag_keys.as_ref());
        turn.put(role);
        Ok(())
    };
}

operation! {
    /// Takes tags from a customer managed policy.
    UntagPolicy(UntagPolicyRequest) -> (), Write, on NamedPolicy;
    resolve: |request, turn| {
        let arn = request.input.policy_arn.as_ref();
        NamedPolicy::find_to_change(&request.caller, arn, "iam:UntagPolicy", turn)
    };
    demands: |input, named| {
        untag_demands(named.demand("iam:UntagPolicy"), input.tag_keys.as_ref())
    };
    perform: |input, named, turn| {
        let mut policy = ManagedPolicy::clone(named.customer()?);
        remove(&mut policy.tags, input.tag_keys.as_ref());
        turn.put(policy);
        Ok(())
    };
}

operation! {
    /// Lists the tags of a managed policy; AWS's have none.
    ListPolicyTags(ListPolicyTagsRequest) -> ListPolicyTagsResponse, Read, on NamedPolicy;
    resolve: |request, turn| {
        NamedPolicy::find(&request.caller, request.input.policy_arn.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:ListPolicyTags")];
    perform: |input, named, _| {
        named.existing()?;
        let sorted = tags::sorted(named.tags());
        let page = page(sorted.into_iter(), input.marker.as_deref(), input.max_items)?;
        Ok(ListPolicyTagsResponse {
            tags: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}
