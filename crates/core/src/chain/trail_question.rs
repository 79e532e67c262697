//! The seam to the audit trail. Records leave the state with the commit that makes them, so an
//! operation that answers about the trail stops with a question; the server looks, in store and
//! archive, and the request is decided afresh with the answer, on the then current snapshot.

use super::outcome::Interrupt;
use super::serve::pass;
use super::turn::Turn;
use super::{Conditions, Decision, Resume};
use claviger_types::{AccountId, RegionName, Timestamp};

/// What is asked about the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailQuestion {
    /// What delivers records, if anything does.
    Delivery,
    /// The public keys of a Region's digests that sign between two moments; now, where one is not
    /// given: a question must stay the same while time goes on.
    PublicKeys {
        /// The Region.
        region: RegionName,
        /// From then on.
        from: Option<Timestamp>,
        /// Up to then.
        until: Option<Timestamp>,
    },
    /// Records of an account in a Region, newest first.
    Events(EventSearch),
    /// An object of the archive by its name.
    Object(String),
    /// The names of objects of the archive.
    Objects(ObjectSearch),
}

/// Which objects of the archive are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSearch {
    /// What their names begin with.
    pub prefix: String,
    /// Names that go on alike up to this text are one entry.
    pub delimiter: Option<String>,
    /// Only those behind this name.
    pub after: String,
    /// At most so many entries.
    pub limit: usize,
}

/// Which records are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSearch {
    /// Whose.
    pub account: AccountId,
    /// Of which Region.
    pub region: RegionName,
    /// From this moment on.
    pub from: Timestamp,
    /// Up to this moment, itself included; up to now where none is given.
    pub until: Option<Timestamp>,
    /// An attribute that they must have, and its value.
    pub attribute: Option<(EventAttribute, String)>,
    /// Only those behind this one, in the order of answers: time and `eventID`.
    pub after: Option<(Timestamp, String)>,
    /// At most so many.
    pub limit: usize,
}

/// What events can be looked up by: `LookupAttributeKey` of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventAttribute {
    /// `eventID`.
    EventId,
    /// `eventName`.
    EventName,
    /// `readOnly`.
    ReadOnly,
    /// The name of who called.
    Username,
    /// The type of a resource.
    ResourceType,
    /// The ARN of a resource.
    ResourceName,
    /// `eventSource`.
    EventSource,
    /// The access key that signed.
    AccessKeyId,
}

/// What delivers records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailDelivery {
    /// The trail's name.
    pub name: String,
    /// The bucket.
    pub bucket: String,
    /// What comes before `AWSLogs`.
    pub prefix: Option<String>,
    /// Whether the accounts of an organisation share one trail.
    pub of_organization: bool,
    /// When delivery began.
    pub began: Option<Timestamp>,
    /// When log files were last delivered.
    pub delivered: Option<Timestamp>,
    /// When digests were last delivered.
    pub digested: Option<Timestamp>,
    /// Why nothing is delivered now, if that is so.
    pub failure: Option<String>,
}

/// A public key of digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailPublicKey {
    /// DER of PKCS#1's `RSAPublicKey`.
    pub der: Vec<u8>,
    /// What digests call it by.
    pub fingerprint: String,
    /// From when on it signs.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A record that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEvent {
    /// Its `eventTime`.
    pub time: Timestamp,
    /// Its `eventID`.
    pub id: String,
    /// The record.
    pub body: Vec<u8>,
}

/// An object of the archive.
#[derive(Clone, PartialEq, Eq)]
pub struct TrailObject {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The signature of a digest and its algorithm: its user metadata.
    pub signature: Option<(String, String)>,
    /// When it was written.
    pub modified: Timestamp,
}

/// Whole files in a log help nobody.
impl std::fmt::Debug for TrailObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TrailObject({} bytes)", self.bytes.len())
    }
}

/// An entry in a list of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailEntry {
    /// An object.
    Object {
        /// Its name.
        name: String,
        /// Its length in bytes.
        size: u64,
        /// When it was written.
        modified: Timestamp,
    },
    /// What several names begin with.
    Prefix(String),
}

impl TrailEntry {
    /// Its name, or what the names begin with.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Object { name, .. } | Self::Prefix(name) => name,
        }
    }
}

/// What the trail's keeper says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailAnswer {
    /// To [`TrailQuestion::Delivery`].
    Delivery(Option<TrailDelivery>),
    /// To [`TrailQuestion::PublicKeys`].
    PublicKeys(Vec<TrailPublicKey>),
    /// To [`TrailQuestion::Events`].
    Events(Vec<TrailEvent>),
    /// To [`TrailQuestion::Object`].
    Object(Option<TrailObject>),
    /// To [`TrailQuestion::Objects`].
    Objects(Vec<TrailEntry>),
    /// The trail cannot be read; the text is for the operator.
    Failed(String),
}

/// Decides a request that waits for an answer about the trail, on the then current snapshot:
/// everything is authorised again.
#[must_use]
pub fn resume_with_trail(
    conditions: Conditions<'_>,
    resume: Resume,
    question: TrailQuestion,
    answer: TrailAnswer,
) -> Decision {
    let mut pending = *resume.0;
    pending.trail_answers.push((question, answer));
    pass(conditions, pending)
}

impl<'a> Turn<'a> {
    /// The answer to a question about the trail, or the question itself as the reason to stop.
    ///
    /// # Errors
    /// [`Interrupt::AskTrail`] when it was not asked yet.
    pub(crate) fn ask_trail(&self, question: TrailQuestion) -> Result<&'a TrailAnswer, Interrupt> {
        match self
            .trail_answers()
            .iter()
            .find(|(asked, _)| *asked == question)
        {
            Some((_, answer)) => Ok(answer),
            None => Err(Interrupt::AskTrail(Box::new(question))),
        }
    }
}
