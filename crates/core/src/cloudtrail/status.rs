//! `GetTrailStatus`: whether a trail delivers, and when it last did.

use super::record;
use super::trail::{Named, SeenTrail};
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use claviger_model::cloudtrail::{GetTrailStatusRequest, GetTrailStatusResponse};
use claviger_model::{CLOUDTRAIL, Epoch, Service};
use claviger_types::Timestamp;

/// Shows where a trail stands.
pub struct GetTrailStatus;

fn text(time: Option<Timestamp>) -> Option<String> {
    Some(time.map(Timestamp::iso).unwrap_or_default())
}

impl Op for GetTrailStatus {
    type Input = GetTrailStatusRequest;
    type Output = GetTrailStatusResponse;
    type Resolved = Named;
    const SERVICE: &'static Service = CLOUDTRAIL;
    const NAME: &'static str = "GetTrailStatus";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, _: &Turn<'_>) -> Result<Named, ServiceError> {
        Named::read(request.input.name.as_deref().unwrap_or_default(), request)
    }

    fn demands(
        _: &Request<Self>,
        named: &Named,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![named.demand("cloudtrail:GetTrailStatus")])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GetTrailStatusResponse, Interrupt> {
        let account = authorized.request().caller.trail_account();
        let seen = SeenTrail::named(turn, account, authorized.resolved())?;
        let delivery = seen.delivery;
        Ok(GetTrailStatusResponse {
            is_logging: Some(true),
            latest_delivery_error: delivery.failure.clone(),
            latest_delivery_time: delivery.delivered.map(Epoch::from),
            start_logging_time: delivery.began.map(Epoch::from),
            latest_digest_delivery_time: delivery.digested.map(Epoch::from),
            latest_delivery_attempt_time: text(delivery.delivered),
            latest_delivery_attempt_succeeded: text(delivery.delivered),
            latest_notification_attempt_time: text(None),
            latest_notification_attempt_succeeded: text(None),
            time_logging_started: text(delivery.began),
            time_logging_stopped: text(None),
            ..GetTrailStatusResponse::default()
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&Named>,
        _: Option<&GetTrailStatusResponse>,
    ) -> RecordParts {
        record::parts::<Self>(&request.input)
    }
}
