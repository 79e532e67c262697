//! `CreateUser`, `GetUser`, `ListUsers`, `DeleteUser`, `ListUserTags`.

use super::create::Wanted;
use super::entity::{Named, entities_of, own_or_named};
use super::list::Listing;
use super::operation::operation;
use super::page::page;
use super::{attached_policy, inline_policy, reply, tags};
use crate::chain::ServiceError;
use crate::state::{Attachments, User};
use claviger_model::iam::error::DELETE_CONFLICT_EXCEPTION;
use claviger_model::iam::{
    CreateUserRequest, CreateUserResponse, DeleteUserRequest, GetUserRequest, GetUserResponse,
    ListUserTagsRequest, ListUserTagsResponse, ListUsersRequest, ListUsersResponse,
};
use claviger_types::UniqueId;

/// The default quota. Source: IAM User Guide, "IAM and AWS STS quotas".
pub(super) const QUOTA: (&str, usize) = ("UsersPerAccount", 5000);

operation! {
    /// Makes a user without any permission.
    CreateUser(CreateUserRequest) -> CreateUserResponse, Write, on Wanted;
    resolve: |request, _| {
        let input = &request.input;
        Wanted::read(
            &request.caller,
            (input.user_name.as_ref(), "userName"),
            input.path.as_ref(),
            input.tags.as_ref(),
            input.permissions_boundary.as_ref(),
        )
    };
    demands: |_, wanted| wanted.demands::<User>("iam:CreateUser", "iam:TagUser");
    perform: |_, wanted, turn| {
        wanted.check_room::<User>(turn, QUOTA)?;
        let boundary = wanted.boundary(turn)?;
        let user = User {
            account: wanted.account,
            name: wanted.name.clone(),
            path: wanted.path.clone(),
            id: UniqueId::generate("AIDA", turn.entropy()),
            created: turn.now(),
            tags: wanted.tags.clone(),
            policies: Attachments { boundary, ..Attachments::default() },
            groups: Vec::new(),
        };
        let output = CreateUserResponse { user: Some(reply::user(&user)) };
        turn.put(user);
        Ok(output)
    };
}

operation! {
    /// Shows a user; without a name, the one whose access key signed.
    GetUser(GetUserRequest) -> GetUserResponse, Read, on Named<User>;
    resolve: |request, turn| {
        own_or_named(&request.caller, request.input.user_name.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:GetUser")];
    perform: |_, named, _| {
        Ok(GetUserResponse { user: Some(reply::user(named.existing()?)) })
    };
}

operation! {
    /// Lists the users of the account.
    ListUsers(ListUsersRequest) -> ListUsersResponse, Read, on Listing;
    resolve: |request, _| {
        Listing::read(&request.caller, request.input.path_prefix.as_deref())
    };
    demands: |_, listing| vec![listing.demand("iam:ListUsers", "user")];
    perform: |input, listing, turn| {
        let users = entities_of::<User>(listing.account, turn.view())
            .filter(|(_, user)| user.path.starts_with(&listing.prefix))
            .map(|(place, user)| (&place.1, reply::listed_user(user)));
        let page = page(users, input.marker.as_deref(), input.max_items)?;
        Ok(ListUsersResponse {
            users: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Deletes a user that has neither policies nor access keys.
    DeleteUser(DeleteUserRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |_, named| vec![named.demand("iam:DeleteUser")];
    perform: |_, named, turn| {
        let user = named.existing()?;
        inline_policy::none_left(&user.policies)?;
        attached_policy::none_left(&user.policies)?;
        let conflict = |text: &'static str| ServiceError::new(&DELETE_CONFLICT_EXCEPTION, text);
        if turn.view().keys_of(&user.id).next().is_some() {
            return Err(conflict("Cannot delete entity, must delete access keys first."));
        }
        if !user.groups.is_empty() {
            return Err(conflict("Cannot delete entity, must remove users from group first."));
        }
        let place = crate::state::entity_place(user.account, &user.name);
        turn.delete::<User>(place);
        Ok(())
    };
}

operation! {
    /// Lists the tags of a user.
    ListUserTags(ListUserTagsRequest) -> ListUserTagsResponse, Read, on Named<User>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.user_name.as_ref(), "userName", turn)
    };
    demands: |_, named| vec![named.demand("iam:ListUserTags")];
    perform: |input, named, _| {
        let sorted = tags::sorted(&named.existing()?.tags);
        let page = page(sorted.into_iter(), input.marker.as_deref(), input.max_items)?;
        Ok(ListUserTagsResponse {
            tags: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}
