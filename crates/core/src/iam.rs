//! AWS IAM over the state: users, groups, roles, access keys, policies. Source: the IAM service model
//! (2010-05-08), API reference and User Guide. What an operation may do is decided by the chain.

mod access_key;
mod access_key_last_used;
mod account;
mod attached_policy;
mod authorization_details;
mod boundary;
mod create;
mod document;
mod entity;
mod group;
mod inline_policy;
mod list;
mod managed;
mod membership;
mod named_policy;
mod new_access_key;
mod operation;
mod page;
mod policy;
mod policy_entities;
mod policy_version;
mod principals;
mod reply;
mod role;
mod service_linked;
mod service_principals;
mod simulation;
mod simulation_input;
mod simulation_source;
mod tagging;
mod tags;
mod trail_parts;
mod update;
mod user;

pub(crate) use document::{session_policy, size};
pub(crate) use managed::{
    ADMINISTRATOR_ACCESS, Managed, administrator_access, customer_policy_place, managed,
};
pub(crate) use new_access_key::{new_access_key, new_secret_access_key};
pub(crate) use principals::{resolve_arn, resolve_principals};
pub(crate) use service_principals::is_service_principal;
pub(crate) use tags::{checked as checked_tags, same_key};
pub(crate) use trail_parts::parameters as trail_parameters;

use crate::chain::Served;
use access_key::{CreateAccessKey, DeleteAccessKey, ListAccessKeys, UpdateAccessKey};
use access_key_last_used::GetAccessKeyLastUsed;
use account::{CreateAccountAlias, DeleteAccountAlias, GetAccountSummary, ListAccountAliases};
use attached_policy::{
    AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, DetachGroupPolicy, DetachRolePolicy,
    DetachUserPolicy, ListAttachedGroupPolicies, ListAttachedRolePolicies,
    ListAttachedUserPolicies,
};
use authorization_details::GetAccountAuthorizationDetails;
use boundary::{
    DeleteRolePermissionsBoundary, DeleteUserPermissionsBoundary, PutRolePermissionsBoundary,
    PutUserPermissionsBoundary,
};
use group::{CreateGroup, DeleteGroup, GetGroup, ListGroups, UpdateGroup};
use inline_policy::{
    DeleteGroupPolicy, DeleteRolePolicy, DeleteUserPolicy, GetGroupPolicy, GetRolePolicy,
    GetUserPolicy, ListGroupPolicies, ListRolePolicies, ListUserPolicies, PutGroupPolicy,
    PutRolePolicy, PutUserPolicy,
};
use membership::{AddUserToGroup, ListGroupsForUser, RemoveUserFromGroup};
use policy::{CreatePolicy, DeletePolicy, GetPolicy, ListPolicies};
use policy_entities::ListEntitiesForPolicy;
use policy_version::{
    CreatePolicyVersion, DeletePolicyVersion, GetPolicyVersion, ListPolicyVersions,
    SetDefaultPolicyVersion,
};
use role::{CreateRole, DeleteRole, GetRole, ListRoleTags, ListRoles, UpdateAssumeRolePolicy};
use service_linked::{
    CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus,
};
use simulation::{SimulateCustomPolicy, SimulatePrincipalPolicy};
use simulation_source::{GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy};
use tagging::{ListPolicyTags, TagPolicy, TagRole, TagUser, UntagPolicy, UntagRole, UntagUser};
use update::{UpdateRole, UpdateRoleDescription, UpdateUser};
use user::{CreateUser, DeleteUser, GetUser, ListUserTags, ListUsers};

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<AddUserToGroup>(),
    Served::of::<AttachGroupPolicy>(),
    Served::of::<AttachRolePolicy>(),
    Served::of::<AttachUserPolicy>(),
    Served::of::<CreateAccessKey>(),
    Served::of::<CreateAccountAlias>(),
    Served::of::<CreateGroup>(),
    Served::of::<CreatePolicy>(),
    Served::of::<CreatePolicyVersion>(),
    Served::of::<CreateRole>(),
    Served::of::<CreateServiceLinkedRole>(),
    Served::of::<CreateUser>(),
    Served::of::<DeleteAccessKey>(),
    Served::of::<DeleteAccountAlias>(),
    Served::of::<DeleteGroup>(),
    Served::of::<DeleteGroupPolicy>(),
    Served::of::<DeletePolicy>(),
    Served::of::<DeletePolicyVersion>(),
    Served::of::<DeleteRole>(),
    Served::of::<DeleteRolePermissionsBoundary>(),
    Served::of::<DeleteRolePolicy>(),
    Served::of::<DeleteServiceLinkedRole>(),
    Served::of::<DeleteUser>(),
    Served::of::<DeleteUserPermissionsBoundary>(),
    Served::of::<DeleteUserPolicy>(),
    Served::of::<DetachGroupPolicy>(),
    Served::of::<DetachRolePolicy>(),
    Served::of::<DetachUserPolicy>(),
    Served::of::<GetAccessKeyLastUsed>(),
    Served::of::<GetAccountAuthorizationDetails>(),
    Served::of::<GetAccountSummary>(),
    Served::of::<GetContextKeysForCustomPolicy>(),
    Served::of::<GetContextKeysForPrincipalPolicy>(),
    Served::of::<GetGroup>(),
    Served::of::<GetGroupPolicy>(),
    Served::of::<GetPolicy>(),
    Served::of::<GetPolicyVersion>(),
    Served::of::<GetRole>(),
    Served::of::<GetRolePolicy>(),
    Served::of::<GetServiceLinkedRoleDeletionStatus>(),
    Served::of::<GetUser>(),
    Served::of::<GetUserPolicy>(),
    Served::of::<ListAccessKeys>(),
    Served::of::<ListAccountAliases>(),
    Served::of::<ListAttachedGroupPolicies>(),
    Served::of::<ListAttachedRolePolicies>(),
    Served::of::<ListAttachedUserPolicies>(),
    Served::of::<ListEntitiesForPolicy>(),
    Served::of::<ListGroupPolicies>(),
    Served::of::<ListGroups>(),
    Served::of::<ListGroupsForUser>(),
    Served::of::<ListPolicies>(),
    Served::of::<ListPolicyTags>(),
    Served::of::<ListPolicyVersions>(),
    Served::of::<ListRolePolicies>(),
    Served::of::<ListRoleTags>(),
    Served::of::<ListRoles>(),
    Served::of::<ListUserPolicies>(),
    Served::of::<ListUserTags>(),
    Served::of::<ListUsers>(),
    Served::of::<PutGroupPolicy>(),
    Served::of::<PutRolePermissionsBoundary>(),
    Served::of::<PutRolePolicy>(),
    Served::of::<PutUserPermissionsBoundary>(),
    Served::of::<PutUserPolicy>(),
    Served::of::<RemoveUserFromGroup>(),
    Served::of::<SetDefaultPolicyVersion>(),
    Served::of::<SimulateCustomPolicy>(),
    Served::of::<SimulatePrincipalPolicy>(),
    Served::of::<TagPolicy>(),
    Served::of::<TagRole>(),
    Served::of::<TagUser>(),
    Served::of::<UntagPolicy>(),
    Served::of::<UntagRole>(),
    Served::of::<UntagUser>(),
    Served::of::<UpdateAccessKey>(),
    Served::of::<UpdateAssumeRolePolicy>(),
    Served::of::<UpdateGroup>(),
    Served::of::<UpdateRole>(),
    Served::of::<UpdateRoleDescription>(),
    Served::of::<UpdateUser>(),
];
