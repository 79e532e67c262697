//! Reads the audit records of a store for those who only look: a walk through all of them that
//! verifies their chain, and the newest ones that a filter wants. It writes nothing and needs no
//! node, so it works beside one that runs.

use crate::node::link_of;
use claviger_store::{RecordSource, RecordsFrom, StoreError, StoredChain, StoredRecord};
use claviger_trail::{Chain, ChainBreak, ChainReport, Filter, RecordView, Verifier, ViewError};

/// Records in one page.
const PAGE: u32 = 1000;

/// Records that cannot be read, or are not what was written.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain is broken.
    #[error(transparent)]
    Broken(#[from] ChainBreak),
    /// A record is no record.
    #[error("record {seq}: {source}")]
    Unreadable {
        /// Its number in its writer's sequence.
        seq: u64,
        /// What is wrong.
        source: ViewError,
    },
}

/// How many records the chains of a store say that there are in it: what [`verify_records`] has before it.
///
/// # Errors
/// When the store cannot be read.
pub fn count_records(source: &mut dyn RecordSource) -> Result<u64, RecordsError> {
    let there = |chain: &StoredChain| chain.seq.saturating_sub(chain.left_seq);
    Ok(source.chains()?.iter().map(there).sum())
}

/// Walks through all records, oldest first, and verifies every chain from its first record in the
/// store to the head that the store noted for it; records that have left for the archive are not
/// looked at, but for the hash of the last of them. `noted` are further heads that the chains must pass through,
/// such as one kept elsewhere; `each` sees every record once it is found to be whole.
///
/// # Errors
/// When the store cannot be read, or at the first record that is not what was written.
pub fn verify_records(
    source: &mut dyn RecordSource,
    noted: &[Chain],
    mut each: impl FnMut(&StoredRecord),
) -> Result<ChainReport, RecordsError> {
    let mut verifier = Verifier::new();
    for chain in source.chains()? {
        verifier.start_at(Chain::resume(
            chain.writer.0,
            chain.left_seq,
            chain.left_hash,
        ));
        verifier.expect_head(Chain::resume(chain.writer.0, chain.seq, chain.hash));
    }
    // A head from elsewhere is a demand of its own, beside the store's.
    let mut pending: Vec<Chain> = noted.to_vec();
    for chain in source.chains()? {
        pass_left(&mut pending, &chain)?;
    }
    let mut after = 0;
    loop {
        let page = source.records(RecordsFrom::After(after), PAGE)?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.position;
        for record in &page {
            verifier.take(&link_of(record), &record.body)?;
            pass(&mut pending, record)?;
            each(record);
        }
    }
    let report = verifier.finish()?;
    match pending.first() {
        None => Ok(report),
        Some(missed) => Err(never_passed(missed, &report).into()),
    }
}

/// Takes off the list the heads that a record fulfils.
fn pass(pending: &mut Vec<Chain>, record: &StoredRecord) -> Result<(), ChainBreak> {
    let here = |head: &Chain| *head.writer() == record.writer.0 && head.seq() == record.seq;
    if let Some(head) = pending.iter().find(|head| here(head))
        && *head.head() != record.hash
    {
        return Err(ChainBreak::forked(head.writer(), record.seq));
    }
    pending.retain(|head| !here(head));
    Ok(())
}

/// Takes off the list the head that is the last record that left.
fn pass_left(pending: &mut Vec<Chain>, chain: &StoredChain) -> Result<(), ChainBreak> {
    let here = |head: &Chain| *head.writer() == chain.writer.0 && head.seq() == chain.left_seq;
    if let Some(head) = pending.iter().find(|head| here(head))
        && *head.head() != chain.left_hash
    {
        return Err(ChainBreak::forked(head.writer(), chain.left_seq));
    }
    pending.retain(|head| !here(head));
    Ok(())
}

fn never_passed(missed: &Chain, report: &ChainReport) -> ChainBreak {
    let found = report
        .heads
        .iter()
        .find(|chain| chain.writer() == missed.writer())
        .map_or(0, Chain::seq);
    ChainBreak::end(missed.writer(), missed.seq(), found)
}

/// The newest records that a filter wants, at most `limit`, oldest first.
///
/// # Errors
/// When the store cannot be read, or a record is none.
pub fn newest_records(
    source: &mut dyn RecordSource,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<StoredRecord>, RecordsError> {
    let mut found = Vec::new();
    let mut before = u64::MAX;
    while found.len() < limit {
        let page = source.records(RecordsFrom::Before(before), PAGE)?;
        let Some(last) = page.last() else {
            break;
        };
        before = last.position;
        for record in page {
            let view =
                RecordView::read(&record.body).map_err(|source| RecordsError::Unreadable {
                    seq: record.seq,
                    source,
                })?;
            if filter.matches(&view) {
                found.push(record);
                if found.len() == limit {
                    break;
                }
            }
        }
    }
    found.reverse();
    Ok(found)
}
