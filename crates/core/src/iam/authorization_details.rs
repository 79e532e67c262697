//! `GetAccountAuthorizationDetails`: all users, groups, roles and managed policies of an account
//! with their policies and how they hang together, page by page. Source: IAM API Reference,
//! "GetAccountAuthorizationDetails".

use super::account::demand;
use super::attached_policy::shown as attached;
use super::document::url_encoded;
use super::entity::{account_of, entities_of};
use super::managed::AWS_MANAGED;
use super::named_policy::{counts, is_of_services};
use super::operation::operation;
use super::page::page;
use super::policy_version::{shown, shown_aws};
use super::{reply, tags};
use crate::state::{Attachments, Group, ManagedPolicy, Role, Snapshot, User};
use claviger_model::iam::{
    EntityType, GetAccountAuthorizationDetailsRequest, GetAccountAuthorizationDetailsResponse,
    GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, RoleLastUsed, UserDetail,
};
use claviger_types::{AccountId, Arn};

/// One entry, of whichever kind. Made only for those that are on the page.
enum Entry<'s> {
    User(&'s User),
    Group(&'s Group),
    Role(&'s Role),
    Customer(&'s ManagedPolicy),
    Aws(&'static super::managed::AwsManaged),
}

operation! {
    /// Shows everything about who may do what in the account.
    GetAccountAuthorizationDetails(GetAccountAuthorizationDetailsRequest)
        -> GetAccountAuthorizationDetailsResponse, Read, on AccountId;
    resolve: |request, _| account_of(&request.caller);
    demands: |_, _| vec![demand("iam:GetAccountAuthorizationDetails")];
    perform: |input, account, turn| {
        let view = turn.view();
        let wanted = |kind: EntityType| {
            let filter = input.filter.as_deref().unwrap_or_default();
            filter.is_empty() || filter.contains(&kind)
        };
        let entries = entries(*account, view, wanted);
        let page = page(entries, input.marker.as_deref(), input.max_items)?;
        let mut reply = GetAccountAuthorizationDetailsResponse {
            user_detail_list: Some(Vec::new()),
            group_detail_list: Some(Vec::new()),
            role_detail_list: Some(Vec::new()),
            policies: Some(Vec::new()),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        };
        for entry in page.items {
            add(&mut reply, &entry, *account, view);
        }
        Ok(reply)
    };
}

/// What is asked for, in the order of its keys: users, groups, roles, policies, each by name. Of
/// AWS's policies there are those that the account uses.
fn entries<'s>(
    account: AccountId,
    view: &'s Snapshot,
    wanted: impl Fn(EntityType) -> bool,
) -> impl Iterator<Item = (String, Entry<'s>)> {
    let only = |kind| wanted(kind).then_some(()).into_iter();
    let users = only(EntityType::User).flat_map(move |()| entities_of::<User>(account, view));
    let groups = only(EntityType::Group).flat_map(move |()| entities_of::<Group>(account, view));
    let roles = only(EntityType::Role).flat_map(move |()| entities_of::<Role>(account, view));
    let policies = only(EntityType::LocalManagedPolicy)
        .flat_map(move |()| entities_of::<ManagedPolicy>(account, view));
    let of_aws = only(EntityType::AWSManagedPolicy)
        .flat_map(|()| &AWS_MANAGED)
        .filter(move |known| {
            let arn: Option<Arn> = known.arn().parse().ok();
            arn.is_some_and(|arn| counts(&arn, account, view) != (0, 0))
        });
    let users = users.map(|(place, user)| (format!("1/{}", place.1), Entry::User(user)));
    let groups = groups.map(|(place, group)| (format!("2/{}", place.1), Entry::Group(group)));
    let roles = roles.map(|(place, role)| (format!("3/{}", place.1), Entry::Role(role)));
    let policies =
        policies.map(|(place, policy)| (format!("4/{}", place.1), Entry::Customer(policy)));
    let of_aws = of_aws.map(|known| (format!("5/{}", known.name), Entry::Aws(known)));
    users
        .chain(groups)
        .chain(roles)
        .chain(policies)
        .chain(of_aws)
}

fn add(
    reply: &mut GetAccountAuthorizationDetailsResponse,
    entry: &Entry<'_>,
    account: AccountId,
    view: &Snapshot,
) {
    match entry {
        Entry::User(of) => {
            let list = reply.user_detail_list.get_or_insert_default();
            list.push(user(of, view));
        }
        Entry::Group(of) => reply
            .group_detail_list
            .get_or_insert_default()
            .push(group(of)),
        Entry::Role(of) => {
            let list = reply.role_detail_list.get_or_insert_default();
            list.push(role(of, view));
        }
        Entry::Customer(of) => {
            let counts = arn_counts(&of.arn(), account, view);
            reply
                .policies
                .get_or_insert_default()
                .push(customer(of, counts));
        }
        Entry::Aws(of) => {
            let counts = arn_counts(&of.arn(), account, view);
            reply.policies.get_or_insert_default().push(aws(of, counts));
        }
    }
}

fn arn_counts(arn: &str, account: AccountId, view: &Snapshot) -> (usize, usize) {
    let arn: Option<Arn> = arn.parse().ok();
    arn.map_or((0, 0), |arn| counts(&arn, account, view))
}

fn inline(policies: &Attachments) -> Vec<PolicyDetail> {
    let detail = |(name, policy): (&String, &crate::state::PolicyText)| PolicyDetail {
        policy_name: Some(name.clone()),
        policy_document: Some(url_encoded(&policy.text)),
    };
    policies.inline.iter().map(detail).collect()
}

fn user(user: &User, view: &Snapshot) -> UserDetail {
    let groups = user.groups.iter().filter_map(|name| {
        let group = view.get::<Group>(&(user.account, name.clone()))?;
        Some(group.name.clone())
    });
    let inline = inline(&user.policies);
    UserDetail {
        path: Some(user.path.clone()),
        user_name: Some(user.name.clone()),
        user_id: Some(user.id.to_string()),
        arn: Some(user.arn()),
        create_date: Some(reply::seconds(user.created)),
        user_policy_list: (!inline.is_empty()).then_some(inline),
        group_list: Some(groups.collect()),
        attached_managed_policies: Some(attached(&user.policies)),
        permissions_boundary: reply::boundary(&user.policies),
        tags: tags::reply(&user.tags),
    }
}

fn group(group: &Group) -> GroupDetail {
    GroupDetail {
        path: Some(group.path.clone()),
        group_name: Some(group.name.clone()),
        group_id: Some(group.id.to_string()),
        arn: Some(group.arn()),
        create_date: Some(reply::seconds(group.created)),
        group_policy_list: Some(inline(&group.policies)),
        attached_managed_policies: Some(attached(&group.policies)),
    }
}

fn role(role: &Role, view: &Snapshot) -> RoleDetail {
    RoleDetail {
        path: Some(role.path.clone()),
        role_name: Some(role.name.clone()),
        role_id: Some(role.id.to_string()),
        arn: Some(role.arn()),
        create_date: Some(reply::seconds(role.created)),
        assume_role_policy_document: Some(url_encoded(&role.trust.shown(view))),
        instance_profile_list: Some(Vec::new()),
        role_policy_list: Some(inline(&role.policies)),
        attached_managed_policies: Some(attached(&role.policies)),
        permissions_boundary: reply::boundary(&role.policies),
        tags: tags::reply(&role.tags),
        role_last_used: Some(RoleLastUsed::default()),
    }
}

fn customer(policy: &ManagedPolicy, counts: (usize, usize)) -> ManagedPolicyDetail {
    let versions = policy.versions.iter().rev();
    ManagedPolicyDetail {
        policy_name: Some(policy.name.clone()),
        policy_id: Some(policy.id.to_string()),
        arn: Some(policy.arn()),
        path: Some(policy.path.clone()),
        default_version_id: Some(format!("v{}", policy.default)),
        attachment_count: i32::try_from(counts.0).ok(),
        permissions_boundary_usage_count: i32::try_from(counts.1).ok(),
        is_attachable: Some(true),
        description: policy.description.clone(),
        create_date: Some(reply::seconds(policy.created)),
        update_date: Some(reply::seconds(policy.updated)),
        policy_version_list: Some(versions.map(|version| shown(policy, version)).collect()),
    }
}

fn aws(known: &super::managed::AwsManaged, counts: (usize, usize)) -> ManagedPolicyDetail {
    ManagedPolicyDetail {
        policy_name: Some(known.name.to_owned()),
        policy_id: Some(known.id().to_string()),
        arn: Some(known.arn()),
        path: Some(known.path.to_owned()),
        default_version_id: Some(known.version.to_owned()),
        attachment_count: i32::try_from(counts.0).ok(),
        permissions_boundary_usage_count: i32::try_from(counts.1).ok(),
        is_attachable: Some(!is_of_services(known)),
        description: None,
        create_date: Some(reply::seconds(known.created())),
        update_date: Some(reply::seconds(known.updated())),
        policy_version_list: Some(vec![shown_aws(known)]),
    }
}
