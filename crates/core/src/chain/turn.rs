//! One pass over a request: what it sees (a snapshot, a moment, entropy, answers of key stores) and
//! what it gathers (changes, records, uses). A turn does nothing outside itself; dropped, it
//! leaves no trace.

use super::considered::Considered;
use super::error::ServiceError;
use super::key_store::{KeyStoreAnswer, KeyStoreCall, Pending};
use super::op::{Op, Request, RequestMeta};
use super::outcome::{Interrupt, Outcome, Reply};
use super::rsa_key::MadeKey;
use super::serve::run;
use super::trail_question::{TrailAnswer, TrailQuestion};
use crate::caller::{Caller, Identity};
use crate::open_keys::OpenKeys;
use crate::quotas::Quotas;
use crate::state::{Basis, Change, Changeable, KeyPlace, KeyUse, LastUse, Snapshot, Stored};
use claviger_crypto::Sealer;
use claviger_policy::Switches;
use claviger_trail::Record;
use claviger_types::{Entropy, SeededEntropy, Timestamp, uuid_v4};
use std::net::IpAddr;
use std::sync::Arc;

/// What a decision rests on, the same for all requests of a moment.
#[derive(Clone, Copy)]
pub struct Conditions<'a> {
    /// The state.
    pub snapshot: &'a Snapshot,
    /// Opens and makes sealed values.
    pub sealer: &'a Sealer,
    /// The book of last uses.
    pub key_use: &'a KeyUse,
    /// The moment.
    pub now: Timestamp,
    /// How disputed points of the policy language are read.
    pub switches: &'a Switches,
    /// How much of something an account may have.
    pub quotas: &'a Quotas,
    /// Private keys that are open already.
    pub open_keys: &'a OpenKeys,
}

/// One pass.
pub struct Turn<'a> {
    conditions: Conditions<'a>,
    /// The snapshot with this turn's own changes in it, so that a nested request sees them.
    view: Snapshot,
    entropy: SeededEntropy,
    answers: &'a [(KeyStoreCall, KeyStoreAnswer)],
    /// RSA keys that were made for this request and not given out yet.
    made_keys: std::slice::Iter<'a, MadeKey>,
    trail_answers: &'a [(TrailQuestion, TrailAnswer)],
    changes: Vec<Change>,
    rests_on: Vec<Basis>,
    records: Vec<Record>,
    uses: Vec<(KeyPlace, LastUse)>,
    purge: bool,
    considered: Vec<Considered>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(conditions: Conditions<'a>, pending: &'a Pending) -> Self {
        Self {
            made_keys: pending.made_keys.iter(),
            trail_answers: &pending.trail_answers,
            ..Self::with_seed(conditions, pending.seed, &pending.answers)
        }
    }

    /// A turn that no request began: the installation's own work (bootstrap, due work).
    pub(crate) fn with_seed(
        conditions: Conditions<'a>,
        seed: [u8; 32],
        answers: &'a [(KeyStoreCall, KeyStoreAnswer)],
    ) -> Self {
        Self {
            conditions,
            view: conditions.snapshot.clone(),
            entropy: SeededEntropy::new(seed),
            answers,
            made_keys: [].iter(),
            trail_answers: &[],
            changes: Vec::new(),
            rests_on: Vec::new(),
            records: Vec::new(),
            uses: Vec::new(),
            purge: false,
            considered: Vec::new(),
        }
    }

    /// The moment of the decision.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.conditions.now
    }

    /// The state, this turn's own changes included.
    #[must_use]
    pub fn view(&self) -> &Snapshot {
        &self.view
    }

    /// Opens and makes sealed values.
    #[must_use]
    pub fn sealer(&self) -> &'a Sealer {
        self.conditions.sealer
    }

    /// The book of last uses.
    #[must_use]
    pub fn key_use(&self) -> &'a KeyUse {
        self.conditions.key_use
    }

    /// How disputed points of the policy language are read.
    #[must_use]
    pub fn switches(&self) -> &'a Switches {
        self.conditions.switches
    }

    /// How much of something an account may have.
    #[must_use]
    pub fn quotas(&self) -> &'a Quotas {
        self.conditions.quotas
    }

    /// Private keys that are open already.
    #[must_use]
    pub(crate) fn open_keys(&self) -> &'a OpenKeys {
        self.conditions.open_keys
    }

    /// The turn's entropy: the same bytes each time the request is decided.
    pub fn entropy(&mut self) -> &mut dyn Entropy {
        &mut self.entropy
    }

    /// Writes an entity. Only operations that hold an `Authorized` value reach this.
    pub(crate) fn put<T: Changeable>(&mut self, entity: T) {
        let change = Change::put(&self.view, entity);
        self.keep(change);
    }

    /// Deletes an entity.
    pub(crate) fn delete<T: Changeable>(&mut self, id: T::Id) {
        let change = Change::delete::<T>(&self.view, id);
        self.keep(change);
    }

    fn keep(&mut self, change: Change) {
        let revision = self.view.revision;
        self.view = self.view.after([&change], revision);
        self.changes.push(change);
    }

    /// Notes that the decision rests on a row without changing it.
    pub(crate) fn rest_on<T: Changeable>(&mut self, id: &T::Id) {
        self.rests_on
            .push(Basis::of::<T>(self.conditions.snapshot, id));
    }

    /// Notes that the decision rests on something about several rows: how many there are, or that
    /// one is not there. It must be true of the state now.
    pub(crate) fn rest_on_fact(
        &mut self,
        fact: impl Fn(&Snapshot) -> bool + Send + Sync + 'static,
    ) {
        self.rests_on.push(Basis::fact(fact));
    }

    /// Notes that the decision rests on the organisation: its accounts, its tree, its policies.
    pub(crate) fn rest_on_organization(&mut self) {
        self.rests_on
            .push(Basis::organization(self.conditions.snapshot));
    }

    /// Notes a demand that was decided, for whoever asks why.
    pub(super) fn consider(&mut self, considered: Considered) {
        self.considered.push(considered);
    }

    /// Old bytes of the rows that this turn changes must leave the disk with its commit.
    pub(crate) fn purge(&mut self) {
        self.purge = true;
    }

    /// Adds a record. Only the chain itself and due work make records.
    pub(crate) fn add_record(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Notes a successful cryptographic use of a key.
    pub(crate) fn add_use(&mut self, key: KeyPlace, last: LastUse) {
        self.uses.push((key, last));
    }

    /// The answer of a key store to a question, or the question itself as the reason to stop.
    ///
    /// # Errors
    /// [`Interrupt::Ask`] when it was not asked yet.
    pub(crate) fn ask(&mut self, call: KeyStoreCall) -> Result<KeyStoreAnswer, Interrupt> {
        match self.answers.iter().find(|(asked, _)| asked.same_as(&call)) {
            Some((_, answer)) => Ok(answer.clone()),
            None => Err(Interrupt::Ask(Box::new(call))),
        }
    }

    /// What was learnt about the trail for this request.
    pub(super) fn trail_answers(&self) -> &'a [(TrailQuestion, TrailAnswer)] {
        self.trail_answers
    }

    /// The next RSA key that was made for this request.
    pub(super) fn next_made_key(&mut self) -> Option<&'a MadeKey> {
        self.made_keys.next()
    }

    /// A request of a service of ours within this one: on the same snapshot, authorised and
    /// recorded by itself, refusals included.
    ///
    /// # Errors
    /// What the nested request was refused with, or a question to a key store.
    pub(crate) fn nested<O: Op>(
        &mut self,
        caller: Caller,
        service: &'static str,
        outer: &RequestMeta,
        input: O::Input,
    ) -> Result<O::Output, Interrupt> {
        let passed_on = match caller.identity() {
            Identity::Service(_) => None,
            _ => outer.caller_ip.filter(is_public),
        };
        let meta = RequestMeta {
            caller_ip: passed_on,
            request_id: uuid_v4(&mut self.entropy),
            region: outer.region.clone(),
            source_ip: service.to_owned(),
            user_agent: service.to_owned(),
            secure_transport: true,
            tls: None,
        };
        run::<O>(
            self,
            Request {
                caller,
                input,
                meta,
            },
        )
    }

    /// A new entity, never shared.
    pub(crate) fn current<T: Stored>(&self, id: &T::Id) -> Option<Arc<T>> {
        self.view.get::<T>(id).cloned()
    }

    /// The outcome of the installation's own work, which answers nobody.
    pub(crate) fn finish_own(self) -> Outcome {
        self.finish(Ok(Reply(zeroize::Zeroizing::new(Vec::new()))))
    }

    pub(super) fn finish(self, result: Result<Reply, ServiceError>) -> Outcome {
        // A refused request changes nothing; what was recorded on the way stays recorded.
        let changes = if result.is_ok() {
            self.changes
        } else {
            Vec::new()
        };
        Outcome {
            purge: self.purge && result.is_ok(),
            result,
            changes,
            rests_on: self.rests_on,
            records: self.records,
            uses: self.uses,
            considered: self.considered,
        }
    }
}

/// Whether an address is one of the open Internet: only such a one is kept in a forward access
/// session (IAM User Guide, "Forward access sessions"). RFC 6890 lists the others.
fn is_public(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_broadcast()
                || ip.is_documentation()
                || shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local())
        }
    }
}
