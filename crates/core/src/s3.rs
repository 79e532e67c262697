//! Amazon S3 as far as the log archive needs it, read only: whoever may read the trail's bucket gets
//! its objects, with the signatures of digests as metadata, and their names. There is one bucket, and
//! nothing is written to it through here. Source: Amazon S3 API reference; Service Authorization
//! Reference, "Amazon S3".

mod bucket;
mod error;
mod list;
mod location;
mod object;

pub use list::{ListObjects, ListObjectsV2};
pub use location::GetBucketLocation;
pub use object::{GetObject, HeadObject};

use crate::chain::Served;
use claviger_model::{Operation, Protocol, Service};

/// The service. Its model is not carried over: a request is method, path and query, which the service
/// front makes a document of.
pub static S3: &Service = &SERVICE;

static SERVICE: Service = Service {
    id: "s3",
    signing_name: "s3",
    endpoint_prefix: "s3",
    target_prefix: None,
    json_version: None,
    api_version: "2006-03-01",
    xml_namespace: Some("http://s3.amazonaws.com/doc/2006-03-01/"),
    protocol: Protocol::RestXml,
    event_source: "s3.amazonaws.com",
    operations: &[
        operation("GetBucketLocation"),
        operation("GetObject"),
        operation("HeadObject"),
        operation("ListObjects"),
        operation("ListObjectsV2"),
    ],
};

const fn operation(name: &'static str) -> Operation {
    Operation {
        name,
        input: None,
        output: None,
        result_wrapper: None,
        errors: &[],
    }
}

/// Whether CloudTrail takes an operation for a data event: those on objects, their lists included
/// (CloudTrail User Guide, "Logging data events").
pub(crate) fn is_data_event(service: &Service, operation: &str) -> bool {
    service.id == S3.id && operation != "GetBucketLocation"
}

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<GetBucketLocation>(),
    Served::of::<GetObject>(),
    Served::of::<HeadObject>(),
    Served::of::<ListObjects>(),
    Served::of::<ListObjectsV2>(),
];
