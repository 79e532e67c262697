//! A trail that answers from what it is given: for tests of operations that ask about one.

use claviger_core::chain::{
    EventSearch, TrailAnswer, TrailDelivery, TrailEntry, TrailEvent, TrailObject, TrailPublicKey,
    TrailQuestion,
};
use claviger_core::cloudtrail::matches;
use claviger_trail::RecordView;
use claviger_types::Timestamp;
use std::collections::BTreeMap;

/// What it answers from.
#[derive(Debug, Clone, Default)]
pub struct KnownTrail {
    /// Whether the accounts of the organisation share it.
    pub of_organization: bool,
    /// Keys, each for every Region.
    pub keys: Vec<TrailPublicKey>,
    /// Records, in any order.
    pub records: Vec<Vec<u8>>,
    /// Objects by name.
    pub objects: BTreeMap<String, Vec<u8>>,
}

impl KnownTrail {
    /// The answer to a question.
    #[must_use]
    pub fn answer(&self, question: &TrailQuestion) -> TrailAnswer {
        let modified = Timestamp::from_seconds(1_767_607_200);
        match question {
            TrailQuestion::Delivery => TrailAnswer::Delivery(Some(TrailDelivery {
                name: "claviger".to_owned(),
                bucket: "logs".to_owned(),
                prefix: None,
                of_organization: self.of_organization,
                began: Some(modified),
                delivered: None,
                digested: None,
                failure: None,
            })),
            TrailQuestion::PublicKeys { .. } => TrailAnswer::PublicKeys(self.keys.clone()),
            TrailQuestion::Events(search) => TrailAnswer::Events(self.events(search)),
            TrailQuestion::Object(name) => {
                let object = self.objects.get(name).map(|bytes| TrailObject {
                    bytes: bytes.clone(),
                    signature: name
                        .contains("Digest")
                        .then(|| ("ab".to_owned(), "SHA256withRSA".to_owned())),
                    modified,
                });
                TrailAnswer::Object(object)
            }
            TrailQuestion::Objects(search) => {
                let fits =
                    |name: &&String| name.starts_with(&search.prefix) && **name > search.after;
                let names = self.objects.keys().filter(fits).take(search.limit);
                let entry = |name: &String| TrailEntry::Object {
                    name: name.clone(),
                    size: self.objects[name].len() as u64,
                    modified,
                };
                TrailAnswer::Objects(names.map(entry).collect())
            }
        }
    }

    fn events(&self, search: &EventSearch) -> Vec<TrailEvent> {
        let mut events: Vec<TrailEvent> = Vec::new();
        for body in &self.records {
            let view = RecordView::read(body).unwrap();
            let time: Timestamp = view.event_time.parse().unwrap();
            let id = view.event_id.as_deref().unwrap().to_owned();
            let attribute = search.attribute.as_ref();
            let fits = view.recipient_account_id.as_deref() == Some(search.account.as_str())
                && view.aws_region == search.region.as_str()
                && time >= search.from
                && search.until.is_none_or(|until| time <= until)
                && attribute.is_none_or(|(key, value)| matches(&view, *key, value));
            let later = search
                .after
                .as_ref()
                .is_none_or(|(last, last_id)| time < *last || (time == *last && id > *last_id));
            if fits && later {
                let body = body.clone();
                events.push(TrailEvent { time, id, body });
            }
        }
        events.sort_by(|a, b| b.time.cmp(&a.time).then(a.id.cmp(&b.id)));
        events.truncate(search.limit);
        events
    }
}
