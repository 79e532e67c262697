//! The newest records of an account and Region, in the store and in the archive together: what
//! `LookupEvents` asks for. It reads only.

use crate::error::DeliveryError;
use crate::ledger::Source;
use crate::target::{Listed, Target};
use claviger_store::RecordsFrom;
use claviger_trail::RecordView;
use claviger_trail::archive::{ObjectName, TrailPlace, decompress, records_of};
use claviger_types::{AccountId, RegionName, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Records that are read at a time.
const PAGE: u32 = 1000;
/// Names that are read at a time.
const NAMES: usize = 1000;
/// More than any log file of ours holds, uncompressed.
const LARGEST: u64 = 256 * 1024 * 1024;
/// A file is named by the minute in which it was planned.
const MINUTE: i64 = 60;

/// What is looked for.
pub struct Search {
    /// Whose records.
    pub account: AccountId,
    /// Of which Region.
    pub region: RegionName,
    /// From this moment on.
    pub from: Timestamp,
    /// Up to this moment, itself included.
    pub until: Timestamp,
    /// Only those after this one in the order of results: its time and id.
    pub after: Option<(Timestamp, String)>,
    /// At most so many.
    pub limit: usize,
    /// Which of them.
    pub wanted: Arc<dyn Fn(&RecordView<'_>) -> bool + Send + Sync>,
}

/// A record that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its `eventTime`.
    pub time: Timestamp,
    /// Its `eventID`.
    pub id: String,
    /// The record.
    pub body: Vec<u8>,
}

/// The best so far: newest first, each once, no more than are wanted.
struct Best<'a> {
    search: &'a Search,
    found: BTreeMap<(Reverse<Timestamp>, String), Vec<u8>>,
}

impl Best<'_> {
    fn take(&mut self, body: &[u8]) {
        let search = self.search;
        // What is no record was reported when it was to be delivered.
        let Ok(view) = RecordView::read(body) else {
            return;
        };
        let Ok(time) = view.event_time.parse::<Timestamp>() else {
            return;
        };
        let account = view.recipient_account_id.as_deref().unwrap_or_default();
        let fits = time >= search.from
            && time <= search.until
            && account == search.account.as_str()
            && view.aws_region == search.region.as_str()
            && (search.wanted)(&view);
        let id = view.event_id.as_deref().unwrap_or_default().to_owned();
        let place = (Reverse(time), id);
        let later = search
            .after
            .as_ref()
            .is_none_or(|(time, id)| place > (Reverse(*time), id.clone()));
        if fits && later {
            self.found.insert(place, body.to_vec());
            if self.found.len() > search.limit {
                self.found.pop_last();
            }
        }
    }

    /// Whether nothing that was made up to a moment can be among the best.
    fn needs_nothing_of(&self, moment: Timestamp) -> bool {
        let oldest = self.found.last_key_value().map(|((time, _), _)| time.0);
        self.found.len() >= self.search.limit && oldest.is_some_and(|oldest| oldest > moment)
    }
}

/// Finds records, newest first.
///
/// # Errors
/// When store or archive cannot be read.
pub async fn search(
    search: Search,
    source: Source,
    archive: Option<(&dyn Target, TrailPlace)>,
) -> Result<Vec<Found>, DeliveryError> {
    // The store first: a record that moves on meanwhile is then seen twice rather than not at all.
    let own = Arc::new(search);
    let for_store = Arc::clone(&own);
    let stored = tokio::task::spawn_blocking(move || in_store(&for_store, &source));
    let stored = stored.await.unwrap_or(Err(DeliveryError::BrokenOff))?;
    let mut best = Best {
        search: &own,
        found: BTreeMap::new(),
    };
    for body in &stored {
        best.take(body);
    }
    if let Some((target, place)) = archive {
        in_archive(&mut best, target, &place).await?;
    }
    let found = best.found.into_iter();
    Ok(found
        .map(|((time, id), body)| Found {
            time: time.0,
            id,
            body,
        })
        .collect())
}

/// The best records in the store.
fn in_store(search: &Search, source: &Source) -> Result<Vec<Vec<u8>>, DeliveryError> {
    let mut best = Best {
        search,
        found: BTreeMap::new(),
    };
    let mut before = u64::MAX;
    loop {
        let mut source = source.lock().map_err(|_| DeliveryError::BrokenOff)?;
        let page = source.records(RecordsFrom::Before(before), PAGE)?;
        drop(source);
        let Some(last) = page.last() else {
            return Ok(best.found.into_values().collect());
        };
        before = last.position;
        for record in &page {
            best.take(&record.body);
        }
    }
}

/// The log files of an account and Region that may hold what is wanted, newest first.
async fn in_archive(
    best: &mut Best<'_>,
    target: &dyn Target,
    place: &TrailPlace,
) -> Result<(), DeliveryError> {
    let search = best.search;
    let prefix = format!("{}{}/", place.log_prefix(search.account), search.region);
    let mut files: Vec<(Timestamp, String)> = Vec::new();
    // Names are in the order of days.
    let mut after = format!("{prefix}{}", search.from.format("%Y/%m/%d"));
    loop {
        let page = target.list(prefix.clone(), after, NAMES).await?;
        let Some(Listed { name, .. }) = page.last() else {
            break;
        };
        after = name.clone();
        files.extend(page.into_iter().filter_map(|listed| {
            let Some(ObjectName::LogFile(name)) = place.parse(&listed.name) else {
                return None;
            };
            Some((name.time, listed.name))
        }));
    }
    files.sort_unstable_by(|a, b| b.cmp(a));
    for (time, name) in files {
        let made_by = time.plus_seconds(MINUTE);
        if made_by < search.from || best.needs_nothing_of(made_by) {
            break;
        }
        let Some(object) = target.get(name).await? else {
            continue;
        };
        let content = decompress(&object.bytes, LARGEST)
            .map_err(|error| DeliveryError::Encoding(error.to_string()))?;
        for record in records_of(&content)? {
            best.take(record.get().as_bytes());
        }
    }
    Ok(())
}
