//! Syslog: messages by RFC 5424 over TLS by RFC 5425, each with its length before it. The protocol
//! acknowledges nothing, so each batch has a connection of its own that is closed from this side
//! (`close_notify`, RFC 5425 section 4.4) and is done only when the receiver has closed it too: it has
//! then read all before it.

use super::connect::{Trust, within};
use super::sink::{SendError, Sending, Sink};
use claviger_store::StoredRecord;
use claviger_trail::RecordView;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Informational (RFC 5424, table 2).
const SEVERITY: u8 = 6;
/// The longest MSGID and HOSTNAME (RFC 5424, section 6).
const LONGEST_ID: usize = 32;
const LONGEST_HOSTNAME: usize = 255;
/// What stands for nothing.
const NIL: &str = "-";

pub(super) struct SyslogSink {
    host: String,
    port: u16,
    trust: Trust,
    header: Header,
}

/// What is the same in all messages.
struct Header {
    priority: u16,
    hostname: String,
}

impl SyslogSink {
    pub(super) fn new(
        host: String,
        port: u16,
        trust: Trust,
        facility: u8,
        hostname: Option<&str>,
    ) -> Self {
        let hostname = field(hostname.unwrap_or_default(), LONGEST_HOSTNAME);
        Self {
            host,
            port,
            trust,
            header: Header {
                priority: u16::from(facility) * 8 + u16::from(SEVERITY),
                hostname,
            },
        }
    }

    async fn exchange(&self, text: &[u8]) -> Result<(), SendError> {
        let mut stream = self.trust.connect(&self.host, self.port).await?;
        stream.write_all(text).await.map_err(SendError::new)?;
        stream.shutdown().await.map_err(SendError::new)?;
        let mut answer = [0; 64];
        loop {
            match stream.read(&mut answer).await {
                // Nothing is to be said; it is read all the same.
                Ok(more) if more > 0 => {}
                Ok(_) => return Ok(()),
                // Many receivers close without close_notify. A connection that was reset, with bytes
                // unread on the other side, ends in another error.
                Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(e) => return Err(SendError::new(e)),
            }
        }
    }
}

impl Header {
    /// One message: `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID SD MSG`. MSG is the record as it
    /// is stored, MSG-ANY without a byte order mark.
    fn message(&self, body: &[u8]) -> Vec<u8> {
        let view = RecordView::read(body).unwrap_or_default();
        let (time, name) = (&view.event_time, &view.event_name);
        let time = if time.parse::<claviger_types::Timestamp>().is_ok() {
            time
        } else {
            NIL
        };
        let Self { priority, hostname } = self;
        let name = field(name, LONGEST_ID);
        let mut message =
            format!("<{priority}>1 {time} {hostname} claviger - {name} - ").into_bytes();
        message.extend_from_slice(body);
        message
    }

    /// A message with its length before it (RFC 5425, section 4.3.1).
    fn frame(&self, body: &[u8], text: &mut Vec<u8>) {
        let message = self.message(body);
        text.extend_from_slice(message.len().to_string().as_bytes());
        text.push(b' ');
        text.extend_from_slice(&message);
    }
}

/// A header field: printable ASCII without spaces, cut to its length, or nothing.
fn field(text: &str, longest: usize) -> String {
    let plain = text.chars().filter(char::is_ascii_graphic).take(longest);
    let plain: String = plain.collect();
    if plain.is_empty() {
        NIL.to_owned()
    } else {
        plain
    }
}

impl Sink for SyslogSink {
    fn send<'a>(&'a mut self, records: &'a [StoredRecord]) -> Sending<'a> {
        Box::pin(async move {
            let mut text = Vec::new();
            for record in records {
                self.header.frame(&record.body, &mut text);
            }
            within(self.exchange(&text)).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_rfc_5424s_with_their_length() {
        let header = Header {
            priority: 13 * 8 + 6,
            hostname: field("kms 1", LONGEST_HOSTNAME),
        };
        for (body, expect) in [
            (
                r#"{"eventTime":"2026-01-05T10:00:00Z","eventName":"Decrypt"}"#,
                r#"110 <110>1 2026-01-05T10:00:00Z kms1 claviger - Decrypt - {"eventTime":"2026-01-05T10:00:00Z","eventName":"Decrypt"}"#,
            ),
            (
                r#"{"eventTime":"x","eventName":"a b\n"}"#,
                r#"70 <110>1 - kms1 claviger - ab - {"eventTime":"x","eventName":"a b\n"}"#,
            ),
            ("é", "36 <110>1 - kms1 claviger - - - é"),
        ] {
            let mut text = Vec::new();
            header.frame(body.as_bytes(), &mut text);
            let text = String::from_utf8(text).unwrap();
            let (length, message) = text.split_once(' ').unwrap();
            assert_eq!(length.parse::<usize>().unwrap(), message.len());
            assert_eq!(message, expect.split_once(' ').unwrap().1);
        }
        assert_eq!(field("", 9), "-");
        assert_eq!(field(&"x".repeat(99), 32).len(), 32);
    }
}
