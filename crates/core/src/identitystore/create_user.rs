//! `CreateUser`.

use super::named::{Access, NamedStore, user_arn};
use super::vault::Vault;
use super::{profile, record, uniqueness};
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use claviger_model::identitystore::{CreateUserRequest, CreateUserResponse};
use claviger_model::{IDENTITYSTORE, Service};
use claviger_types::uuid_v4;

const ACTION: &str = "identitystore:CreateUser";

/// Makes a user.
pub struct CreateUser;

impl Op for CreateUser {
    type Input = CreateUserRequest;
    type Output = CreateUserResponse;
    type Resolved = NamedStore;
    const SERVICE: &'static Service = IDENTITYSTORE;
    const NAME: &'static str = "CreateUser";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedStore, ServiceError> {
        let store = request.input.identity_store_id.as_deref();
        NamedStore::find(store, &request.caller, &request.meta, turn)
    }

    fn demands(
        _: &Request<Self>,
        store: &NamedStore,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(store.demands(ACTION, None))
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<CreateUserResponse, Interrupt> {
        let request = authorized.request();
        let store = authorized.resolved();
        let attributes = profile::new(&request.input, request.caller.arn());
        profile::check(&attributes)?;
        let (vault, instance) = Vault::open(turn, request, store, ACTION, Access::Write)?;
        let user_id = uuid_v4(turn.entropy());
        uniqueness::claim(turn, &vault, &instance, &user_id, &attributes)?;
        let now = turn.now();
        let user = vault.write(turn, &user_id, &attributes, now, now)?;
        turn.put(user);
        Ok(CreateUserResponse {
            identity_store_id: Some(store.id().to_owned()),
            user_arn: Some(user_arn(&user_id)),
            user_id: Some(user_id),
            revision: attributes.revision.clone(),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&NamedStore>,
        output: Option<&CreateUserResponse>,
    ) -> RecordParts {
        record::parts::<Self>(&request.input, output)
    }
}
