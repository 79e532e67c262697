//! AWS IAM over the state: users, roles, access keys, policies. Source: the IAM service model
//! (2010-05-08), API reference and User Guide. What an operation may do is decided by the chain.

mod access_key;
mod attached_policy;
mod create;
mod document;
mod entity;
mod inline_policy;
mod list;
mod managed;
mod new_access_key;
mod operation;
mod page;
mod principals;
mod reply;
mod role;
mod service_principals;
mod tags;
mod trail_parts;
mod user;

pub(crate) use document::{session_policy, size};
pub(crate) use managed::{ADMINISTRATOR_ACCESS, managed_document, managed_policy};
pub(crate) use new_access_key::{new_access_key, new_secret_access_key};
pub(crate) use principals::{resolve_arn, resolve_principals};
pub(crate) use service_principals::is_service_principal;
pub(crate) use tags::{checked as checked_tags, same_key};
pub(crate) use trail_parts::parameters as trail_parameters;

use crate::chain::Served;
use access_key::{CreateAccessKey, DeleteAccessKey, ListAccessKeys, UpdateAccessKey};
use attached_policy::{
    AttachRolePolicy, AttachUserPolicy, DetachRolePolicy, DetachUserPolicy,
    ListAttachedRolePolicies, ListAttachedUserPolicies,
};
use inline_policy::{
    DeleteRolePolicy, DeleteUserPolicy, GetRolePolicy, GetUserPolicy, ListRolePolicies,
    ListUserPolicies, PutRolePolicy, PutUserPolicy,
};
use role::{CreateRole, DeleteRole, GetRole, ListRoleTags, ListRoles, UpdateAssumeRolePolicy};
use user::{CreateUser, DeleteUser, GetUser, ListUserTags, ListUsers};

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<AttachRolePolicy>(),
    Served::of::<AttachUserPolicy>(),
    Served::of::<CreateAccessKey>(),
    Served::of::<CreateRole>(),
    Served::of::<CreateUser>(),
    Served::of::<DeleteAccessKey>(),
    Served::of::<DeleteRole>(),
    Served::of::<DeleteRolePolicy>(),
    Served::of::<DeleteUser>(),
    Served::of::<DeleteUserPolicy>(),
    Served::of::<DetachRolePolicy>(),
    Served::of::<DetachUserPolicy>(),
    Served::of::<GetRole>(),
    Served::of::<GetRolePolicy>(),
    Served::of::<GetUser>(),
    Served::of::<GetUserPolicy>(),
    Served::of::<ListAccessKeys>(),
    Served::of::<ListAttachedRolePolicies>(),
    Served::of::<ListAttachedUserPolicies>(),
    Served::of::<ListRolePolicies>(),
    Served::of::<ListRoleTags>(),
    Served::of::<ListRoles>(),
    Served::of::<ListUserPolicies>(),
    Served::of::<ListUserTags>(),
    Served::of::<ListUsers>(),
    Served::of::<PutRolePolicy>(),
    Served::of::<PutUserPolicy>(),
    Served::of::<UpdateAccessKey>(),
    Served::of::<UpdateAssumeRolePolicy>(),
];
