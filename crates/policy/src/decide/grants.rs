//! Grants as a way to an allow (`POL-G1` … `POL-G5`). A grant never denies.

use super::decision::{Decision, Layer, StatementRef};
use super::layers::{Stack, limit};
use super::paths::{allow, identity_allows, identity_within_limits, refuse};
use crate::compiled::Scene;
use crate::matching::principal::{Cover, covers, kind_of};
use crate::request::{
    ContextKey, Grant, GrantPrincipal, Principal, ResourceRules, Value, takes_context,
};
use claviger_types::{AccountId, Arn, EncryptionContext};
use std::sync::LazyLock;

/// What the grants on a key come to.
pub(super) enum GrantPath {
    /// One allows.
    Allowed(Decision),
    /// One would, but another layer does not let it.
    Refused(Layer),
    /// None fits.
    None,
}

/// Which ways to retire a grant count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ways {
    /// The grant's own and those by identity policies.
    All,
    /// The grant's own.
    Grant,
}

/// `POL-G1`: a grant to this principal, for this operation, whose constraint holds.
pub(super) fn path(scene: &Scene<'_>, stack: &Stack<'_>) -> GrantPath {
    let Some(operation) = grant_operation(scene) else {
        return GrantPath::None;
    };
    let mut refusal = None;
    for grant in stack.grants {
        let Some(cover) = fits(scene, grant, operation) else {
            continue;
        };
        match carried(scene, stack, cover) {
            Ok(supporting) => {
                let by = vec![StatementRef::grant(grant.id)];
                return GrantPath::Allowed(allow(scene, Layer::Grant, by).supported_by(supporting));
            }
            Err(layer) => refusal = refusal.max(Some(layer)),
        }
    }
    refusal.map_or(GrantPath::None, GrantPath::Refused)
}

/// The operation as grants name it.
fn grant_operation<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    let request = scene.request;
    let (service, operation) = request.action.split_once(':')?;
    (request.rules == ResourceRules::KeyPolicy && service.eq_ignore_ascii_case("kms"))
        .then_some(operation)
}

fn fits(scene: &Scene<'_>, grant: &Grant<'_>, operation: &str) -> Option<Cover> {
    if !grant.operations.contains(operation) {
        return None;
    }
    let cover = covered(&grant.grantee, &scene.request.principal)?;
    (source_holds(scene, grant) && context_holds(scene, grant, operation)).then_some(cover)
}

/// Whether a grant fits a request by itself.
pub(super) fn is_for(scene: &Scene<'_>, grant: &Grant<'_>) -> bool {
    grant_operation(scene).is_some_and(|operation| fits(scene, grant, operation).is_some())
}

/// Which parts of a grant fit a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GrantParts {
    pub(crate) operation: bool,
    pub(crate) grantee: bool,
    pub(crate) source: bool,
    pub(crate) context: bool,
}

/// Which parts of a grant fit, each by itself, for explanations; `None` for a request that no grant
/// could allow.
pub(crate) fn parts(scene: &Scene<'_>, grant: &Grant<'_>) -> Option<GrantParts> {
    let operation = grant_operation(scene)?;
    Some(GrantParts {
        operation: grant.operations.contains(operation),
        grantee: covered(&grant.grantee, &scene.request.principal).is_some(),
        source: source_holds(scene, grant),
        context: context_holds(scene, grant, operation),
    })
}

fn covered(named: &GrantPrincipal<'_>, principal: &Principal<'_>) -> Option<Cover> {
    covers(kind_of(named.name), named.name, named.id, principal)
}

static EMPTY: LazyLock<EncryptionContext> = LazyLock::new(EncryptionContext::default);
static SOURCE_ARN: LazyLock<ContextKey> = LazyLock::new(|| ContextKey::new("aws:SourceArn"));

/// `POL-G2`: context constraints hold for operations that carry a context, and for a child grant's
/// constraints (`POL-G3`); DescribeKey and its like are not constrained.
fn context_holds(scene: &Scene<'_>, grant: &Grant<'_>, operation: &str) -> bool {
    let names = scene.switches.constraint_names;
    if operation.eq_ignore_ascii_case("CreateGrant") {
        let child = scene.request.child_grant;
        // What is not known of the child counts as no operation and no constraint.
        let operations = child.map(|c| c.operations).unwrap_or_default();
        let constraints = child.map(|c| c.constraints).unwrap_or_default();
        return grant.operations.covers(operations) && grant.constraints.bound(&constraints, names);
    }
    !takes_context(operation)
        || grant
            .constraints
            .admit(scene.request.encryption_context.unwrap_or(&EMPTY), names)
}

/// `POL-G2`: the source-ARN constraint holds for every operation but RetireGrant, which does not
/// come here.
fn source_holds(scene: &Scene<'_>, grant: &Grant<'_>) -> bool {
    grant.constraints.source_arn.is_none_or(|wanted| {
        matches!(scene.request.context.get(&SOURCE_ARN), Some(Value::One(arn)) if arn == wanted)
    })
}

/// `POL-G5`: what must allow beside the grant, by the switches; a grant to an account is used by
/// its principals through their identity policies, like a delegation (`POL-P2`).
fn carried(scene: &Scene<'_>, stack: &Stack<'_>, cover: Cover) -> Result<Vec<StatementRef>, Layer> {
    let limits = scene.switches.grant_limits;
    let request = scene.request;
    if request.principal.is_service() {
        return Ok(Vec::new());
    }
    let foreign = request.principal.account() != request.resource_account;
    let needs_identity = cover == Cover::Account || (foreign && limits.identity_across_accounts);
    let by = if needs_identity {
        identity_allows(scene, stack).ok_or(Layer::Identity)?
    } else {
        Vec::new()
    };
    if limits.boundary_and_session
        && let Some(layer) = limit(scene, stack)
    {
        return Err(layer);
    }
    Ok(by)
}

/// `POL-G4`: RetireGrant is allowed by the grant itself to its retiring principal, to its grantee
/// if it lists RetireGrant, and to the issuing account; and by an identity policy to principals of
/// the key's, the issuing or the retiring principal's account. Key policies and RCPs have no say.
pub(super) fn retire(scene: &Scene<'_>, stack: &Stack<'_>, ways: Ways) -> Decision {
    let mut refusal = None;
    let named = scene.request.grant;
    for grant in stack.grants {
        if named.is_some_and(|id| id != grant.id) {
            continue;
        }
        match retires(scene, stack, grant, ways) {
            Some(Ok(decision)) => return decision,
            Some(Err(layer)) => refusal = refusal.max(Some(layer)),
            None => {}
        }
    }
    refuse(scene, refusal.unwrap_or(Layer::Grant))
}

fn retires(
    scene: &Scene<'_>,
    stack: &Stack<'_>,
    grant: &Grant<'_>,
    ways: Ways,
) -> Option<Result<Decision, Layer>> {
    let principal = &scene.request.principal;
    let by = || vec![StatementRef::grant(grant.id)];
    if related(grant, principal) {
        return Some(carried(scene, stack, Cover::Named).map(|_| allow(scene, Layer::Grant, by())));
    }
    let account = principal.account().filter(|_| ways == Ways::All)?;
    let delegates = scene.request.resource_account == Some(account)
        || grant.issuing_account == account
        || grant
            .retiring
            .is_some_and(|r| account_of(r.name) == Some(account))
        || (grant.operations.contains("RetireGrant")
            && covered(&grant.grantee, principal) == Some(Cover::Account));
    delegates.then(|| {
        identity_within_limits(scene, stack)
            .map(|found| allow(scene, Layer::Identity, found).supported_by(by()))
    })
}

/// The principals that the grant itself lets retire it.
fn related(grant: &Grant<'_>, principal: &Principal<'_>) -> bool {
    // POL-G3: a role covers its sessions, a user its federated ones.
    let is = |named: &GrantPrincipal<'_>| {
        matches!(
            covered(named, principal),
            Some(Cover::Named | Cover::Through)
        )
    };
    grant.retiring.as_ref().is_some_and(is)
        || (grant.operations.contains("RetireGrant") && is(&grant.grantee))
        || matches!(principal, Principal::Root { account } if *account == grant.issuing_account)
}

fn account_of(name: &str) -> Option<AccountId> {
    name.parse()
        .ok()
        .or_else(|| name.parse::<Arn>().ok().and_then(|arn| arn.account_id()))
}
