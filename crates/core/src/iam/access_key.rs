//! `CreateAccessKey`, `ListAccessKeys`, `UpdateAccessKey`, `DeleteAccessKey`. A secret is sealed
//! when it is made, shown in that one reply, and never again.

use super::entity::{Named, own_or_named, required};
use super::new_access_key::new_access_key;
use super::operation::operation;
use super::page::page;
use super::{reply, trail_parts};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Turn,
};
use crate::state::{AccessKey, User};
use claviger_model::iam::error::{LIMIT_EXCEEDED_EXCEPTION, NO_SUCH_ENTITY_EXCEPTION};
use claviger_model::iam::{
    AccessKeyMetadata, CreateAccessKeyRequest, CreateAccessKeyResponse, DeleteAccessKeyRequest,
    ListAccessKeysRequest, ListAccessKeysResponse, StatusType, UpdateAccessKeyRequest,
};
use claviger_model::{IAM, SensitiveString, Service};
use claviger_trail::Json;
use std::sync::Arc;

/// How many keys a user may have. Source: IAM User Guide, "IAM and AWS STS quotas".
pub(super) const KEYS_PER_USER: usize = 2;

/// Makes an access key of a user; without a name, of the one whose access key signed.
pub(crate) struct CreateAccessKey;

impl Op for CreateAccessKey {
    type Input = CreateAccessKeyRequest;
    type Output = CreateAccessKeyResponse;
    type Resolved = Named<User>;
    const SERVICE: &'static Service = IAM;
    const NAME: &'static str = "CreateAccessKey";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Named<User>, ServiceError> {
        own_or_named(&request.caller, request.input.user_name.as_ref(), turn)
    }

    fn demands(
        _: &Request<Self>,
        named: &Named<User>,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![named.demand("iam:CreateAccessKey")])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<CreateAccessKeyResponse, Interrupt> {
        let user = Arc::clone(authorized.resolved().existing()?);
        if keys_of(&user, turn).count() >= KEYS_PER_USER {
            return Err(Interrupt::Refused(ServiceError::new(
                &LIMIT_EXCEEDED_EXCEPTION,
                format!("Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER}"),
            )));
        }
        let owner = (user.name.clone(), user.id.clone());
        let (key, secret) = new_access_key(turn, user.account, owner)?;
        let output = CreateAccessKeyResponse {
            access_key: Some(claviger_model::iam::AccessKey {
                user_name: Some(user.name.clone()),
                access_key_id: Some(key.id.to_string()),
                status: Some(StatusType::Active),
                secret_access_key: Some(SensitiveString::from(secret.expose().as_str())),
                create_date: Some(reply::seconds(key.created)),
            }),
        };
        turn.put(key);
        // The user's row is written too, unchanged: two keys made at once, or a key made while
        // its user is deleted, then contradict each other and are decided again.
        turn.put(User::clone(&user));
        Ok(output)
    }

    fn record(
        request: &Request<Self>,
        _: Option<&Named<User>>,
        output: Option<&CreateAccessKeyResponse>,
    ) -> RecordParts {
        RecordParts {
            response: output.and_then(without_secret),
            ..trail_parts::parameters(request)
        }
    }
}

/// The response elements, written member by member so that the secret is not even read.
fn without_secret(output: &CreateAccessKeyResponse) -> Option<Json> {
    let key = output.access_key.as_ref()?;
    let shown = Object::new()
        .maybe("userName", key.user_name.as_deref())
        .maybe("accessKeyId", key.access_key_id.as_deref())
        .maybe("status", key.status.as_ref().map(StatusType::as_str));
    let shown = match key.create_date {
        Some(date) => shown.date("createDate", date.into()),
        None => shown,
    };
    Object::new().member("accessKey", &shown.finish()?).finish()
}

fn keys_of<'a>(user: &'a User, turn: &'a Turn<'_>) -> impl Iterator<Item = &'a Arc<AccessKey>> {
    let view = turn.view();
    view.keys_of(&user.id)
        .filter_map(|id| view.get::<AccessKey>(id))
}

/// The access key of a user that a request names.
fn key_of(
    named: &Named<User>,
    id: Option<&String>,
    turn: &Turn<'_>,
) -> Result<Arc<AccessKey>, ServiceError> {
    let user = named.existing()?;
    let id = required(id, "accessKeyId")?;
    keys_of(user, turn)
        .find(|key| key.id.as_str() == id)
        .cloned()
        .ok_or_else(|| {
            ServiceError::new(
                &NO_SUCH_ENTITY_EXCEPTION,
                format!("The Access Key with id {id} cannot be found."),
            )
        })
}

const fn status(active: bool) -> StatusType {
    if active {
        StatusType::Active
    } else {
        StatusType::Inactive
    }
}

operation! {
    /// Lists the access keys of a user; without a name, of the one whose access key signed.
    ListAccessKeys(ListAccessKeysRequest) -> ListAccessKeysResponse, Read, on Named<User>;
    resolve: |request, turn| {
        own_or_named(&request.caller, request.input.user_name.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:ListAccessKeys")];
    perform: |input, named, turn| {
        let user = named.existing()?;
        let keys = keys_of(user, turn).map(|key| {
            let metadata = AccessKeyMetadata {
                user_name: Some(user.name.clone()),
                access_key_id: Some(key.id.to_string()),
                status: Some(status(key.active)),
                create_date: Some(reply::seconds(key.created)),
            };
            (key.id.as_str(), metadata)
        });
        let page = page(keys, input.marker.as_deref(), input.max_items)?;
        Ok(ListAccessKeysResponse {
            access_key_metadata: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Makes an access key active or inactive.
    UpdateAccessKey(UpdateAccessKeyRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        own_or_named(&request.caller, request.input.user_name.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:UpdateAccessKey")];
    perform: |input, named, turn| {
        let mut key = AccessKey::clone(&*key_of(named, input.access_key_id.as_ref(), turn)?);
        key.active = match &input.status {
            Some(StatusType::Active) => true,
            Some(StatusType::Inactive) => false,
            // `Expired` is a state of AWS's own making.
            _ => return Err(ServiceError::validation(IAM, "Status must be Active or Inactive.")),
        };
        turn.put(key);
        Ok(())
    };
}

operation! {
    /// Deletes an access key; its sealed secret leaves the disk with it.
    DeleteAccessKey(DeleteAccessKeyRequest) -> (), Write, on Named<User>;
    resolve: |request, turn| {
        own_or_named(&request.caller, request.input.user_name.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:DeleteAccessKey")];
    perform: |input, named, turn| {
        let key = key_of(named, input.access_key_id.as_ref(), turn)?;
        turn.delete::<AccessKey>(key.id.clone());
        turn.purge();
        Ok(())
    };
}
