//! The stack of policies a decision reads, who is exempt from which layer, and explicit denies.

use super::decision::{Decision, Effect, Layer, StatementRef};
use super::is_retire_grant;
use crate::compiled::{Policy, Scene};
use crate::request::{Grant, Request, ResourceRules};
use smallvec::SmallVec;

/// Everything that may decide a request. A layer that is `None` does not exist.
#[derive(Debug, Clone, Default)]
pub struct Stack<'a> {
    /// The key policy, trust policy or other policy of the resource.
    pub resource: Option<&'a Policy>,
    /// The policies of user, groups or role.
    pub identity: SmallVec<[&'a Policy; 8]>,
    /// The permissions boundary.
    pub boundary: Option<&'a Policy>,
    /// The session policies, a union among themselves (`POL-L6`).
    pub session: Option<SmallVec<[&'a Policy; 2]>>,
    /// Service control policies of the principal's account, from the root down (`POL-L2`).
    pub scps: Option<SmallVec<[Level<'a>; 4]>>,
    /// Resource control policies of the resource's account, from the root down.
    pub rcps: Option<SmallVec<[Level<'a>; 4]>>,
    /// The policy of the VPC endpoint the request came through.
    pub endpoint: Option<&'a Policy>,
    /// The grants on the key; those of other grantees may be left out.
    pub grants: &'a [Grant<'a>],
}

/// The organisation's policies attached at one place.
#[derive(Debug, Clone, Default)]
pub struct Level<'a> {
    /// The root, organisational unit or account.
    pub target: &'a str,
    /// What is attached there.
    pub policies: SmallVec<[&'a Policy; 4]>,
}

/// Which of the organisation's layers do not apply to a request (`POL-P7`, `POL-P8`, `POL-L3`).
pub(super) struct Exemptions {
    pub(super) from_scp: bool,
    from_rcp: bool,
    /// The resource policy has no say: there is none, or RetireGrant ignores it (`POL-G4`).
    from_resource: bool,
    /// A service has no identity policies.
    from_identity: bool,
}

impl Exemptions {
    pub(super) fn of(request: &Request<'_>) -> Self {
        let principal = &request.principal;
        let management = request.management_account;
        let managed = |account: Option<_>| account.is_some() && account == management;
        let no_resource_policy = request.rules == ResourceRules::IdentityOnly;
        let retire = is_retire_grant(request);
        Self {
            // POL-P7: no SCP for services; POL-P8: nor for service-linked roles and the
            // management account's principals.
            from_scp: principal.is_service()
                || principal.is_service_linked()
                || managed(principal.account()),
            // POL-P8: service-linked roles and the management account's resources. POL-L3: AWS
            // managed keys and RetireGrant. Without a resource there is nothing to protect.
            from_rcp: principal.is_service_linked()
                || managed(request.resource_account)
                || request.aws_managed_key
                || no_resource_policy
                || retire,
            from_resource: no_resource_policy || retire,
            from_identity: principal.is_service(),
        }
    }
}

/// `POL-L1`: an explicit deny in any layer, the first layer that has one.
pub(super) fn explicit_deny(
    scene: &Scene<'_>,
    stack: &Stack<'_>,
    exempt: &Exemptions,
) -> Option<Decision> {
    let levels = |levels: &Option<SmallVec<[Level<'_>; 4]>>, layer, skip: bool| {
        let policies = levels.iter().flatten().flat_map(|l| l.policies.iter());
        denied(scene, layer, policies.copied().filter(|_| !skip))
    };
    let one = |policy: Option<&Policy>, layer, skip: bool| {
        denied(scene, layer, policy.into_iter().filter(|_| !skip))
    };
    let own = exempt.from_identity;
    levels(&stack.rcps, Layer::ResourceControl, exempt.from_rcp)
        .or_else(|| levels(&stack.scps, Layer::ServiceControl, exempt.from_scp))
        .or_else(|| one(stack.endpoint, Layer::Endpoint, false))
        .or_else(|| one(stack.resource, Layer::Resource, exempt.from_resource))
        .or_else(|| {
            let identity = stack.identity.iter().copied();
            denied(scene, Layer::Identity, identity.filter(|_| !own))
        })
        .or_else(|| one(stack.boundary, Layer::Boundary, own))
        .or_else(|| {
            let session = stack.session.iter().flatten().copied();
            denied(scene, Layer::Session, session.filter(|_| !own))
        })
}

fn denied<'p>(
    scene: &Scene<'_>,
    layer: Layer,
    policies: impl Iterator<Item = &'p Policy>,
) -> Option<Decision> {
    let mut found = Vec::new();
    for policy in policies {
        for statement in policy.denies() {
            if statement.applies(scene).is_some() {
                found.push(StatementRef::of(layer, policy, statement));
            }
        }
    }
    (!found.is_empty())
        .then(|| Decision::new(Effect::ExplicitDeny, layer, scene.request.rules).with(found))
}

/// Whether any statement of the policies allows, for layers that only limit.
pub(super) fn any_allows<'p>(
    scene: &Scene<'_>,
    policies: impl IntoIterator<Item = &'p Policy>,
) -> bool {
    policies
        .into_iter()
        .any(|policy| policy.allows().iter().any(|s| s.applies(scene).is_some()))
}

/// `POL-L2`: the first level at which no service control policy allows.
pub(super) fn closed_level<'s>(scene: &Scene<'_>, stack: &'s Stack<'_>) -> Option<&'s str> {
    stack
        .scps
        .iter()
        .flatten()
        .find(|level| !any_allows(scene, level.policies.iter().copied()))
        .map(|level| level.target)
}

/// Whether boundary and session policies let the request through (`POL-L6`): the layer that does
/// not, if one does not.
pub(super) fn limit(scene: &Scene<'_>, stack: &Stack<'_>) -> Option<Layer> {
    if stack.boundary.is_some_and(|b| !any_allows(scene, [b])) {
        return Some(Layer::Boundary);
    }
    let session = stack.session.as_ref()?;
    (!any_allows(scene, session.iter().copied())).then_some(Layer::Session)
}
