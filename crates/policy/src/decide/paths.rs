//! The ways to an allow: a direct grant in the resource policy, delegation to the account with an
//! identity policy, a grant on the key, both sides across accounts (`POL-L4`, `POL-L5`).

use super::decision::{Decision, Effect, Layer, StatementRef};
use super::grants::{self, GrantPath, Ways};
use super::layers::{Exemptions, Stack, any_allows, closed_level, limit};
use super::{is_retire_grant, works_across_accounts};
use crate::compiled::{Policy, Reach, Scene};
use crate::request::{Principal, ResourceRules};
use smallvec::SmallVec;

/// What must allow, once nothing denies explicitly.
pub(super) fn decide_allows(scene: &Scene<'_>, stack: &Stack<'_>, exempt: &Exemptions) -> Decision {
    let closed = (!exempt.from_scp)
        .then(|| closed_level(scene, stack))
        .flatten();
    let endpoint_closed = stack.endpoint.is_some_and(|e| !any_allows(scene, [e]));
    if let Some(level) = closed {
        // POL-G5: the switch that lets grants pass the implicit deny of an SCP.
        let passes = !scene.switches.grant_limits.service_control && !endpoint_closed;
        if passes && let Some(by_grant) = grant_alone(scene, stack) {
            return by_grant;
        }
        let mut refused = refuse(scene, Layer::ServiceControl);
        refused.level = Some(level.into());
        return refused;
    }
    if endpoint_closed {
        return refuse(scene, Layer::Endpoint);
    }
    match scene.request.rules {
        _ if is_retire_grant(scene.request) => grants::retire(scene, stack, Ways::All),
        ResourceRules::IdentityOnly => by_identity(scene, stack),
        ResourceRules::Ordinary => ordinary(scene, stack),
        ResourceRules::KeyPolicy | ResourceRules::TrustPolicy => by_resource(scene, stack),
    }
}

pub(super) fn refuse(scene: &Scene<'_>, layer: Layer) -> Decision {
    Decision::new(Effect::ImplicitDeny, layer, scene.request.rules)
}

pub(super) fn allow(scene: &Scene<'_>, layer: Layer, by: Vec<StatementRef>) -> Decision {
    Decision::new(Effect::Allowed, layer, scene.request.rules).with(by)
}

/// The allowing statements of the resource policy with how far each reaches.
struct ResourceAllows<'p> {
    policy: Option<&'p Policy>,
    hits: SmallVec<[(usize, Reach); 8]>,
}

impl<'p> ResourceAllows<'p> {
    fn of(scene: &Scene<'_>, policy: Option<&'p Policy>) -> Self {
        let hits = policy
            .map(Policy::allows)
            .unwrap_or_default()
            .iter()
            .enumerate()
            .filter_map(|(at, s)| Some((at, s.applies(scene)?)))
            .collect();
        Self { policy, hits }
    }

    fn any(&self, reach: Reach) -> bool {
        self.hits.iter().any(|(_, r)| *r == reach)
    }

    /// The statements whose reach is at least `least`.
    fn named(&self, least: Reach) -> Vec<StatementRef> {
        let Some(policy) = self.policy else {
            return Vec::new();
        };
        self.hits
            .iter()
            .filter(|(_, reach)| *reach >= least)
            .filter_map(|(at, _)| policy.allows().get(*at))
            .map(|s| StatementRef::of(Layer::Resource, policy, s))
            .collect()
    }
}

/// The identity side: its allowing statements; the root user of an account needs none there.
pub(super) fn identity_allows(scene: &Scene<'_>, stack: &Stack<'_>) -> Option<Vec<StatementRef>> {
    if matches!(scene.request.principal, Principal::Root { .. }) {
        return Some(Vec::new());
    }
    let mut found = Vec::new();
    for policy in &stack.identity {
        for statement in policy.allows() {
            if statement.applies(scene).is_some() {
                found.push(StatementRef::of(Layer::Identity, policy, statement));
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

/// `POL-L6`: identity, boundary and session policies intersect.
pub(super) fn identity_within_limits(
    scene: &Scene<'_>,
    stack: &Stack<'_>,
) -> Result<Vec<StatementRef>, Layer> {
    let found = identity_allows(scene, stack).ok_or(Layer::Identity)?;
    limit(scene, stack).map_or(Ok(found), Err)
}

/// Keys and trust policies (`POL-L4`): the resource policy must allow, or a grant.
fn by_resource(scene: &Scene<'_>, stack: &Stack<'_>) -> Decision {
    let request = scene.request;
    let allows = ResourceAllows::of(scene, stack.resource);
    let Some(account) = request.principal.account() else {
        return service(scene, stack, &allows);
    };
    if request.resource_account == Some(account) {
        same_account(scene, stack, &allows)
    } else if works_across_accounts(request.action) {
        across_accounts(scene, stack, &allows)
    } else {
        // POL-L5: denied whatever the policies say.
        refuse(scene, Layer::Resource)
    }
}

/// `POL-P7`: a service needs the resource policy, or a grant, and nothing else.
fn service(scene: &Scene<'_>, stack: &Stack<'_>, allows: &ResourceAllows<'_>) -> Decision {
    let by = allows.named(Reach::Limited);
    if !by.is_empty() {
        return allow(scene, Layer::Resource, by);
    }
    grant_alone(scene, stack).unwrap_or_else(|| refuse(scene, Layer::Resource))
}

fn same_account(scene: &Scene<'_>, stack: &Stack<'_>, allows: &ResourceAllows<'_>) -> Decision {
    // POL-P4: a user or session that is named is not limited by implicit denies elsewhere.
    if allows.any(Reach::Unlimited) {
        return allow(scene, Layer::Resource, allows.named(Reach::Unlimited));
    }
    // POL-L1: of several ways the one that came farthest names the refusal.
    let mut refusal = None;
    if allows.any(Reach::Limited) {
        match limit(scene, stack) {
            None => return allow(scene, Layer::Resource, allows.named(Reach::Limited)),
            Some(layer) => refusal = Some(layer),
        }
    }
    match grants::path(scene, stack) {
        GrantPath::Allowed(decision) => return decision,
        GrantPath::Refused(layer) => refusal = refusal.max(Some(layer)),
        GrantPath::None => {}
    }
    if allows.any(Reach::Delegation) {
        match identity_within_limits(scene, stack) {
            Ok(by) => {
                return allow(scene, Layer::Identity, by)
                    .supported_by(allows.named(Reach::Delegation));
            }
            Err(layer) => refusal = refusal.max(Some(layer)),
        }
    }
    refuse(scene, refusal.unwrap_or(Layer::Resource))
}

/// `POL-L5`: the resource policy and the caller's own side must both allow; nothing escapes
/// boundary or session policy. A grant is a way of its own (`POL-G5`).
fn across_accounts(scene: &Scene<'_>, stack: &Stack<'_>, allows: &ResourceAllows<'_>) -> Decision {
    let mut refusal = None;
    if !allows.hits.is_empty() {
        let sides = allows.named(Reach::Delegation);
        match identity_within_limits(scene, stack) {
            // The root user of the other account: only the resource policy speaks.
            Ok(by) if by.is_empty() => return allow(scene, Layer::Resource, sides),
            Ok(by) => return allow(scene, Layer::Identity, by).supported_by(sides),
            Err(layer) => refusal = Some(layer),
        }
    }
    match grants::path(scene, stack) {
        GrantPath::Allowed(decision) => decision,
        GrantPath::Refused(layer) => refuse(scene, refusal.map_or(layer, |r| r.max(layer))),
        GrantPath::None => refuse(scene, refusal.unwrap_or(Layer::Resource)),
    }
}

/// `POL-L4` for other services: in one account either side is enough.
fn ordinary(scene: &Scene<'_>, stack: &Stack<'_>) -> Decision {
    let request = scene.request;
    let allows = ResourceAllows::of(scene, stack.resource);
    match request.principal.account() {
        None => service(scene, stack, &allows),
        Some(account)
            if request
                .resource_account
                .is_none_or(|owner| owner == account) =>
        {
            if allows.any(Reach::Unlimited) {
                return allow(scene, Layer::Resource, allows.named(Reach::Unlimited));
            }
            let direct = allows.any(Reach::Limited);
            match (identity_within_limits(scene, stack), limit(scene, stack)) {
                (_, None) if direct => allow(scene, Layer::Resource, allows.named(Reach::Limited)),
                (Ok(by), _) => allow(scene, Layer::Identity, by),
                (Err(_), Some(layer)) if direct => refuse(scene, layer),
                (Err(layer), _) => refuse(scene, layer),
            }
        }
        Some(_) if works_across_accounts(request.action) => across_accounts(scene, stack, &allows),
        // POL-L5: denied whatever the policies say.
        Some(_) => refuse(scene, Layer::Resource),
    }
}

/// Actions that no resource policy takes part in.
fn by_identity(scene: &Scene<'_>, stack: &Stack<'_>) -> Decision {
    let request = scene.request;
    let Some(account) = request.principal.account() else {
        return refuse(scene, Layer::Identity);
    };
    let foreign = request
        .resource_account
        .is_some_and(|owner| owner != account);
    // POL-L5: without a resource policy only other services' own rules could open a foreign
    // resource; KMS and IAM have none.
    let closed = of_kms_or_iam(request.action);
    if foreign && closed {
        return refuse(scene, Layer::Resource);
    }
    match identity_within_limits(scene, stack) {
        Ok(by) => allow(scene, Layer::Identity, by),
        Err(layer) => refuse(scene, layer),
    }
}

fn of_kms_or_iam(action: &str) -> bool {
    action
        .get(..4)
        .is_some_and(|s| s.eq_ignore_ascii_case("kms:") || s.eq_ignore_ascii_case("iam:"))
}

/// The allow of a grant by itself, for where nothing else may allow.
fn grant_alone(scene: &Scene<'_>, stack: &Stack<'_>) -> Option<Decision> {
    if is_retire_grant(scene.request) {
        return Some(grants::retire(scene, stack, Ways::Grant)).filter(Decision::is_allowed);
    }
    match grants::path(scene, stack) {
        GrantPath::Allowed(decision) => Some(decision),
        GrantPath::Refused(_) | GrantPath::None => None,
    }
}
