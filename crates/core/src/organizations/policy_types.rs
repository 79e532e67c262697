//! `EnablePolicyType`, `DisablePolicyType`. AWS does this in the background; here it is done with the
//! reply. Source: Organizations API Reference; AWS Organizations User Guide, "Enabling a policy
//! type", "Disabling a policy type": what was attached is detached, and AWS's own policy of the type
//! is all that is attached when it is enabled again.

use super::attachments::set;
use super::error;
use super::membership::Membership;
use super::named::{Place, type_fact};
use super::operation::operation;
use super::policies::named_type;
use crate::chain::{ServiceError, Turn};
use crate::state::{OrganizationSettings, OrganizationalUnit, PolicyType};
use claviger_model::organizations as model;
use claviger_model::organizations::error::{
    POLICY_TYPE_ALREADY_ENABLED_EXCEPTION, POLICY_TYPE_NOT_ENABLED_EXCEPTION,
    ROOT_NOT_FOUND_EXCEPTION,
};
use claviger_model::organizations::{
    DisablePolicyTypeRequest, DisablePolicyTypeResponse, EnablePolicyTypeRequest,
    EnablePolicyTypeResponse,
};
use std::sync::Arc;

fn root(
    id: Option<&String>,
    membership: &Membership,
    turn: &Turn<'_>,
) -> Result<Arc<OrganizationalUnit>, ServiceError> {
    let root = membership.root(turn.view())?;
    if id == Some(&root.id) {
        return Ok(root);
    }
    Err(error::refusal(
        &ROOT_NOT_FOUND_EXCEPTION,
        "You specified a root that doesn't exist.",
    ))
}

/// Sets which types are enabled, and attaches these policies of one to everything.
fn set_types(
    enabled: Vec<PolicyType>,
    (policy_type, attached): (PolicyType, Option<&str>),
    membership: &Membership,
    turn: &mut Turn<'_>,
) {
    let attached: Vec<String> = attached.into_iter().map(str::to_owned).collect();
    let units = turn
        .view()
        .all::<OrganizationalUnit>()
        .cloned()
        .map(Place::Unit);
    let accounts = membership.members(turn.view()).cloned().map(Place::Account);
    let places: Vec<Place> = units.chain(accounts).collect();
    for place in places {
        if place.attached(policy_type) != attached {
            set(&place, policy_type, attached.clone(), turn);
        }
    }
    turn.put(membership.with_settings(OrganizationSettings {
        policy_types: enabled,
        ..membership.settings().clone()
    }));
}

operation! {
    /// Lets policies of a type be attached.
    EnablePolicyType(EnablePolicyTypeRequest) -> EnablePolicyTypeResponse, Write, by PolicyWriters;
    demands: |action, input, membership, view| {
        let name = input.policy_type.as_ref().map(model::PolicyType::as_str);
        vec![membership.on(action, membership.named(input.root_id.as_ref(), view), type_fact(name))]
    };
    perform: |input, membership: &Membership, turn| {
        membership.needs_all_features()?;
        let policy_type = named_type(input.policy_type.as_ref())?;
        let root = root(input.root_id.as_ref(), membership, turn)?;
        let mut enabled = membership.settings().policy_types.clone();
        if enabled.contains(&policy_type) {
            return Err(error::refusal(
                &POLICY_TYPE_ALREADY_ENABLED_EXCEPTION,
                "The specified policy type is already enabled.",
            ));
        }
        enabled.push(policy_type);
        let shown = membership.shown_root(&root, &enabled);
        set_types(enabled, (policy_type, policy_type.aws_managed()), membership, turn);
        Ok(EnablePolicyTypeResponse { root: Some(shown) })
    };
}

operation! {
    /// Detaches all policies of a type, and lets none be attached.
    DisablePolicyType(DisablePolicyTypeRequest) -> DisablePolicyTypeResponse,
        Write, by PolicyWriters;
    demands: |action, input, membership, view| {
        let name = input.policy_type.as_ref().map(model::PolicyType::as_str);
        vec![membership.on(action, membership.named(input.root_id.as_ref(), view), type_fact(name))]
    };
    perform: |input, membership: &Membership, turn| {
        let policy_type = named_type(input.policy_type.as_ref())?;
        let root = root(input.root_id.as_ref(), membership, turn)?;
        let mut enabled = membership.settings().policy_types.clone();
        if !enabled.contains(&policy_type) {
            return Err(error::refusal(
                &POLICY_TYPE_NOT_ENABLED_EXCEPTION,
                "This operation can be performed only for enabled policy types.",
            ));
        }
        enabled.retain(|other| *other != policy_type);
        let shown = membership.shown_root(&root, &enabled);
        set_types(enabled, (policy_type, None), membership, turn);
        Ok(DisablePolicyTypeResponse { root: Some(shown) })
    };
}
