//! Where the audit records of a store end: what a node goes on from. It looks at the newest record
//! only; the whole chain is verified by [`crate::verify_records`].

use super::OpenError;
use claviger_store::{RecordsFrom, Store, StoredRecord, WriterId};
use claviger_trail::{Chain, Link, RecordView};
use claviger_types::Timestamp;

/// How far the clock may stand behind the newest record: what setting it by the network moves.
const TOLERATED_MILLIS: i64 = 60_000;

/// The time of the newest record, if there is one, after it proved to be what was written.
pub(super) fn newest(store: &mut dyn Store) -> Result<Option<Timestamp>, OpenError> {
    let page = store.records(RecordsFrom::Before(u64::MAX), 1)?;
    let Some(record) = page.first() else {
        return Ok(None);
    };
    if !link_of(record).holds(&record.body) {
        return Err(OpenError::Chain { seq: record.seq });
    }
    let view = RecordView::read(&record.body).ok();
    let time = view.and_then(|view| view.event_time.parse().ok());
    time.map(Some).ok_or(OpenError::NoTime { seq: record.seq })
}

/// Time must not run backwards: sessions would live longer, and waiting periods would be told a
/// second time.
pub(super) fn time_goes_on(now: Timestamp, newest: Timestamp) -> Result<(), OpenError> {
    if now.plus_millis(TOLERATED_MILLIS) < newest {
        return Err(OpenError::ClockWentBack { now, newest });
    }
    Ok(())
}

/// The end of the writer's chain.
pub(super) fn chain_of(store: &mut dyn Store, writer: WriterId) -> Result<Chain, OpenError> {
    Ok(match store.chain_head(&writer)? {
        Some((seq, hash)) => Chain::resume(writer.0, seq, hash),
        None => Chain::new(writer.0),
    })
}

/// Where a stored record hangs in its chain.
pub(crate) fn link_of(record: &StoredRecord) -> Link {
    Link {
        format: record.format,
        writer: record.writer.0,
        seq: record.seq,
        previous: record.previous,
        hash: record.hash,
    }
}
