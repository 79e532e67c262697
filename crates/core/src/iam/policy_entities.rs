//! `ListEntitiesForPolicy`: the groups, users and roles that use a managed policy. Source: IAM API
//! Reference, "ListEntitiesForPolicy".

use super::named_policy::NamedPolicy;
use super::operation::operation;
use super::page::page;
use crate::state::{Group, IdentityKind, PolicyUse, Role, Snapshot, Usage, User};
use claviger_model::iam::{
    EntityType, ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse, PolicyGroup,
    PolicyRole, PolicyUsageType, PolicyUser,
};

/// An identity that uses the policy.
enum Entity {
    Group(PolicyGroup),
    User(PolicyUser),
    Role(PolicyRole),
}

fn is_wanted(input: &ListEntitiesForPolicyRequest, (kind, _, usage): &PolicyUse) -> bool {
    let usage_fits = match &input.policy_usage_filter {
        Some(PolicyUsageType::PermissionsPolicy) => *usage == Usage::Permissions,
        Some(PolicyUsageType::PermissionsBoundary) => *usage == Usage::Boundary,
        _ => true,
    };
    let kind_fits = match &input.entity_filter {
        None => true,
        Some(EntityType::User) => *kind == IdentityKind::User,
        Some(EntityType::Role) => *kind == IdentityKind::Role,
        Some(EntityType::Group) => *kind == IdentityKind::Group,
        // Policies use no policies.
        Some(_) => false,
    };
    usage_fits && kind_fits
}

/// The identity with its path and the key by which it is paged.
fn entity((kind, place, _): &PolicyUse, state: &Snapshot) -> Option<(String, String, Entity)> {
    let (path, entity) = match kind {
        IdentityKind::Group => {
            let group = state.get::<Group>(place)?;
            let shown = PolicyGroup {
                group_name: Some(group.name.clone()),
                group_id: Some(group.id.to_string()),
            };
            (&group.path, Entity::Group(shown))
        }
        IdentityKind::User => {
            let user = state.get::<User>(place)?;
            let shown = PolicyUser {
                user_name: Some(user.name.clone()),
                user_id: Some(user.id.to_string()),
            };
            (&user.path, Entity::User(shown))
        }
        IdentityKind::Role => {
            let role = state.get::<Role>(place)?;
            let shown = PolicyRole {
                role_name: Some(role.name.clone()),
                role_id: Some(role.id.to_string()),
            };
            (&role.path, Entity::Role(shown))
        }
    };
    let order = match kind {
        IdentityKind::Group => 0,
        IdentityKind::User => 1,
        IdentityKind::Role => 2,
    };
    Some((format!("{order}/{}", place.1), path.clone(), entity))
}

operation! {
    /// Lists who uses a managed policy: attached to it, or as its permissions boundary.
    ListEntitiesForPolicy(ListEntitiesForPolicyRequest)
        -> ListEntitiesForPolicyResponse, Read, on NamedPolicy;
    resolve: |request, turn| {
        NamedPolicy::find(&request.caller, request.input.policy_arn.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:ListEntitiesForPolicy")];
    perform: |input, named, turn| {
        named.existing()?;
        let view = turn.view();
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let mut found: Vec<(String, Entity)> = view
            .uses_of(&named.arn)
            .filter(|used| used.1.0 == named.account && is_wanted(input, used))
            .filter_map(|used| entity(used, view))
            .filter(|(_, path, _)| path.starts_with(prefix))
            .map(|(key, _, entity)| (key, entity))
            .collect();
        // One that has the policy attached and as its boundary is listed once.
        found.dedup_by(|a, b| a.0 == b.0);
        let page = page(found.into_iter(), input.marker.as_deref(), input.max_items)?;
        let mut reply = ListEntitiesForPolicyResponse {
            policy_groups: Some(Vec::new()),
            policy_users: Some(Vec::new()),
            policy_roles: Some(Vec::new()),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        };
        for entity in page.items {
            match entity {
                Entity::Group(group) => reply.policy_groups.get_or_insert_default().push(group),
                Entity::User(user) => reply.policy_users.get_or_insert_default().push(user),
                Entity::Role(role) => reply.policy_roles.get_or_insert_default().push(role),
            }
        }
        Ok(reply)
    };
}
