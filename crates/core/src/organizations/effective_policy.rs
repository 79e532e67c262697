//! `DescribeEffectivePolicy`: the tag policy that counts for an account. Source: Organizations API
//! Reference.

use super::error;
use super::membership::Membership;
use super::named::{Place, type_fact};
use super::operation::operation;
use super::tag_policy::{TagPolicy, effective};
use crate::chain::ServiceError;
use crate::state::{Account, OrganizationPolicy, OrganizationalUnit, Snapshot};
use claviger_model::ORGANIZATIONS;
use claviger_model::organizations::error::{
    CONSTRAINT_VIOLATION_EXCEPTION, EFFECTIVE_POLICY_NOT_FOUND_EXCEPTION,
};
use claviger_model::organizations::{
    DescribeEffectivePolicyRequest, DescribeEffectivePolicyResponse, EffectivePolicy,
    EffectivePolicyType,
};
use claviger_types::Timestamp;

operation! {
    /// Shows the tag policy that counts for an account: the caller's own, or for the management
    /// account and delegated administrators any.
    DescribeEffectivePolicy(DescribeEffectivePolicyRequest) -> DescribeEffectivePolicyResponse,
        Read, by Members;
    demands: |action, input, membership, view| {
        let own = membership.account.to_string();
        let target = input.target_id.as_ref().unwrap_or(&own);
        let facts = type_fact(input.policy_type.as_ref().map(EffectivePolicyType::as_str));
        vec![membership.on(action, membership.named(Some(target), view), facts)]
    };
    perform: |input, membership: &Membership, turn| {
        let own = membership.account.to_string();
        let target = input.target_id.clone().unwrap_or_else(|| own.clone());
        if target != own && !membership.is_management() && !membership.is_delegated() {
            return Err(error::no_permission());
        }
        if input.policy_type != Some(EffectivePolicyType::TagPolicy) {
            return Err(error::refusal(
                &CONSTRAINT_VIOLATION_EXCEPTION,
                "Of management policies this service keeps tag policies only.",
            ));
        }
        let place = membership.place(&target, turn.view());
        let Some(Place::Account(account)) = place else {
            return Err(error::no_target());
        };
        let merged = levels(&account, turn.view())?;
        if merged.levels.iter().all(Vec::is_empty) {
            return Err(error::refusal(
                &EFFECTIVE_POLICY_NOT_FOUND_EXCEPTION,
                "There is no effective policy of this type for the account.",
            ));
        }
        Ok(DescribeEffectivePolicyResponse {
            effective_policy: Some(EffectivePolicy {
                policy_content: Some(effective(&merged.levels).to_string()),
                last_updated_timestamp: merged.changed.map(Into::into),
                target_id: Some(target),
                policy_type: Some(EffectivePolicyType::TagPolicy),
            }),
        })
    };
}

/// The tag policies on the way to an account, root first, and when the last of them changed.
struct Levels {
    levels: Vec<Vec<TagPolicy>>,
    changed: Option<Timestamp>,
}

fn levels(account: &Account, view: &Snapshot) -> Result<Levels, ServiceError> {
    let mut attached = vec![&account.tag_policies];
    let mut above = account.parent.as_ref();
    while let Some(unit) = above.and_then(|id| view.get::<OrganizationalUnit>(id)) {
        attached.push(&unit.tag_policies);
        above = unit.parent.as_ref();
    }
    attached.reverse();
    let mut found = Levels {
        levels: Vec::new(),
        changed: None,
    };
    for attached in attached {
        found.changed = found.changed.max(attached.changed);
        let mut level = Vec::new();
        for key in &attached.attached {
            let broken = || ServiceError::internal(ORGANIZATIONS, format!("tag policy {key}"));
            let policy = view.get::<OrganizationPolicy>(key).ok_or_else(broken)?;
            found.changed = found.changed.max(policy.changed);
            level.push(TagPolicy::read(&policy.policy.text).map_err(|_| broken())?);
        }
        found.levels.push(level);
    }
    Ok(found)
}
