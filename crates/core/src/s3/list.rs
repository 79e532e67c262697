//! `ListObjects`, `ListObjectsV2`: names, by name, a page at a time.

use super::bucket::Bucket;
use super::{S3, error};
use crate::chain::{
    Authorized, Demand, Interrupt, ObjectSearch, Op, RecordParts, Request, ServiceError,
    TrailAnswer, TrailEntry, TrailQuestion, Turn,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_model::Service;
use serde::{Deserialize, Serialize};

/// The most entries of a page, and the number when none is given.
const MOST: usize = 1000;

/// Which objects; both versions together.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    bucket: String,
    prefix: Option<String>,
    delimiter: Option<String>,
    max_keys: Option<String>,
    encoding_type: Option<String>,
    /// Of the first version.
    marker: Option<String>,
    /// Of the second.
    start_after: Option<String>,
    continuation_token: Option<String>,
}

/// An object in the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    key: String,
    size: u64,
    /// Milliseconds since the epoch.
    last_modified: i64,
}

/// The page; both versions together.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListReply {
    name: String,
    prefix: String,
    delimiter: Option<String>,
    max_keys: usize,
    encoding_type: Option<String>,
    is_truncated: bool,
    marker: Option<String>,
    next_marker: Option<String>,
    start_after: Option<String>,
    continuation_token: Option<String>,
    next_continuation_token: Option<String>,
    contents: Vec<Content>,
    common_prefixes: Vec<String>,
}

fn most(input: &ListRequest) -> Result<usize, ServiceError> {
    let Some(text) = &input.max_keys else {
        return Ok(MOST);
    };
    let number = text.parse::<usize>();
    let number = number.map_err(|_| {
        error::invalid_argument("Provided max-keys not an integer or within integer range")
    })?;
    Ok(number.min(MOST))
}

/// The name after which the page begins.
fn after(input: &ListRequest) -> Result<String, ServiceError> {
    if let Some(token) = &input.continuation_token {
        let name = STANDARD.decode(token).ok();
        let name = name.and_then(|bytes| String::from_utf8(bytes).ok());
        return name.ok_or_else(|| {
            error::invalid_argument("The continuation token provided is incorrect")
        });
    }
    let start = input.marker.as_ref().or(input.start_after.as_ref());
    Ok(start.cloned().unwrap_or_default())
}

fn page(bucket: &Bucket, input: &ListRequest, turn: &Turn<'_>) -> Result<ListReply, Interrupt> {
    let most = most(input)?;
    let after = after(input)?;
    if input
        .encoding_type
        .as_deref()
        .is_some_and(|kind| kind != "url")
    {
        return Err(error::invalid_argument("Invalid Encoding Method specified in Request").into());
    }
    bucket.is_there(turn)?;
    let delimiter = input.delimiter.clone().filter(|text| !text.is_empty());
    let question = TrailQuestion::Objects(ObjectSearch {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: delimiter.clone(),
        after,
        // One more tells whether there is a next page.
        limit: most.saturating_add(1),
    });
    let entries = match turn.ask_trail(question)? {
        TrailAnswer::Objects(entries) => entries,
        TrailAnswer::Failed(why) => return Err(error::internal(why.clone()).into()),
        _ => return Err(error::internal("an answer to something else").into()),
    };
    let shown = entries.get(..most).unwrap_or(entries);
    let is_truncated = shown.len() < entries.len() && most > 0;
    let last = shown.last().filter(|_| is_truncated).map(TrailEntry::name);
    let mut reply = ListReply {
        name: input.bucket.clone(),
        prefix: input.prefix.clone().unwrap_or_default(),
        // Without a delimiter the last name itself is where the next page begins.
        next_marker: last.filter(|_| delimiter.is_some()).map(str::to_owned),
        delimiter,
        max_keys: most,
        encoding_type: input.encoding_type.clone(),
        is_truncated,
        marker: input.marker.clone(),
        start_after: input.start_after.clone(),
        continuation_token: input.continuation_token.clone(),
        next_continuation_token: last.map(|name| STANDARD.encode(name)),
        contents: Vec::new(),
        common_prefixes: Vec::new(),
    };
    for entry in shown {
        match entry {
            TrailEntry::Object {
                name,
                size,
                modified,
            } => reply.contents.push(Content {
                key: name.clone(),
                size: *size,
                last_modified: modified.millis(),
            }),
            TrailEntry::Prefix(prefix) => reply.common_prefixes.push(prefix.clone()),
        }
    }
    Ok(reply)
}

macro_rules! list_operation {
    ($(#[$doc:meta])* $name:ident, $text:literal) => {
        $(#[$doc])*
        pub struct $name;

        impl Op for $name {
            type Input = ListRequest;
            type Output = ListReply;
            type Resolved = Bucket;
            const SERVICE: &'static Service = S3;
            const NAME: &'static str = $text;
            const READ_ONLY: bool = true;

            fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Bucket, ServiceError> {
                let bucket = &request.input.bucket;
                Bucket::named(bucket, None, "s3:ListBucket", request, turn)
            }

            fn demands(
                request: &Request<Self>,
                bucket: &Bucket,
                _: &Turn<'_>,
            ) -> Result<Vec<Demand>, ServiceError> {
                let input = &request.input;
                let mut demand = bucket.demand("s3:ListBucket");
                for (name, value) in [
                    ("s3:prefix", &input.prefix),
                    ("s3:delimiter", &input.delimiter),
                    ("s3:max-keys", &input.max_keys),
                ] {
                    if let Some(value) = value {
                        demand = demand.with_fact(name, value);
                    }
                }
                Ok(vec![demand])
            }

            fn perform(
                authorized: &Authorized<Self>,
                turn: &mut Turn<'_>,
            ) -> Result<ListReply, Interrupt> {
                page(authorized.resolved(), &authorized.request().input, turn)
            }

            fn record(
                request: &Request<Self>,
                bucket: Option<&Bucket>,
                _: Option<&ListReply>,
            ) -> RecordParts {
                let input = &request.input;
                let others = [
                    ("prefix", input.prefix.clone()),
                    ("delimiter", input.delimiter.clone()),
                    ("max-keys", input.max_keys.clone()),
                ];
                Bucket::parts(&input.bucket, bucket, None, &others)
            }
        }
    };
}

list_operation!(
    /// Lists objects, first version.
    ListObjects,
    "ListObjects"
);
list_operation!(
    /// Lists objects, second version.
    ListObjectsV2,
    "ListObjectsV2"
);
