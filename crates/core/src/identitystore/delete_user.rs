//! `DeleteUser`.

use super::named::{Access, NamedUser};
use super::vault::Vault;
use super::{profile, record};
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use crate::state::{DirectoryUser, Stored};
use claviger_model::identitystore::{DeleteUserRequest, DeleteUserResponse};
use claviger_model::{IDENTITYSTORE, Service};

const ACTION: &str = "identitystore:DeleteUser";

/// Deletes a user.
pub struct DeleteUser;

impl Op for DeleteUser {
    type Input = DeleteUserRequest;
    type Output = DeleteUserResponse;
    type Resolved = NamedUser;
    const SERVICE: &'static Service = IDENTITYSTORE;
    const NAME: &'static str = "DeleteUser";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedUser, ServiceError> {
        let input = &request.input;
        let (store, user) = (input.identity_store_id.as_deref(), input.user_id.as_deref());
        NamedUser::find(store, user, &request.caller, &request.meta, turn)
    }

    fn demands(
        _: &Request<Self>,
        named: &NamedUser,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(named.demands(ACTION))
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<DeleteUserResponse, Interrupt> {
        let request = authorized.request();
        let named = authorized.resolved();
        let (vault, _) = Vault::open(turn, request, &named.store, ACTION, Access::Write)?;
        let row = named.row(turn)?;
        if let Some(expected) = request.input.revision.as_deref() {
            let user = vault.read(turn.view(), &row)?;
            profile::check_revision(&user, Some(expected))?;
        }
        turn.delete::<DirectoryUser>(row.id());
        Ok(DeleteUserResponse::default())
    }

    fn record(
        request: &Request<Self>,
        _: Option<&NamedUser>,
        _: Option<&DeleteUserResponse>,
    ) -> RecordParts {
        record::request_only::<Self>(&request.input)
    }
}
