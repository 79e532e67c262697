//! `CreatePolicy`, `GetPolicy`, `ListPolicies`, `DeletePolicy`: customer managed policies, and
//! AWS's own as far as they are read. Their versions are another file's. Sources: IAM API
//! Reference; IAM User Guide, "IAM and AWS STS quotas".

use super::document::managed_policy_document;
use super::entity::{account_of, entities_of, required};
use super::managed::{AWS_MANAGED, AwsManaged};
use super::named_policy::{Found, NamedPolicy, counts, is_of_services, is_unused};
use super::operation::operation;
use super::page::page;
use super::{reply, tags};
use crate::caller::Caller;
use crate::chain::{Demand, Facts, ServiceError, Target};
use crate::state::{ManagedPolicy, PolicyVersion, Snapshot, entity_place};
use claviger_model::iam::error::{
    DELETE_CONFLICT_EXCEPTION, ENTITY_ALREADY_EXISTS_EXCEPTION, LIMIT_EXCEEDED_EXCEPTION,
};
use claviger_model::iam::{
    CreatePolicyRequest, CreatePolicyResponse, DeletePolicyRequest, GetPolicyRequest,
    GetPolicyResponse, ListPoliciesRequest, ListPoliciesResponse, Policy, PolicyScopeType,
    PolicyUsageType,
};
use claviger_types::{AccountId, Arn, Tag, UniqueId};

/// How many customer managed policies an account may have.
pub(super) const QUOTA: usize = 1500;

/// A customer managed policy that is asked for.
pub(crate) struct WantedPolicy {
    account: AccountId,
    name: String,
    path: String,
    tags: Vec<Tag>,
}

impl WantedPolicy {
    fn read(caller: &Caller, input: &CreatePolicyRequest) -> Result<Self, ServiceError> {
        Ok(Self {
            account: account_of(caller)?,
            name: required(input.policy_name.as_ref(), "policyName")?.to_owned(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            tags: tags::tags(input.tags.as_ref())?,
        })
    }

    fn demands(&self) -> Vec<Demand> {
        let target = Target::Arn {
            arn: format!(
                "arn:aws:iam::{}:policy{}{}",
                self.account, self.path, self.name
            ),
            account: self.account,
        };
        let facts = Facts::default().request_tags(&self.tags);
        let demand = |action| {
            Demand::new(action, target.clone())
                .with_facts(facts.clone())
                .shown_as(format!("policy {}", self.name))
        };
        let mut demands = vec![demand("iam:CreatePolicy")];
        if !self.tags.is_empty() {
            demands.push(demand("iam:TagPolicy"));
        }
        demands
    }
}

operation! {
    /// Makes a customer managed policy; its document is version `v1`.
    CreatePolicy(CreatePolicyRequest) -> CreatePolicyResponse, Write, on WantedPolicy;
    resolve: |request, _| WantedPolicy::read(&request.caller, &request.input);
    demands: |_, wanted| wanted.demands();
    perform: |input, wanted, turn| {
        if turn
            .current::<ManagedPolicy>(&entity_place(wanted.account, &wanted.name))
            .is_some()
        {
            return Err(ServiceError::new(
                &ENTITY_ALREADY_EXISTS_EXCEPTION,
                format!(
                    "A policy called {} already exists. Duplicate names are not allowed.",
                    wanted.name
                ),
            ));
        }
        let account = wanted.account;
        let room = move |state: &Snapshot| {
            entities_of::<ManagedPolicy>(account, state).count() < QUOTA
        };
        if !room(turn.view()) {
            return Err(ServiceError::new(
                &LIMIT_EXCEEDED_EXCEPTION,
                format!("Cannot exceed quota for PoliciesPerAccount: {QUOTA}"),
            ));
        }
        turn.rest_on_fact(room);
        let now = turn.now();
        let mut policy = ManagedPolicy {
            account,
            name: wanted.name.clone(),
            path: wanted.path.clone(),
            id: UniqueId::generate("ANPA", turn.entropy()),
            created: now,
            updated: now,
            description: input.description.clone().filter(|text| !text.is_empty()),
            tags: wanted.tags.clone(),
            versions: Vec::new(),
            default: 1,
            newest: 1,
        };
        let text = required(input.policy_document.as_ref(), "policyDocument")?;
        policy.versions.push(PolicyVersion {
            number: 1,
            created: now,
            document: managed_policy_document(&policy.arn(), text)?,
        });
        let shown = Policy {
            tags: tags::reply(&policy.tags),
            ..listed_customer(&policy, (0, 0))
        };
        turn.put(policy);
        Ok(CreatePolicyResponse { policy: Some(shown) })
    };
}

/// A policy in a list: without description and tags, which `ListPolicies` leaves out.
fn listed_customer(policy: &ManagedPolicy, counts: (usize, usize)) -> Policy {
    Policy {
        policy_name: Some(policy.name.clone()),
        policy_id: Some(policy.id.to_string()),
        arn: Some(policy.arn()),
        path: Some(policy.path.clone()),
        default_version_id: Some(format!("v{}", policy.default)),
        attachment_count: i32::try_from(counts.0).ok(),
        permissions_boundary_usage_count: i32::try_from(counts.1).ok(),
        is_attachable: Some(true),
        create_date: Some(reply::seconds(policy.created)),
        update_date: Some(reply::seconds(policy.updated)),
        ..Policy::default()
    }
}

fn listed_aws(known: &AwsManaged, counts: (usize, usize)) -> Policy {
    Policy {
        policy_name: Some(known.name.to_owned()),
        policy_id: Some(known.id().to_string()),
        arn: Some(known.arn()),
        path: Some(known.path.to_owned()),
        default_version_id: Some(known.version.to_owned()),
        attachment_count: i32::try_from(counts.0).ok(),
        permissions_boundary_usage_count: i32::try_from(counts.1).ok(),
        is_attachable: Some(!is_of_services(known)),
        create_date: Some(reply::seconds(known.created())),
        update_date: Some(reply::seconds(known.updated())),
        ..Policy::default()
    }
}

operation! {
    /// Shows a managed policy, without its document.
    GetPolicy(GetPolicyRequest) -> GetPolicyResponse, Read, on NamedPolicy;
    resolve: |request, turn| {
        NamedPolicy::find(&request.caller, request.input.policy_arn.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:GetPolicy")];
    perform: |_, named, turn| {
        let counts = counts(&named.arn, named.account, turn.view());
        let policy = match named.existing()? {
            Found::Aws(known) => listed_aws(known, counts),
            Found::Customer(policy) => Policy {
                description: policy.description.clone(),
                tags: Some(tags::reply(&policy.tags).unwrap_or_default()),
                ..listed_customer(policy, counts)
            },
        };
        Ok(GetPolicyResponse { policy: Some(policy) })
    };
}

/// A list of policies that is asked for.
pub(crate) struct PolicyListing {
    account: AccountId,
    prefix: String,
}

impl PolicyListing {
    fn demand(&self) -> Demand {
        let target = Target::Arn {
            arn: format!("arn:aws:iam::{}:policy{}", self.account, self.prefix),
            account: self.account,
        };
        Demand::new("iam:ListPolicies", target).shown_as(format!("policy path {}", self.prefix))
    }
}

/// Which policies of a list are wanted, by how often they are attached and limit.
struct UsageFilter {
    only_attached: bool,
    usage: Option<PolicyUsageType>,
}

impl UsageFilter {
    fn takes(&self, (attached, limiting): (usize, usize)) -> bool {
        match &self.usage {
            Some(PolicyUsageType::PermissionsPolicy) => attached > 0,
            Some(PolicyUsageType::PermissionsBoundary) => limiting > 0,
            _ => !self.only_attached || attached + limiting > 0,
        }
    }
}

operation! {
    /// Lists managed policies: AWS's, the account's, or both.
    ListPolicies(ListPoliciesRequest) -> ListPoliciesResponse, Read, on PolicyListing;
    resolve: |request, _| {
        Ok(PolicyListing {
            account: account_of(&request.caller)?,
            prefix: request.input.path_prefix.clone().unwrap_or_else(|| "/".to_owned()),
        })
    };
    demands: |_, listing| vec![listing.demand()];
    perform: |input, listing, turn| {
        let view = turn.view();
        let filter = UsageFilter {
            only_attached: input.only_attached == Some(true),
            usage: input.policy_usage_filter.clone(),
        };
        let scope = input.scope.as_ref();
        let used = |arn: &str| {
            let arn: Option<Arn> = arn.parse().ok();
            let counts = arn.map_or((0, 0), |arn| counts(&arn, listing.account, view));
            filter.takes(counts).then_some(counts)
        };
        let of_aws = AWS_MANAGED
            .iter()
            .filter(|known| scope != Some(&PolicyScopeType::Local) && listing.has(known.path))
            .filter_map(|known| {
                let arn = known.arn();
                Some((arn.clone(), listed_aws(known, used(&arn)?)))
            });
        let of_account = entities_of::<ManagedPolicy>(listing.account, view)
            .filter(|(_, policy)| {
                scope != Some(&PolicyScopeType::Aws) && listing.has(&policy.path)
            })
            .filter_map(|(_, policy)| {
                let arn = policy.arn();
                Some((arn.clone(), listed_customer(policy, used(&arn)?)))
            });
        let mut policies: Vec<(String, Policy)> = of_account.chain(of_aws).collect();
        policies.sort_by(|a, b| a.0.cmp(&b.0));
        let page = page(policies.into_iter(), input.marker.as_deref(), input.max_items)?;
        Ok(ListPoliciesResponse {
            policies: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

impl PolicyListing {
    fn has(&self, path: &str) -> bool {
        path.starts_with(&self.prefix)
    }
}

operation! {
    /// Deletes a customer managed policy that nobody uses and that has one version.
    DeletePolicy(DeletePolicyRequest) -> (), Write, on NamedPolicy;
    resolve: |request, turn| {
        let arn = request.input.policy_arn.as_ref();
        NamedPolicy::find_to_change(&request.caller, arn, "iam:DeletePolicy", turn)
    };
    demands: |_, named| vec![named.demand("iam:DeletePolicy")];
    perform: |_, named, turn| {
        let policy = named.customer()?;
        let conflict = |text: &'static str| ServiceError::new(&DELETE_CONFLICT_EXCEPTION, text);
        let arn = named.arn.clone();
        let unused = move |state: &Snapshot| is_unused(&arn, state);
        if !unused(turn.view()) {
            return Err(conflict("Cannot delete a policy attached to entities."));
        }
        if policy.versions.len() > 1 {
            return Err(conflict(
                "This policy has more than one version. Before you delete a policy, you must \
                 delete the policy's versions. The default version is deleted with the policy.",
            ));
        }
        turn.rest_on_fact(unused);
        turn.delete::<ManagedPolicy>(entity_place(policy.account, &policy.name));
        Ok(())
    };
}
