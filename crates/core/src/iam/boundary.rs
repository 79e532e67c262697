//! Permissions boundaries: `PutUserPermissionsBoundary`, `DeleteUserPermissionsBoundary` and the
//! same of roles; what may be a boundary. Sources: IAM API Reference; IAM User Guide, "Permissions
//! boundaries for IAM entities".

use super::entity::{Entity, Named, required};
use super::named_policy::{is_of_services, usable};
use super::operation::operation;
use crate::chain::{Demand, ServiceError, Turn};
use crate::iam::managed::Managed;
use crate::state::{ManagedPolicy, Role, User, entity_place};
use claviger_model::iam::error::{INVALID_INPUT_EXCEPTION, NO_SUCH_ENTITY_EXCEPTION};
use claviger_model::iam::{
    DeleteRolePermissionsBoundaryRequest, DeleteUserPermissionsBoundaryRequest,
    PutRolePermissionsBoundaryRequest, PutUserPermissionsBoundaryRequest,
};
use claviger_types::{AccountId, Arn};

/// The policy that an identity of an account is to be limited by; the decision rests on it.
///
/// # Errors
/// `InvalidInput` when it is no ARN, `NoSuchEntity` when there is no such policy.
pub(super) fn checked(
    text: &str,
    account: AccountId,
    turn: &mut Turn<'_>,
) -> Result<Arn, ServiceError> {
    let arn: Arn = text.parse().map_err(|_| {
        ServiceError::new(
            &INVALID_INPUT_EXCEPTION,
            format!("ARN {text} is not valid."),
        )
    })?;
    match usable(text, account, turn.view()) {
        Some(Managed::Aws(known)) if !is_of_services(known) => Ok(arn),
        Some(Managed::Customer(policy)) => {
            let place = entity_place(policy.account, &policy.name);
            turn.rest_on::<ManagedPolicy>(&place);
            Ok(arn)
        }
        _ => Err(ServiceError::new(
            &NO_SUCH_ENTITY_EXCEPTION,
            format!("Scope ARN: {text} does not exist or is not attachable."),
        )),
    }
}

/// The demand, with the boundary that is to be set.
fn demand<E: Entity>(
    named: &Named<E>,
    action: &'static str,
    boundary: Option<&String>,
) -> Vec<Demand> {
    let demand = named.demand(action);
    vec![match boundary {
        Some(arn) => demand.with_fact("iam:permissionsboundary", arn),
        None => demand,
    }]
}

fn put<E: Entity>(
    named: &Named<E>,
    boundary: Option<&String>,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    let mut entity = named.to_change()?;
    let arn = checked(
        required(boundary, "permissionsBoundary")?,
        named.account,
        turn,
    )?;
    entity.policies_mut().boundary = Some(arn);
    turn.put(entity);
    Ok(())
}

fn delete<E: Entity>(named: &Named<E>, turn: &mut Turn<'_>) -> Result<(), ServiceError> {
    let mut entity = named.to_change()?;
    if entity.policies_mut().boundary.take().is_none() {
        return Err(ServiceError::new(
            &NO_SUCH_ENTITY_EXCEPTION,
            format!(
                "{} {} does not have a permissions boundary.",
                E::KIND_CAPITAL,
                entity.name()
            ),
        ));
    }
    turn.put(entity);
    Ok(())
}

operation! {
    /// Sets the permissions boundary of a user.
    PutUserPermissionsBoundary(PutUserPermissionsBoundaryRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |input, named| {
        demand(named, "iam:PutUserPermissionsBoundary", input.permissions_boundary.as_ref())
    };
    perform: |input, named, turn| put(named, input.permissions_boundary.as_ref(), turn);
}

operation! {
    /// Sets the permissions boundary of a role.
    PutRolePermissionsBoundary(PutRolePermissionsBoundaryRequest) -> (), Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |input, named| {
        demand(named, "iam:PutRolePermissionsBoundary", input.permissions_boundary.as_ref())
    };
    perform: |input, named, turn| put(named, input.permissions_boundary.as_ref(), turn);
}

operation! {
    /// Takes the permissions boundary from a user.
    DeleteUserPermissionsBoundary(DeleteUserPermissionsBoundaryRequest)
        -> (), Write, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |_, named| vec![named.guarded_demand("iam:DeleteUserPermissionsBoundary")];
    perform: |_, named, turn| delete(named, turn);
}

operation! {
    /// Takes the permissions boundary from a role.
    DeleteRolePermissionsBoundary(DeleteRolePermissionsBoundaryRequest)
        -> (), Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.guarded_demand("iam:DeleteRolePermissionsBoundary")];
    perform: |_, named, turn| delete(named, turn);
}
