//! Changes of users and roles that are there: `UpdateUser`, `UpdateRole`, `UpdateRoleDescription`.
//! Source: IAM API Reference. A user that gets another name or path stays the same user: its
//! unique id, and with it what policies of resources say of it, does not change.

use super::create::check_free;
use super::entity::Named;
use super::operation::operation;
use super::reply;
use crate::chain::{Demand, ServiceError, Turn};
use crate::state::{AccessKey, Role, User, entity_place};
use claviger_model::IAM;
use claviger_model::iam::{
    UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse, UpdateRoleRequest,
    UpdateRoleResponse, UpdateUserRequest,
};

/// A change of name or path needs the permission on the old and on the new ARN.
fn update_demands(input: &UpdateUserRequest, named: &Named<User>) -> Vec<Demand> {
    let action = "iam:UpdateUser";
    let (path, name) = (input.new_path.as_ref(), input.new_user_name.as_ref());
    std::iter::once(named.demand(action))
        .chain(named.demand_as(action, path, name))
        .collect()
}

operation! {
    /// Gives a user another name or path.
    UpdateUser(UpdateUserRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: update_demands;
    perform: |input, named, turn| {
        let mut user = named.to_change()?;
        if let Some(path) = &input.new_path {
            user.path.clone_from(path);
        }
        if let Some(name) = &input.new_user_name {
            rename(&mut user, name, turn)?;
        }
        turn.put(user);
        Ok(())
    };
}

/// Another name moves the row, unless it differs by case only; the access keys name the new one.
fn rename(user: &mut User, name: &str, turn: &mut Turn<'_>) -> Result<(), ServiceError> {
    let old = entity_place(user.account, &user.name);
    name.clone_into(&mut user.name);
    if old != entity_place(user.account, name) {
        check_free::<User>(user.account, name, turn)?;
        turn.delete::<User>(old);
    }
    let keys: Vec<AccessKey> = turn
        .view()
        .keys_of(&user.id)
        .filter_map(|id| turn.view().get::<AccessKey>(id))
        .map(|key| AccessKey::clone(key))
        .collect();
    for mut key in keys {
        name.clone_into(&mut key.user.0);
        turn.put(key);
    }
    Ok(())
}

/// What of a role is to change.
fn change(input: &UpdateRoleRequest, named: &Named<Role>) -> Result<Role, ServiceError> {
    if input.max_signin_session_duration.is_some()
        || input.reset_max_signin_session_duration == Some(true)
    {
        return Err(ServiceError::validation(
            IAM,
            "MaxSigninSessionDuration is not supported by this service.",
        ));
    }
    // Of a service-linked role its owner may change the description and nothing else (IAM User
    // Guide, "Service-linked roles").
    let mut role = match input.max_session_duration {
        Some(_) => named.to_change()?,
        None => Role::clone(named.existing()?),
    };
    if let Some(seconds) = input
        .max_session_duration
        .and_then(|s| u32::try_from(s).ok())
    {
        role.max_session_seconds = seconds;
    }
    if let Some(text) = &input.description {
        role.description = Some(text.clone()).filter(|text| !text.is_empty());
    }
    Ok(role)
}

operation! {
    /// Changes a role's description and the longest session it allows.
    UpdateRole(UpdateRoleRequest) -> UpdateRoleResponse, Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.demand("iam:UpdateRole")];
    perform: |input, named, turn| {
        turn.put(change(input, named)?);
        Ok(UpdateRoleResponse::default())
    };
}

operation! {
    /// Changes a role's description.
    UpdateRoleDescription(UpdateRoleDescriptionRequest)
        -> UpdateRoleDescriptionResponse, Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.demand("iam:UpdateRoleDescription")];
    perform: |input, named, turn| {
        let mut role = Role::clone(named.existing()?);
        role.description = input.description.clone().filter(|text| !text.is_empty());
        let shown = reply::listed_role(&role, turn.view());
        turn.put(role);
        Ok(UpdateRoleDescriptionResponse { role: Some(shown) })
    };
}
