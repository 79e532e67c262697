//! Decides a case: its names become a request, its documents a stack.

use super::answer::Answer;
use super::context::{CaseContext, is_kms};
use super::{Case, CaseConstraints, CaseError, CaseGrant, Source, SourceLevel};
use crate::compiled::{NoIds, Policy, Resolve};
use crate::decide::{Level, Stack, decide};
use crate::document::{Kind, parse_tolerant};
use crate::explain::{Explanation, explain};
use crate::matching::principal::{NameKind, kind_of};
use crate::request::{
    ChildGrant, Constraints, Grant, GrantOperations, GrantPrincipal, Principal, Request,
    ResourceRules,
};
use crate::switches::Switches;
use claviger_types::{AccountId, Arn, EncryptionContext, InvalidName, Timestamp, UniqueId};

/// The compiled policies of a case.
#[derive(Default)]
struct Compiled {
    resource: Option<Policy>,
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
    scps: Option<Vec<CompiledLevel>>,
    rcps: Option<Vec<CompiledLevel>>,
    endpoint: Option<Policy>,
    /// Mistakes in statements, which therefore never apply.
    notes: Vec<String>,
}

/// The unique ids that a case is decided with; none by default.
#[derive(Clone, Copy)]
pub struct CaseIds<'a> {
    /// What the ARNs in its policies and grants meant when they were stored.
    pub resolve: &'a dyn Resolve,
    /// The id of the user or role that asks.
    pub principal: Option<&'a UniqueId>,
}

impl Default for CaseIds<'_> {
    fn default() -> Self {
        Self {
            resolve: &NoIds,
            principal: None,
        }
    }
}

struct CompiledLevel {
    target: String,
    policies: Vec<Policy>,
}

/// The names of a principal, owned where they are made up.
struct OwnedPrincipal {
    kind: PrincipalKind,
    session_role: String,
}

enum PrincipalKind {
    Root(AccountId),
    User(AccountId),
    Role(AccountId),
    Federated(AccountId),
    Service,
}

impl Case {
    /// Decides the case as of `now` (for `aws:CurrentTime`, unless the case gives it).
    ///
    /// # Errors
    /// When a policy is not one, or a name is not what it should be.
    pub fn evaluate(&self, now: Timestamp) -> Result<Answer, CaseError> {
        self.evaluate_with(now, &Switches::default())
    }

    /// Decides the case with other switches.
    ///
    /// # Errors
    /// As [`Case::evaluate`].
    pub fn evaluate_with(&self, now: Timestamp, switches: &Switches) -> Result<Answer, CaseError> {
        self.evaluate_with_ids(now, switches, &CaseIds::default())
    }

    /// Decides the case with unique ids (`POL-E7`), of which a case file has none.
    ///
    /// # Errors
    /// As [`Case::evaluate`].
    pub fn evaluate_with_ids(
        &self,
        now: Timestamp,
        switches: &Switches,
        ids: &CaseIds<'_>,
    ) -> Result<Answer, CaseError> {
        let compiled = self.compile(ids.resolve)?;
        let decision = self.put(&compiled, now, ids, |request, stack| {
            decide(request, stack, switches)
        })?;
        Ok(Answer::of(self, &decision, compiled.notes))
    }

    /// Decides the case and says why.
    ///
    /// # Errors
    /// As [`Case::evaluate`].
    pub fn explain(&self, now: Timestamp, switches: &Switches) -> Result<Explanation, CaseError> {
        let ids = CaseIds::default();
        self.put(&self.compile(ids.resolve)?, now, &ids, |request, stack| {
            explain(request, stack, switches)
        })
    }

    /// Puts the case as a question.
    fn put<R>(
        &self,
        compiled: &Compiled,
        now: Timestamp,
        ids: &CaseIds<'_>,
        ask: impl FnOnce(&Request<'_>, &Stack<'_>) -> R,
    ) -> Result<R, CaseError> {
        let owned = self.principal()?;
        let principal = self.principal_of(&owned, ids.principal);
        let context = CaseContext::of(self, &principal, now);
        let encryption_context = context.encryption_context();
        let child = self.child_grant(&context, &encryption_context);
        let named = self.grant_ids(ids.resolve);
        let grants = self.grants(&named)?;
        let stack = stack(compiled, &grants);
        let resource_account = self
            .resource
            .parse::<Arn>()
            .ok()
            .and_then(|arn| arn.account_id());
        let management_account = self
            .organization
            .as_ref()
            .and_then(|o| o.management_account.as_deref())
            .map(|text| self.account(text))
            .transpose()?;
        let request = Request {
            action: &self.action,
            resource: &self.resource,
            principal,
            context: &context,
            rules: self.rules_of_resource(),
            resource_account,
            management_account,
            aws_managed_key: self.key.manager.as_deref() == Some("AWS"),
            encryption_context: Some(&encryption_context),
            child_grant: child,
            grant: self.grant.as_deref(),
        };
        let stack = self.within_organization(stack, &request);
        Ok(ask(&request, &stack))
    }

    /// `POL-L2`: an organisation's policies reach its members only. A case without the list of
    /// members leaves that to whoever wrote it.
    fn within_organization<'s>(&self, mut stack: Stack<'s>, request: &Request<'_>) -> Stack<'s> {
        let Some(organization) = self
            .organization
            .as_ref()
            .filter(|o| !o.accounts.is_empty())
        else {
            return stack;
        };
        let is_member = |account: Option<AccountId>| {
            account.is_some_and(|a| {
                organization.accounts.contains_key(a.as_str())
                    || organization.management_account.as_deref() == Some(a.as_str())
            })
        };
        if !is_member(request.principal.account()) {
            stack.scps = None;
        }
        if !is_member(request.resource_account) {
            stack.rcps = None;
        }
        stack
    }

    fn name_error(&self, problem: InvalidName) -> CaseError {
        CaseError::Name {
            case: self.name.clone(),
            problem,
        }
    }

    fn account(&self, text: &str) -> Result<AccountId, CaseError> {
        text.parse().map_err(|problem| self.name_error(problem))
    }

    fn principal(&self) -> Result<OwnedPrincipal, CaseError> {
        let simple = |kind| OwnedPrincipal {
            kind,
            session_role: String::new(),
        };
        if self.principal.service.is_some() {
            return Ok(simple(PrincipalKind::Service));
        }
        let text = self.principal.arn.as_deref().unwrap_or_default();
        let refuse = || {
            self.name_error(InvalidName::new(
                "the ARN of a root, user, role session or federated user",
                text,
            ))
        };
        let kind = kind_of(text);
        if let NameKind::Account(account) = kind {
            return Ok(simple(PrincipalKind::Root(account)));
        }
        let arn: Arn = text.parse().map_err(|_| refuse())?;
        let account = arn.account_id().ok_or_else(refuse)?;
        Ok(match kind {
            NameKind::User => simple(PrincipalKind::User(account)),
            NameKind::FederatedUser => simple(PrincipalKind::Federated(account)),
            NameKind::Session => OwnedPrincipal {
                kind: PrincipalKind::Role(account),
                session_role: self.principal.role.clone().unwrap_or_else(|| {
                    let name = arn.resource().split('/').nth(1).unwrap_or_default();
                    format!("arn:{}:iam::{account}:role/{name}", arn.partition())
                }),
            },
            // A role calls as one of its sessions.
            _ => return Err(refuse()),
        })
    }

    fn principal_of<'s>(
        &'s self,
        owned: &'s OwnedPrincipal,
        id: Option<&'s UniqueId>,
    ) -> Principal<'s> {
        let arn = self.principal.arn.as_deref().unwrap_or_default();
        match owned.kind {
            PrincipalKind::Root(account) => Principal::Root { account },
            PrincipalKind::User(account) => Principal::User { account, arn, id },
            PrincipalKind::Role(account) => Principal::RoleSession {
                account,
                session_arn: arn,
                role_arn: &owned.session_role,
                role_id: id,
                service_linked: owned.session_role.contains(":role/aws-service-role/"),
            },
            PrincipalKind::Federated(account) => Principal::FederatedUser {
                account,
                arn,
                user_arn: self.principal.user.as_deref(),
                user_id: id,
            },
            PrincipalKind::Service => Principal::Service {
                name: self.principal.service.as_deref().unwrap_or_default(),
            },
        }
    }

    fn rules_of_resource(&self) -> ResourceRules {
        let arn: Option<Arn> = self.resource.parse().ok();
        let is = |service: &str, resource: &str| {
            arn.as_ref()
                .is_some_and(|a| a.service() == service && a.resource().starts_with(resource))
        };
        if is_kms(&self.action) {
            // `key/*` is no key: CreateKey's tags are asked for before there is one.
            return if is("kms", "key/") && !is("kms", "key/*") {
                ResourceRules::KeyPolicy
            } else {
                ResourceRules::IdentityOnly
            };
        }
        let sts = self
            .action
            .get(..4)
            .is_some_and(|s| s.eq_ignore_ascii_case("sts:"));
        if sts && is("iam", "role/") {
            ResourceRules::TrustPolicy
        } else if self.resource_policy.is_some() {
            ResourceRules::Ordinary
        } else {
            ResourceRules::IdentityOnly
        }
    }

    /// What the keys of a CreateGrant request tell of the grant it asks for (`POL-G3`).
    fn child_grant<'c>(
        &self,
        context: &'c CaseContext,
        pairs: &'c EncryptionContext,
    ) -> Option<ChildGrant<'c>> {
        let operations = context.values("kms:GrantOperations").unwrap_or_default();
        let kind = context.one("kms:GrantConstraintType");
        let equals = kind == Some("EncryptionContextEquals");
        let any = !pairs.is_empty();
        Some(ChildGrant {
            operations: GrantOperations::from_names(operations.iter().map(String::as_str)),
            constraints: Constraints {
                equals: (any && equals).then_some(pairs),
                subset: (any && !equals).then_some(pairs),
                source_arn: context.one("kms:GrantConstraintSourceArn"),
            },
        })
        .filter(|_| self.action.eq_ignore_ascii_case("kms:CreateGrant"))
    }

    /// The ids that the principals of the grants meant: grantee and retiring principal.
    fn grant_ids(&self, resolve: &dyn Resolve) -> Vec<[Option<UniqueId>; 2]> {
        let id = |name: Option<&str>| {
            let name = name.filter(|n| matches!(kind_of(n), NameKind::User | NameKind::Role))?;
            resolve.unique_id(&name.parse().ok()?)
        };
        self.grants
            .iter()
            .map(|g| [id(Some(g.grantee())), id(g.retiring())])
            .collect()
    }

    fn grants<'s>(&'s self, ids: &'s [[Option<UniqueId>; 2]]) -> Result<Vec<Grant<'s>>, CaseError> {
        self.grants
            .iter()
            .zip(ids)
            .filter(|(grant, _)| grant.is_on(&self.resource))
            .map(|(grant, ids)| self.grant_of(grant, ids))
            .collect()
    }

    fn grant_of<'s>(
        &'s self,
        grant: &'s CaseGrant,
        [grantee, retiring]: &'s [Option<UniqueId>; 2],
    ) -> Result<Grant<'s>, CaseError> {
        let issuing = grant
            .issuing_account
            .as_deref()
            .or_else(|| self.resource.split(':').nth(4))
            .unwrap_or_default();
        let NameKind::Account(issuing_account) = kind_of(issuing) else {
            return Err(self.name_error(InvalidName::new("the issuing account", issuing)));
        };
        let named = |name, id: &'s Option<UniqueId>| GrantPrincipal {
            name,
            id: id.as_ref(),
        };
        Ok(Grant {
            id: &grant.grant_id,
            grantee: named(grant.grantee(), grantee),
            retiring: grant.retiring().map(|name| named(name, retiring)),
            operations: GrantOperations::from_names(grant.operations.iter().map(String::as_str)),
            constraints: grant
                .constraints
                .as_ref()
                .map(CaseConstraints::borrow)
                .unwrap_or_default(),
            issuing_account,
        })
    }

    fn compile(&self, ids: &dyn Resolve) -> Result<Compiled, CaseError> {
        let mut out = Compiled::default();
        out.resource = self.one(self.resource_policy.as_ref(), Kind::Resource, ids, &mut out)?;
        out.identity = self.list(&self.identity, Kind::Identity, ids, &mut out)?;
        out.boundary = self.one(self.boundary.as_ref(), Kind::Boundary, ids, &mut out)?;
        out.session = match &self.session {
            Some(sources) => Some(self.list(sources, Kind::Session, ids, &mut out)?),
            None => None,
        };
        out.scps = self.levels(self.scps.as_ref(), Kind::ServiceControl, ids, &mut out)?;
        out.rcps = self.levels(self.rcps.as_ref(), Kind::ResourceControl, ids, &mut out)?;
        out.endpoint = self.one(self.endpoint.as_ref(), Kind::Endpoint, ids, &mut out)?;
        Ok(out)
    }

    fn one(
        &self,
        source: Option<&Source>,
        kind: Kind,
        ids: &dyn Resolve,
        out: &mut Compiled,
    ) -> Result<Option<Policy>, CaseError> {
        source.map(|s| self.policy(s, kind, ids, out)).transpose()
    }

    fn list(
        &self,
        sources: &[Source],
        kind: Kind,
        ids: &dyn Resolve,
        out: &mut Compiled,
    ) -> Result<Vec<Policy>, CaseError> {
        sources
            .iter()
            .map(|s| self.policy(s, kind, ids, out))
            .collect()
    }

    fn levels(
        &self,
        levels: Option<&Vec<SourceLevel>>,
        kind: Kind,
        ids: &dyn Resolve,
        out: &mut Compiled,
    ) -> Result<Option<Vec<CompiledLevel>>, CaseError> {
        let Some(levels) = levels else {
            return Ok(None);
        };
        levels
            .iter()
            .map(|level| {
                Ok(CompiledLevel {
                    target: level.target.clone(),
                    policies: self.list(&level.policies, kind, ids, out)?,
                })
            })
            .collect::<Result<_, CaseError>>()
            .map(Some)
    }

    fn policy(
        &self,
        source: &Source,
        kind: Kind,
        ids: &dyn Resolve,
        out: &mut Compiled,
    ) -> Result<Policy, CaseError> {
        let (document, mistakes) =
            parse_tolerant(&source.text, kind).map_err(|errors| CaseError::Policy {
                case: self.name.clone(),
                layer: layer_word(kind),
                policy: source.name.clone(),
                errors,
            })?;
        for mistake in mistakes {
            let name = &source.name;
            out.notes.push(format!(
                "{} policy '{name}', {mistake}: the statement never applies",
                layer_word(kind)
            ));
        }
        Ok(document
            .compile(&source.name, ids)
            .at_line(source.first_line))
    }
}

fn layer_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Identity => "identity",
        Kind::Resource | Kind::Trust => "resource",
        Kind::ServiceControl => "scp",
        Kind::ResourceControl => "rcp",
        Kind::Boundary => "boundary",
        Kind::Session => "session",
        Kind::Endpoint => "endpoint",
    }
}

fn stack<'s>(compiled: &'s Compiled, grants: &'s [Grant<'s>]) -> Stack<'s> {
    let levels = |levels: &'s Option<Vec<CompiledLevel>>| {
        levels.as_ref().map(|levels| {
            levels
                .iter()
                .map(|level| Level {
                    target: &level.target,
                    policies: level.policies.iter().collect(),
                })
                .collect()
        })
    };
    Stack {
        resource: compiled.resource.as_ref(),
        identity: compiled.identity.iter().collect(),
        boundary: compiled.boundary.as_ref(),
        session: compiled.session.as_ref().map(|s| s.iter().collect()),
        scps: levels(&compiled.scps),
        rcps: levels(&compiled.rcps),
        endpoint: compiled.endpoint.as_ref(),
        grants,
    }
}

impl CaseGrant {
    fn grantee(&self) -> &str {
        let service = self.grantee_service_principal.as_deref();
        self.grantee_principal
            .as_deref()
            .or(service)
            .unwrap_or_default()
    }

    fn retiring(&self) -> Option<&str> {
        let service = self.retiring_service_principal.as_deref();
        self.retiring_principal.as_deref().or(service)
    }

    /// `POL-G1`: a grant is on one key; an entry that does not say which is on the request's.
    fn is_on(&self, key_arn: &str) -> bool {
        // Carried so that entries of ListGrants can be pasted whole.
        let _ = (&self.name, &self.creation_date);
        self.key_id.as_deref().is_none_or(|id| {
            id == key_arn
                || key_arn
                    .strip_suffix(id)
                    .is_some_and(|head| head.ends_with(":key/"))
        })
    }
}

impl CaseConstraints {
    fn borrow(&self) -> Constraints<'_> {
        Constraints {
            equals: self.encryption_context_equals.as_ref(),
            subset: self.encryption_context_subset.as_ref(),
            source_arn: self.source_arn.as_deref(),
        }
    }
}
