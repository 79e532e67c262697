//! Ending grants. Source: KMS API reference, `RevokeGrant`, `RetireGrant`; KMS Developer Guide,
//! "Retiring and revoking grants".

use super::key_name::{self, Forms};
use super::operation::{key_operation, no_response};
use super::parameters::{end_dry_run, key_resource, required};
use super::{grant_facts, grant_token};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::{Grant, Key, Stored};
use claviger_model::kms::error::{INVALID_GRANT_ID_EXCEPTION, INVALID_GRANT_TOKEN_EXCEPTION};
use claviger_model::kms::{RetireGrantRequest, RevokeGrantRequest};
use claviger_model::{KMS, Service};
use claviger_types::GrantId;
use std::sync::Arc;

/// The grant of an id on a key.
///
/// # Errors
/// `InvalidGrantIdException` when the key has none of it.
pub(super) fn on_key(key: &Key, id: &str, turn: &Turn<'_>) -> Result<Arc<Grant>, ServiceError> {
    id.parse::<GrantId>()
        .ok()
        .and_then(|id| turn.current::<Grant>(&(key.place(), id)))
        .ok_or_else(|| {
            ServiceError::new(
                &INVALID_GRANT_ID_EXCEPTION,
                format!("Invalid grant id: {id}"),
            )
        })
}

key_operation! {
    /// Ends a grant, by whoever may revoke grants on the key.
    RevokeGrant(RevokeGrantRequest) -> (), read_only: false, by: Key;
    facts: |request, _, _| Ok(grant_facts::for_aws_resource(request));
    perform: |authorized, key, turn| {
        let input: &RevokeGrantRequest = authorized.input();
        let id: &str = required(&input.grant_id, "grantId")?;
        let grant = on_key(key, id, turn)?;
        end_dry_run(input.dry_run)?;
        turn.delete::<Grant>(grant.id());
        Ok(())
    };
    response: no_response;
}

/// Ends a grant, by those whom the grant itself names, or the account that issued it.
pub struct RetireGrant;

/// A grant and its key.
#[derive(Debug, Clone)]
pub struct Retirement {
    grant: Arc<Grant>,
    key: Arc<Key>,
}

impl Op for RetireGrant {
    type Input = RetireGrantRequest;
    type Output = ();
    type Resolved = Retirement;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "RetireGrant";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Retirement, ServiceError> {
        let input = &request.input;
        match (&input.grant_token, &input.key_id, &input.grant_id) {
            (Some(token), None, None) => {
                let gone =
                    || ServiceError::new(&INVALID_GRANT_TOKEN_EXCEPTION, "Invalid grant token.");
                let grant = grant_token::open(token, turn)?;
                // A grant lives in the Region of its key.
                if grant.key.region != request.meta.region {
                    return Err(gone());
                }
                let key = turn.current::<Key>(&grant.key).ok_or_else(gone)?;
                Ok(Retirement { grant, key })
            }
            (None, Some(key_id), Some(grant_id)) => {
                let (caller, meta) = (&request.caller, &request.meta);
                let action = "kms:RetireGrant";
                let key = key_name::find(key_id, Forms::Key, action, caller, meta, turn)?.key;
                match on_key(&key, grant_id, turn) {
                    Ok(grant) => Ok(Retirement { grant, key }),
                    Err(error) if key.arn.account() == caller.trail_account() => Err(error),
                    // Another account's key must look alike whether it exists or not.
                    Err(_) => {
                        let arn = &key.arn;
                        let account = arn.account();
                        Err(key_name::foreign(
                            arn.as_str(),
                            account,
                            action,
                            caller,
                            meta,
                            turn,
                        ))
                    }
                }
            }
            _ => Err(ServiceError::validation(
                KMS,
                "Specify either a GrantToken, or a KeyId and a GrantId.",
            )),
        }
    }

    fn demands(
        _: &Request<Self>,
        retirement: &Retirement,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let grant = &retirement.grant;
        let target = Target::Key(Arc::clone(&retirement.key));
        let mut demand =
            Demand::new("kms:RetireGrant", target).with_facts(grant_facts::of_grant(grant));
        demand.grant = Some(Arc::clone(grant));
        Ok(vec![demand])
    }

    fn perform(authorized: &Authorized<Self>, turn: &mut Turn<'_>) -> Result<(), Interrupt> {
        end_dry_run(authorized.input().dry_run)?;
        turn.delete::<Grant>(authorized.resolved().grant.id());
        Ok(())
    }

    /// Its request parameters are null, the grant stands in the additional data (KMS Developer
    /// Guide, "RetireGrant" log entry).
    fn record(_: &Request<Self>, retirement: Option<&Retirement>, _: Option<&()>) -> RecordParts {
        RecordParts {
            additional: retirement
                .and_then(|r| Object::new().member("grantId", &r.grant.id).finish()),
            resources: retirement
                .map(|r| key_resource(&r.key))
                .into_iter()
                .collect(),
            ..RecordParts::default()
        }
    }
}
