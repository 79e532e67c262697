//! `GetObject`, `HeadObject`: an object whole, or what is known of it.

use super::bucket::Bucket;
use super::{S3, error};
use crate::chain::{
    Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, TrailAnswer,
    TrailObject, TrailQuestion, Turn,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_model::Service;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which object.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ObjectRequest {
    bucket: String,
    key: String,
}

/// The object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ObjectReply {
    content_length: usize,
    /// Milliseconds since the epoch.
    last_modified: i64,
    metadata: BTreeMap<&'static str, String>,
    /// In base64; none of `HeadObject`.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

fn found<'a>(
    bucket: &Bucket,
    input: &ObjectRequest,
    turn: &Turn<'a>,
) -> Result<&'a TrailObject, Interrupt> {
    bucket.is_there(turn)?;
    match turn.ask_trail(TrailQuestion::Object(input.key.clone()))? {
        TrailAnswer::Object(Some(object)) => Ok(object),
        TrailAnswer::Object(None) => Err(error::no_such_key().into()),
        TrailAnswer::Failed(why) => Err(error::internal(why.clone()).into()),
        _ => Err(error::internal("an answer to something else").into()),
    }
}

fn reply(object: &TrailObject, with_body: bool) -> ObjectReply {
    let mut metadata = BTreeMap::new();
    if let Some((signature, algorithm)) = &object.signature {
        metadata.insert("signature", signature.clone());
        metadata.insert("signature-algorithm", algorithm.clone());
    }
    ObjectReply {
        content_length: object.bytes.len(),
        last_modified: object.modified.millis(),
        metadata,
        body: with_body.then(|| STANDARD.encode(&object.bytes)),
    }
}

macro_rules! object_operation {
    ($(#[$doc:meta])* $name:ident, $text:literal, $with_body:literal) => {
        $(#[$doc])*
        pub struct $name;

        impl Op for $name {
            type Input = ObjectRequest;
            type Output = ObjectReply;
            type Resolved = Bucket;
            const SERVICE: &'static Service = S3;
            const NAME: &'static str = $text;
            const READ_ONLY: bool = true;

            fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Bucket, ServiceError> {
                let bucket = &request.input.bucket;
                Bucket::named(bucket, Some(&request.input.key), "s3:GetObject", request, turn)
            }

            fn demands(
                request: &Request<Self>,
                bucket: &Bucket,
                _: &Turn<'_>,
            ) -> Result<Vec<Demand>, ServiceError> {
                Ok(vec![bucket.demand_on("s3:GetObject", &request.input.key)])
            }

            fn perform(
                authorized: &Authorized<Self>,
                turn: &mut Turn<'_>,
            ) -> Result<ObjectReply, Interrupt> {
                let input = &authorized.request().input;
                let object = found(authorized.resolved(), input, turn)?;
                Ok(reply(object, $with_body))
            }

            fn record(
                request: &Request<Self>,
                bucket: Option<&Bucket>,
                _: Option<&ObjectReply>,
            ) -> RecordParts {
                let input = &request.input;
                Bucket::parts(&input.bucket, bucket, Some(&input.key), &[])
            }
        }
    };
}

object_operation!(
    /// Gets an object.
    GetObject,
    "GetObject",
    true
);
object_operation!(
    /// Says what is known of an object.
    HeadObject,
    "HeadObject",
    false
);
