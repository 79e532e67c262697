//! `SimulateCustomPolicy` and `SimulatePrincipalPolicy`: each action on each resource, decided by
//! the engine that decides live calls, with the statements that decided, the condition keys that
//! were missing, and what boundary and organisation say. Source: IAM API Reference.

use super::account::demand;
use super::entity::account_of;
use super::operation::operation;
use super::page::page;
use super::simulation_input::{Keys, Source, given, invalid, one};
use super::simulation_source::NamedSource;
use crate::chain::{ServiceError, Turn, service_control_levels};
use crate::iam::managed::administrator_access;
use crate::state::Snapshot;
use claviger_model::IAM;
use claviger_model::iam::{
    EvaluationResult, OrderedOrganizationPolicyType, OrganizationsDecisionDetail,
    PermissionsBoundaryDecisionDetail, PolicyEvaluationDecisionType, PolicySourceType, Position,
    ResourceSpecificResult, SimulateCustomPolicyRequest, SimulatePolicyResponse,
    SimulatePrincipalPolicyRequest, Statement,
};
use claviger_policy::{
    self as policy, Decision, Effect, Kind, Layer, Level, Policy, Principal, Request,
    ResourceRules, Stack, StatementRef, Switches,
};
use claviger_types::{AccountId, Arn};

/// Everything that takes part in a simulation.
struct Simulation<'s> {
    account: AccountId,
    source: Option<&'s Source>,
    caller_arn: Option<&'s str>,
    /// The ARN of the source, and for a role that of a session of it.
    own_arns: (String, String),
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    resource: Option<Policy>,
    resource_owner: Option<AccountId>,
    levels: Vec<Vec<Policy>>,
    organization: bool,
    /// Whom service control policies do not reach; policies of a request reach everybody.
    management: Option<AccountId>,
    keys: Keys,
}

/// What both operations are asked: actions, resources and which part of the answer.
struct Asked<'s> {
    actions: &'s [String],
    resources: Option<&'s [String]>,
    marker: Option<&'s str>,
    max_items: Option<i32>,
}

/// The permissions boundary of a request: one at most.
fn boundary(texts: Option<&Vec<String>>) -> Result<Option<Policy>, ServiceError> {
    let mut all = given("PermissionsBoundaryPolicyInputList", texts, Kind::Identity)?;
    if all.len() > 1 {
        return Err(invalid(
            "PermissionsBoundaryPolicyInputList takes one policy.".to_owned(),
        ));
    }
    Ok(all.pop())
}

/// The policy of the resource, and whose resource it is. A principal must be named for it.
fn resource(
    text: Option<&String>,
    owner: Option<&String>,
    named: bool,
) -> Result<(Option<Policy>, Option<AccountId>), ServiceError> {
    let owner = owner.map(|owner| {
        let arn: Option<Arn> = owner.parse().ok();
        let account = match arn {
            Some(arn) => arn.account_id(),
            None => owner.parse().ok(),
        };
        account.ok_or_else(|| invalid(format!("Invalid Resource Owner: {owner} is no account.")))
    });
    let owner = owner.transpose()?;
    let Some(text) = text else {
        return Ok((None, owner));
    };
    if !named {
        return Err(invalid(
            "CallerArn is required with ResourcePolicy, unless the policies are a user's."
                .to_owned(),
        ));
    }
    let policy = one("ResourcePolicy", text, Kind::Resource)?;
    Ok((Some(policy), owner))
}

/// Only an IAM user may be the caller of a simulation.
fn checked_caller(arn: Option<&String>) -> Result<Option<&str>, ServiceError> {
    let Some(text) = arn else {
        return Ok(None);
    };
    let parsed: Option<Arn> = text.parse().ok();
    let user = parsed.is_some_and(|arn| {
        arn.service() == "iam" && arn.resource().starts_with("user/") && arn.account_id().is_some()
    });
    if !user {
        return Err(invalid(format!(
            "Invalid Caller Arn: {text} is not the ARN of an IAM user."
        )));
    }
    Ok(Some(text))
}

fn check_actions(actions: Option<&Vec<String>>) -> Result<&[String], ServiceError> {
    let actions = actions.map(Vec::as_slice).unwrap_or_default();
    let odd = actions.iter().find(|action| {
        let parts = action.split_once(':');
        parts.is_none_or(|(service, name)| service.is_empty() || name.is_empty())
    });
    match odd {
        None => Ok(actions),
        Some(action) => Err(invalid(format!(
            "Invalid Action: {action} is not of the form service:action."
        ))),
    }
}

impl Simulation<'_> {
    fn principal(&self) -> Principal<'_> {
        match (self.caller_arn, self.source) {
            (Some(arn), _) => Principal::User {
                account: account_in(arn).unwrap_or(self.account),
                arn,
                id: None,
            },
            (None, Some(Source::User(user))) => Principal::User {
                account: user.account,
                arn: &self.own_arns.0,
                id: Some(&user.id),
            },
            (None, Some(Source::Role(role))) => Principal::RoleSession {
                account: role.account,
                session_arn: &self.own_arns.1,
                role_arn: &self.own_arns.0,
                role_id: Some(&role.id),
                service_linked: role.is_service_linked(),
            },
            // Nobody in particular, whom no policy names.
            (None, _) => Principal::User {
                account: self.account,
                arn: "",
                id: None,
            },
        }
    }

    fn levels(&self) -> impl Iterator<Item = Level<'_>> {
        self.levels.iter().map(|policies| Level {
            target: "",
            policies: policies.iter().collect(),
        })
    }

    fn decide(
        &self,
        (action, resource): (&str, &str),
        stack: &Stack<'_>,
        switches: &Switches,
    ) -> Decision {
        let arn: Option<Arn> = resource.parse().ok();
        let owner = arn.as_ref().and_then(Arn::account_id);
        let owner = self.resource_owner.or(owner).or(Some(self.account));
        let key = arn
            .as_ref()
            .is_some_and(|arn| arn.service() == "kms" && arn.resource().starts_with("key/"));
        let rules = match &self.resource {
            None => ResourceRules::IdentityOnly,
            Some(_) if key => ResourceRules::KeyPolicy,
            Some(_) => ResourceRules::Ordinary,
        };
        let principal = self.principal();
        let by_identity = Request::by_identity(action, resource, owner, principal, &self.keys);
        let request = Request {
            rules,
            management_account: self.management,
            ..by_identity
        };
        policy::decide(&request, stack, switches)
    }

    /// One action on one resource.
    fn result(&self, of: (&str, &str), specific: bool, switches: &Switches) -> EvaluationResult {
        let organization = self.organization.then(|| self.levels().collect());
        let stack = Stack {
            resource: self.resource.as_ref(),
            identity: self.identity.iter().collect(),
            boundary: self.boundary.as_ref(),
            scps: organization,
            ..Stack::default()
        };
        let decision = self.decide(of, &stack, switches);
        let missing = self.keys.take_missing();
        let everything = || Stack {
            identity: administrator_access().into_iter().collect(),
            ..Stack::default()
        };
        let alone = |stack: &Stack<'_>| {
            let request = Request::by_identity(of.0, of.1, None, self.principal(), &self.keys);
            let request = Request {
                management_account: self.management,
                ..request
            };
            let allowed = policy::decide(&request, stack, switches).is_allowed();
            self.keys.take_missing();
            allowed
        };
        let bounded = self.boundary.as_ref().map(|boundary| {
            let allowed = alone(&Stack {
                boundary: Some(boundary),
                ..everything()
            });
            PermissionsBoundaryDecisionDetail {
                allowed_by_permissions_boundary: Some(allowed),
            }
        });
        let organizations = stack.scps.is_some().then(|| OrganizationsDecisionDetail {
            allowed_by_organizations: Some(alone(&Stack {
                scps: stack.scps.clone(),
                ..everything()
            })),
        });
        let matched = self.matched(&decision);
        let effect = effect(decision.effect);
        let results = vec![ResourceSpecificResult {
            eval_resource_name: Some(of.1.to_owned()),
            eval_resource_decision: Some(effect.clone()),
            matched_statements: Some(matched.clone()),
            missing_context_values: Some(missing.clone()),
            eval_decision_details: None,
            permissions_boundary_decision_detail: bounded.clone(),
        }];
        EvaluationResult {
            eval_action_name: Some(of.0.to_owned()),
            eval_resource_name: Some(of.1.to_owned()),
            eval_decision: Some(effect),
            matched_statements: Some(matched),
            missing_context_values: Some(missing),
            organizations_decision_detail: organizations,
            permissions_boundary_decision_detail: bounded,
            eval_decision_details: None,
            resource_specific_results: specific.then_some(results),
        }
    }

    /// The statements that decided, of the policies that were given; those of the organisation are
    /// its own matter.
    fn matched(&self, decision: &Decision) -> Vec<Statement> {
        let all = decision.statements.iter().chain(&decision.supporting);
        all.filter_map(|statement| self.statement(statement))
            .collect()
    }

    fn statement(&self, of: &StatementRef) -> Option<Statement> {
        let found = match of.layer {
            Layer::Identity => self.identity.iter().find(|p| p.name() == &*of.policy),
            Layer::Boundary => self.boundary.as_ref(),
            Layer::Resource => self.resource.as_ref(),
            _ => None,
        }?;
        let (start, end) = positions(found, of.index)?;
        Some(Statement {
            source_policy_id: Some(of.policy.to_string()),
            // What AWS answers, though its model lists other words.
            source_policy_type: Some(PolicySourceType::from(match of.layer {
                Layer::Resource => "Resource Policy",
                _ => "IAM Policy",
            })),
            start_position: Some(start),
            end_position: Some(end),
        })
    }

    fn answer(
        &self,
        asked: &Asked<'_>,
        turn: &Turn<'_>,
    ) -> Result<SimulatePolicyResponse, ServiceError> {
        let everything = ["*".to_owned()];
        let resources = asked.resources.unwrap_or(&everything);
        let pairs = asked.actions.iter().flat_map(|action| {
            resources
                .iter()
                .map(move |resource| (action.as_str(), resource.as_str()))
        });
        let numbered = pairs
            .enumerate()
            .map(|(at, pair)| (format!("{at:08}"), pair));
        let page = page(numbered, asked.marker, asked.max_items)?;
        let specific = asked.resources.is_some();
        let result = |pair| self.result(pair, specific, turn.switches());
        Ok(SimulatePolicyResponse {
            evaluation_results: Some(page.items.into_iter().map(result).collect()),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    }
}

fn account_in(arn: &str) -> Option<AccountId> {
    arn.parse::<Arn>().ok()?.account_id()
}

fn effect(effect: Effect) -> PolicyEvaluationDecisionType {
    match effect {
        Effect::Allowed => PolicyEvaluationDecisionType::Allowed,
        Effect::ExplicitDeny => PolicyEvaluationDecisionType::ExplicitDeny,
        Effect::ImplicitDeny => PolicyEvaluationDecisionType::ImplicitDeny,
    }
}

/// Where a statement stands, as AWS counts: from behind what comes before it (`[`, or the
/// statement before), or from behind its own brace where it is not in a list; up to behind its
/// last brace.
fn positions(policy: &Policy, index: usize) -> Option<(Position, Position)> {
    let document = policy.document();
    let span = document.statement_span(index)?;
    let before = document.text().get(..span.start)?.trim_end();
    let start = match before.strip_suffix(',') {
        Some(rest) => rest.trim_end().len(),
        None if before.ends_with('[') => before.len(),
        None => span.start.saturating_add(1),
    };
    let position = |offset: usize| {
        let place = document.place(offset);
        Position {
            line: i32::try_from(place.line).ok(),
            column: i32::try_from(place.column).ok(),
        }
    };
    Some((position(start), position(span.end)))
}

/// The organisation's policies of a request, level by level.
fn ordered(
    list: Option<&Vec<OrderedOrganizationPolicyType>>,
) -> Result<Vec<Vec<Policy>>, ServiceError> {
    let levels = list.into_iter().flatten().enumerate();
    levels
        .map(|(at, level)| {
            let name = format!(
                "OrderedOrganizationPolicyInputList.{}.ServiceControlPolicyInputList",
                at + 1
            );
            let texts = level.service_control_policy_input_list.as_ref();
            given(&name, texts, Kind::ServiceControl)
        })
        .collect()
}

operation! {
    /// Decides what policies that are given in the request would allow.
    SimulateCustomPolicy(SimulateCustomPolicyRequest)
        -> SimulatePolicyResponse, Read, on AccountId;
    resolve: |request, _| account_of(&request.caller);
    demands: |_, _| vec![demand("iam:SimulateCustomPolicy")];
    perform: |input, account, turn| {
        let caller_arn = checked_caller(input.caller_arn.as_ref())?;
        let (resource, resource_owner) = resource(
            input.resource_policy.as_ref(),
            input.resource_owner.as_ref(),
            caller_arn.is_some(),
        )?;
        let levels = ordered(input.ordered_organization_policy_input_list.as_ref())?;
        let policies = input.policy_input_list.as_ref();
        let simulation = Simulation {
            account: *account,
            source: None,
            caller_arn,
            own_arns: (String::new(), String::new()),
            identity: given("PolicyInputList", policies, Kind::Identity)?,
            boundary: boundary(input.permissions_boundary_policy_input_list.as_ref())?,
            resource,
            resource_owner,
            organization: !levels.is_empty(),
            levels,
            management: None,
            keys: Keys::read(input.context_entries.as_ref(), Vec::new())?,
        };
        let asked = Asked {
            actions: check_actions(input.action_names.as_ref())?,
            resources: input.resource_arns.as_deref(),
            marker: input.marker.as_deref(),
            max_items: input.max_items,
        };
        simulation.answer(&asked, turn)
    };
}

/// The policies of the organisation above an account, as they are attached now.
fn attached_levels(
    account: AccountId,
    view: &Snapshot,
) -> Result<Option<Vec<Vec<Policy>>>, ServiceError> {
    let levels = service_control_levels(account, view)
        .map_err(|unreadable| ServiceError::internal(IAM, unreadable.to_string()))?;
    let copied = |level: &Level<'_>| level.policies.iter().copied().cloned().collect();
    Ok(levels.map(|levels| levels.iter().map(copied).collect()))
}

operation! {
    /// Decides what the policies of a user, group or role allow, with further ones of the request.
    SimulatePrincipalPolicy(SimulatePrincipalPolicyRequest)
        -> SimulatePolicyResponse, Read, on NamedSource;
    resolve: |request, turn| {
        NamedSource::find(&request.caller, request.input.policy_source_arn.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:SimulatePrincipalPolicy")];
    perform: |input, named, turn| {
        let source = named.existing()?;
        let view = turn.view();
        if input.policy_exclusion_list.as_ref().is_some_and(|list| !list.is_empty()) {
            return Err(ServiceError::validation(
                IAM,
                "PolicyExclusionList is not supported by this service.",
            ));
        }
        let caller_arn = checked_caller(input.caller_arn.as_ref())?;
        let is_user = matches!(source, Source::User(_));
        let (resource, resource_owner) = resource(
            input.resource_policy.as_ref(),
            input.resource_owner.as_ref(),
            caller_arn.is_some() || is_user,
        )?;
        let mut identity = source.identity(view)?;
        let further = input.policy_input_list.as_ref();
        identity.extend(given("PolicyInputList", further, Kind::Identity)?);
        let boundary = match &input.permissions_boundary_policy_input_list {
            Some(given) if !given.is_empty() => boundary(Some(given))?,
            _ => source.boundary(view)?,
        };
        let levels = attached_levels(named.account, view)?;
        let simulation = Simulation {
            account: named.account,
            source: Some(source),
            caller_arn,
            own_arns: (source.arn(), source.session_arn()),
            identity,
            boundary,
            resource,
            resource_owner,
            organization: levels.is_some(),
            levels: levels.unwrap_or_default(),
            management: view.installation().and_then(|i| i.management_account),
            keys: Keys::read(input.context_entries.as_ref(), source.own_keys())?,
        };
        let asked = Asked {
            actions: check_actions(input.action_names.as_ref())?,
            resources: input.resource_arns.as_deref(),
            marker: input.marker.as_deref(),
            max_items: input.max_items,
        };
        simulation.answer(&asked, turn)
    };
}
