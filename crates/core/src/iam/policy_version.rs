//! Versions of customer managed policies: `CreatePolicyVersion`, `GetPolicyVersion`,
//! `ListPolicyVersions`, `SetDefaultPolicyVersion`, `DeletePolicyVersion`. Of AWS's policies the
//! default version is known and no other. Source: IAM API Reference; IAM User Guide, "Versioning
//! IAM policies".

use super::document::{managed_policy_document, url_encoded};
use super::entity::required;
use super::named_policy::{Found, NamedPolicy};
use super::operation::operation;
use super::page::page;
use super::reply;
use crate::chain::ServiceError;
use crate::state::ManagedPolicy;
use claviger_model::iam::error::{
    DELETE_CONFLICT_EXCEPTION, LIMIT_EXCEEDED_EXCEPTION, NO_SUCH_ENTITY_EXCEPTION,
};
use claviger_model::iam::{
    CreatePolicyVersionRequest, CreatePolicyVersionResponse, DeletePolicyVersionRequest,
    GetPolicyVersionRequest, GetPolicyVersionResponse, ListPolicyVersionsRequest,
    ListPolicyVersionsResponse, PolicyVersion, SetDefaultPolicyVersionRequest,
};

/// How many versions a policy may have. Source: IAM User Guide, "IAM and AWS STS quotas".
pub(super) const MOST_VERSIONS: usize = 5;

/// A version as lists show it: without its document.
pub(super) fn listed(
    policy: &ManagedPolicy,
    version: &crate::state::PolicyVersion,
) -> PolicyVersion {
    PolicyVersion {
        document: None,
        version_id: Some(format!("v{}", version.number)),
        is_default_version: Some(version.number == policy.default),
        create_date: Some(reply::seconds(version.created)),
    }
}

/// A version in full.
pub(super) fn shown(
    policy: &ManagedPolicy,
    version: &crate::state::PolicyVersion,
) -> PolicyVersion {
    PolicyVersion {
        document: Some(url_encoded(&version.document.text)),
        ..listed(policy, version)
    }
}

/// A version of one of AWS's policies: the default one.
pub(super) fn shown_aws(known: &super::managed::AwsManaged) -> PolicyVersion {
    PolicyVersion {
        document: Some(url_encoded(known.document)),
        version_id: Some(known.version.to_owned()),
        is_default_version: Some(true),
        create_date: Some(reply::seconds(known.updated())),
    }
}

fn unknown(named: &NamedPolicy, version: &str) -> ServiceError {
    let text = format!(
        "Policy {} version {version} does not exist or is not attachable.",
        named.arn
    );
    ServiceError::new(&NO_SUCH_ENTITY_EXCEPTION, text)
}

/// The version that a request names, of the policy that it names.
fn number_of(
    named: &NamedPolicy,
    policy: &ManagedPolicy,
    version: Option<&String>,
) -> Result<u32, ServiceError> {
    let text = required(version, "versionId")?;
    let number = text.strip_prefix('v').and_then(|n| n.parse().ok());
    number
        .filter(|number| policy.version(*number).is_some())
        .ok_or_else(|| unknown(named, text))
}

operation! {
    /// Adds a version to a policy, as the default one if that is asked for.
    CreatePolicyVersion(CreatePolicyVersionRequest)
        -> CreatePolicyVersionResponse, Write, on NamedPolicy;
    resolve: |request, turn| {
        let arn = request.input.policy_arn.as_ref();
        NamedPolicy::find_to_change(&request.caller, arn, "iam:CreatePolicyVersion", turn)
    };
    demands: |_, named| vec![named.demand("iam:CreatePolicyVersion")];
    perform: |input, named, turn| {
        let mut policy = ManagedPolicy::clone(named.customer()?);
        let text = required(input.policy_document.as_ref(), "policyDocument")?;
        let document = managed_policy_document(named.arn.as_str(), text)?;
        if policy.versions.len() >= MOST_VERSIONS {
            return Err(ServiceError::new(
                &LIMIT_EXCEEDED_EXCEPTION,
                format!(
                    "A managed policy can have up to {MOST_VERSIONS} versions. Before you create \
                     a new version, you must delete an existing version."
                ),
            ));
        }
        policy.newest = policy.newest.saturating_add(1);
        let version = crate::state::PolicyVersion {
            number: policy.newest,
            created: turn.now(),
            document,
        };
        if input.set_as_default == Some(true) {
            policy.default = version.number;
        }
        policy.updated = turn.now();
        let shown = listed(&policy, &version);
        policy.versions.push(version);
        turn.put(policy);
        Ok(CreatePolicyVersionResponse { policy_version: Some(shown) })
    };
}

operation! {
    /// Shows a version with its document.
    GetPolicyVersion(GetPolicyVersionRequest) -> GetPolicyVersionResponse, Read, on NamedPolicy;
    resolve: |request, turn| {
        NamedPolicy::find(&request.caller, request.input.policy_arn.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:GetPolicyVersion")];
    perform: |input, named, _| {
        let wanted = input.version_id.as_ref();
        let version = match named.existing()? {
            Found::Aws(known) if wanted.is_some_and(|id| id == known.version) => shown_aws(known),
            Found::Aws(_) => return Err(unknown(named, required(wanted, "versionId")?)),
            Found::Customer(policy) => {
                let number = number_of(named, policy, wanted)?;
                let version = policy.version(number);
                version.map(|v| shown(policy, v)).unwrap_or_default()
            }
        };
        Ok(GetPolicyVersionResponse { policy_version: Some(version) })
    };
}

operation! {
    /// Lists the versions of a policy, newest first.
    ListPolicyVersions(ListPolicyVersionsRequest)
        -> ListPolicyVersionsResponse, Read, on NamedPolicy;
    resolve: |request, turn| {
        NamedPolicy::find(&request.caller, request.input.policy_arn.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:ListPolicyVersions")];
    perform: |input, named, _| {
        let versions = match named.existing()? {
            Found::Aws(known) => {
                let version = PolicyVersion { document: None, ..shown_aws(known) };
                vec![(String::new(), version)]
            }
            Found::Customer(policy) => policy
                .versions
                .iter()
                .rev()
                .map(|v| (format!("{:010}", u32::MAX - v.number), listed(policy, v)))
                .collect(),
        };
        let page = page(versions.into_iter(), input.marker.as_deref(), input.max_items)?;
        Ok(ListPolicyVersionsResponse {
            versions: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Makes a version the one that decides.
    SetDefaultPolicyVersion(SetDefaultPolicyVersionRequest) -> (), Write, on NamedPolicy;
    resolve: |request, turn| {
        let arn = request.input.policy_arn.as_ref();
        NamedPolicy::find_to_change(&request.caller, arn, "iam:SetDefaultPolicyVersion", turn)
    };
    demands: |_, named| vec![named.demand("iam:SetDefaultPolicyVersion")];
    perform: |input, named, turn| {
        let mut policy = ManagedPolicy::clone(named.customer()?);
        policy.default = number_of(named, &policy, input.version_id.as_ref())?;
        policy.updated = turn.now();
        turn.put(policy);
        Ok(())
    };
}

operation! {
    /// Deletes a version that is not the default one.
    DeletePolicyVersion(DeletePolicyVersionRequest) -> (), Write, on NamedPolicy;
    resolve: |request, turn| {
        let arn = request.input.policy_arn.as_ref();
        NamedPolicy::find_to_change(&request.caller, arn, "iam:DeletePolicyVersion", turn)
    };
    demands: |_, named| vec![named.demand("iam:DeletePolicyVersion")];
    perform: |input, named, turn| {
        let mut policy = ManagedPolicy::clone(named.customer()?);
        let number = number_of(named, &policy, input.version_id.as_ref())?;
        if number == policy.default {
            return Err(ServiceError::new(
                &DELETE_CONFLICT_EXCEPTION,
                "Cannot delete the default version of a policy.",
            ));
        }
        policy.versions.retain(|v| v.number != number);
        policy.updated = turn.now();
        turn.put(policy);
        Ok(())
    };
}
