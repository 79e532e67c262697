//! What is attached to what: `AttachPolicy`, `DetachPolicy`, `ListPoliciesForTarget`,
//! `ListTargetsForPolicy`. Source: Organizations API Reference; AWS Organizations User Guide,
//! "Quotas and service limits".

use super::error;
use super::membership::Membership;
use super::named::{Place, type_fact, type_of_policy};
use super::operation::operation;
use super::page::page;
use super::policies::{existing, named_type};
use crate::chain::{Demand, ServiceError, Turn};
use crate::state::{Account, OrganizationPolicy, OrganizationalUnit, PolicyType, Snapshot, Stored};
use claviger_model::organizations as model;
use claviger_model::organizations::error::{
    DUPLICATE_POLICY_ATTACHMENT_EXCEPTION, POLICY_NOT_ATTACHED_EXCEPTION,
    POLICY_TYPE_NOT_ENABLED_EXCEPTION,
};
use claviger_model::organizations::{
    AttachPolicyRequest, DetachPolicyRequest, ListPoliciesForTargetRequest,
    ListPoliciesForTargetResponse, ListTargetsForPolicyRequest, ListTargetsForPolicyResponse,
    PolicyTargetSummary, TargetType,
};
use std::sync::Arc;

/// Policies of a type that can be attached to one thing.
fn most(policy_type: PolicyType) -> usize {
    match policy_type {
        PolicyType::ServiceControlPolicy | PolicyType::ResourceControlPolicy => 5,
        PolicyType::TagPolicy => 10,
    }
}

/// Both the policy and what it is attached to must be allowed.
fn demands(
    action: &'static str,
    (policy, target): (Option<&String>, Option<&String>),
    membership: &Membership,
    view: &Snapshot,
) -> Vec<Demand> {
    let facts = type_of_policy(policy, view);
    vec![
        membership.on(action, membership.named_policy(policy, view), facts.clone()),
        membership.on(action, membership.named(target, view), facts),
    ]
}

/// What a request to attach or detach is about.
struct Pair {
    policy: Arc<OrganizationPolicy>,
    policy_type: PolicyType,
    place: Place,
}

impl Pair {
    fn find(
        policy: Option<&String>,
        target: Option<&String>,
        membership: &Membership,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let policy = existing(policy, turn.view())?;
        let policy_type = policy.policy_type().ok_or_else(error::no_policy)?;
        let place = target.and_then(|id| membership.place(id, turn.view()));
        let place = place.ok_or_else(error::no_target)?;
        if !membership.installation.has_policy_type(policy_type) {
            return Err(error::refusal(
                &POLICY_TYPE_NOT_ENABLED_EXCEPTION,
                "This operation can be performed only for enabled policy types.",
            ));
        }
        Ok(Self {
            policy,
            policy_type,
            place,
        })
    }

    fn attached(&self) -> &[String] {
        self.place.attached(self.policy_type)
    }

    fn set(&self, attached: Vec<String>, turn: &mut Turn<'_>) {
        set(&self.place, self.policy_type, attached, turn);
    }
}

/// Attaches these policies of a type and no others.
pub(super) fn set(
    place: &Place,
    policy_type: PolicyType,
    attached: Vec<String>,
    turn: &mut Turn<'_>,
) {
    let now = turn.now();
    match place {
        Place::Unit(unit) => {
            let unit = OrganizationalUnit::clone(unit);
            turn.put(unit.with_attached(policy_type, attached, now));
        }
        Place::Account(account) => {
            let account = Account::clone(account);
            turn.put(account.with_attached(policy_type, attached, now));
        }
    }
}

operation! {
    /// Attaches a policy to a root, unit or account.
    AttachPolicy(AttachPolicyRequest) -> (), Write, by PolicyWriters;
    demands: |action, input, membership, view| {
        demands(action, (input.policy_id.as_ref(), input.target_id.as_ref()), membership, view)
    };
    perform: |input, membership: &Membership, turn| {
        let (policy, target) = (input.policy_id.as_ref(), input.target_id.as_ref());
        let pair = Pair::find(policy, target, membership, turn)?;
        let key = pair.policy.id();
        let mut attached = pair.attached().to_vec();
        if attached.contains(&key) {
            return Err(error::refusal(
                &DUPLICATE_POLICY_ATTACHMENT_EXCEPTION,
                "The selected policy is already attached to the specified target.",
            ));
        }
        if attached.len() >= most(pair.policy_type) {
            return Err(error::constraint(
                "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                "You have attached the maximum number of policies of this type to the specified \
                 target.",
            ));
        }
        attached.push(key);
        pair.set(attached, turn);
        Ok(())
    };
}

operation! {
    /// Detaches a policy from a root, unit or account.
    DetachPolicy(DetachPolicyRequest) -> (), Write, by PolicyWriters;
    demands: |action, input, membership, view| {
        demands(action, (input.policy_id.as_ref(), input.target_id.as_ref()), membership, view)
    };
    perform: |input, membership: &Membership, turn| {
        let (policy, target) = (input.policy_id.as_ref(), input.target_id.as_ref());
        let pair = Pair::find(policy, target, membership, turn)?;
        let key = pair.policy.id();
        if !pair.attached().contains(&key) {
            return Err(error::refusal(
                &POLICY_NOT_ATTACHED_EXCEPTION,
                "The policy isn't attached to the specified target in the specified root.",
            ));
        }
        check_detachable(&pair)?;
        let rest = pair.attached().iter().filter(|other| **other != key).cloned().collect();
        pair.set(rest, turn);
        Ok(())
    };
}

/// Something must always allow: one service control policy, and AWS's own resource control policy.
fn check_detachable(pair: &Pair) -> Result<(), ServiceError> {
    match pair.policy_type {
        PolicyType::ServiceControlPolicy if pair.attached().len() == 1 => Err(error::constraint(
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You cannot remove the last policy attached to the specified target. You must have at \
             least one attached at all times.",
        )),
        PolicyType::ResourceControlPolicy if pair.policy.is_aws_managed() => Err(error::invalid(
            "NON_DETACHABLE_POLICY",
            "You can't detach this AWS Managed Policy.",
        )),
        _ => Ok(()),
    }
}

operation! {
    /// Lists the policies of a type that are attached to a root, unit or account itself, by id.
    ListPoliciesForTarget(ListPoliciesForTargetRequest) -> ListPoliciesForTargetResponse,
        Read, by Readers;
    demands: |action, input, membership, view| {
        let name = input.filter.as_ref().map(model::PolicyType::as_str);
        vec![membership.on(action, membership.named(input.target_id.as_ref(), view), type_fact(name))]
    };
    perform: |input, membership: &Membership, turn| {
        let policy_type = named_type(input.filter.as_ref())?;
        let target = input.target_id.as_deref().unwrap_or_default();
        let place = membership.place(target, turn.view()).ok_or_else(error::no_target)?;
        let mut keys = place.attached(policy_type).to_vec();
        keys.sort();
        let view = turn.view();
        let policies = keys.iter().filter_map(|key| view.get::<OrganizationPolicy>(key));
        let policies = policies.map(|policy| (policy.id(), membership.shown_summary(policy)));
        let list = format!("ListPoliciesForTarget/{target}/{}", policy_type.as_str());
        let page = page(&list, policies, input.next_token.as_deref(), input.max_results)?;
        Ok(ListPoliciesForTargetResponse {
            policies: Some(page.items),
            next_token: page.next_token,
        })
    };
}

operation! {
    /// Lists what a policy is attached to: root and units by id, then accounts by id.
    ListTargetsForPolicy(ListTargetsForPolicyRequest) -> ListTargetsForPolicyResponse,
        Read, by Readers;
    demands: |action, input, membership, view| {
        let id = input.policy_id.as_ref();
        vec![membership.on(action, membership.named_policy(id, view), type_of_policy(id, view))]
    };
    perform: |input, membership: &Membership, turn| {
        let policy = existing(input.policy_id.as_ref(), turn.view())?;
        let policy_type = policy.policy_type().ok_or_else(error::no_policy)?;
        let key = policy.id();
        let view = turn.view();
        let units = view.all::<OrganizationalUnit>().cloned().map(Place::Unit);
        let accounts = view.all::<Account>().cloned().map(Place::Account);
        let targets = units
            .chain(accounts)
            .filter(|place| place.attached(policy_type).contains(&key))
            .map(|place| (order(&place), shown_target(membership, &place)));
        let list = format!("ListTargetsForPolicy/{}", policy.policy_id());
        let page = page(&list, targets, input.next_token.as_deref(), input.max_results)?;
        Ok(ListTargetsForPolicyResponse {
            targets: Some(page.items),
            next_token: page.next_token,
        })
    };
}

fn order(place: &Place) -> String {
    match place {
        Place::Unit(unit) => format!("1/{}", unit.id),
        Place::Account(account) => format!("2/{}", account.id),
    }
}

fn shown_target(membership: &Membership, place: &Place) -> PolicyTargetSummary {
    let (name, kind) = match place {
        Place::Unit(unit) if unit.parent.is_none() => (&unit.name, TargetType::Root),
        Place::Unit(unit) => (&unit.name, TargetType::OrganizationalUnit),
        Place::Account(account) => (&account.name, TargetType::Account),
    };
    PolicyTargetSummary {
        arn: Some(membership.place_arn(&place.id())),
        target_id: Some(place.id()),
        name: Some(name.as_str().into()),
        r#type: Some(kind),
    }
}
