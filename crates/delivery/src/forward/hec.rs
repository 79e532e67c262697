//! Splunk's HTTP Event Collector: events one behind the other in a POST request, acknowledged by its
//! answer. Source: Splunk, "Format events for HTTP Event Collector", "HTTP Event Collector REST API
//! endpoints".

use super::connect::{Trust, Url};
use super::http::post;
use super::sink::{SendError, Sending, Sink};
use claviger_store::StoredRecord;
use claviger_trail::RecordView;
use claviger_types::{Secret, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;

/// Where events are posted, where the URL has no path.
const ENDPOINT: &str = "/services/collector/event";
/// What the AWS add-on of Splunk calls CloudTrail records.
const SOURCETYPE: &str = "aws:cloudtrail";

pub(super) struct HecSink {
    url: Url,
    trust: Trust,
    authorization: Secret<String>,
    index: Option<String>,
    sourcetype: String,
}

#[derive(Serialize)]
struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<i64>,
    source: &'static str,
    sourcetype: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<&'a str>,
    event: &'a RawValue,
}

impl HecSink {
    pub(super) fn new(
        mut url: Url,
        trust: Trust,
        token: Secret<String>,
        index: Option<String>,
        sourcetype: Option<String>,
    ) -> Self {
        if url.path == "/" {
            ENDPOINT.clone_into(&mut url.path);
        }
        Self {
            url,
            trust,
            authorization: Secret::new(format!("Splunk {}", token.expose())),
            index,
            sourcetype: sourcetype.unwrap_or_else(|| SOURCETYPE.to_owned()),
        }
    }

    fn body(&self, records: &[StoredRecord]) -> Result<Vec<u8>, SendError> {
        let mut body = Vec::new();
        for record in records {
            let time = RecordView::read(&record.body).ok();
            let time = time.and_then(|view| view.event_time.parse().ok());
            let event = Event {
                time: time.map(Timestamp::seconds),
                source: "claviger",
                sourcetype: &self.sourcetype,
                index: self.index.as_deref(),
                event: serde_json::from_slice(&record.body).map_err(SendError::new)?,
            };
            serde_json::to_writer(&mut body, &event).map_err(SendError::new)?;
            body.push(b'\n');
        }
        Ok(body)
    }
}

impl Sink for HecSink {
    fn send<'a>(&'a mut self, records: &'a [StoredRecord]) -> Sending<'a> {
        Box::pin(async move {
            let headers = [
                ("authorization", self.authorization.expose().clone()),
                ("content-type", "application/json".to_owned()),
            ];
            post(&self.url, &self.trust, &headers, self.body(records)?).await
        })
    }
}
