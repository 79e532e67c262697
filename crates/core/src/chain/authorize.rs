//! The one place that allows anything. It gathers the policies that count for a demand, asks the
//! engine, and makes the only value with which an operation can run.

use super::considered::Considered;
use super::error::ServiceError;
use super::facts::{Facts, RequestContext};
use super::grants_in_play::{Purpose, in_play};
use super::op::{Op, Request};
use super::own_policies::{own_policies, rest_on_caller};
use super::turn::Turn;
use crate::caller::{Caller, Identity};
use crate::iam::administrator_access;
use crate::kms::GrantTerms;
use crate::state::{
    Account, Alias, AliasPlace, Grant, Key, KeyManager, OrganizationPolicy, OrganizationalUnit,
    PolicyText, PolicyType, Role, Snapshot, Stored,
};
use claviger_model::Service;
use claviger_policy as policy;
use claviger_types::{AccountId, AliasArn, AliasName, EncryptionContext, GrantId};
use smallvec::SmallVec;
use std::cell::OnceCell;
use std::sync::Arc;

/// What must be allowed before an operation runs: one action on one resource, with the condition
/// keys that the request itself brings.
#[derive(Debug)]
pub struct Demand {
    /// The permission, such as `kms:ReEncryptFrom`.
    pub action: &'static str,
    /// What it is on.
    pub target: Target,
    /// Condition keys of the request (`kms:EncryptionContext:*`, `aws:RequestTag/*` …).
    pub facts: Facts,
    /// The grant that a `kms:RetireGrant` names.
    pub grant: Option<Arc<Grant>>,
    /// The encryption context of the operation, for grant constraints.
    pub encryption_context: Option<EncryptionContext>,
    /// The grant that a `kms:CreateGrant` asks for, not stored yet.
    pub child_grant: Option<Arc<GrantTerms>>,
    /// The caller named no key, only a ciphertext: the refusal must not name it either.
    pub unnamed: bool,
    /// How a refusal names the resource where AWS does not give its ARN (`user alice`).
    pub shown: Option<String>,
    /// The alias by which the request named the key.
    pub alias: Option<AliasName>,
}

/// The resource of a demand.
#[derive(Debug, Clone)]
pub enum Target {
    /// A KMS key: its key policy must allow, directly or by delegation.
    Key(Arc<Key>),
    /// An alias: IAM policies only.
    Alias(AliasPlace),
    /// A role about to be assumed: its trust policy must allow.
    Role(Arc<Role>),
    /// Another resource of an account, by ARN: IAM policies only.
    Arn {
        /// The resource.
        arn: String,
        /// Its account.
        account: AccountId,
    },
    /// An action without resource in the caller's account: IAM policies only, on `*`.
    Any,
}

impl Demand {
    /// A demand without condition keys of its own.
    #[must_use]
    pub fn new(action: &'static str, target: Target) -> Self {
        Self {
            action,
            target,
            facts: Facts::default(),
            grant: None,
            encryption_context: None,
            child_grant: None,
            unnamed: false,
            shown: None,
            alias: None,
        }
    }

    /// The key was named by an alias: `kms:RequestAlias`, and the decision rests on the alias.
    #[must_use]
    pub fn by_alias(mut self, alias: Option<&AliasName>) -> Self {
        if let Some(alias) = alias {
            self = self.with_fact("kms:requestalias", alias.as_str());
            self.alias = Some(alias.clone());
        }
        self
    }

    /// With the words by which a refusal names the resource.
    #[must_use]
    pub fn shown_as(mut self, shown: String) -> Self {
        self.shown = Some(shown);
        self
    }

    /// The resource was not named by the caller (`Decrypt` without `KeyId`).
    #[must_use]
    pub fn unnamed(mut self, unnamed: bool) -> Self {
        self.unnamed = unnamed;
        self
    }

    /// With one more condition key of the request.
    #[must_use]
    pub fn with_fact(mut self, name: &'static str, value: &str) -> Self {
        self.facts = std::mem::take(&mut self.facts).one(name, value);
        self
    }

    /// With the encryption context of the operation.
    #[must_use]
    pub fn with_context(mut self, context: EncryptionContext) -> Self {
        self.encryption_context = Some(context);
        self
    }

    /// With further condition keys of the request.
    #[must_use]
    pub fn with_more_facts(mut self, facts: Facts) -> Self {
        self.facts = std::mem::take(&mut self.facts).and(facts);
        self
    }

    /// With the request's condition keys.
    #[must_use]
    pub fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }
}

/// A request whose every demand was allowed. Only [`authorize`] makes one, and only with one can
/// an operation run.
///
/// ```compile_fail
/// use claviger_core::chain::{Authorized, Op, Request};
/// fn skip<O: Op>(request: Request<O>, resolved: O::Resolved) -> Authorized<O> {
///     Authorized { request, resolved } // the fields are private: there is no way round
/// }
/// ```
pub struct Authorized<O: Op> {
    request: Request<O>,
    resolved: O::Resolved,
}

impl<O: Op> Authorized<O> {
    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request<O> {
        &self.request
    }

    /// Its input.
    #[must_use]
    pub fn input(&self) -> &O::Input {
        &self.request.input
    }

    /// What its names resolved to.
    #[must_use]
    pub fn resolved(&self) -> &O::Resolved {
        &self.resolved
    }
}

/// A request that was not allowed, given back with the reason.
pub struct Denied<O: Op> {
    pub(super) request: Request<O>,
    pub(super) resolved: O::Resolved,
    pub(super) error: ServiceError,
}

/// Allows a request, or says why not.
///
/// # Errors
/// The request, what it resolved to and the refusal.
pub fn authorize<O: Op>(
    request: Request<O>,
    resolved: O::Resolved,
    turn: &mut Turn<'_>,
) -> Result<Authorized<O>, Box<Denied<O>>> {
    match check_all(&request, &resolved, turn) {
        Ok(()) => Ok(Authorized { request, resolved }),
        Err(error) => Err(Box::new(Denied {
            request,
            resolved,
            error,
        })),
    }
}

fn check_all<O: Op>(
    request: &Request<O>,
    resolved: &O::Resolved,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    rest_on_caller(&request.caller, turn);
    turn.rest_on_organization();
    let demands = O::demands(request, resolved, turn)?;
    for demand in demands {
        rest_on_target(&demand, turn);
        refuse_suspended::<O>(request, &demand, turn)?;
        let checked = check::<O>(request, &demand, turn);
        turn.consider(Considered::new(&request.caller, &request.meta, demand));
        checked?;
    }
    Ok(())
}

/// Nothing in a closed account can be used, whatever the policies say. Source: AWS Organizations User
/// Guide, "Closing a member account"; the text is our own.
fn refuse_suspended<O: Op>(
    request: &Request<O>,
    demand: &Demand,
    turn: &Turn<'_>,
) -> Result<(), ServiceError> {
    let owner = target_account(&demand.target, &request.caller);
    let owner = owner.and_then(|id| turn.view().get::<Account>(&id));
    let Some(owner) = owner.filter(|account| account.is_suspended()) else {
        return Ok(());
    };
    Err(ServiceError::access_denied(
        O::SERVICE,
        format!(
            "User: {} is not authorized to perform: {} because the account {} is suspended",
            request.caller.arn(),
            demand.action,
            owner.id
        ),
    ))
}

/// A key that changed in between, or an alias that now names another, is decided on again.
fn rest_on_target(demand: &Demand, turn: &mut Turn<'_>) {
    let Target::Key(key) = &demand.target else {
        return;
    };
    turn.rest_on::<Key>(&key.id());
    if let Some(alias) = &demand.alias {
        let place = (key.arn.account(), key.arn.region().clone(), alias.clone());
        turn.rest_on::<Alias>(&place);
    }
}

/// A grant that was revoked or retired in between allows nothing more.
fn rest_on_grant(demand: &Demand, decision: &policy::Decision, turn: &mut Turn<'_>) {
    if let (Target::Key(key), Some(id)) = (&demand.target, decision.grant())
        && let Ok(id) = id.parse::<GrantId>()
    {
        turn.rest_on::<Grant>(&(key.place(), id));
    }
}

fn check<O: Op>(
    request: &Request<O>,
    demand: &Demand,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    let decision = decide_demand(&request.caller, demand, &request.meta, turn)
        .map_err(|unreadable| unreadable.to_service_error(O::SERVICE))?;
    if decision.is_allowed() {
        rest_on_grant(demand, &decision, turn);
        return Ok(());
    }
    Err(ServiceError::access_denied(
        O::SERVICE,
        denial_text(&request.caller, demand, &decision),
    ))
}

/// The refusal of an action on another account's resource that is not there: the caller's own
/// policies are asked as if it were, so that the answer does not tell.
pub(crate) fn refuse_unknown(
    service: &'static Service,
    caller: &Caller,
    demand: &Demand,
    meta: &super::op::RequestMeta,
    turn: &Turn<'_>,
) -> ServiceError {
    match decide_demand(caller, demand, meta, turn) {
        Ok(decision) => {
            ServiceError::access_denied(service, denial_text(caller, demand, &decision))
        }
        Err(unreadable) => unreadable.to_service_error(service),
    }
}

/// AWS's text of a denial. Source: IAM User Guide, "Troubleshoot access denied error messages".
fn denial_text(caller: &Caller, demand: &Demand, decision: &policy::Decision) -> String {
    let tail = decision.reason_text(demand.action);
    let resource = match &demand.target {
        // KMS and Organizations name `*` as the resource of their actions without one.
        Target::Any if demand.shown.is_none() && !names_nothing(demand.action) => String::new(),
        _ if demand.unnamed => " on the resource associated with this ciphertext".to_owned(),
        _ => match &demand.shown {
            Some(shown) => format!(" on resource: {shown}"),
            None => format!(" on resource: {}", named_arn(caller, demand)),
        },
    };
    format!(
        "User: {} is not authorized to perform: {}{resource} {tail}",
        caller.arn(),
        demand.action,
    )
}

fn names_nothing(action: &str) -> bool {
    ["kms:", "organizations:"]
        .iter()
        .any(|service| action.starts_with(service))
}

/// The ARN of the resource. Another account's key that was named by an alias stays behind the
/// alias, so that the answer does not tell whether that exists.
fn named_arn(caller: &Caller, demand: &Demand) -> String {
    match (&demand.target, &demand.alias) {
        (Target::Key(key), Some(alias)) if caller.account() != Some(key.arn.account()) => {
            AliasArn::new(key.arn.region(), key.arn.account(), alias).to_string()
        }
        (target, _) => target_arn(target),
    }
}

fn target_arn(target: &Target) -> String {
    match target {
        Target::Key(key) => key.arn.to_string(),
        Target::Alias((account, region, name)) => format!("arn:aws:kms:{region}:{account}:{name}"),
        Target::Role(role) => role.arn(),
        Target::Arn { arn, .. } => arn.clone(),
        Target::Any => "*".to_owned(),
    }
}

/// A stored policy that no longer parses. Nothing may be decided past it.
#[derive(Debug, thiserror::Error)]
#[error("a stored policy cannot be read: {0}")]
pub(crate) struct UnreadablePolicy(String);

impl UnreadablePolicy {
    /// Names what cannot be read.
    pub(super) fn new(what: String) -> Self {
        Self(what)
    }

    fn to_service_error(&self, service: &'static Service) -> ServiceError {
        ServiceError::internal(service, self.to_string())
    }
}

/// The compiled form of a stored policy.
///
/// # Errors
/// When its text no longer parses.
pub(super) fn compiled(text: &PolicyText) -> Result<&policy::Policy, UnreadablePolicy> {
    text.compiled()
        .map(Arc::as_ref)
        .ok_or_else(|| UnreadablePolicy(text.name.clone()))
}

/// The engine's decision on one demand of a caller.
fn decide_demand(
    caller: &Caller,
    demand: &Demand,
    meta: &super::op::RequestMeta,
    turn: &Turn<'_>,
) -> Result<policy::Decision, UnreadablePolicy> {
    let purpose = Purpose::Deciding;
    put(caller, demand, meta, turn, purpose, |request, stack| {
        policy::decide(request, stack, turn.switches())
    })
}

/// Puts a demand as a question to the engine, with every policy that counts for it.
pub(super) fn put<R>(
    caller: &Caller,
    demand: &Demand,
    meta: &super::op::RequestMeta,
    turn: &Turn<'_>,
    purpose: Purpose,
    ask: impl FnOnce(&policy::Request<'_>, &policy::Stack<'_>) -> R,
) -> Result<R, UnreadablePolicy> {
    let resource_policy = match &demand.target {
        Target::Key(key) => Some(compiled(&key.policy)?),
        Target::Role(role) => Some(compiled(&role.trust)?),
        Target::Alias(_) | Target::Arn { .. } | Target::Any => None,
    };
    let view = turn.view();
    // Which grants there are to read depends on the request, and they must outlive the stack.
    let grants = OnceCell::new();
    let own = own_policies(caller, view)?;
    let scps = organization_levels(caller.account(), view, PolicyType::ServiceControlPolicy)?;
    let account = target_account(&demand.target, caller);
    let rcps = organization_levels(account, view, PolicyType::ResourceControlPolicy)?;
    Ok(put_by(caller, demand, meta, turn, |request| {
        let switches = turn.switches();
        let in_play = || in_play(caller, demand, request, switches, view, purpose);
        let stack = policy::Stack {
            resource: resource_policy,
            identity: own.identity,
            boundary: own.boundary,
            session: own.session,
            scps,
            rcps,
            endpoint: None,
            grants: grants.get_or_init(in_play),
        };
        ask(request, &stack)
    }))
}

/// A policy of a resource with nothing beside it but identity policies that allow all.
fn alone(resource: &policy::Policy) -> policy::Stack<'_> {
    policy::Stack {
        resource: Some(resource),
        identity: administrator_access().into_iter().collect(),
        boundary: None,
        session: None,
        scps: None,
        rcps: None,
        endpoint: None,
        grants: &[],
    }
}

/// Whether a key policy, stored or not yet, lets a caller do something, directly or by delegation
/// to the account. Nothing else is asked: the caller stands for one whose own policies allow all.
pub(crate) fn key_policy_allows(
    caller: &Caller,
    demand: &Demand,
    key_policy: &policy::Policy,
    meta: &super::op::RequestMeta,
    turn: &Turn<'_>,
) -> bool {
    let stack = alone(key_policy);
    put_by(caller, demand, meta, turn, |request| {
        policy::decide(request, &stack, turn.switches()).is_allowed()
    })
}

/// Whether the delegation policy of the organisation lets a caller of a member account do something.
/// Nothing else is asked, as of a key policy.
pub(crate) fn delegation_policy_allows(
    caller: &Caller,
    demand: &Demand,
    delegation: &policy::Policy,
    meta: &super::op::RequestMeta,
    turn: &Turn<'_>,
) -> bool {
    let stack = alone(delegation);
    put_by(caller, demand, meta, turn, |request| {
        let request = policy::Request {
            rules: policy::ResourceRules::Ordinary,
            ..request.clone()
        };
        policy::decide(&request, &stack, turn.switches()).is_allowed()
    })
}

/// Puts a demand in the engine's words.
fn put_by<R>(
    caller: &Caller,
    demand: &Demand,
    meta: &super::op::RequestMeta,
    turn: &Turn<'_>,
    ask: impl FnOnce(&policy::Request<'_>) -> R,
) -> R {
    let view = turn.view();
    let resource_account = target_account(&demand.target, caller);
    let arn = target_arn(&demand.target);
    let subject = subject(caller, view);
    let context = RequestContext {
        caller,
        demand,
        meta,
        turn,
        resource_account,
    };
    let principal = subject.as_principal();
    let base = match (&demand.target, resource_account) {
        (Target::Key(key), _) => {
            policy::Request::on_key(demand.action, &arn, key.arn.account(), principal, &context)
        }
        (Target::Role(role), _) => {
            policy::Request::on_role(demand.action, &arn, role.account, principal, &context)
        }
        (_, account) => {
            policy::Request::by_identity(demand.action, &arn, account, principal, &context)
        }
    };
    ask(&policy::Request {
        management_account: view.installation().and_then(|i| i.management_account),
        aws_managed_key: matches!(
            &demand.target,
            Target::Key(key) if key.manager == KeyManager::Aws
        ),
        encryption_context: demand.encryption_context.as_ref(),
        child_grant: demand.child_grant.as_deref().map(crate::kms::engine_child),
        grant: demand.grant.as_ref().map(|g| g.id.as_str()),
        ..base
    })
}

fn target_account(target: &Target, caller: &Caller) -> Option<AccountId> {
    match target {
        Target::Key(key) => Some(key.arn.account()),
        Target::Alias((account, ..)) | Target::Arn { account, .. } => Some(*account),
        Target::Role(role) => Some(role.account),
        Target::Any => caller.account(),
    }
}

/// The service control policies of each level above an account, root first; `None` outside an
/// organisation.
///
/// # Errors
/// When one of them cannot be read.
pub(crate) fn service_control_levels(
    account: AccountId,
    view: &Snapshot,
) -> Result<Option<SmallVec<[policy::Level<'_>; 4]>>, UnreadablePolicy> {
    organization_levels(Some(account), view, PolicyType::ServiceControlPolicy)
}

/// The policies of each level above an account, root first; `None` outside an organisation, and
/// where policies of the type are not enabled.
fn organization_levels(
    account: Option<AccountId>,
    view: &Snapshot,
    policy_type: PolicyType,
) -> Result<Option<SmallVec<[policy::Level<'_>; 4]>>, UnreadablePolicy> {
    let Some(account) = account.and_then(|id| view.get::<Account>(&id)) else {
        return Ok(None);
    };
    let enabled = view
        .installation()
        .is_some_and(|i| i.has_policy_type(policy_type));
    let mut above = account.parent.as_ref();
    if above.is_none() || !enabled {
        return Ok(None);
    }
    let mut levels: SmallVec<[(&str, &[String]); 4]> = SmallVec::new();
    levels.push((account.id.as_str(), account.attached(policy_type)));
    while let Some(unit) = above.and_then(|id| view.get::<OrganizationalUnit>(id)) {
        levels.push((&unit.id, unit.attached(policy_type)));
        above = unit.parent.as_ref();
    }
    levels.reverse();
    let of_key = |key: &String| {
        view.get::<OrganizationPolicy>(key)
            .ok_or_else(|| UnreadablePolicy(key.clone()))
            .and_then(|p| compiled(&p.policy))
    };
    let mut compiled_levels = SmallVec::new();
    for (target, attached) in levels {
        compiled_levels.push(policy::Level {
            target,
            policies: attached.iter().map(of_key).collect::<Result<_, _>>()?,
        });
    }
    Ok(Some(compiled_levels))
}

/// The caller in the engine's words, with the texts it borrows.
struct Subject<'c> {
    caller: &'c Caller,
    arn: String,
    role_arn: String,
    service_linked: bool,
}

fn subject<'c>(caller: &'c Caller, view: &Snapshot) -> Subject<'c> {
    Subject {
        caller,
        arn: caller.arn(),
        role_arn: match caller.identity() {
            Identity::Session(session) => session.role_arn.clone(),
            _ => String::new(),
        },
        service_linked: caller.role(view).is_some_and(|r| r.is_service_linked()),
    }
}

impl Subject<'_> {
    fn as_principal(&self) -> policy::Principal<'_> {
        match self.caller.identity() {
            Identity::User(user) => policy::Principal::User {
                account: user.account,
                arn: &self.arn,
                id: Some(&user.id),
            },
            Identity::Session(session) => policy::Principal::RoleSession {
                account: session.account,
                session_arn: &self.arn,
                role_arn: &self.role_arn,
                role_id: Some(&session.role_id),
                service_linked: self.service_linked,
            },
            Identity::Federated(session) => policy::Principal::FederatedUser {
                account: session.by.account,
                arn: &self.arn,
                user_arn: Some(&session.user_arn),
                user_id: Some(&session.by.user_id),
            },
            Identity::Service(service) => policy::Principal::Service { name: service.name },
        }
    }
}
