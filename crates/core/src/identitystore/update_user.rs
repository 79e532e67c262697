//! `UpdateUser`: operations on attributes, all or none.

use super::named::{Access, NamedUser, user_arn};
use super::vault::Vault;
use super::{attribute_path, profile, record, uniqueness};
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use claviger_model::identitystore::{UpdateUserRequest, UpdateUserResponse};
use claviger_model::{IDENTITYSTORE, Service};

const ACTION: &str = "identitystore:UpdateUser";

/// Changes a user.
pub struct UpdateUser;

impl Op for UpdateUser {
    type Input = UpdateUserRequest;
    type Output = UpdateUserResponse;
    type Resolved = NamedUser;
    const SERVICE: &'static Service = IDENTITYSTORE;
    const NAME: &'static str = "UpdateUser";
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
    ) -> Result<UpdateUserResponse, Interrupt> {
        let request = authorized.request();
        let input = &request.input;
        let named = authorized.resolved();
        let (vault, instance) = Vault::open(turn, request, &named.store, ACTION, Access::Write)?;
        let row = named.row(turn)?;
        let before = vault.read(turn.view(), &row)?;
        profile::check_revision(&before, input.revision.as_deref())?;
        let revision = profile::next_revision(&before);
        let operations = input.operations.as_deref().unwrap_or_default();
        let mut after = attribute_path::apply_all(&before, operations)?;
        profile::check(&after)?;
        after.revision = Some(revision.clone());
        after.updated_by = Some(request.caller.arn());
        uniqueness::claim(turn, &vault, &instance, &row.user_id, &after)?;
        let now = turn.now();
        let user = vault.write(turn, &row.user_id, &after, row.created, now)?;
        turn.put(user);
        Ok(UpdateUserResponse {
            identity_store_id: Some(row.identity_store_id.clone()),
            user_id: Some(row.user_id.clone()),
            user_arn: Some(user_arn(&row.user_id)),
            revision: Some(revision),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&NamedUser>,
        output: Option<&UpdateUserResponse>,
    ) -> RecordParts {
        record::parts::<Self>(&request.input, output)
    }
}
