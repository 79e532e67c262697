//! `GetAccessKeyInfo`: whose an access key is. Whether it is valid is not told. Source: STS API
//! Reference, "GetAccessKeyInfo".

use super::temporary::{Kind, not_in_sessions};
use crate::caller::account_of_access_key_id;
use crate::chain::{
    Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::iam::trail_parameters;
use crate::state::{AccessKey, Account};
use claviger_model::sts::{GetAccessKeyInfoRequest, GetAccessKeyInfoResponse};
use claviger_model::{STS, Service};
use claviger_types::{AccountId, UniqueId};

/// Tells the account of an access key.
pub struct GetAccessKeyInfo;

impl Op for GetAccessKeyInfo {
    type Input = GetAccessKeyInfoRequest;
    type Output = GetAccessKeyInfoResponse;
    type Resolved = ();
    const SERVICE: &'static Service = STS;
    const NAME: &'static str = "GetAccessKeyInfo";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        not_in_sessions(&request.caller, Self::NAME, &[Kind::User, Kind::Federated])
    }

    fn demands(_: &Request<Self>, (): &(), _: &Turn<'_>) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![Demand::new("sts:GetAccessKeyInfo", Target::Any)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GetAccessKeyInfoResponse, Interrupt> {
        let id = authorized.input().access_key_id.as_deref();
        let id = id.unwrap_or_default();
        match account(id, turn) {
            Some(account) => Ok(GetAccessKeyInfoResponse {
                account: Some(account.to_string()),
            }),
            None => Err(ServiceError::validation(
                STS,
                format!("The access key id {id} is of no account that is known here."),
            )
            .into()),
        }
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        _: Option<&GetAccessKeyInfoResponse>,
    ) -> RecordParts {
        trail_parameters(request)
    }
}

/// A long-term key is a row; the id of a temporary one carries its account.
fn account(id: &str, turn: &Turn<'_>) -> Option<AccountId> {
    let row = id.parse::<UniqueId>().ok();
    match row.and_then(|id| turn.current::<AccessKey>(&id)) {
        Some(key) => Some(key.account),
        None => account_of_access_key_id(id)
            .filter(|account| turn.view().get::<Account>(account).is_some()),
    }
}
