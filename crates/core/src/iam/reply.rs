//! Users, groups and roles as replies show them. Source: IAM API Reference, "User", "Group" and
//! "Role".

use super::document::url_encoded;
use super::tags;
use crate::state::{Attachments, Group, Role, Snapshot, User};
use claviger_model::Epoch;
use claviger_model::iam::{
    AttachedPermissionsBoundary, PermissionsBoundaryAttachmentType, RoleLastUsed,
};
use claviger_types::Timestamp;

/// Moments in IAM's replies are whole seconds.
pub(super) fn seconds(moment: Timestamp) -> Epoch {
    Timestamp::from_seconds(moment.seconds()).into()
}

/// The permissions boundary.
pub(super) fn boundary(policies: &Attachments) -> Option<AttachedPermissionsBoundary> {
    let arn = policies.boundary.as_ref()?;
    Some(AttachedPermissionsBoundary {
        permissions_boundary_type: Some(
            PermissionsBoundaryAttachmentType::PermissionsBoundaryPolicy,
        ),
        permissions_boundary_arn: Some(arn.to_string()),
    })
}

/// A user in a list: without tags and boundary, which `ListUsers` leaves out.
pub(super) fn listed_user(user: &User) -> claviger_model::iam::User {
    claviger_model::iam::User {
        path: Some(user.path.clone()),
        user_name: Some(user.name.clone()),
        user_id: Some(user.id.to_string()),
        arn: Some(user.arn()),
        create_date: Some(seconds(user.created)),
        ..claviger_model::iam::User::default()
    }
}

/// A user in full.
pub(super) fn user(user: &User) -> claviger_model::iam::User {
    claviger_model::iam::User {
        permissions_boundary: boundary(&user.policies),
        tags: tags::reply(&user.tags),
        ..listed_user(user)
    }
}

/// A group.
pub(super) fn group(group: &Group) -> claviger_model::iam::Group {
    claviger_model::iam::Group {
        path: Some(group.path.clone()),
        group_name: Some(group.name.clone()),
        group_id: Some(group.id.to_string()),
        arn: Some(group.arn()),
        create_date: Some(seconds(group.created)),
    }
}

/// A role as `CreateRole` answers it: without what has a default.
pub(super) fn created_role(role: &Role, view: &Snapshot) -> claviger_model::iam::Role {
    claviger_model::iam::Role {
        path: Some(role.path.clone()),
        role_name: Some(role.name.clone()),
        role_id: Some(role.id.to_string()),
        arn: Some(role.arn()),
        create_date: Some(seconds(role.created)),
        assume_role_policy_document: Some(url_encoded(&role.trust.shown(view))),
        permissions_boundary: boundary(&role.policies),
        tags: tags::reply(&role.tags),
        ..claviger_model::iam::Role::default()
    }
}

/// A role in a list: without tags, boundary and last use, which `ListRoles` leaves out.
pub(super) fn listed_role(role: &Role, view: &Snapshot) -> claviger_model::iam::Role {
    claviger_model::iam::Role {
        description: role.description.clone(),
        max_session_duration: i32::try_from(role.max_session_seconds).ok(),
        permissions_boundary: None,
        tags: None,
        ..created_role(role, view)
    }
}

/// A role in full. When it was last used is not tracked here.
pub(super) fn role(role: &Role, view: &Snapshot) -> claviger_model::iam::Role {
    claviger_model::iam::Role {
        description: role.description.clone(),
        max_session_duration: i32::try_from(role.max_session_seconds).ok(),
        role_last_used: Some(RoleLastUsed::default()),
        ..created_role(role, view)
    }
}
