//! Accounts of the organisation: describe, list, move, close, remove, leave. Source: Organizations
//! API Reference; AWS Organizations User Guide, "Closing a member account", "Removing a member
//! account".

use super::due::{CLOSURE_SECONDS, event};
use super::error;
use super::membership::Membership;
use super::named::on_nothing;
use super::operation::{Nothing, operation};
use super::organization::departed;
use super::page::page;
use crate::chain::{Facts, Object, ServiceError, Turn};
use crate::state::{Account, AccountState, OrganizationalUnit};
use claviger_model::organizations::error::{
    ACCOUNT_ALREADY_CLOSED_EXCEPTION, CONFLICT_EXCEPTION, DESTINATION_PARENT_NOT_FOUND_EXCEPTION,
    DUPLICATE_ACCOUNT_EXCEPTION, MASTER_CANNOT_LEAVE_ORGANIZATION_EXCEPTION,
    SOURCE_PARENT_NOT_FOUND_EXCEPTION,
};
use claviger_model::organizations::{
    CloseAccountRequest, DescribeAccountRequest, DescribeAccountResponse, ListAccountsRequest,
    ListAccountsResponse, MoveAccountRequest, RemoveAccountFromOrganizationRequest,
};

const DAY: i64 = 86_400;
/// An account that was made here stays at least as long, in seconds (API Reference,
/// `ConstraintViolationException`, `WAIT_PERIOD_ACTIVE`).
const WAIT: i64 = 4 * DAY;

operation! {
    /// Shows an account.
    DescribeAccount(DescribeAccountRequest) -> DescribeAccountResponse, Read, by Readers;
    demands: |action, input, membership, view| {
        let named = membership.named(input.account_id.as_ref(), view);
        vec![membership.on(action, named, Facts::default())]
    };
    perform: |input, membership: &Membership, turn| {
        let account = membership.member(input.account_id.as_ref(), turn.view())?;
        Ok(DescribeAccountResponse {
            account: Some(membership.shown_account(&account, turn.view())),
        })
    };
}

operation! {
    /// Lists the accounts of the organisation, by id.
    ListAccounts(ListAccountsRequest) -> ListAccountsResponse, Read, by Readers;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |input, membership: &Membership, turn| {
        let view = turn.view();
        let accounts = membership
            .members(view)
            .map(|account| (account.id.to_string(), membership.shown_account(account, view)));
        let token = input.next_token.as_deref();
        let page = page("ListAccounts", accounts, token, input.max_results)?;
        Ok(ListAccountsResponse { accounts: Some(page.items), next_token: page.next_token })
    };
}

operation! {
    /// Moves an account below another root or unit.
    MoveAccount(MoveAccountRequest) -> (), Write, by Management;
    demands: |action, input, membership, view| {
        [&input.account_id, &input.source_parent_id, &input.destination_parent_id]
            .into_iter()
            .map(|id| membership.on(action, membership.named(id.as_ref(), view), Facts::default()))
            .collect()
    };
    perform: |input, membership: &Membership, turn| {
        let account = membership.member(input.account_id.as_ref(), turn.view())?;
        let unit = |id: Option<&String>| {
            id.and_then(|id| turn.view().get::<OrganizationalUnit>(id)).cloned()
        };
        let source = unit(input.source_parent_id.as_ref());
        if source.is_none_or(|source| account.parent.as_ref() != Some(&source.id)) {
            return Err(error::refusal(
                &SOURCE_PARENT_NOT_FOUND_EXCEPTION,
                "You specified a source parent that doesn't exist or that the account is not in.",
            ));
        }
        let destination = unit(input.destination_parent_id.as_ref()).ok_or_else(|| {
            error::refusal(
                &DESTINATION_PARENT_NOT_FOUND_EXCEPTION,
                "You specified a destination container (OU or root) that doesn't exist.",
            )
        })?;
        if account.parent.as_ref() == Some(&destination.id) {
            return Err(error::refusal(
                &DUPLICATE_ACCOUNT_EXCEPTION,
                "That account is already present in the specified destination.",
            ));
        }
        turn.put(Account { parent: Some(destination.id.clone()), ..Account::clone(&account) });
        Ok(())
    };
}

operation! {
    /// Begins to close an account; time does the rest.
    CloseAccount(CloseAccountRequest) -> (), Write, by Management;
    demands: |action, input, membership, view| {
        let named = membership.named(input.account_id.as_ref(), view);
        vec![membership.on(action, named, Facts::default())]
    };
    perform: |input, membership: &Membership, turn| {
        membership.needs_all_features()?;
        let account = membership.member(input.account_id.as_ref(), turn.view())?;
        if account.id == membership.management {
            return Err(error::constraint(
                "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
                "You can't close the management account with this operation.",
            ));
        }
        match account.state {
            AccountState::Active => {}
            AccountState::PendingClosure { .. } => {
                return Err(error::refusal(
                    &CONFLICT_EXCEPTION,
                    "The account is already being closed.",
                ));
            }
            AccountState::Suspended { .. } => {
                return Err(error::refusal(
                    &ACCOUNT_ALREADY_CLOSED_EXCEPTION,
                    "The provided account is already closed.",
                ));
            }
        }
        check_closures(membership, turn)?;
        let until = turn.now().plus_seconds(CLOSURE_SECONDS);
        turn.put(Account {
            state: AccountState::PendingClosure { until },
            ..Account::clone(&account)
        });
        Ok(())
    };
}

/// Within 30 days 250 accounts can be closed, or a fifth of them if that is more, 1,000 at most
/// (API Reference, "CloseAccount").
fn check_closures(membership: &Membership, turn: &Turn<'_>) -> Result<(), ServiceError> {
    let members = membership.members(turn.view()).count();
    let recent = |account: &&std::sync::Arc<Account>| match account.state {
        AccountState::Active => false,
        AccountState::PendingClosure { .. } => true,
        AccountState::Suspended { since } => since.plus_seconds(30 * DAY) > turn.now(),
    };
    let closed = membership.members(turn.view()).filter(recent).count();
    if closed < (members / 5).clamp(250, 1000) {
        return Ok(());
    }
    Err(error::constraint(
        "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
        "You have exceeded close account quota for the past 30 days.",
    ))
}

operation! {
    /// Takes an account out of the organisation.
    RemoveAccountFromOrganization(RemoveAccountFromOrganizationRequest) -> (), Write, by Management;
    demands: |action, input, membership, view| {
        let named = membership.named(input.account_id.as_ref(), view);
        vec![membership.on(action, named, Facts::default())]
    };
    perform: |input, membership: &Membership, turn| {
        let account = membership.member(input.account_id.as_ref(), turn.view())?;
        depart(&account, membership, "REMOVED", turn)
    };
}

operation! {
    /// Takes the caller's account out of the organisation.
    LeaveOrganization(Nothing) -> (), Write, by Members;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |_, membership: &Membership, turn| {
        let account = turn.current::<Account>(&membership.account);
        let account = account.ok_or_else(error::no_account)?;
        depart(&account, membership, "LEFT", turn)
    };
}

fn depart(
    account: &Account,
    membership: &Membership,
    method: &'static str,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    if account.id == membership.management {
        return Err(error::refusal(
            &MASTER_CANNOT_LEAVE_ORGANIZATION_EXCEPTION,
            "You can't remove a management account from an organization. If you want the \
             management account to become a member account in another organization, you must \
             first delete the current organization of the management account.",
        ));
    }
    if !membership
        .installation
        .delegated_services(account.id)
        .is_empty()
    {
        return Err(error::constraint(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            "You must deregister the account as a delegated administrator before you remove it \
             from the organization.",
        ));
    }
    if account.state != AccountState::Active {
        return Err(error::constraint(
            "ACCOUNT_CANNOT_LEAVE_ORGANIZATION",
            "A closed account stays in the organization.",
        ));
    }
    if account.created.plus_seconds(WAIT) > turn.now() {
        return Err(error::constraint(
            "WAIT_PERIOD_ACTIVE",
            "After you create an AWS account, you must wait until at least four days after the \
             account was created.",
        ));
    }
    turn.put(departed(account.clone()));
    let details = Object::new()
        .member("accountId", account.id.as_str())
        .member("departureMethod", method)
        .date("departureTime", turn.now())
        .finish();
    event(
        turn,
        "AccountDepartedOrganization",
        membership.management,
        details,
    )
}
