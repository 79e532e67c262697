//! A whole installation in memory: the development organisation, a clock that is set by hand, and
//! calls that go through the real chain (signature, authorisation, changes, records). It stands in
//! for the server's commit, not for anything that decides.

use crate::rsa_keys::RsaKeys;
use claviger_core::bootstrap::{self, Credentials};
use claviger_core::caller::{Caller, Signed, authenticate};
use claviger_core::chain::{
    Arrival, Conditions, Decision, KeyStoreAnswer, KeyStoreCall, Outcome, RequestMeta,
    ServiceError, TrailAnswer, TrailQuestion, decide, resume, resume_with_key, resume_with_trail,
};
use claviger_core::due;
use claviger_core::open_keys::OpenKeys;
use claviger_core::quotas::Quotas;
use claviger_core::state::{KeyUse, RowDecoder, Snapshot, Stored};
use claviger_crypto::{Sealer, hex, hmac_sha256};
use claviger_model::{SERVICES, Service};
use claviger_policy::Switches;
use claviger_trail::Record;
use claviger_types::{Entropy, SeededEntropy, Timestamp, uuid_v4};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What signs requests: an access key, for sessions with its token.
#[derive(Debug, Clone)]
pub struct Login {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token.
    pub token: Option<String>,
}

impl Login {
    fn of(credentials: &Credentials) -> Self {
        Self {
            access_key_id: credentials.access_key_id.to_string(),
            secret: credentials.secret_access_key.expose().clone(),
            token: None,
        }
    }

    /// The login of an AssumeRole reply.
    #[must_use]
    pub fn of_session(reply: &Value) -> Self {
        let text = |name: &str| {
            reply["Credentials"][name]
                .as_str()
                .unwrap_or_else(|| panic!("no {name} in {reply}"))
                .to_owned()
        };
        Self {
            access_key_id: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: Some(text("SessionToken")),
        }
    }
}

/// Answers a call to a key store.
pub type KeyStore = Box<dyn FnMut(&KeyStoreCall) -> KeyStoreAnswer + Send>;

/// Answers a question about the trail.
pub type Trail = Box<dyn FnMut(&TrailQuestion) -> TrailAnswer + Send>;

/// The installation.
pub struct Installation {
    /// The state now.
    pub snapshot: Snapshot,
    /// Its seal.
    pub sealer: Sealer,
    /// The book of last uses.
    pub key_use: KeyUse,
    /// The moment; set it as you like.
    pub now: Timestamp,
    /// Disputed points of the policy language.
    pub switches: Switches,
    /// How much of something an account may have; set it as low as you like.
    pub quotas: Quotas,
    /// Private keys that are open already.
    pub open_keys: OpenKeys,
    /// All records so far.
    pub records: Vec<Record>,
    /// All rows as the store would hold them, by collection and row.
    pub rows: BTreeMap<(String, String), Vec<u8>>,
    /// The administrator of the management account.
    pub admin: Login,
    /// The user outside the organisation.
    pub outsider: Login,
    /// Where calls come from.
    pub source_ip: String,
    /// The Region that calls are signed for.
    pub region: String,
    /// Answers questions to key stores; without one they fail.
    pub key_store: Option<KeyStore>,
    /// Where new RSA keys come from.
    pub rsa_keys: RsaKeys,
    /// Answers questions about the trail; without one nothing is delivered.
    pub trail: Option<Trail>,
    entropy: SeededEntropy,
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}

impl Installation {
    /// The development organisation at 2026-01-05T10:00:00Z, from a fixed seed.
    ///
    /// # Panics
    /// When the bootstrap fails.
    #[must_use]
    pub fn new() -> Self {
        let mut entropy = SeededEntropy::new([42; 32]);
        let sealer = Sealer::generate(&mut entropy);
        let snapshot = Snapshot::default();
        let key_use = KeyUse::default();
        let switches = Switches::default();
        let open_keys = OpenKeys::default();
        let now = Timestamp::from_seconds(1_767_607_200);
        let conditions = Conditions {
            snapshot: &snapshot,
            sealer: &sealer,
            key_use: &key_use,
            now,
            switches: &switches,
            quotas: &Quotas::DEFAULT,
            open_keys: &open_keys,
        };
        let made = bootstrap::development(conditions, [7; 32]).expect("the bootstrap");
        let (admin, outsider) = (Login::of(&made.admin), Login::of(&made.outsider));
        let mut installation = Self {
            snapshot,
            sealer,
            key_use,
            now,
            switches,
            quotas: Quotas::DEFAULT,
            open_keys,
            records: Vec::new(),
            rows: BTreeMap::new(),
            admin,
            outsider,
            source_ip: "127.0.0.1".to_owned(),
            region: "us-east-1".to_owned(),
            key_store: None,
            rsa_keys: RsaKeys::default(),
            trail: None,
            entropy,
        };
        installation.commit(made.outcome).expect("the bootstrap");
        installation
    }

    /// What a decision rests on now.
    #[must_use]
    pub fn conditions(&self) -> Conditions<'_> {
        Conditions {
            snapshot: &self.snapshot,
            sealer: &self.sealer,
            key_use: &self.key_use,
            now: self.now,
            switches: &self.switches,
            quotas: &self.quotas,
            open_keys: &self.open_keys,
        }
    }

    fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.entropy.fill(&mut seed);
        seed
    }

    /// Calls an operation and commits what it comes to. `service` is botocore's folder name.
    ///
    /// # Errors
    /// What the caller would be told.
    ///
    /// # Panics
    /// When the login is not valid; use [`Self::caller`] to test that.
    pub fn call(
        &mut self,
        login: &Login,
        service: &str,
        operation: &str,
        document: Value,
    ) -> Result<Value, ServiceError> {
        let service = service_of(service);
        let caller = self.caller(login, service).expect("the login is valid");
        let decision = self.decide(caller, service, operation, document);
        self.commit(decision)
    }

    /// Proves a login as a real signature would.
    ///
    /// # Errors
    /// As authentication says.
    pub fn caller(
        &self,
        login: &Login,
        service: &'static Service,
    ) -> Result<Caller, claviger_core::caller::AuthenticationError> {
        let scope_date = self.now.scope_date();
        let string_to_sign = "a request".to_owned();
        let mut key = format!("AWS4{}", login.secret).into_bytes();
        for part in [
            &scope_date,
            &self.region,
            service.signing_name,
            "aws4_request",
        ] {
            key = hmac_sha256(&key, part.as_bytes()).to_vec();
        }
        let signed = Signed {
            access_key_id: login.access_key_id.clone(),
            session_token: login.token.clone(),
            scope_date,
            region: self.region.parse().expect("a Region"),
            service: service.signing_name.to_owned(),
            signature: hex(&hmac_sha256(&key, string_to_sign.as_bytes())),
            string_to_sign,
            signed_at: self.now,
        };
        authenticate(&signed, &self.snapshot, &self.sealer, self.now)
    }

    /// Decides without committing; asks the key store as often as needed.
    ///
    /// # Panics
    /// When more than eight things must be done outside for one request.
    pub fn decide(
        &mut self,
        caller: Caller,
        service: &'static Service,
        operation: &str,
        document: Value,
    ) -> Outcome {
        let arrival = Arrival {
            service,
            operation: operation.to_owned(),
            document: Ok(Arc::new(document)),
            throttled: false,
        };
        let meta = RequestMeta {
            request_id: uuid_v4(&mut self.entropy),
            region: self.region.parse().expect("a Region"),
            source_ip: self.source_ip.clone(),
            caller_ip: self.source_ip.parse().ok(),
            user_agent: "testkit".to_owned(),
            secure_transport: false,
            tls: None,
        };
        let seed = self.seed();
        let mut decision = decide(self.conditions(), caller, arrival, meta, seed);
        for _ in 0..8 {
            match decision {
                Decision::Done(outcome) => return outcome,
                Decision::Ask(call, waiting) => {
                    let answer = self.answer(&call);
                    decision = resume(self.conditions(), waiting, call, answer);
                }
                Decision::NeedsKey(spec, waiting) => {
                    let made = Ok(self.rsa_keys.next(spec));
                    decision = resume_with_key(self.conditions(), waiting, made);
                }
                Decision::AskTrail(question, waiting) => {
                    let answer = match &mut self.trail {
                        Some(trail) => trail(&question),
                        None => TrailAnswer::Delivery(None),
                    };
                    decision = resume_with_trail(self.conditions(), waiting, question, answer);
                }
            }
        }
        panic!("the operation does not stop asking");
    }

    fn answer(&mut self, call: &KeyStoreCall) -> KeyStoreAnswer {
        match &mut self.key_store {
            Some(store) => store(call),
            None => KeyStoreAnswer::Failed(claviger_core::chain::KeyStoreFailure(
                "no key store is configured".to_owned(),
            )),
        }
    }

    /// Commits an outcome as the server does: changes must fit, records are kept.
    ///
    /// # Errors
    /// The refusal in the outcome.
    ///
    /// # Panics
    /// When a change is stale or a reply is not JSON.
    pub fn commit(&mut self, outcome: Outcome) -> Result<Value, ServiceError> {
        assert!(
            outcome
                .rests_on
                .iter()
                .all(|basis| basis.holds(&self.snapshot))
        );
        for change in &outcome.changes {
            assert!(
                change.fits(&self.snapshot),
                "stale change of {:?}",
                change.row()
            );
            let row = change.encode().expect("a row");
            let name = (row.name.collection.to_owned(), row.name.row);
            match row.value {
                Some(value) => self.rows.insert(name, value),
                None => self.rows.remove(&name),
            };
            let revision = self.snapshot.revision + 1;
            self.snapshot = self.snapshot.after([change], revision);
        }
        for (key, last) in &outcome.uses {
            self.key_use.merge(key, last);
        }
        self.records.extend(outcome.records);
        let reply = outcome.result?;
        if reply.0.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&reply.0).expect("a JSON reply"))
    }

    /// Moves time on and does what falls due.
    pub fn advance_days(&mut self, days: i64) {
        self.advance_seconds(days * 86_400);
    }

    /// Moves time on and does what falls due.
    pub fn advance_seconds(&mut self, seconds: i64) {
        self.now = self.now.plus_seconds(seconds);
        loop {
            let mut entropy = SeededEntropy::new(self.seed());
            let next = due::next(self.conditions(), &mut entropy).expect("due work");
            let Some(outcome) = next else {
                return;
            };
            // Due work answers nobody.
            let _ = self.commit(outcome);
        }
    }

    /// Puts an entity into the state as if it had been loaded from the store: for states that no
    /// operation reaches yet.
    ///
    /// # Panics
    /// When the entity does not decode again.
    pub fn install<T: Stored>(&mut self, entity: &T) {
        let id = entity.id();
        let version = self.snapshot.row::<T>(&id).map_or(1, |row| row.version + 1);
        let value = serde_json::to_vec(entity).expect("an encodable entity");
        let decoded = RowDecoder::default()
            .decode(T::COLLECTION, &T::row(&id), version, &value)
            .expect("a decodable entity");
        self.snapshot.replace(&decoded);
        self.rows
            .insert((T::COLLECTION.to_owned(), T::row(&id)), value);
    }

    /// The records of an event, in order.
    #[must_use]
    pub fn records_of(&self, event_name: &str) -> Vec<&Record> {
        self.records
            .iter()
            .filter(|r| r.event_name == event_name)
            .collect()
    }
}

/// The service of a botocore folder name.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn service_of(id: &str) -> &'static Service {
    SERVICES
        .iter()
        .copied()
        .chain([claviger_core::s3::S3])
        .find(|s| s.id == id)
        .unwrap_or_else(|| panic!("no service {id}"))
}
