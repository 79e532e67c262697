//! What a node says about its trail: to operations of CloudTrail that ask, from the archive and the
//! store. Whether the caller may know is decided before and after.

use super::NodeState;
use super::archive::{Archive, accounts_of};
use claviger_core::chain::{
    EventSearch, TrailAnswer, TrailDelivery, TrailEvent, TrailPublicKey, TrailQuestion,
};
use claviger_core::cloudtrail::matches;
use claviger_delivery::{DeliveryError, Found, Layout, PublicKey, Search};
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
                attribute
                    .as_ref()
                    .is_none_or(|(attribute, value)| matches(view, *attribute, value))
            }),
        };
        match self.find(wanted, accounts_of(&snapshot)).await {
            Ok(found) => TrailAnswer::Events(found.into_iter().map(event).collect()),
            Err(error) => TrailAnswer::Failed(failed(&error)),
        }
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
