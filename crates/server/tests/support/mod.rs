//! A node of the development organisation in a temporary directory, over a store that fails on
//! command, and calls that are signed as a client signs them.
#![allow(dead_code, reason = "each test file uses its part")]

use claviger_core::bootstrap::{self, Credentials};
use claviger_core::caller::{Caller, Signed, authenticate};
use claviger_core::chain::{Arrival, Reply, RequestMeta, ServiceError};
use claviger_core::quotas::Quotas;
use claviger_crypto::{RootKey, hex, hmac_sha256};
use claviger_server::commit::{NotRecorded, Recorded};
use claviger_server::{Node, OpenError, Surroundings, verify_records};
use claviger_store::{RecordSource, RecordsFrom, open_read_only, open_sqlite};
use claviger_testkit::faulty_store::{Control, FaultyStore};
use claviger_testkit::installation::{Login, service_of};
use claviger_trail::ChainReport;
use claviger_types::{Clock, SeededEntropy, Timestamp, uuid_v4};
use serde_json::Value;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tempfile::TempDir;

/// 2026-01-05T10:00:00Z.
pub(crate) const NOW: i64 = 1_767_607_200;

pub(crate) struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(NOW)
    }
}

pub(crate) fn surroundings() -> Surroundings {
    Surroundings {
        clock: Arc::new(FixedClock),
        ..Surroundings::default()
    }
}

pub(crate) type Told = Result<Recorded<Result<Reply, ServiceError>>, NotRecorded>;

pub(crate) struct Place {
    pub directory: TempDir,
    pub node: Node,
    pub control: Control,
    pub admin: Login,
    pub outsider: Login,
    root: RootKey,
}

fn login(credentials: &Credentials) -> Login {
    Login {
        access_key_id: credentials.access_key_id.to_string(),
        secret: credentials.secret_access_key.expose().clone(),
        token: None,
    }
}

/// Makes the development organisation on a node that is new.
pub(crate) async fn bootstrap(node: &Node) -> (Login, Login) {
    let snapshot = node.snapshot();
    let made = bootstrap::development(node.state().conditions(&snapshot), node.seed()).unwrap();
    node.commit_own(made.outcome).await.unwrap();
    (login(&made.admin), login(&made.outsider))
}

impl Place {
    pub(crate) async fn new() -> Self {
        Self::within(Quotas::DEFAULT).await
    }

    /// A place in which an account may have so much of something.
    pub(crate) async fn within(quotas: Quotas) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = RootKey::generate(&mut SeededEntropy::new([3; 32]));
        let database = directory.path().join("claviger.db");
        let (node, control) = open(database, &root, quotas);
        let (admin, outsider) = bootstrap(&node).await;
        Self {
            directory,
            node,
            control,
            admin,
            outsider,
            root,
        }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.directory.path().join("claviger.db")
    }

    /// Closes the node and opens the directory again.
    pub(crate) async fn again(&mut self) {
        self.node.close(LONG).await.unwrap();
        let (node, control) = open(self.database(), &self.root, Quotas::DEFAULT);
        self.node = node;
        self.control = control;
    }

    /// Opens the directory of a closed node once more, in other surroundings.
    pub(crate) fn opened_in(&self, surroundings: Surroundings) -> Result<Node, OpenError> {
        let options = claviger_store::OpenOptions { create: false };
        let store = open_sqlite(&self.database(), options).unwrap();
        Node::with_store(Box::new(store), &self.root, surroundings)
    }

    /// A call that is decided and in line after its first poll.
    pub(crate) fn call(
        &self,
        login: &Login,
        service: &str,
        operation: &str,
        document: Value,
    ) -> Call {
        call_on(&self.node, login, service, operation, document)
    }

    /// A call by the administrator that comes to its end and is allowed.
    pub(crate) async fn allowed(&self, service: &str, operation: &str, document: Value) -> Value {
        let told = self.call(&self.admin, service, operation, document).await;
        let reply = told.unwrap().into_value().unwrap();
        if reply.0.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&reply.0).unwrap()
    }

    /// Verifies the chain of records as they are on the disk.
    pub(crate) fn verify(&self) -> ChainReport {
        let mut reader = open_read_only(&self.database()).unwrap();
        verify_records(&mut reader, &[], |_| {}).unwrap()
    }

    /// How many records of an event are on the disk.
    pub(crate) fn records_of(&self, event: &str) -> usize {
        let mut reader = open_read_only(&self.database()).unwrap();
        let records = reader.records(RecordsFrom::After(0), 10_000).unwrap();
        let needle = format!("\"eventName\":\"{event}\"");
        records
            .iter()
            .filter(|r| String::from_utf8_lossy(&r.body).contains(&needle))
            .count()
    }
}

/// A call on a node that is decided and in line after its first poll.
pub(crate) fn call_on(
    node: &Node,
    login: &Login,
    service: &str,
    operation: &str,
    document: Value,
) -> Call {
    let node = node.clone();
    let caller = caller(&node, login, service);
    let arrival = Arrival {
        service: service_of(service),
        operation: operation.to_owned(),
        document: Ok(Arc::new(document)),
        throttled: false,
    };
    let meta = RequestMeta {
        request_id: uuid_v4(&mut SeededEntropy::new(node.seed())),
        region: "us-east-1".parse().unwrap(),
        source_ip: "127.0.0.1".to_owned(),
        caller_ip: "127.0.0.1".parse().ok(),
        user_agent: "test".to_owned(),
        secure_transport: false,
        tls: None,
    };
    Box::pin(async move { node.carry_out(caller, arrival, meta).await })
}

/// Longer than anything here takes.
pub(crate) const LONG: std::time::Duration = std::time::Duration::from_secs(60);

pub(crate) type Call = Pin<Box<dyn Future<Output = Told> + Send>>;

fn open(database: PathBuf, root: &RootKey, quotas: Quotas) -> (Node, Control) {
    let store = open_sqlite(&database, claviger_store::OpenOptions { create: true }).unwrap();
    let (store, control) = FaultyStore::new(store);
    let surroundings = Surroundings {
        quotas,
        ..surroundings()
    };
    let node = Node::with_store(Box::new(store), root, surroundings).unwrap();
    (node, control)
}

/// Proves a login as a real signature would.
pub(crate) fn caller(node: &Node, login: &Login, service: &str) -> Caller {
    let signing_name = service_of(service).signing_name;
    let now = node.state().real_now();
    let string_to_sign = "a request".to_owned();
    let key = signing_key(&login.secret, &now.scope_date(), "us-east-1", signing_name);
    let signed = Signed {
        access_key_id: login.access_key_id.clone(),
        session_token: login.token.clone(),
        scope_date: now.scope_date(),
        region: "us-east-1".parse().unwrap(),
        service: signing_name.to_owned(),
        signature: hex(&hmac_sha256(&key, string_to_sign.as_bytes())),
        string_to_sign,
        signed_at: now,
    };
    authenticate(&signed, &node.snapshot(), node.state().sealer(), now).unwrap()
}

/// IAM User Guide, "Create a signed AWS API request", step 4.
pub(crate) fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> Vec<u8> {
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [date, region, service, "aws4_request"] {
        key = hmac_sha256(&key, part.as_bytes()).to_vec();
    }
    key
}

/// A call that was polled once.
pub(crate) enum Begun {
    Done(<Call as Future>::Output),
    Waiting(Call),
}

/// Polls a call once, where nothing holds the commit up: it may be quicker than the poll.
pub(crate) fn begin(mut call: Call) -> Begun {
    let mut context = Context::from_waker(Waker::noop());
    match call.as_mut().poll(&mut context) {
        Poll::Ready(told) => Begun::Done(told),
        Poll::Pending => Begun::Waiting(call),
    }
}

/// Polls a call once, where the commit is held up: it is then decided and in line.
pub(crate) fn start(call: &mut Call) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(call.as_mut().poll(&mut context), Poll::Pending));
}
