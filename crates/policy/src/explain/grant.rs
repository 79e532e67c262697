//! What kept the grants of a key from allowing (`POL-G1`, `POL-G2`).

use super::nearest::found_principal;
use super::{Found, Listed, Missing, Named, Nearest, Tried};
use crate::compiled::Scene;
use crate::decide::{GrantParts, Stack, StatementRef, grant_parts};
use crate::request::{ContextKey, Grant};
use claviger_types::EncryptionContext;

/// Each grant of the key with what it lacks.
pub(super) fn nearest(scene: &Scene<'_>, stack: &Stack<'_>) -> Vec<Nearest> {
    let of_grant = |grant: &Grant<'_>| {
        let parts = grant_parts(scene, grant)?;
        let missing = missing(scene, grant, parts);
        (!missing.is_empty()).then(|| Nearest {
            statement: Named::from(&StatementRef::grant(grant.id)),
            missing,
        })
    };
    stack.grants.iter().filter_map(of_grant).collect()
}

fn missing(scene: &Scene<'_>, grant: &Grant<'_>, parts: GrantParts) -> Vec<Missing> {
    let mut missing = Vec::new();
    if !parts.operation {
        missing.push(Missing::Operation(Listed {
            negated: false,
            listed: grant.operations.names().map(str::to_owned).collect(),
            found: scene.request.action.to_owned(),
        }));
    }
    if !parts.grantee {
        missing.push(Missing::Grantee(Listed {
            negated: false,
            listed: vec![grant.grantee.name.to_owned()],
            found: found_principal(
                &scene.request.principal,
                std::iter::once(grant.grantee.name),
            ),
        }));
    }
    if !parts.source {
        let key = ContextKey::new("aws:SourceArn");
        missing.push(Missing::Constraint(Tried {
            operator: "SourceArn".to_owned(),
            key: key.as_str().to_owned(),
            listed: grant
                .constraints
                .source_arn
                .map(str::to_owned)
                .into_iter()
                .collect(),
            found: Found::of(scene.request.context.get(&key)),
            line: 0,
            variables: Vec::new(),
        }));
    }
    if !parts.context {
        missing.extend(child_operations(scene, grant));
        if !constraints_hold(scene, grant) {
            missing.push(Missing::Constraint(context(scene, grant)));
        }
    }
    missing
}

/// `POL-G3`: the operations of a child grant, where they are more than the grant's own.
fn child_operations(scene: &Scene<'_>, grant: &Grant<'_>) -> Option<Missing> {
    let child = scene.request.child_grant?;
    if grant.operations.covers(child.operations) {
        return None;
    }
    let more = child
        .operations
        .names()
        .filter(|name| !grant.operations.contains(name));
    Some(Missing::Operation(Listed {
        negated: false,
        listed: grant.operations.names().map(str::to_owned).collect(),
        found: more.collect::<Vec<_>>().join(", "),
    }))
}

/// Whether the constraints are not what is missing: those of a child are as narrow.
fn constraints_hold(scene: &Scene<'_>, grant: &Grant<'_>) -> bool {
    scene.request.child_grant.is_some_and(|child| {
        grant
            .constraints
            .bound(&child.constraints, scene.switches.constraint_names)
    })
}

fn context(scene: &Scene<'_>, grant: &Grant<'_>) -> Tried {
    let pairs = |context: Option<&EncryptionContext>| {
        let pairs = context.into_iter().flat_map(|context| &context.0);
        pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
    };
    let (operator, wanted) = match grant.constraints.equals {
        Some(equals) => ("EncryptionContextEquals", Some(equals)),
        None => ("EncryptionContextSubset", grant.constraints.subset),
    };
    // POL-G3: for CreateGrant the constraint of the child is what counts.
    let (key, found) = match scene.request.child_grant {
        Some(child) => {
            let own = child.constraints;
            (
                "the constraint of the new grant",
                pairs(own.equals.or(own.subset)),
            )
        }
        None => (
            "the encryption context",
            pairs(scene.request.encryption_context),
        ),
    };
    let found = if found.is_empty() {
        Found::Absent
    } else {
        Found::Many(found)
    };
    Tried {
        operator: operator.to_owned(),
        key: key.to_owned(),
        listed: pairs(wanted),
        found,
        line: 0,
        variables: Vec::new(),
    }
}
