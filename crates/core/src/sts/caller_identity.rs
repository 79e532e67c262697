//! `GetCallerIdentity`: who is asking. No policy can deny it (`POL-L7`).

use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use crate::iam::trail_parameters;
use claviger_model::sts::{GetCallerIdentityRequest, GetCallerIdentityResponse};
use claviger_model::{STS, Service};

/// Tells the caller who it is.
pub struct GetCallerIdentity;

impl Op for GetCallerIdentity {
    type Input = GetCallerIdentityRequest;
    type Output = GetCallerIdentityResponse;
    type Resolved = ();
    const SERVICE: &'static Service = STS;
    const NAME: &'static str = "GetCallerIdentity";
    const READ_ONLY: bool = true;

    fn resolve(_: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn demands(_: &Request<Self>, (): &(), _: &Turn<'_>) -> Result<Vec<Demand>, ServiceError> {
        Ok(Vec::new())
    }

    fn perform(
        authorized: &Authorized<Self>,
        _: &mut Turn<'_>,
    ) -> Result<GetCallerIdentityResponse, Interrupt> {
        let caller = &authorized.request().caller;
        Ok(GetCallerIdentityResponse {
            user_id: Some(caller.user_id()),
            account: Some(caller.trail_account().to_string()),
            arn: Some(caller.arn()),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        _: Option<&GetCallerIdentityResponse>,
    ) -> RecordParts {
        trail_parameters(request)
    }
}
