//! `CreateGroup`, `GetGroup`, `UpdateGroup`, `DeleteGroup`, `ListGroups`. Who is in a group is
//! another file's. Source: IAM API Reference; IAM User Guide, "IAM user groups".

use super::create::{Wanted, check_free};
use super::entity::{Entity as _, Named, entities_of};
use super::list::Listing;
use super::operation::operation;
use super::page::page;
use super::{attached_policy, inline_policy, reply};
use crate::chain::{Demand, ServiceError, Turn};
use crate::state::{Attachments, Group, Snapshot, User, entity_place};
use claviger_model::iam::error::DELETE_CONFLICT_EXCEPTION;
use claviger_model::iam::{
    CreateGroupRequest, CreateGroupResponse, DeleteGroupRequest, GetGroupRequest, GetGroupResponse,
    ListGroupsRequest, ListGroupsResponse, UpdateGroupRequest,
};
use claviger_types::UniqueId;

/// The default quota. Source: IAM User Guide, "IAM and AWS STS quotas".
pub(super) const QUOTA: (&str, usize) = ("GroupsPerAccount", 300);

operation! {
    /// Makes a group without members and without any permission.
    CreateGroup(CreateGroupRequest) -> CreateGroupResponse, Write, on Wanted;
    resolve: |request, _| {
        let input = &request.input;
        let name = (input.group_name.as_ref(), "groupName");
        Wanted::read(&request.caller, name, input.path.as_ref(), None, None)
    };
    demands: |_, wanted| wanted.untagged_demands::<Group>("iam:CreateGroup");
    perform: |_, wanted, turn| {
        wanted.check_room::<Group>(turn, QUOTA)?;
        let group = Group {
            account: wanted.account,
            name: wanted.name.clone(),
            path: wanted.path.clone(),
            id: UniqueId::generate("AGPA", turn.entropy()),
            created: turn.now(),
            policies: Attachments::default(),
        };
        let output = CreateGroupResponse { group: Some(reply::group(&group)) };
        turn.put(group);
        Ok(output)
    };
}

operation! {
    /// Shows a group and lists its users.
    GetGroup(GetGroupRequest) -> GetGroupResponse, Read, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: |_, named| vec![named.demand("iam:GetGroup")];
    perform: |input, named, turn| {
        let group = named.existing()?;
        let place = entity_place(group.account, &group.name);
        let view = turn.view();
        let users = view.members_of(&place).filter_map(|member| {
            let user = view.get::<User>(member)?;
            Some((&member.1, reply::listed_user(user)))
        });
        let page = page(users, input.marker.as_deref(), input.max_items)?;
        Ok(GetGroupResponse {
            group: Some(reply::group(group)),
            users: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Lists the groups of the account.
    ListGroups(ListGroupsRequest) -> ListGroupsResponse, Read, on Listing;
    resolve: |request, _| {
        Listing::read(&request.caller, request.input.path_prefix.as_deref())
    };
    demands: |_, listing| vec![listing.demand("iam:ListGroups", "group")];
    perform: |input, listing, turn| {
        let groups = entities_of::<Group>(listing.account, turn.view())
            .filter(|(_, group)| group.path.starts_with(&listing.prefix))
            .map(|(place, group)| (&place.1, reply::group(group)));
        let page = page(groups, input.marker.as_deref(), input.max_items)?;
        Ok(ListGroupsResponse {
            groups: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

/// A change of name or path needs the permission on the old and on the new ARN (IAM API Reference,
/// "UpdateGroup").
fn update_demands(input: &UpdateGroupRequest, named: &Named<Group>) -> Vec<Demand> {
    let action = "iam:UpdateGroup";
    let (path, name) = (input.new_path.as_ref(), input.new_group_name.as_ref());
    std::iter::once(named.demand(action))
        .chain(named.demand_as(action, path, name))
        .collect()
}

operation! {
    /// Gives a group another name or path; its users stay in it.
    UpdateGroup(UpdateGroupRequest) -> (), Write, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: update_demands;
    perform: |input, named, turn| {
        let mut group = named.to_change()?;
        if let Some(path) = &input.new_path {
            group.path.clone_from(path);
        }
        if let Some(name) = &input.new_group_name {
            rename(&mut group, name, turn)?;
        }
        turn.put(group);
        Ok(())
    };
}

/// Another name moves the row, unless it differs by case only; the users name the new one.
fn rename(group: &mut Group, name: &str, turn: &mut Turn<'_>) -> Result<(), ServiceError> {
    let old = entity_place(group.account, &group.name);
    let new = entity_place(group.account, name);
    name.clone_into(&mut group.name);
    if old == new {
        return Ok(());
    }
    check_free::<Group>(group.account, name, turn)?;
    let members = turn.view().members_of(&old);
    let members: Vec<User> = members
        .filter_map(|place| turn.view().get::<User>(place))
        .map(|user| User::clone(user))
        .collect();
    for mut user in members {
        user.groups.retain(|group| *group != old.1);
        user.groups.push(new.1.clone());
        user.groups.sort();
        turn.put(user);
    }
    turn.delete::<Group>(old);
    Ok(())
}

operation! {
    /// Deletes a group that has neither users nor policies.
    DeleteGroup(DeleteGroupRequest) -> (), Write, on Named<Group>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.group_name.as_ref(), "groupName", turn)
    };
    demands: |_, named| vec![named.demand("iam:DeleteGroup")];
    perform: |_, named, turn| {
        let group = named.existing()?;
        let place = entity_place(group.account, &group.name);
        let of = place.clone();
        let empty = move |state: &Snapshot| state.members_of(&of).next().is_none();
        if !empty(turn.view()) {
            return Err(ServiceError::new(
                &DELETE_CONFLICT_EXCEPTION,
                "Cannot delete entity, must remove users from group first.",
            ));
        }
        attached_policy::none_left(&group.policies)?;
        inline_policy::none_left(group.policies())?;
        turn.rest_on_fact(empty);
        turn.delete::<Group>(place);
        Ok(())
    };
}
