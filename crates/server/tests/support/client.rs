//! A client of the listener that keeps nothing back: it signs like the AWS tools, but every part of
//! the signature and every byte on the wire can be made wrong. It reads answers strictly and knows
//! no retries.
#![allow(dead_code, reason = "each test file uses its part")]

use crate::support::{LONG, NOW, signing_key};
use claviger_crypto::{hex, hmac_sha256, sha256};
use claviger_model::{Protocol, Service};
use claviger_testkit::installation::{Login, service_of};
use claviger_types::Timestamp;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A request before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub method: &'static str,
    /// Path and query as they are sent; the query in the one form that signatures know.
    pub target: String,
    /// All headers but those of signature and framing; names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// What a signature says. Every part may be wrong.
#[derive(Debug, Clone)]
pub(crate) struct Signing {
    pub login: Login,
    pub at: Timestamp,
    pub date: String,
    pub region: String,
    pub service: String,
}

impl Signing {
    pub(crate) fn right(login: &Login, service: &str) -> Self {
        Self::at(login, service, NOW)
    }

    pub(crate) fn at(login: &Login, service: &str, seconds: i64) -> Self {
        let at = Timestamp::from_seconds(seconds);
        Self {
            login: login.clone(),
            at,
            date: at.scope_date(),
            region: "us-east-1".to_owned(),
            service: service_of(service).signing_name.to_owned(),
        }
    }
}

impl Request {
    /// A JSON request for whatever `target` names.
    pub(crate) fn json(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST",
            target: "/".to_owned(),
            headers: vec![
                ("content-type", "application/x-amz-json-1.1".to_owned()),
                ("x-amz-target", target.to_owned()),
            ],
            body: body.into(),
        }
    }

    /// A form.
    pub(crate) fn form(body: impl Into<Vec<u8>>) -> Self {
        let media_type = "application/x-www-form-urlencoded; charset=utf-8";
        Self {
            method: "POST",
            target: "/".to_owned(),
            headers: vec![("content-type", media_type.to_owned())],
            body: body.into(),
        }
    }

    /// An operation without input, in its service's protocol.
    pub(crate) fn of(service: &Service, operation: &str) -> Self {
        match service.protocol {
            Protocol::AwsJson11 => {
                let prefix = service.target_prefix.unwrap_or_default();
                Self::json(&format!("{prefix}.{operation}"), "{}")
            }
            Protocol::Query => Self::form(format!(
                "Action={operation}&Version={}",
                service.api_version
            )),
            Protocol::RestXml => Self {
                method: "GET",
                target: "/".to_owned(),
                headers: Vec::new(),
                body: Vec::new(),
            },
        }
    }

    pub(crate) fn kms(operation: &str, document: &Value) -> Self {
        Self::json(&format!("TrentService.{operation}"), document.to_string())
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Sets a header, or takes it out.
    pub(crate) fn set(&mut self, name: &'static str, value: Option<&str>) {
        self.headers.retain(|(known, _)| *known != name);
        self.headers
            .extend(value.map(|value| (name, value.to_owned())));
    }

    /// The head up to the framing headers, without a signature.
    pub(crate) fn head(&self) -> String {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head
    }

    /// The head up to the framing headers, signed.
    pub(crate) fn signed_head(&self, signing: &Signing) -> String {
        let mut request = self.clone();
        let sent_at = signing.at.format("%Y%m%dT%H%M%SZ");
        request.headers.push(("x-amz-date", sent_at.clone()));
        if let Some(token) = &signing.login.token {
            request
                .headers
                .push(("x-amz-security-token", token.clone()));
        }
        let (names, canonical) = request.canonical();
        let Signing {
            login,
            date,
            region,
            service,
            ..
        } = signing;
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let hash = hex(&sha256(canonical.as_bytes()));
        let string_to_sign = format!("AWS4-HMAC-SHA256\n{sent_at}\n{scope}\n{hash}");
        let key = signing_key(&login.secret, date, region, service);
        let signature = hex(&hmac_sha256(&key, string_to_sign.as_bytes()));
        let id = &login.access_key_id;
        request.head()
            + &format!(
                "authorization: AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, \
                 Signature={signature}\r\n"
            )
    }

    /// The names of the signed headers, and the canonical request.
    fn canonical(&self) -> (String, String) {
        let mut headers = self.headers.clone();
        headers.push(("host", "localhost".to_owned()));
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = headers.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let hash = hex(&sha256(&self.body));
        let canonical = format!("{}\n{path}\n{query}\n{lines}\n{names}\n{hash}", self.method);
        (names, canonical)
    }

    pub(crate) fn unsigned(&self) -> Vec<u8> {
        framed(self.head(), &self.body)
    }

    pub(crate) fn signed(&self, signing: &Signing) -> Vec<u8> {
        framed(self.signed_head(signing), &self.body)
    }
}

/// Adds the length and the body to a head.
pub(crate) fn framed(head: String, body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), length.as_bytes(), body].concat()
}

/// An answer as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    fn of_head(head: &str) -> Self {
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().strip_prefix("HTTP/1.").unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        });
        Self {
            status: status[2..5].parse().unwrap(),
            headers: headers.collect(),
            body: Vec::new(),
        }
    }

    /// A header that is sent once at most.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(n, _)| n == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} twice");
        value
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The protocol that it is in, by what it says of itself.
    pub(crate) fn protocol(&self) -> Protocol {
        match self.header("content-type") {
            Some("text/xml") => Protocol::Query,
            _ => Protocol::AwsJson11,
        }
    }

    /// The error's code, or nothing.
    pub(crate) fn code(&self) -> String {
        match self.protocol() {
            Protocol::Query | Protocol::RestXml => {
                between(self.text(), "<Code>", "</Code>").to_owned()
            }
            Protocol::AwsJson11 => {
                let code = &self.json()["__type"];
                code.as_str().unwrap_or_default().to_owned()
            }
        }
    }

    pub(crate) fn request_id(&self) -> &str {
        self.header("x-amzn-requestid").unwrap()
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let inside = text.split_once(start).map(|(_, rest)| rest);
    let inside = inside.and_then(|rest| rest.split_once(end));
    inside.map_or("", |(inside, _)| inside)
}

/// A connection to the service.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            received: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends what may be refused while it is sent.
    pub(crate) async fn offer(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Sends nothing more, but goes on reading.
    pub(crate) async fn finish(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Sends while answers are read, so that neither side waits for the other.
    pub(crate) async fn pipeline(&mut self, bytes: &[u8], answers: usize) -> Vec<Answer> {
        let Self { stream, received } = self;
        let (mut reader, mut writer) = stream.split();
        let read = async {
            let mut told = Vec::new();
            while told.len() < answers {
                told.push(receive(&mut reader, received, true).await.unwrap());
            }
            told
        };
        let (sent, told) = tokio::join!(writer.write_all(bytes), read);
        sent.unwrap();
        told
    }

    /// The next answer.
    pub(crate) async fn answer(&mut self) -> Answer {
        let answer = receive(&mut self.stream, &mut self.received, true).await;
        answer.expect("closed without an answer")
    }

    /// The next answer, which is to a HEAD and has no body.
    pub(crate) async fn head_answer(&mut self) -> Answer {
        let answer = receive(&mut self.stream, &mut self.received, false).await;
        answer.expect("closed without an answer")
    }

    /// The next answer, or nothing if the service closes first.
    pub(crate) async fn answer_or_end(&mut self) -> Option<Answer> {
        receive(&mut self.stream, &mut self.received, true).await
    }

    pub(crate) async fn ask(&mut self, bytes: impl AsRef<[u8]>) -> Answer {
        self.send(bytes).await;
        self.answer().await
    }

    /// Nothing comes but the end.
    pub(crate) async fn ended(&mut self) {
        let more = receive(&mut self.stream, &mut self.received, true).await;
        assert!(more.is_none(), "{more:?}");
    }
}

/// Reads one answer; nothing if the connection ends before its first byte.
async fn receive(
    stream: &mut (impl tokio::io::AsyncRead + Unpin),
    received: &mut Vec<u8>,
    has_body: bool,
) -> Option<Answer> {
    let end = loop {
        if let Some(end) = received.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        if more(stream, received).await == 0 {
            assert!(received.is_empty(), "half an answer: {received:?}");
            return None;
        }
    };
    let rest = received.split_off(end + 4);
    let head = std::mem::replace(received, rest);
    let mut answer = Answer::of_head(std::str::from_utf8(&head[..end]).unwrap());
    if !has_body {
        return Some(answer);
    }
    let length: usize = answer.header("content-length").unwrap().parse().unwrap();
    while received.len() < length {
        assert_ne!(more(stream, received).await, 0, "half a body");
    }
    let rest = received.split_off(length);
    answer.body = std::mem::replace(received, rest);
    Some(answer)
}

/// How many more bytes came. A connection that is reset ends like one that is closed.
async fn more(stream: &mut (impl tokio::io::AsyncRead + Unpin), received: &mut Vec<u8>) -> usize {
    let read = timeout(LONG, stream.read_buf(received)).await;
    read.expect("the service is silent").unwrap_or(0)
}
