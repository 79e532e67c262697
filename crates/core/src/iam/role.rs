//! `CreateRole`, `GetRole`, `ListRoles`, `DeleteRole`, `UpdateAssumeRolePolicy`, `ListRoleTags`.

use super::create::Wanted;
use super::document::trust_policy;
use super::entity::{Named, entities_of, required};
use super::list::Listing;
use super::operation::operation;
use super::page::page;
use super::{attached_policy, inline_policy, reply, tags};
use crate::chain::ServiceError;
use crate::state::{Attachments, Role};
use claviger_model::IAM;
use claviger_model::iam::error::INVALID_INPUT_EXCEPTION;
use claviger_model::iam::{
    CreateRoleRequest, CreateRoleResponse, DeleteRoleRequest, GetRoleRequest, GetRoleResponse,
    ListRoleTagsRequest, ListRoleTagsResponse, ListRolesRequest, ListRolesResponse,
    UpdateAssumeRolePolicyRequest,
};
use claviger_types::UniqueId;

/// The default quota. Source: IAM User Guide, "IAM and AWS STS quotas".
pub(super) const QUOTA: (&str, usize) = ("RolesPerAccount", 1000);
/// The default of MaxSessionDuration, in seconds.
const ONE_HOUR: u32 = 3600;

operation! {
    /// Makes a role that its trust policy lets others assume.
    CreateRole(CreateRoleRequest) -> CreateRoleResponse, Write, on Wanted;
    resolve: |request, _| {
        let input = &request.input;
        Wanted::read(
            &request.caller,
            (input.role_name.as_ref(), "roleName"),
            input.path.as_ref(),
            input.tags.as_ref(),
            input.permissions_boundary.as_ref(),
        )
    };
    demands: |_, wanted| wanted.demands::<Role>("iam:CreateRole", "iam:TagRole");
    perform: |input, wanted, turn| {
        check_offered(input, wanted)?;
        wanted.check_room::<Role>(turn, QUOTA)?;
        let boundary = wanted.boundary(turn)?;
        let document = required(
            input.assume_role_policy_document.as_ref(),
            "assumeRolePolicyDocument",
        )?;
        let role = Role {
            account: wanted.account,
            name: wanted.name.clone(),
            path: wanted.path.clone(),
            id: UniqueId::generate("AROA", turn.entropy()),
            created: turn.now(),
            description: input.description.clone(),
            max_session_seconds: input
                .max_session_duration
                .and_then(|seconds| u32::try_from(seconds).ok())
                .unwrap_or(ONE_HOUR),
            trust: trust_policy(document, turn.view())?,
            tags: wanted.tags.clone(),
            policies: Attachments { boundary, ..Attachments::default() },
        };
        let output = CreateRoleResponse { role: Some(reply::created_role(&role, turn.view())) };
        turn.put(role);
        Ok(output)
    };
}

/// What this service does not make: roles under AWS's own paths, which AWS's services alone make
/// and which escape service control policies (`POL-P8`); sign-in sessions of a length of their own.
fn check_offered(input: &CreateRoleRequest, wanted: &Wanted) -> Result<(), ServiceError> {
    if ["/aws-service-role/", "/aws-reserved/"]
        .iter()
        .any(|reserved| wanted.path.starts_with(reserved))
    {
        return Err(ServiceError::new(
            &INVALID_INPUT_EXCEPTION,
            format!(
                "The path {} is reserved for roles that AWS creates.",
                wanted.path
            ),
        ));
    }
    if input.max_signin_session_duration.is_some() {
        return Err(ServiceError::validation(
            IAM,
            "MaxSigninSessionDuration is not supported by this service.",
        ));
    }
    Ok(())
}

operation! {
    /// Shows a role.
    GetRole(GetRoleRequest) -> GetRoleResponse, Read, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.demand("iam:GetRole")];
    perform: |_, named, turn| {
        Ok(GetRoleResponse { role: Some(reply::role(named.existing()?, turn.view())) })
    };
}

operation! {
    /// Lists the roles of the account.
    ListRoles(ListRolesRequest) -> ListRolesResponse, Read, on Listing;
    resolve: |request, _| {
        Listing::read(&request.caller, request.input.path_prefix.as_deref())
    };
    demands: |_, listing| vec![listing.demand("iam:ListRoles", "role")];
    perform: |input, listing, turn| {
        let roles = entities_of::<Role>(listing.account, turn.view())
            .filter(|(_, role)| role.path.starts_with(&listing.prefix))
            .map(|(place, role)| (&place.1, reply::listed_role(role, turn.view())));
        let page = page(roles, input.marker.as_deref(), input.max_items)?;
        Ok(ListRolesResponse {
            roles: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Deletes a role that has no policies; its sessions end with it.
    DeleteRole(DeleteRoleRequest) -> (), Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.guarded_demand("iam:DeleteRole")];
    perform: |_, named, turn| {
        let role = named.to_change()?;
        attached_policy::none_left(&role.policies)?;
        inline_policy::none_left(&role.policies)?;
        turn.delete::<Role>(crate::state::entity_place(role.account, &role.name));
        Ok(())
    };
}

operation! {
    /// Replaces the trust policy of a role.
    UpdateAssumeRolePolicy(UpdateAssumeRolePolicyRequest) -> (), Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.demand("iam:UpdateAssumeRolePolicy")];
    perform: |input, named, turn| {
        let mut role = named.to_change()?;
        let document = required(input.policy_document.as_ref(), "policyDocument")?;
        role.trust = trust_policy(document, turn.view())?;
        turn.put(role);
        Ok(())
    };
}

operation! {
    /// Lists the tags of a role.
    ListRoleTags(ListRoleTagsRequest) -> ListRoleTagsResponse, Read, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.demand("iam:ListRoleTags")];
    perform: |input, named, _| {
        let sorted = tags::sorted(&named.existing()?.tags);
        let page = page(sorted.into_iter(), input.marker.as_deref(), input.max_items)?;
        Ok(ListRoleTagsResponse {
            tags: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}
