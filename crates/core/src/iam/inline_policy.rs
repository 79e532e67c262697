//! Inline policies of users, groups and roles: `Put…`, `Get…`, `List…` and `Delete…Policy`.

use super::document::{identity_policy, size, url_encoded};
use super::entity::{Entity, Named, required};
use super::operation::operation;
use super::page::{Page, page};
use crate::chain::{ServiceError, Turn};
use crate::state::{Attachments, Group, Role, User};
use claviger_model::iam::error::{
    DELETE_CONFLICT_EXCEPTION, LIMIT_EXCEEDED_EXCEPTION, NO_SUCH_ENTITY_EXCEPTION,
};
use claviger_model::iam::{
    DeleteGroupPolicyRequest, DeleteRolePolicyRequest, DeleteUserPolicyRequest,
    GetGroupPolicyRequest, GetGroupPolicyResponse, GetRolePolicyRequest, GetRolePolicyResponse,
    GetUserPolicyRequest, GetUserPolicyResponse, ListGroupPoliciesRequest,
    ListGroupPoliciesResponse, ListRolePoliciesRequest, ListRolePoliciesResponse,
    ListUserPoliciesRequest, ListUserPoliciesResponse, PutGroupPolicyRequest, PutRolePolicyRequest,
    PutUserPolicyRequest,
};

/// Whether an entity can be deleted: no inline policy is left.
///
/// # Errors
/// `DeleteConflict`.
pub(super) fn none_left(policies: &Attachments) -> Result<(), ServiceError> {
    if policies.inline.is_empty() {
        return Ok(());
    }
    Err(ServiceError::new(
        &DELETE_CONFLICT_EXCEPTION,
        "Cannot delete entity, must delete policies first.",
    ))
}

fn put<E: Entity>(
    named: &Named<E>,
    name: Option<&String>,
    text: Option<&String>,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    let mut entity = named.to_change()?;
    let name = required(name, "policyName")?;
    let policy = identity_policy(name, required(text, "policyDocument")?)?;
    let inline = &mut entity.policies_mut().inline;
    inline.insert(name.to_owned(), policy);
    if inline.values().map(|p| size(&p.text)).sum::<usize>() > E::INLINE_LIMIT {
        return Err(ServiceError::new(
            &LIMIT_EXCEEDED_EXCEPTION,
            format!(
                "Maximum policy size of {} bytes exceeded for {} {}",
                E::INLINE_LIMIT,
                E::KIND,
                entity.name()
            ),
        ));
    }
    turn.put(entity);
    Ok(())
}

fn unknown<E: Entity>(name: &str) -> ServiceError {
    ServiceError::new(
        &NO_SUCH_ENTITY_EXCEPTION,
        format!("The {} policy with name {name} cannot be found.", E::KIND),
    )
}

/// Name of the entity, name of the policy, document.
type Found = (Option<String>, Option<String>, Option<String>);

fn get<E: Entity>(named: &Named<E>, name: Option<&String>) -> Result<Found, ServiceError> {
    let entity = named.existing()?;
    let name = required(name, "policyName")?;
    let policy = entity.policies().inline.get(name);
    let policy = policy.ok_or_else(|| unknown::<E>(name))?;
    Ok((
        Some(entity.name().to_owned()),
        Some(name.to_owned()),
        Some(url_encoded(&policy.text)),
    ))
}

fn list<E: Entity>(
    named: &Named<E>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Page<String>, ServiceError> {
    let names = named.existing()?.policies().inline.keys();
    page(names.map(|n| (n, n.clone())), marker, max_items)
}

fn delete<E: Entity>(
    named: &Named<E>,
    name: Option<&String>,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    let mut entity = named.to_change()?;
    let name = required(name, "policyName")?;
    let removed = entity.policies_mut().inline.remove(name);
    removed.ok_or_else(|| unknown::<E>(name))?;
    turn.put(entity);
    Ok(())
}

operation! {
    /// Writes an inline policy of a user, in place of one of the same name.
    PutUserPolicy(PutUserPolicyRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |_, named| vec![named.guarded_demand("iam:PutUserPolicy")];
    perform: |input, named, turn| {
        put(named, input.policy_name.as_ref(), input.policy_document.as_ref(), turn)
    };
}

operation! {
    /// Writes an inline policy of a role, in place of one of the same name.
    PutRolePolicy(PutRolePolicyRequest) -> (), Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.guarded_demand("iam:PutRolePolicy")];
    perform: |input, named, turn| {
        put(named, input.policy_name.as_ref(), input.policy_document.as_ref(), turn)
    };
}

operation! {
    /// Shows an inline policy of a user.
    GetUserPolicy(GetUserPolicyRequest) -> GetUserPolicyResponse, Read, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |_, named| vec![named.demand("iam:GetUserPolicy")];
    perform: |input, named, _| {
        let (user_name, policy_name, policy_document) = get(named, input.policy_name.as_ref())?;
        Ok(GetUserPolicyResponse { user_name, policy_name, policy_document })
    };
}

operation! {
    /// Shows an inline policy of a role.
    GetRolePolicy(GetRolePolicyRequest) -> GetRolePolicyResponse, Read, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.demand("iam:GetRolePolicy")];
    perform: |input, named, _| {
        let (role_name, policy_name, policy_document) = get(named, input.policy_name.as_ref())?;
        Ok(GetRolePolicyResponse { role_name, policy_name, policy_document })
    };
}

operation! {
    /// Lists the names of a user's inline policies.
    ListUserPolicies(ListUserPoliciesRequest) -> ListUserPoliciesResponse, Read, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |_, named| vec![named.demand("iam:ListUserPolicies")];
    perform: |input, named, _| {
        let page = list(named, input.marker.as_deref(), input.max_items)?;
        Ok(ListUserPoliciesResponse {
            policy_names: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Lists the names of a role's inline policies.
    ListRolePolicies(ListRolePoliciesRequest) -> ListRolePoliciesResponse, Read, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.demand("iam:ListRolePolicies")];
    perform: |input, named, _| {
        let page = list(named, input.marker.as_deref(), input.max_items)?;
        Ok(ListRolePoliciesResponse {
            policy_names: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Deletes an inline policy of a user.
    DeleteUserPolicy(DeleteUserPolicyRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |_, named| vec![named.guarded_demand("iam:DeleteUserPolicy")];
    perform: |input, named, turn| delete(named, input.policy_name.as_ref(), turn);
}

operation! {
    /// Deletes an inline policy of a role.
    DeleteRolePolicy(DeleteRolePolicyRequest) -> (), Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.guarded_demand("iam:DeleteRolePolicy")];
    perform: |input, named, turn| delete(named, input.policy_name.as_ref(), turn);
}

operation! {
    /// Writes an inline policy of a group, in place of one of the same name.
    PutGroupPolicy(PutGroupPolicyRequest) -> (), Write, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: |_, named| vec![named.demand("iam:PutGroupPolicy")];
    perform: |input, named, turn| {
        put(named, input.policy_name.as_ref(), input.policy_document.as_ref(), turn)
    };
}

operation! {
    /// Shows an inline policy of a group.
    GetGroupPolicy(GetGroupPolicyRequest) -> GetGroupPolicyResponse, Read, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: |_, named| vec![named.demand("iam:GetGroupPolicy")];
    perform: |input, named, _| {
        let (group_name, policy_name, policy_document) = get(named, input.policy_name.as_ref())?;
        Ok(GetGroupPolicyResponse { group_name, policy_name, policy_document })
    };
}

operation! {
    /// Lists the names of a group's inline policies.
    ListGroupPolicies(ListGroupPoliciesRequest) -> ListGroupPoliciesResponse, Read, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: |_, named| vec![named.demand("iam:ListGroupPolicies")];
    perform: |input, named, _| {
        let page = list(named, input.marker.as_deref(), input.max_items)?;
        Ok(ListGroupPoliciesResponse {
            policy_names: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Deletes an inline policy of a group.
    DeleteGroupPolicy(DeleteGroupPolicyRequest) -> (), Write, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: |_, named| vec![named.demand("iam:DeleteGroupPolicy")];
    perform: |input, named, turn| delete(named, input.policy_name.as_ref(), turn);
}
