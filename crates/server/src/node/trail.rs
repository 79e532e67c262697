//! What a node says about its trail: to operations of CloudTrail that ask, from the archive and the
//! store. Whether the caller may know is decided before and after.

use super::NodeState;
use super::archive::{Archive, accounts_of};
use claviger_core::chain::{
    EventSearch, ObjectSearch, TrailAnswer, TrailDelivery, TrailEntry, TrailEvent, TrailObject,
    TrailPublicKey, TrailQuestion,
};
use claviger_core::cloudtrail::matches;
use claviger_delivery::{DeliveryError, Found, Layout, Listed, PublicKey, Search, StoredObject};
use std::sync::Arc;

impl Archive {
    /// The answer to a question; where records are not delivered there is no trail.
    pub(crate) async fn answer(
        archive: Option<&Self>,
        state: &NodeState,
        question: &TrailQuestion,
    ) -> TrailAnswer {
        let now = state.now(&state.snapshot());
        match question {
            TrailQuestion::Delivery => TrailAnswer::Delivery(archive.map(Self::delivery)),
            TrailQuestion::PublicKeys {
                region,
                from,
                until,
            } => {
                let book = archive.map(Self::book);
                let (from, until) = (from.unwrap_or(now), until.unwrap_or(now));
                let keys = book.map(|book| book.public_keys(region, from, until));
                TrailAnswer::PublicKeys(keys.into_iter().flatten().map(public_key).collect())
            }
            TrailQuestion::Events(search) => match archive {
                Some(archive) => archive.events(state, search).await,
                None => TrailAnswer::Events(Vec::new()),
            },
            TrailQuestion::Object(name) => match archive {
                Some(archive) => archive.object(name).await,
                None => TrailAnswer::Object(None),
            },
            TrailQuestion::Objects(search) => match archive {
                Some(archive) => archive.objects(search).await,
                None => TrailAnswer::Objects(Vec::new()),
            },
        }
    }

    fn delivery(&self) -> TrailDelivery {
        let trail = self.trail();
        let status = self.book().status();
        TrailDelivery {
            name: trail.name.clone(),
            bucket: trail.bucket.clone(),
            prefix: trail.prefix.clone(),
            of_organization: trail.layout == Layout::Organization,
            began: status.map(|status| status.began),
            delivered: status.and_then(|status| status.delivered),
            digested: status.and_then(|status| status.digested),
            failure: self.failure(),
        }
    }

    async fn object(&self, name: &str) -> TrailAnswer {
        match self.target().get(name.to_owned()).await {
            Ok(found) => TrailAnswer::Object(found.map(object)),
            Err(error) => TrailAnswer::Failed(error.to_string()),
        }
    }

    /// Entries of a list: what lies behind a delimiter is skipped, not read.
    async fn objects(&self, search: &ObjectSearch) -> TrailAnswer {
        let mut entries: Vec<TrailEntry> = Vec::new();
        let mut after = search.after.clone();
        while entries.len() < search.limit {
            let left = search.limit - entries.len();
            let page = self.target().list(search.prefix.clone(), after, left);
            let page = match page.await {
                Ok(page) => page,
                Err(error) => return TrailAnswer::Failed(error.to_string()),
            };
            let Some(last) = page.last() else {
                break;
            };
            after = last.name.clone();
            for listed in page {
                let entry = entry(listed, search);
                if let TrailEntry::Prefix(prefix) = &entry {
                    after = format!("{prefix}{}", char::MAX);
                    if *prefix > search.after {
                        entries.push(entry);
                    }
                    break;
                }
                entries.push(entry);
            }
        }
        TrailAnswer::Objects(entries)
    }

    async fn events(&self, state: &NodeState, search: &EventSearch) -> TrailAnswer {
        let attribute = search.attribute.clone();
        let snapshot = state.snapshot();
        let wanted = Search {
            account: search.account,
            region: search.region.clone(),
            from: search.from,
            until: search.until.unwrap_or_else(|| state.now(&snapshot)),
            after: search.after.clone(),
            limit: search.limit,
            wanted: Arc::new(move |view| {
                let fits = |(attribute, value): &(_, String)| matches(view, *attribute, value);
                view.management_event != Some(false) && attribute.as_ref().is_none_or(fits)
            }),
        };
        match self.find(wanted, accounts_of(&snapshot)).await {
            Ok(found) => TrailAnswer::Events(found.into_iter().map(event).collect()),
            Err(error) => TrailAnswer::Failed(failed(&error)),
        }
    }
}

fn object(found: StoredObject) -> TrailObject {
    TrailObject {
        bytes: found.bytes,
        signature: found.signature.map(|s| (s.signature, s.algorithm)),
        modified: found.modified,
    }
}

/// What a name comes to in a list: itself, or what it has in common with those beside it.
fn entry(listed: Listed, search: &ObjectSearch) -> TrailEntry {
    let common = search.delimiter.as_ref().and_then(|delimiter| {
        let rest = listed.name.strip_prefix(&search.prefix)?;
        let end = rest.find(delimiter.as_str())? + delimiter.len();
        listed.name.get(..search.prefix.len() + end)
    });
    match common {
        Some(prefix) => TrailEntry::Prefix(prefix.to_owned()),
        None => TrailEntry::Object {
            name: listed.name,
            size: listed.size,
            modified: listed.modified,
        },
    }
}

fn failed(error: &DeliveryError) -> String {
    format!("the trail cannot be searched: {error}")
}

fn public_key(key: PublicKey) -> TrailPublicKey {
    TrailPublicKey {
        fingerprint: key.key.fingerprint(),
        der: key.key.0,
        from: key.from,
        until: key.until,
    }
}

fn event(found: Found) -> TrailEvent {
    TrailEvent {
        time: found.time,
        id: found.id,
        body: found.body,
    }
}
