//! Policies of the organisation: create, describe, change, delete, list. Source: Organizations API
//! Reference; AWS Organizations User Guide, "Quotas and service limits".

use super::documents;
use super::error;
use super::ids::new_id;
use super::membership::Membership;
use super::named::{on_nothing, policy_of, type_fact, type_of_policy};
use super::operation::operation;
use super::page::page;
use super::tags;
use crate::chain::ServiceError;
use crate::state::{
    Account, OrganizationPolicy, OrganizationalUnit, PolicyText, PolicyType, Snapshot, Stored,
};
use claviger_model::organizations as model;
use claviger_model::organizations::error::{
    DUPLICATE_POLICY_EXCEPTION, POLICY_IN_USE_EXCEPTION,
    POLICY_TYPE_NOT_AVAILABLE_FOR_ORGANIZATION_EXCEPTION,
};
use claviger_model::organizations::{
    CreatePolicyRequest, CreatePolicyResponse, DeletePolicyRequest, DescribePolicyRequest,
    DescribePolicyResponse, ListPoliciesRequest, ListPoliciesResponse, UpdatePolicyRequest,
    UpdatePolicyResponse,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The type that a request names.
///
/// # Errors
/// `PolicyTypeNotAvailableForOrganizationException` for AWS's types that are not kept here.
pub(super) fn named_type(name: Option<&model::PolicyType>) -> Result<PolicyType, ServiceError> {
    let name = name.map_or("", model::PolicyType::as_str);
    PolicyType::ALL
        .into_iter()
        .find(|known| known.as_str() == name)
        .ok_or_else(|| {
            error::refusal(
                &POLICY_TYPE_NOT_AVAILABLE_FOR_ORGANIZATION_EXCEPTION,
                "This service keeps service control policies, resource control policies and tag \
                 policies only.",
            )
        })
}

/// A policy that a request names.
///
/// # Errors
/// `PolicyNotFoundException`.
pub(super) fn existing(
    id: Option<&String>,
    view: &Snapshot,
) -> Result<Arc<OrganizationPolicy>, ServiceError> {
    policy_of(id, view).cloned().ok_or_else(error::no_policy)
}

/// A policy that may be changed.
fn own(
    id: Option<&String>,
    view: &Snapshot,
) -> Result<(Arc<OrganizationPolicy>, PolicyType), ServiceError> {
    let policy = existing(id, view)?;
    if policy.is_aws_managed() {
        return Err(error::invalid(
            "IMMUTABLE_POLICY",
            "You specified a policy that is managed by AWS and can't be modified.",
        ));
    }
    let policy_type = policy.policy_type().ok_or_else(error::no_policy)?;
    Ok((policy, policy_type))
}

fn of_type(view: &Snapshot, wanted: PolicyType) -> impl Iterator<Item = &Arc<OrganizationPolicy>> {
    view.all::<OrganizationPolicy>()
        .filter(move |policy| policy.policy_type() == Some(wanted))
}

fn check_name(
    name: &str,
    policy_type: PolicyType,
    but: Option<&str>,
    view: &Snapshot,
) -> Result<(), ServiceError> {
    let taken = of_type(view, policy_type).any(|p| p.name == name && Some(p.id().as_str()) != but);
    if taken {
        return Err(error::refusal(
            &DUPLICATE_POLICY_EXCEPTION,
            "A policy with the same name already exists.",
        ));
    }
    Ok(())
}

/// Policies of a type that an organisation may have.
fn most(policy_type: PolicyType) -> usize {
    match policy_type {
        PolicyType::ServiceControlPolicy => 10_000,
        PolicyType::ResourceControlPolicy | PolicyType::TagPolicy => 1000,
    }
}

fn text(name: &str, policy_type: PolicyType, content: &str) -> PolicyText {
    PolicyText::new(name, policy_type.kind(), content, BTreeMap::new())
}

operation! {
    /// Makes a policy, attached to nothing.
    CreatePolicy(CreatePolicyRequest) -> CreatePolicyResponse, Write, by PolicyWriters;
    demands: |action, input, membership, _| {
        let given = tags::sent(input.tags.as_deref());
        let name = input.r#type.as_ref().map(model::PolicyType::as_str);
        let mut demands = vec![on_nothing(action, type_fact(name).request_tags(&given))];
        let kind = format!(
            "policy/{}/{}",
            membership.organization,
            name.unwrap_or_default().to_ascii_lowercase()
        );
        demands.extend(membership.tagging_of(&kind, &given));
        demands
    };
    perform: |input, membership: &Membership, turn| {
        membership.needs_all_features()?;
        let policy_type = named_type(input.r#type.as_ref())?;
        let content = input.content.as_deref().unwrap_or_default();
        documents::check(policy_type, content)?;
        let name = input.name.clone().unwrap_or_default();
        check_name(&name, policy_type, None, turn.view())?;
        if of_type(turn.view(), policy_type).count() >= most(policy_type) {
            return Err(error::constraint(
                "POLICY_NUMBER_LIMIT_EXCEEDED",
                "You have exceeded the number of policies that you can have in an organization.",
            ));
        }
        let policy = OrganizationPolicy {
            key: new_id("", 10, turn.entropy()),
            policy: text(&name, policy_type, content),
            name,
            description: input.description.clone().unwrap_or_default(),
            changed: Some(turn.now()),
            tags: tags::merged(&[], input.tags.as_deref())?,
        };
        let shown = membership.shown_policy(&policy);
        turn.put(policy);
        Ok(CreatePolicyResponse { policy: Some(shown) })
    };
}

operation! {
    /// Shows a policy with its document.
    DescribePolicy(DescribePolicyRequest) -> DescribePolicyResponse, Read, by Readers;
    demands: |action, input, membership, view| {
        let id = input.policy_id.as_ref();
        vec![membership.on(action, membership.named_policy(id, view), type_of_policy(id, view))]
    };
    perform: |input, membership: &Membership, turn| {
        let policy = existing(input.policy_id.as_ref(), turn.view())?;
        Ok(DescribePolicyResponse { policy: Some(membership.shown_policy(&policy)) })
    };
}

operation! {
    /// Changes a policy; decisions follow with the next request.
    UpdatePolicy(UpdatePolicyRequest) -> UpdatePolicyResponse, Write, by PolicyWriters;
    demands: |action, input, membership, view| {
        let id = input.policy_id.as_ref();
        vec![membership.on(action, membership.named_policy(id, view), type_of_policy(id, view))]
    };
    perform: |input, membership: &Membership, turn| {
        let (known, policy_type) = own(input.policy_id.as_ref(), turn.view())?;
        let name = input.name.clone().unwrap_or_else(|| known.name.clone());
        check_name(&name, policy_type, Some(known.id().as_str()), turn.view())?;
        let content = input.content.as_deref().unwrap_or(&known.policy.text);
        documents::check(policy_type, content)?;
        let policy = OrganizationPolicy {
            key: known.id(),
            policy: text(&name, policy_type, content),
            name,
            description: input.description.clone().unwrap_or_else(|| known.description.clone()),
            changed: Some(turn.now()),
            tags: known.tags.clone(),
        };
        let shown = membership.shown_policy(&policy);
        turn.put(policy);
        Ok(UpdatePolicyResponse { policy: Some(shown) })
    };
}

operation! {
    /// Deletes a policy that is attached to nothing.
    DeletePolicy(DeletePolicyRequest) -> (), Write, by PolicyWriters;
    demands: |action, input, membership, view| {
        let id = input.policy_id.as_ref();
        vec![membership.on(action, membership.named_policy(id, view), type_of_policy(id, view))]
    };
    perform: |input, _, turn| {
        let (policy, policy_type) = own(input.policy_id.as_ref(), turn.view())?;
        let key = policy.id();
        let view = turn.view();
        let in_use = view
            .all::<OrganizationalUnit>()
            .any(|unit| unit.attached(policy_type).contains(&key))
            || view.all::<Account>().any(|account| account.attached(policy_type).contains(&key));
        if in_use {
            return Err(error::refusal(
                &POLICY_IN_USE_EXCEPTION,
                "The policy is attached to one or more entities. You must detach it from all \
                 roots, OUs, and accounts before performing this operation.",
            ));
        }
        turn.delete::<OrganizationPolicy>(key);
        Ok(())
    };
}

operation! {
    /// Lists the policies of a type, by id.
    ListPolicies(ListPoliciesRequest) -> ListPoliciesResponse, Read, by Readers;
    demands: |action, input, _, _| {
        let name = input.filter.as_ref().map(model::PolicyType::as_str);
        vec![on_nothing(action, type_fact(name))]
    };
    perform: |input, membership: &Membership, turn| {
        let policy_type = named_type(input.filter.as_ref())?;
        let policies = of_type(turn.view(), policy_type)
            .map(|policy| (policy.id(), membership.shown_summary(policy)));
        let list = format!("ListPolicies/{}", policy_type.as_str());
        let page = page(&list, policies, input.next_token.as_deref(), input.max_results)?;
        Ok(ListPoliciesResponse { policies: Some(page.items), next_token: page.next_token })
    };
}
