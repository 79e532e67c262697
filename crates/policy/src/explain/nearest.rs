//! The statement that came nearest to allowing: of the layer that failed to allow, the one with the
//! least that kept it from applying, weighed by how far it is from the request.

use super::{Listed, Missing, Named, Nearest, conditions, grant, policies};
use crate::compiled::{Parts, Policy, Scene, Statement};
use crate::decide::{Decision, Layer, Stack, StatementRef, is_retire_grant};
use crate::document::Statement as Written;
use crate::request::{Principal, ResourceRules};

/// A statement about another action has nothing to do with the request; one for somebody else little;
/// one that a condition keeps from applying is what people look for. A grant that names the caller is
/// nearer than what names somebody else, whatever it grants.
fn weight(missing: &Missing) -> u32 {
    match missing {
        Missing::Action(_) => 100,
        Missing::Operation(_) => 25,
        Missing::Principal(_) | Missing::Grantee(_) => 30,
        Missing::Resource(_) => 10,
        Missing::Condition(_) | Missing::Constraint(_) => 1,
    }
}

/// The nearest statement or grant of the layer that did not allow, and of those that could have
/// allowed in its stead; `None` where there is none.
pub(super) fn nearest(
    scene: &Scene<'_>,
    stack: &Stack<'_>,
    decision: &Decision,
) -> Option<Nearest> {
    let mut found = Vec::new();
    for layer in in_its_stead(scene, decision) {
        if layer == Layer::Grant {
            found.extend(grant::nearest(scene, stack));
        }
        for policy in candidates(stack, decision, layer) {
            let allows = policy.allows().iter();
            found.extend(allows.filter_map(|s| of_statement(scene, layer, policy, s)));
        }
    }
    let distance = |near: &Nearest| near.missing.iter().map(weight).sum::<u32>();
    found.into_iter().min_by_key(distance)
}

/// A key or role opens by its own policy, by a grant, or by delegation and the caller's policies;
/// whichever of them is named, the others would have done.
fn in_its_stead(scene: &Scene<'_>, decision: &Decision) -> Vec<Layer> {
    let opens = matches!(
        decision.rules,
        ResourceRules::KeyPolicy | ResourceRules::TrustPolicy
    );
    match decision.layer {
        // POL-G4: a key policy has no say in who retires a grant.
        Layer::Identity if is_retire_grant(scene.request) => vec![Layer::Identity],
        Layer::Identity if opens => vec![Layer::Identity, Layer::Resource, Layer::Grant],
        Layer::Resource | Layer::Grant => vec![Layer::Resource, Layer::Grant],
        layer => vec![layer],
    }
}

fn candidates<'s>(
    stack: &'s Stack<'_>,
    decision: &'s Decision,
    layer: Layer,
) -> Box<dyn Iterator<Item = &'s Policy> + 's> {
    match (&decision.level, layer) {
        // Only the level that is closed is in question.
        (Some(level), Layer::ServiceControl) => {
            let levels = stack.scps.iter().flatten();
            let closed = levels.filter(move |l| l.target == &**level);
            Box::new(closed.flat_map(|l| l.policies.iter().copied()))
        }
        (_, layer) => Box::new(policies(stack, layer)),
    }
}

fn of_statement(
    scene: &Scene<'_>,
    layer: Layer,
    policy: &Policy,
    statement: &Statement,
) -> Option<Nearest> {
    let written = policy.document().statements().get(statement.index)?;
    let mut missing = parts_missing(scene, written, statement.parts(scene));
    let tried = conditions(scene, policy, statement);
    missing.extend(
        tried
            .into_iter()
            .filter(|(holds, _)| !holds)
            .map(|(_, tried)| Missing::Condition(tried)),
    );
    (!missing.is_empty()).then(|| Nearest {
        statement: Named::from(&StatementRef::of(layer, policy, statement)),
        missing,
    })
}

fn parts_missing(scene: &Scene<'_>, written: &Written, parts: Parts) -> Vec<Missing> {
    let request = scene.request;
    let texts = |names: &crate::document::Names, found: &str| Listed {
        negated: names.negated,
        listed: names.values.iter().map(|v| v.text.clone()).collect(),
        found: found.to_owned(),
    };
    let mut missing = Vec::new();
    if !parts.action
        && let Some(actions) = &written.actions
    {
        missing.push(Missing::Action(texts(actions, request.action)));
    }
    if !parts.principal
        && let Some(principals) = &written.principals
    {
        let entries = principals.entries.iter();
        missing.push(Missing::Principal(Listed {
            negated: principals.negated,
            listed: entries.map(|e| e.name.text.clone()).collect(),
            found: found_principal(
                &request.principal,
                principals.entries.iter().map(|e| e.name.text.as_str()),
            ),
        }));
    }
    if !parts.resource {
        let listed = written.resources.as_ref();
        missing.push(Missing::Resource(listed.map_or_else(
            || Listed {
                negated: false,
                listed: Vec::new(),
                found: request.resource.to_owned(),
            },
            |names| texts(names, request.resource),
        )));
    }
    missing
}

/// Who asks, and why it is not who is listed although the name is the same (`POL-E7`).
pub(super) fn found_principal<'n>(
    principal: &Principal<'_>,
    mut listed: impl Iterator<Item = &'n str>,
) -> String {
    let entity = match principal {
        Principal::User { arn, .. } => Some(*arn),
        Principal::RoleSession { role_arn, .. } => Some(*role_arn),
        _ => None,
    };
    let name = principal_name(principal);
    match entity.filter(|entity| listed.any(|name| name == *entity)) {
        Some(entity) => {
            format!("{name}: {entity} was made again since, and has another unique id")
        }
        None => name,
    }
}

/// Who asks, as a policy would name it.
pub(super) fn principal_name(principal: &Principal<'_>) -> String {
    match principal {
        Principal::Root { account } => format!("arn:aws:iam::{account}:root"),
        Principal::User { arn, .. } | Principal::FederatedUser { arn, .. } => (*arn).to_owned(),
        Principal::RoleSession { session_arn, .. } => (*session_arn).to_owned(),
        Principal::Service { name } => (*name).to_owned(),
    }
}
