//! A node that listens, and what holds of every answer.
#![allow(dead_code, reason = "each test file uses its part")]

use crate::client::{Answer, Connection, Request, Signing};
use crate::support::{LONG, Place};
use claviger_model::Protocol;
use claviger_server::{DrainError, Server};
use claviger_store::{RecordSource as _, RecordsFrom, open_read_only};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A service that listens.
pub(crate) struct Running {
    pub place: Place,
    pub address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub served: JoinHandle<Result<(), DrainError>>,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::draining(LONG).await
    }

    pub(crate) async fn draining(drain: Duration) -> Self {
        let place = Place::new().await;
        let any = ([127, 0, 0, 1], 0).into();
        let server = Server::bind(place.node.clone(), any).await.unwrap();
        let server = server.with_drain(drain);
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel();
        let until = async move { drop(stopped.await) };
        Self {
            place,
            address,
            stop,
            served: tokio::spawn(server.serve(until)),
        }
    }

    pub(crate) async fn client(&self) -> Connection {
        Connection::to(self.address).await
    }

    pub(crate) fn by_admin(&self, service: &str, request: &Request) -> Vec<u8> {
        request.signed(&Signing::right(&self.place.admin, service))
    }

    pub(crate) fn kms(&self, operation: &str, document: &Value) -> Vec<u8> {
        self.by_admin("kms", &Request::kms(operation, document))
    }

    pub(crate) fn random(&self) -> Vec<u8> {
        self.kms("GenerateRandom", &json!({"NumberOfBytes": 8}))
    }

    /// A good request is answered on that connection.
    pub(crate) async fn lives_on(&self, client: &mut Connection) {
        let answer = client.ask(self.random()).await;
        proper(&answer, Protocol::AwsJson11);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// A good request is answered on a new connection.
    pub(crate) async fn lives(&self) {
        self.lives_on(&mut self.client().await).await;
    }

    /// All records on the disk, oldest first.
    pub(crate) fn records(&self) -> Vec<Value> {
        let mut reader = open_read_only(&self.place.database()).unwrap();
        let records = reader.records(RecordsFrom::After(0), 100_000).unwrap();
        records
            .iter()
            .map(|record| serde_json::from_slice(&record.body).unwrap())
            .collect()
    }

    /// How many records there are beyond so many.
    pub(crate) fn recorded_since(&self, before: usize) -> usize {
        self.records().len() - before
    }
}

/// Returns once nobody is listening any more.
pub(crate) async fn is_deaf(address: SocketAddr) {
    let deaf = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(LONG, deaf).await.unwrap();
}

/// What every answer of the service has, whatever it says.
pub(crate) fn proper(answer: &Answer, protocol: Protocol) {
    let id = answer.request_id();
    let dash_or_x = |c| if c == '-' { '-' } else { 'x' };
    let shape: String = id.chars().map(dash_or_x).collect();
    assert_eq!(shape, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "{id}");
    assert!(id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()));
    let media_type = match protocol {
        Protocol::AwsJson11 => "application/x-amz-json-1.1",
        Protocol::Query => "text/xml",
        Protocol::RestXml => "application/xml",
    };
    let no_store = "no-cache, no-store, must-revalidate, private";
    for (name, value) in [
        ("content-type", media_type),
        ("cache-control", no_store),
        ("pragma", "no-cache"),
        ("expires", "0"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    if protocol == Protocol::Query {
        let inside = format!("<RequestId>{id}</RequestId>");
        assert!(answer.text().contains(&inside), "{}", answer.text());
    }
}

/// A request for random bytes with that body.
pub(crate) fn random(body: impl Into<Vec<u8>>) -> Request {
    Request::json("TrentService.GenerateRandom", body)
}

/// One that is good if it is signed.
pub(crate) fn good() -> Request {
    random("{\"NumberOfBytes\":8}")
}
