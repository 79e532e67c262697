//! The XML of S3's replies and refusals. It knows the operations that are served and no others.

use claviger_core::chain::{Reply, ServiceError};
use claviger_core::s3::S3;
use claviger_types::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::fmt::Write as _;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
/// What `encoding-type=url` leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'*')
    .remove(b'/');

/// The body of a refusal.
pub(super) fn error(error: &ServiceError, request_id: &str) -> String {
    let mut out = Xml(HEAD.to_owned());
    out.open("Error");
    out.leaf("Code", error.shape.code);
    out.leaf("Message", error.message.as_deref().unwrap_or_default());
    out.leaf("RequestId", request_id);
    out.close("Error");
    out.0
}

/// The body of a reply; `None` for one that does not fit.
pub(super) fn reply(operation: &str, reply: &Reply) -> Option<String> {
    match operation {
        "GetBucketLocation" => location(serde_json::from_slice(&reply.0).ok()?),
        "ListObjects" => list(&serde_json::from_slice(&reply.0).ok()?, false),
        "ListObjectsV2" => list(&serde_json::from_slice(&reply.0).ok()?, true),
        _ => None,
    }
}

/// What tells two states of an object apart: objects are written whole and hardly ever again.
pub(super) fn etag(modified: Timestamp, size: u64) -> String {
    format!("\"{:016x}{size:016x}\"", modified.millis())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Location {
    location_constraint: Option<String>,
}

fn location(location: Location) -> Option<String> {
    let mut out = Xml(HEAD.to_owned());
    let region = location.location_constraint.unwrap_or_default();
    let _ = write!(
        out.0,
        "<LocationConstraint xmlns=\"{}\">",
        S3.xml_namespace?
    );
    out.escaped(&region);
    out.close("LocationConstraint");
    Some(out.0)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    key: String,
    size: u64,
    last_modified: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
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

fn list(list: &List, second: bool) -> Option<String> {
    let mut out = Xml(HEAD.to_owned());
    let _ = write!(out.0, "<ListBucketResult xmlns=\"{}\">", S3.xml_namespace?);
    let url = list.encoding_type.is_some();
    let named = |text: &str| {
        if url {
            utf8_percent_encode(text, ENCODED).to_string()
        } else {
            text.to_owned()
        }
    };
    out.leaf("Name", &list.name);
    out.leaf("Prefix", &named(&list.prefix));
    if second {
        let count = list.contents.len() + list.common_prefixes.len();
        out.leaf("KeyCount", &count.to_string());
        out.maybe("StartAfter", list.start_after.as_deref().map(named));
        out.maybe("ContinuationToken", list.continuation_token.clone());
        out.maybe(
            "NextContinuationToken",
            list.next_continuation_token.clone(),
        );
    } else {
        out.leaf("Marker", &named(list.marker.as_deref().unwrap_or_default()));
        out.maybe("NextMarker", list.next_marker.as_deref().map(named));
    }
    out.leaf("MaxKeys", &list.max_keys.to_string());
    out.maybe("Delimiter", list.delimiter.as_deref().map(named));
    out.maybe("EncodingType", list.encoding_type.clone());
    out.leaf(
        "IsTruncated",
        if list.is_truncated { "true" } else { "false" },
    );
    for content in &list.contents {
        let modified = Timestamp::from_millis(content.last_modified);
        out.open("Contents");
        out.leaf("Key", &named(&content.key));
        out.leaf("LastModified", &modified.format("%Y-%m-%dT%H:%M:%S.000Z"));
        out.leaf("ETag", &etag(modified, content.size));
        out.leaf("Size", &content.size.to_string());
        out.leaf("StorageClass", "STANDARD");
        out.close("Contents");
    }
    for prefix in &list.common_prefixes {
        out.open("CommonPrefixes");
        out.leaf("Prefix", &named(prefix));
        out.close("CommonPrefixes");
    }
    out.close("ListBucketResult");
    Some(out.0)
}

/// XML in the making.
struct Xml(String);

impl Xml {
    fn open(&mut self, name: &str) {
        // Writing to a String cannot fail, here as below.
        let _ = write!(self.0, "<{name}>");
    }

    fn close(&mut self, name: &str) {
        let _ = write!(self.0, "</{name}>");
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.open(name);
        self.escaped(text);
        self.close(name);
    }

    fn maybe(&mut self, name: &str, text: Option<String>) {
        if let Some(text) = text {
            self.leaf(name, &text);
        }
    }

    fn escaped(&mut self, text: &str) {
        super::xml::escape_onto(&mut self.0, text);
    }
}
