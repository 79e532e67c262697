//! `GetBucketLocation`: the Region that the bucket is in, the home Region of the installation.

use super::S3;
use super::bucket::Bucket;
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use claviger_model::Service;
use serde::{Deserialize, Serialize};

/// Which bucket.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LocationRequest {
    bucket: String,
}

/// Where it is; nothing for `us-east-1`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LocationReply {
    location_constraint: Option<String>,
}

/// Says where a bucket is.
pub struct GetBucketLocation;

impl Op for GetBucketLocation {
    type Input = LocationRequest;
    type Output = LocationReply;
    type Resolved = Bucket;
    const SERVICE: &'static Service = S3;
    const NAME: &'static str = "GetBucketLocation";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Bucket, ServiceError> {
        let bucket = &request.input.bucket;
        Bucket::named(bucket, None, "s3:GetBucketLocation", request, turn)
    }

    fn demands(
        _: &Request<Self>,
        bucket: &Bucket,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![bucket.demand("s3:GetBucketLocation")])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<LocationReply, Interrupt> {
        authorized.resolved().is_there(turn)?;
        let installation = turn.view().installation();
        let home = installation.and_then(|i| i.regions.first());
        Ok(LocationReply {
            location_constraint: home
                .map(ToString::to_string)
                .filter(|home| home != "us-east-1"),
        })
    }

    fn record(
        request: &Request<Self>,
        bucket: Option<&Bucket>,
        _: Option<&LocationReply>,
    ) -> RecordParts {
        Bucket::parts(&request.input.bucket, bucket, None, &[])
    }
}
