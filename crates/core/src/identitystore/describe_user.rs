//! `DescribeUser`.

use super::named::{Access, NamedUser};
use super::vault::Vault;
use super::{profile, record};
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use claviger_model::identitystore::{DescribeUserRequest, User};
use claviger_model::{IDENTITYSTORE, Service};

const ACTION: &str = "identitystore:DescribeUser";

/// Tells a user's attributes.
pub struct DescribeUser;

impl Op for DescribeUser {
    type Input = DescribeUserRequest;
    /// `DescribeUserResponse` has the members of `User` and no other.
    type Output = User;
    type Resolved = NamedUser;
    const SERVICE: &'static Service = IDENTITYSTORE;
    const NAME: &'static str = "DescribeUser";
    const READ_ONLY: bool = true;

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

    fn perform(authorized: &Authorized<Self>, turn: &mut Turn<'_>) -> Result<User, Interrupt> {
        let request = authorized.request();
        let named = authorized.resolved();
        let extensions = request.input.extensions.as_deref();
        profile::check_extension_names(extensions)?;
        let (vault, _) = Vault::open(turn, request, &named.store, ACTION, Access::Read)?;
        let row = named.row(turn)?;
        let attributes = vault.read(turn.view(), &row)?;
        Ok(profile::shown(&row, attributes, extensions))
    }

    fn record(request: &Request<Self>, _: Option<&NamedUser>, _: Option<&User>) -> RecordParts {
        record::request_only::<Self>(&request.input)
    }
}
