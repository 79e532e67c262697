//! `ListPublicKeys`: the public halves of the keys that signed digests in a Region, between two
//! moments.

use super::record;
use crate::chain::{
    Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Target, TrailAnswer,
    TrailPublicKey, TrailQuestion, Turn,
};
use claviger_model::cloudtrail::{ListPublicKeysRequest, ListPublicKeysResponse, PublicKey, error};
use claviger_model::{Blob, CLOUDTRAIL, Epoch, Service};
use claviger_types::Timestamp;

/// Lists public keys.
pub struct ListPublicKeys;

fn shown(key: &TrailPublicKey) -> PublicKey {
    PublicKey {
        value: Some(Blob(key.der.clone())),
        validity_start_time: Some(Epoch::from(key.from)),
        validity_end_time: Some(Epoch::from(key.until)),
        fingerprint: Some(key.fingerprint.clone()),
    }
}

impl Op for ListPublicKeys {
    type Input = ListPublicKeysRequest;
    type Output = ListPublicKeysResponse;
    type Resolved = ();
    const SERVICE: &'static Service = CLOUDTRAIL;
    const NAME: &'static str = "ListPublicKeys";
    const READ_ONLY: bool = true;

    fn resolve(_: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn demands(_: &Request<Self>, (): &(), _: &Turn<'_>) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![Demand::new("cloudtrail:ListPublicKeys", Target::Any)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<ListPublicKeysResponse, Interrupt> {
        let request = authorized.request();
        let input = &request.input;
        if input.next_token.is_some() {
            // No list is so long that one was ever given.
            let text = "The next token is not valid.";
            return Err(ServiceError::new(&error::INVALID_TOKEN_EXCEPTION, text).into());
        }
        let from = input.start_time.map(Timestamp::from);
        let until = input.end_time.map(Timestamp::from);
        if from.unwrap_or(turn.now()) > until.unwrap_or(turn.now()) {
            let text = "The start time must not be later than the end time.";
            return Err(ServiceError::new(&error::INVALID_TIME_RANGE_EXCEPTION, text).into());
        }
        let question = TrailQuestion::PublicKeys {
            region: request.meta.region.clone(),
            from,
            until,
        };
        match turn.ask_trail(question)? {
            TrailAnswer::PublicKeys(keys) => Ok(ListPublicKeysResponse {
                public_key_list: Some(keys.iter().map(shown).collect()),
                next_token: None,
            }),
            TrailAnswer::Failed(why) => Err(ServiceError::internal(CLOUDTRAIL, why.clone()).into()),
            _ => Err(ServiceError::internal(CLOUDTRAIL, "an answer to something else").into()),
        }
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        _: Option<&ListPublicKeysResponse>,
    ) -> RecordParts {
        record::parts::<Self>(&request.input)
    }
}
