//! Who is in which group: `AddUserToGroup`, `RemoveUserFromGroup`, `ListGroupsForUser`. Source:
//! IAM API Reference; IAM User Guide, "IAM and AWS STS quotas".

use super::entity::Named;
use super::operation::operation;
use super::page::page;
use super::reply;
use crate::chain::ServiceError;
use crate::state::{Group, User, entity_place};
use claviger_model::iam::error::LIMIT_EXCEEDED_EXCEPTION;
use claviger_model::iam::{
    AddUserToGroupRequest, ListGroupsForUserRequest, ListGroupsForUserResponse,
    RemoveUserFromGroupRequest,
};

/// How many groups a user may be in.
pub(super) const GROUPS_PER_USER: usize = 10;

/// A group and a user that a request names. The group is what permission is asked for.
pub(crate) struct Pair {
    group: Named<Group>,
    user: Named<User>,
}

operation! {
    /// Puts a user into a group. One who is in it already stays in it.
    AddUserToGroup(AddUserToGroupRequest) -> (), Write, on Pair;
    resolve: |request, turn| {
        let (caller, input) = (&request.caller, &request.input);
        Ok(Pair {
            group: Named::find(caller, input.group_name.as_ref(), "groupName", turn)?,
            user: Named::find(caller, input.user_name.as_ref(), "userName", turn)?,
        })
    };
    demands: |_, pair| vec![pair.group.demand("iam:AddUserToGroup")];
    perform: |_, pair, turn| {
        let group = pair.group.existing()?;
        let mut user = pair.user.to_change()?;
        let place = entity_place(group.account, &group.name);
        if user.groups.contains(&place.1) {
            return Ok(());
        }
        if user.groups.len() >= GROUPS_PER_USER {
            return Err(ServiceError::new(
                &LIMIT_EXCEEDED_EXCEPTION,
                format!("Cannot exceed quota for GroupsPerUser: {GROUPS_PER_USER}"),
            ));
        }
        // A group that is deleted or renamed at the same time must not get this member.
        turn.rest_on::<Group>(&place);
        user.groups.push(place.1);
        user.groups.sort();
        turn.put(user);
        Ok(())
    };
}

operation! {
    /// Takes a user out of a group. One who is not in it is no mistake.
    RemoveUserFromGroup(RemoveUserFromGroupRequest) -> (), Write, on Pair;
    resolve: |request, turn| {
        let (caller, input) = (&request.caller, &request.input);
        Ok(Pair {
            group: Named::find(caller, input.group_name.as_ref(), "groupName", turn)?,
            user: Named::find(caller, input.user_name.as_ref(), "userName", turn)?,
        })
    };
    demands: |_, pair| vec![pair.group.demand("iam:RemoveUserFromGroup")];
    perform: |_, pair, turn| {
        let group = pair.group.existing()?;
        let mut user = pair.user.to_change()?;
        let place = entity_place(group.account, &group.name);
        if user.groups.contains(&place.1) {
            user.groups.retain(|name| *name != place.1);
            turn.put(user);
        }
        Ok(())
    };
}

operation! {
    /// Lists the groups that a user is in.
    ListGroupsForUser(ListGroupsForUserRequest)
        -> ListGroupsForUserResponse, Read, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |_, named| vec![named.demand("iam:ListGroupsForUser")];
    perform: |input, named, turn| {
        let user = named.existing()?;
        let groups = user.groups.iter().filter_map(|name| {
            let group = turn.view().get::<Group>(&(user.account, name.clone()))?;
            Some((name, reply::group(group)))
        });
        let page = page(groups, input.marker.as_deref(), input.max_items)?;
        Ok(ListGroupsForUserResponse {
            groups: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}
