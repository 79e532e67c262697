//! A webhook: records as JSON lines in a POST request that is signed. The receiver computes
//! HMAC-SHA-256 (RFC 2104) over the timestamp, a full stop and the body with the shared secret,
//! compares it with the signature, and refuses timestamps that are too old.

use super::connect::{Trust, Url};
use super::http::post;
use super::sink::{Sending, Sink};
use aws_lc_rs::hmac;
use claviger_store::StoredRecord;
use claviger_types::{Clock, Secret};
use std::sync::Arc;

const TIMESTAMP: &str = "claviger-timestamp";
const SIGNATURE: &str = "claviger-signature";
const RECORDS: &str = "claviger-records";

pub(super) struct WebhookSink {
    url: Url,
    trust: Trust,
    key: hmac::Key,
    clock: Arc<dyn Clock>,
}

impl WebhookSink {
    pub(super) fn new(
        url: Url,
        trust: Trust,
        secret: Secret<String>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            url,
            trust,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()),
            clock,
        }
    }
}

/// `sha256=` and the hexadecimal HMAC of timestamp, full stop and body.
fn signature(key: &hmac::Key, timestamp: &str, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(timestamp.as_bytes());
    context.update(b".");
    context.update(body);
    let tag = context.sign();
    format!("sha256={}", base16ct::lower::encode_string(tag.as_ref()))
}

impl Sink for WebhookSink {
    fn send<'a>(&'a mut self, records: &'a [StoredRecord]) -> Sending<'a> {
        Box::pin(async move {
            let mut body = Vec::new();
            for record in records {
                body.extend_from_slice(&record.body);
                body.push(b'\n');
            }
            // Real time: receivers hold it against their own clocks.
            let timestamp = self.clock.now().seconds().to_string();
            let signature = signature(&self.key, &timestamp, &body);
            let range = match (records.first(), records.last()) {
                (Some(first), Some(last)) => format!("{}-{}", first.position, last.position),
                _ => String::new(),
            };
            let headers = [
                ("content-type", "application/x-ndjson".to_owned()),
                (TIMESTAMP, timestamp),
                (SIGNATURE, signature),
                (RECORDS, range),
            ];
            post(&self.url, &self.trust, &headers, body).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with OpenSSL: `printf '1767603600.{}\n' | openssl dgst -sha256 -hmac s3cret`.
    #[test]
    fn known_answer() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"s3cret");
        assert_eq!(
            signature(&key, "1767603600", b"{}\n"),
            "sha256=0aab762bc060c45a4f088eab7152cf94f48960712654474a6886f2fe52a9cb50"
        );
    }
}
