//! What time brings about in an organisation: accounts that are made, accounts that are closed, each
//! with its service events. Source: AWS Organizations User Guide, "Logging AWS Organizations API
//! calls with AWS CloudTrail"; Organizations API Reference, "CreateAccount", "CloseAccount".

use super::ids::new_account_id;
use super::organization::{joined, put_access_role};
use super::shapes;
use crate::chain::{Object, ServiceError, Turn};
use crate::service_event::ServiceEvent;
use crate::state::{
    Account, AccountRequest, AccountRequestState, AccountState, Installation, OrganizationWork,
    OrganizationalUnit,
};
use claviger_model::{ORGANIZATIONS, organizations as model};
use claviger_trail::{Json, redact};
use claviger_types::AccountId;

/// How long it takes to make an account, in seconds; AWS says minutes.
pub(super) const CREATION_SECONDS: i64 = 5;
/// How long it takes to close one.
pub(super) const CLOSURE_SECONDS: i64 = 5;

/// Does one piece of work.
///
/// # Errors
/// For a fault of this program.
pub(crate) fn do_due_work(
    turn: &mut Turn<'_>,
    work: &OrganizationWork,
) -> Result<(), ServiceError> {
    let fault = |what: &'static str| ServiceError::internal(ORGANIZATIONS, what);
    let installation = turn.current::<Installation>(&());
    let management = installation.as_ref().and_then(|i| i.management_account);
    let (Some(installation), Some(management)) = (installation, management) else {
        return Err(fault("there is no organisation to work in"));
    };
    match work {
        OrganizationWork::Creation(id) => match turn.current::<AccountRequest>(id) {
            Some(request) => create(turn, &installation, management, &request),
            None => Err(fault("the request for an account is not there")),
        },
        OrganizationWork::Closure(id) => match turn.current::<Account>(id) {
            Some(account) => close(turn, management, &account),
            None => Err(fault("the account to close is not there")),
        },
    }
}

fn create(
    turn: &mut Turn<'_>,
    installation: &Installation,
    management: AccountId,
    request: &AccountRequest,
) -> Result<(), ServiceError> {
    let taken = turn
        .view()
        .all::<Account>()
        .any(|other| other.email().eq_ignore_ascii_case(&request.email));
    let completed = turn.now();
    let state = if taken {
        AccountRequestState::Failed {
            completed,
            reason: model::CreateAccountFailureReason::EmailAlreadyExists
                .as_str()
                .to_owned(),
        }
    } else {
        AccountRequestState::Succeeded {
            completed,
            account: make(turn, installation, management, request)?,
        }
    };
    let request = AccountRequest {
        state,
        ..request.clone()
    };
    let result = result(&shapes::account_request(&request));
    turn.put(request);
    event(turn, "CreateAccountResult", management, result)
}

/// Makes the account below the root, with the role that lets the management account in.
fn make(
    turn: &mut Turn<'_>,
    installation: &Installation,
    management: AccountId,
    request: &AccountRequest,
) -> Result<AccountId, ServiceError> {
    let root = turn
        .view()
        .all::<OrganizationalUnit>()
        .find(|unit| unit.parent.is_none())
        .map(|unit| unit.id.clone());
    let fault = |what: String| ServiceError::internal(ORGANIZATIONS, what);
    let root = root.ok_or_else(|| fault("the organisation has no root".to_owned()))?;
    let id = new_account_id(turn)?;
    let account = Account {
        email: Some(request.email.clone()),
        tags: request.tags.clone(),
        ..Account::new(id, &request.name, turn.now())
    };
    turn.put(joined(account, &root, &installation.organization_settings));
    put_access_role(turn, id, management, &request.role_name).map_err(|e| fault(e.to_string()))?;
    let details = Object::new()
        .member("accountId", id.as_str())
        .member("joinedMethod", "CREATED")
        .date("joinedTime", turn.now())
        .finish();
    event(turn, "AccountJoinedOrganization", management, details)?;
    Ok(id)
}

/// `createAccountStatus` as a service event shows it.
fn result(status: &model::CreateAccountStatus) -> Option<Json> {
    let reply = model::CreateAccountResponse {
        create_account_status: Some(status.clone()),
    };
    let structure = ORGANIZATIONS.operation("CreateAccount")?.output?;
    let shown = redact::parameters(structure, &serde_json::to_value(reply).ok()?)?;
    Json::from_text(shown.as_str().replace(redact::HIDDEN, "****")).ok()
}

fn close(
    turn: &mut Turn<'_>,
    management: AccountId,
    account: &Account,
) -> Result<(), ServiceError> {
    turn.put(Account {
        state: AccountState::Suspended { since: turn.now() },
        ..account.clone()
    });
    let status = Object::new()
        .member("accountId", account.id.as_str())
        .member("state", "SUCCEEDED")
        .finish();
    let details = Object::new().maybe("closeAccountStatus", status.as_ref());
    event(turn, "CloseAccountResult", management, details.finish())
}

/// Records a service event of Organizations in the management account's trail.
pub(super) fn event(
    turn: &mut Turn<'_>,
    name: &'static str,
    management: AccountId,
    details: Option<Json>,
) -> Result<(), ServiceError> {
    let region = "us-east-1".parse();
    ServiceEvent {
        source: ORGANIZATIONS.event_source,
        name,
        account: management,
        region: region.map_err(|_| ServiceError::internal(ORGANIZATIONS, "no Region"))?,
        resources: Vec::new(),
        details,
    }
    .record(turn);
    Ok(())
}
