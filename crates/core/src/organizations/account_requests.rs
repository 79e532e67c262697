//! New accounts: `CreateAccount` answers with a request that is in progress, `due` makes the
//! account. Source: Organizations API Reference, "CreateAccount".

use super::due::CREATION_SECONDS;
use super::error;
use super::ids::new_id;
use super::membership::Membership;
use super::named::on_nothing;
use super::operation::operation;
use super::organization::ACCESS_ROLE;
use super::page::page;
use super::{shapes, tags};
use crate::chain::{Facts, ServiceError, Turn};
use crate::state::{AccountRequest, AccountRequestState};
use claviger_model::organizations::error::CREATE_ACCOUNT_STATUS_NOT_FOUND_EXCEPTION;
use claviger_model::organizations::{
    CreateAccountRequest, CreateAccountResponse, DescribeCreateAccountStatusRequest,
    DescribeCreateAccountStatusResponse, ListCreateAccountStatusRequest,
    ListCreateAccountStatusResponse,
};

/// Requests that may be in progress (AWS Organizations User Guide, "Quotas and service limits").
const AT_A_TIME: usize = 5;

operation! {
    /// Asks for a new account in the organisation.
    CreateAccount(CreateAccountRequest) -> CreateAccountResponse, Write, by Management;
    demands: |action, input, membership, _| {
        let given = tags::sent(input.tags.as_deref());
        let mut demands = vec![on_nothing(action, Facts::default().request_tags(&given))];
        demands.extend(membership.tagging("account", &given));
        demands
    };
    perform: |input, membership: &Membership, turn| {
        let role_name = input.role_name.as_deref().unwrap_or(ACCESS_ROLE);
        if role_name.starts_with("AWSServiceRoleFor") {
            return Err(error::invalid(
                "INVALID_ROLE_NAME",
                "You provided a role name that isn't valid. A role name can't begin with the \
                 reserved prefix AWSServiceRoleFor.",
            ));
        }
        check_room(membership, turn)?;
        let request = AccountRequest {
            id: new_id("car-", 32, turn.entropy()),
            name: input.account_name.as_deref().unwrap_or_default().to_owned(),
            email: input.email.as_deref().unwrap_or_default().to_owned(),
            role_name: role_name.to_owned(),
            tags: tags::merged(&[], input.tags.as_deref())?,
            requested: turn.now(),
            state: AccountRequestState::InProgress {
                until: turn.now().plus_seconds(CREATION_SECONDS),
            },
        };
        let shown = shapes::account_request(&request);
        turn.put(request);
        Ok(CreateAccountResponse { create_account_status: Some(shown) })
    };
}

fn check_room(membership: &Membership, turn: &Turn<'_>) -> Result<(), ServiceError> {
    let in_progress = turn
        .view()
        .all::<AccountRequest>()
        .filter(|request| matches!(request.state, AccountRequestState::InProgress { .. }))
        .count();
    if in_progress >= AT_A_TIME {
        return Err(error::constraint(
            "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
            "You attempted to exceed the number of accounts that you can create at one time.",
        ));
    }
    let members = membership.members(turn.view()).count();
    if members.saturating_add(in_progress) >= turn.quotas().accounts_per_organization {
        return Err(error::constraint(
            "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of AWS accounts.",
        ));
    }
    Ok(())
}

operation! {
    /// Shows a request for an account.
    DescribeCreateAccountStatus(DescribeCreateAccountStatusRequest)
        -> DescribeCreateAccountStatusResponse, Read, by Readers;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |input, _, turn| {
        let request = input.create_account_request_id.as_ref();
        let request = request.and_then(|id| turn.view().get::<AccountRequest>(id));
        let request = request.ok_or_else(|| {
            error::refusal(
                &CREATE_ACCOUNT_STATUS_NOT_FOUND_EXCEPTION,
                "You specified a create account request that doesn't exist.",
            )
        })?;
        Ok(DescribeCreateAccountStatusResponse {
            create_account_status: Some(shapes::account_request(request)),
        })
    };
}

operation! {
    /// Lists the requests for accounts, by id.
    ListCreateAccountStatus(ListCreateAccountStatusRequest) -> ListCreateAccountStatusResponse,
        Read, by Readers;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |input, _, turn| {
        let wanted = input.states.as_deref().unwrap_or_default();
        let requests = turn
            .view()
            .all::<AccountRequest>()
            .map(|request| (request.id.clone(), shapes::account_request(request)))
            .filter(|(_, shown)| {
                wanted.is_empty() || shown.state.as_ref().is_some_and(|s| wanted.contains(s))
            });
        let token = input.next_token.as_deref();
        let page = page("ListCreateAccountStatus", requests, token, input.max_results)?;
        Ok(ListCreateAccountStatusResponse {
            create_account_statuses: Some(page.items),
            next_token: page.next_token,
        })
    };
}
