//! Managed policies attached to users, groups and roles: `Attach…`, `Detach…` and
//! `ListAttached…`. What policies there are is another file's.

use super::entity::{Entity, Named, required};
use super::managed::split;
use super::named_policy::{check_attachable, policy_arn};
use super::operation::operation;
use super::page::{Page, page};
use crate::chain::{Demand, ServiceError, Turn};
use crate::state::{Attachments, Group, Role, User};
use claviger_model::iam::error::{
    DELETE_CONFLICT_EXCEPTION, LIMIT_EXCEEDED_EXCEPTION, NO_SUCH_ENTITY_EXCEPTION,
};
use claviger_model::iam::{
    AttachGroupPolicyRequest, AttachRolePolicyRequest, AttachUserPolicyRequest, AttachedPolicy,
    DetachGroupPolicyRequest, DetachRolePolicyRequest, DetachUserPolicyRequest,
    ListAttachedGroupPoliciesRequest, ListAttachedGroupPoliciesResponse,
    ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse,
    ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse,
};
use claviger_types::Arn;

/// How many managed policies an entity may have. Source: IAM User Guide, "IAM and AWS STS quotas".
pub(super) const ATTACHED_LIMIT: usize = 10;

/// Whether an entity can be deleted: no managed policy is attached.
///
/// # Errors
/// `DeleteConflict`.
pub(super) fn none_left(policies: &Attachments) -> Result<(), ServiceError> {
    if policies.managed.is_empty() {
        return Ok(());
    }
    Err(ServiceError::new(
        &DELETE_CONFLICT_EXCEPTION,
        "Cannot delete entity, must detach all policies first.",
    ))
}

/// The demand, with the policy that is attached or detached.
fn demand<E: Entity>(
    named: &Named<E>,
    action: &'static str,
    policy: Option<&String>,
) -> Vec<Demand> {
    let demand = named.guarded_demand(action);
    vec![match policy {
        Some(arn) => demand.with_fact("iam:policyarn", arn),
        None => demand,
    }]
}

/// Attaching what is attached already changes nothing and is no mistake.
fn attach<E: Entity>(
    named: &Named<E>,
    policy: Option<&String>,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    let mut entity = named.to_change()?;
    let arn = policy_arn(required(policy, "policyArn")?)?;
    check_attachable(&arn, named.account, turn)?;
    let attached = &mut entity.policies_mut().managed;
    if attached.contains(&arn) {
        return Ok(());
    }
    if attached.len() >= ATTACHED_LIMIT {
        return Err(ServiceError::new(
            &LIMIT_EXCEEDED_EXCEPTION,
            format!(
                "Cannot exceed quota for PoliciesPer{}: {ATTACHED_LIMIT}",
                E::KIND_CAPITAL
            ),
        ));
    }
    attached.push(arn);
    turn.put(entity);
    Ok(())
}

fn detach<E: Entity>(
    named: &Named<E>,
    policy: Option<&String>,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    let mut entity = named.to_change()?;
    let arn = policy_arn(required(policy, "policyArn")?)?;
    let attached = &mut entity.policies_mut().managed;
    let before = attached.len();
    attached.retain(|known| *known != arn);
    if attached.len() == before {
        return Err(ServiceError::new(
            &NO_SUCH_ENTITY_EXCEPTION,
            format!("Policy {arn} was not found."),
        ));
    }
    turn.put(entity);
    Ok(())
}

fn list<E: Entity>(
    named: &Named<E>,
    prefix: Option<&str>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Page<AttachedPolicy>, ServiceError> {
    let prefix = prefix.unwrap_or("/");
    let attached = sorted(named.existing()?.policies());
    let shown = attached
        .into_iter()
        .filter(|(path, _)| path.starts_with(prefix))
        .map(|(_, policy)| (policy.policy_arn.clone().unwrap_or_default(), policy));
    page(shown, marker, max_items)
}

/// What is attached, in the order of ARNs, each with its path.
fn sorted(policies: &Attachments) -> Vec<(String, AttachedPolicy)> {
    let mut attached: Vec<&Arn> = policies.managed.iter().collect();
    attached.sort();
    let shown = attached.into_iter().filter_map(|arn| {
        let (path, name) = split(arn.resource().strip_prefix("policy")?)?;
        let policy = AttachedPolicy {
            policy_name: Some(name.to_owned()),
            policy_arn: Some(arn.to_string()),
        };
        Some((path.to_owned(), policy))
    });
    shown.collect()
}

/// What is attached to an identity, as it is shown whole.
pub(super) fn shown(policies: &Attachments) -> Vec<AttachedPolicy> {
    sorted(policies)
        .into_iter()
        .map(|(_, policy)| policy)
        .collect()
}

operation! {
    /// Attaches a managed policy to a user.
    AttachUserPolicy(AttachUserPolicyRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |input, named| demand(named, "iam:AttachUserPolicy", input.policy_arn.as_ref());
    perform: |input, named, turn| attach(named, input.policy_arn.as_ref(), turn);
}

operation! {
    /// Attaches a managed policy to a role.
    AttachRolePolicy(AttachRolePolicyRequest) -> (), Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |input, named| demand(named, "iam:AttachRolePolicy", input.policy_arn.as_ref());
    perform: |input, named, turn| attach(named, input.policy_arn.as_ref(), turn);
}

operation! {
    /// Detaches a managed policy from a user.
    DetachUserPolicy(DetachUserPolicyRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |input, named| demand(named, "iam:DetachUserPolicy", input.policy_arn.as_ref());
    perform: |input, named, turn| detach(named, input.policy_arn.as_ref(), turn);
}

operation! {
    /// Detaches a managed policy from a role.
    DetachRolePolicy(DetachRolePolicyRequest) -> (), Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |input, named| demand(named, "iam:DetachRolePolicy", input.policy_arn.as_ref());
    perform: |input, named, turn| detach(named, input.policy_arn.as_ref(), turn);
}

operation! {
    /// Lists the managed policies attached to a user.
    ListAttachedUserPolicies(ListAttachedUserPoliciesRequest)
        -> ListAttachedUserPoliciesResponse, Read, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |_, named| vec![named.demand("iam:ListAttachedUserPolicies")];
    perform: |input, named, _| {
        let prefix = input.path_prefix.as_deref();
        let page = list(named, prefix, input.marker.as_deref(), input.max_items)?;
        Ok(ListAttachedUserPoliciesResponse {
            attached_policies: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Lists the managed policies attached to a role.
    ListAttachedRolePolicies(ListAttachedRolePoliciesRequest)
        -> ListAttachedRolePoliciesResponse, Read, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.demand("iam:ListAttachedRolePolicies")];
    perform: |input, named, _| {
        let prefix = input.path_prefix.as_deref();
        let page = list(named, prefix, input.marker.as_deref(), input.max_items)?;
        Ok(ListAttachedRolePoliciesResponse {
            attached_policies: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Attaches a managed policy to a group.
    AttachGroupPolicy(AttachGroupPolicyRequest) -> (), Write, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: |input, named| demand(named, "iam:AttachGroupPolicy", input.policy_arn.as_ref());
    perform: |input, named, turn| attach(named, input.policy_arn.as_ref(), turn);
}

operation! {
    /// Detaches a managed policy from a group.
    DetachGroupPolicy(DetachGroupPolicyRequest) -> (), Write, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: |input, named| demand(named, "iam:DetachGroupPolicy", input.policy_arn.as_ref());
    perform: |input, named, turn| detach(named, input.policy_arn.as_ref(), turn);
}

operation! {
    /// Lists the managed policies attached to a group.
    ListAttachedGroupPolicies(ListAttachedGroupPoliciesRequest)
        -> ListAttachedGroupPoliciesResponse, Read, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: |_, named| vec![named.demand("iam:ListAttachedGroupPolicies")];
    perform: |input, named, _| {
        let prefix = input.path_prefix.as_deref();
        let page = list(named, prefix, input.marker.as_deref(), input.max_items)?;
        Ok(ListAttachedGroupPoliciesResponse {
            attached_policies: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}
