//! `GetEventSelectors`: what a trail records. It is the same for all: every management event.

use super::record;
use super::trail::{Named, SeenTrail};
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use claviger_model::cloudtrail::{
    DataResource, EventSelector, GetEventSelectorsRequest, GetEventSelectorsResponse, ReadWriteType,
};
use claviger_model::{CLOUDTRAIL, Service};

/// Shows the selectors of a trail.
pub struct GetEventSelectors;

impl Op for GetEventSelectors {
    type Input = GetEventSelectorsRequest;
    type Output = GetEventSelectorsResponse;
    type Resolved = Named;
    const SERVICE: &'static Service = CLOUDTRAIL;
    const NAME: &'static str = "GetEventSelectors";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, _: &Turn<'_>) -> Result<Named, ServiceError> {
        let name = request.input.trail_name.as_deref();
        Named::read(name.unwrap_or_default(), request)
    }

    fn demands(
        _: &Request<Self>,
        named: &Named,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![named.demand("cloudtrail:GetEventSelectors")])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GetEventSelectorsResponse, Interrupt> {
        let account = authorized.request().caller.trail_account();
        let seen = SeenTrail::named(turn, account, authorized.resolved())?;
        Ok(GetEventSelectorsResponse {
            trail_arn: Some(seen.arn),
            event_selectors: Some(vec![EventSelector {
                read_write_type: Some(ReadWriteType::All),
                include_management_events: Some(true),
                // Whoever reads the log archive is recorded as well.
                data_resources: Some(vec![DataResource {
                    r#type: Some("AWS::S3::Object".to_owned()),
                    values: Some(vec![format!("arn:aws:s3:::{}/", seen.delivery.bucket)]),
                }]),
                exclude_management_event_sources: Some(Vec::new()),
            }]),
            advanced_event_selectors: None,
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&Named>,
        _: Option<&GetEventSelectorsResponse>,
    ) -> RecordParts {
        record::parts::<Self>(&request.input)
    }
}
