//! The delegation policy: the resource policy by which the management account lets member accounts
//! read the organisation and manage its policies. Source: Organizations API Reference,
//! "PutResourcePolicy"; AWS Organizations User Guide, "Delegated administrator for AWS
//! Organizations", "Update a resource-based delegation policy".

use super::documents::{one_or_many, read};
use super::error;
use super::ids::new_id;
use super::membership::Membership;
use super::named::on_nothing;
use super::operation::{Nothing, operation};
use super::tags;
use crate::chain::{Facts, ServiceError};
use crate::iam::resolve_principals;
use crate::state::{DelegationPolicy, OrganizationSettings, PolicyKind, PolicyText, Snapshot};
use claviger_model::ORGANIZATIONS;
use claviger_model::organizations::error::RESOURCE_POLICY_NOT_FOUND_EXCEPTION;
use claviger_model::organizations::{
    DescribeResourcePolicyResponse, PutResourcePolicyRequest, PutResourcePolicyResponse,
    ResourcePolicy, ResourcePolicySummary,
};
use claviger_policy::{Kind, parse};
use serde_json::Value;

/// What changes something and can be delegated all the same.
const WRITES: [&str; 9] = [
    "organizations:attachpolicy",
    "organizations:createpolicy",
    "organizations:deletepolicy",
    "organizations:detachpolicy",
    "organizations:disablepolicytype",
    "organizations:enablepolicytype",
    "organizations:tagresource",
    "organizations:untagresource",
    "organizations:updatepolicy",
];

impl Membership {
    fn delegation_arn(&self, id: &str) -> String {
        self.arn("resourcepolicy", id)
    }

    fn shown_delegation(&self, policy: &DelegationPolicy) -> ResourcePolicy {
        ResourcePolicy {
            resource_policy_summary: Some(ResourcePolicySummary {
                id: Some(policy.id.clone()),
                arn: Some(self.delegation_arn(&policy.id)),
            }),
            content: Some(policy.policy.text.clone()),
        }
    }

    fn delegation(&self) -> Result<&DelegationPolicy, ServiceError> {
        let known = self.settings().delegation_policy.as_ref();
        known.ok_or_else(|| {
            error::refusal(
                &RESOURCE_POLICY_NOT_FOUND_EXCEPTION,
                "We can't find a resource policy for your organization.",
            )
        })
    }
}

fn wrong(reason: &'static str, text: &'static str, inside: String) -> ServiceError {
    error::invalid(reason, text).with_inside(inside)
}

/// A document as it is stored, its principals resolved.
fn checked(text: &str, view: &Snapshot) -> Result<PolicyText, ServiceError> {
    let malformed = |inside: String| {
        wrong(
            "INVALID_RESOURCE_POLICY_JSON",
            "The provided resource policy document is not valid.",
            inside,
        )
    };
    let document = parse(text, Kind::Resource).map_err(|e| malformed(e.to_string()))?;
    let json = read(text).map_err(|e| malformed(e.inside.unwrap_or_default()))?;
    for statement in one_or_many(json.get("Statement")) {
        for refused in ["NotAction", "NotResource", "NotPrincipal"] {
            if statement.get(refused).is_some() {
                return Err(malformed(format!("a delegation policy has no {refused}")));
            }
        }
        for action in one_or_many(statement.get("Action")) {
            let action = action.as_str().unwrap_or_default();
            if !is_delegable(action) {
                return Err(wrong(
                    "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
                    "You specified an action that is not supported in a resource policy.",
                    format!("'{action}' cannot be delegated"),
                ));
            }
        }
        check_principals(statement)?;
    }
    let ids = resolve_principals(&document, view).map_err(|unknown| {
        wrong(
            "INVALID_PRINCIPAL",
            "You specified an invalid principal element in the policy.",
            unknown.to_string(),
        )
    })?;
    Ok(PolicyText::new(
        "resource policy",
        PolicyKind::Resource,
        text,
        ids,
    ))
}

/// Accounts and their principals, no services.
fn check_principals(statement: &Value) -> Result<(), ServiceError> {
    let others = statement
        .get("Principal")
        .and_then(Value::as_object)
        .is_some_and(|kinds| kinds.keys().any(|kind| kind != "AWS"));
    if others {
        return Err(wrong(
            "INVALID_PRINCIPAL",
            "You specified an invalid principal element in the policy.",
            "a delegation policy names accounts and their principals, under AWS".to_owned(),
        ));
    }
    Ok(())
}

/// Reads of all kinds and the writes of policies; patterns must not reach beyond.
fn is_delegable(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let Some(name) = action.strip_prefix("organizations:") else {
        return false;
    };
    let reads = name.starts_with("describe") || name.starts_with("list");
    let known = ORGANIZATIONS.operations.iter().any(|operation| {
        let known = operation.name.to_ascii_lowercase();
        known == name || (name.ends_with('*') && known.starts_with(name.trim_end_matches('*')))
    });
    known && (reads || WRITES.contains(&action.as_str()))
}

operation! {
    /// Makes or replaces the delegation policy.
    PutResourcePolicy(PutResourcePolicyRequest) -> PutResourcePolicyResponse, Write, by Management;
    demands: |action, input, membership, _| {
        let given = tags::sent(input.tags.as_deref());
        let known = membership.settings().delegation_policy.as_ref();
        let (id, own) = known.map_or(("*", [].as_slice()), |p| (p.id.as_str(), p.tags.as_slice()));
        let named = Membership::by_arn(membership.delegation_arn(id), own);
        let mut demands = vec![membership.on(action, named, Facts::default().request_tags(&given))];
        demands.extend(membership.tagging("resourcepolicy", &given));
        demands
    };
    perform: |input, membership: &Membership, turn| {
        membership.needs_all_features()?;
        let text = input.content.as_deref().unwrap_or_default();
        let policy = checked(text, turn.view())?;
        let known = membership.settings().delegation_policy.clone();
        let (id, own) = match known {
            Some(known) => (known.id, known.tags),
            None => (new_id("rp-", 8, turn.entropy()), Vec::new()),
        };
        let tags = tags::merged(&own, input.tags.as_deref())?;
        let policy = DelegationPolicy { id, policy, tags };
        let shown = membership.shown_delegation(&policy);
        turn.put(membership.with_settings(OrganizationSettings {
            delegation_policy: Some(policy),
            ..membership.settings().clone()
        }));
        Ok(PutResourcePolicyResponse { resource_policy: Some(shown) })
    };
}

operation! {
    /// Shows the delegation policy.
    DescribeResourcePolicy(Nothing) -> DescribeResourcePolicyResponse, Read, by Readers;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |_, membership: &Membership, _| {
        let policy = membership.delegation()?;
        Ok(DescribeResourcePolicyResponse {
            resource_policy: Some(membership.shown_delegation(policy)),
        })
    };
}

operation! {
    /// Deletes the delegation policy.
    DeleteResourcePolicy(Nothing) -> (), Write, by Management;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |_, membership: &Membership, turn| {
        membership.delegation()?;
        turn.put(membership.with_settings(OrganizationSettings {
            delegation_policy: None,
            ..membership.settings().clone()
        }));
        Ok(())
    };
}
