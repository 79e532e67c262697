//! `GetUserId`: the user that has a unique attribute.

use super::named::{Access, NamedStore, no_such, user_arn};
use super::profile::invalid;
use super::record;
use super::uniqueness::{EMAIL, USER_NAME, Unique};
use super::vault::Vault;
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use claviger_model::identitystore::{
    AlternateIdentifier, ExternalId, GetUserIdRequest, GetUserIdResponse, UniqueAttribute,
};
use claviger_model::{IDENTITYSTORE, Service};

const ACTION: &str = "identitystore:GetUserId";

/// Finds a user.
pub struct GetUserId;

/// What to look for. The identifier is a union: exactly one member is given.
fn wanted(identifier: Option<&AlternateIdentifier>) -> Result<Unique, ServiceError> {
    let members = identifier.map(|i| (i.external_id.as_ref(), i.unique_attribute.as_ref()));
    match members {
        Some((Some(external_id), None)) => by_external_id(external_id),
        Some((None, Some(attribute))) => by_attribute(attribute),
        Some(_) => Err(invalid(
            "AlternateIdentifier must have exactly one of ExternalId and UniqueAttribute.",
        )),
        None => Err(ServiceError::missing(IDENTITYSTORE, "alternateIdentifier")),
    }
}

fn by_external_id(external_id: &ExternalId) -> Result<Unique, ServiceError> {
    match (external_id.issuer.as_deref(), external_id.id.as_deref()) {
        (Some(issuer), Some(id)) => Ok(Unique::external_id(issuer, id)),
        _ => Err(ServiceError::missing(
            IDENTITYSTORE,
            "alternateIdentifier.externalId.id",
        )),
    }
}

fn by_attribute(attribute: &UniqueAttribute) -> Result<Unique, ServiceError> {
    let path = attribute.attribute_path.as_deref().unwrap_or_default();
    let value = attribute.attribute_value.as_ref().and_then(|v| v.as_str());
    let value = value.ok_or_else(|| invalid("AttributeValue must be a string."))?;
    if path.eq_ignore_ascii_case(USER_NAME) {
        Ok(Unique::user_name(value))
    } else if path.eq_ignore_ascii_case(EMAIL) {
        Ok(Unique::email(value))
    } else {
        Err(invalid(
            "AttributePath must be one of userName and emails.value.",
        ))
    }
}

impl Op for GetUserId {
    type Input = GetUserIdRequest;
    type Output = GetUserIdResponse;
    type Resolved = NamedStore;
    const SERVICE: &'static Service = IDENTITYSTORE;
    const NAME: &'static str = "GetUserId";
    const READ_ONLY: bool = true;

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
    ) -> Result<GetUserIdResponse, Interrupt> {
        let request = authorized.request();
        let store = authorized.resolved();
        let wanted = wanted(request.input.alternate_identifier.as_ref())?;
        let (vault, _) = Vault::open(turn, request, store, ACTION, Access::Read)?;
        let user_id = turn
            .view()
            .user_with(store.id(), &vault.digest(&wanted))
            .ok_or_else(|| no_such("USER"))?;
        Ok(GetUserIdResponse {
            identity_store_id: Some(store.id().to_owned()),
            user_id: Some(user_id.to_owned()),
            user_arn: Some(user_arn(user_id)),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&NamedStore>,
        _: Option<&GetUserIdResponse>,
    ) -> RecordParts {
        record::request_only::<Self>(&request.input)
    }
}
