//! One batch, one transaction, one sync; and getting old bytes out of the files.

use super::fault::store_error;
use super::read::signed;
use crate::{
    Batch, CommitError, MergeWrite, Purge, RecordWrite, RecordsLeave, RowCheck, RowWrite,
    StoreError, TokenWrite, WriterId,
};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::time::Duration;

/// How many batch ids are kept.
const KEPT_BATCHES: i64 = 100_000;
/// Old ids are removed once in so many batches.
const PRUNE_EVERY: i64 = 1024;
/// How long a purge waits for readers: they read page by page, so longer means one has stopped.
const PURGE_WAIT: Duration = Duration::from_millis(250);

impl From<rusqlite::Error> for CommitError {
    /// For everything before the commit itself: the transaction is rolled back.
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(store_error(error))
    }
}

fn bad(what: impl Into<String>) -> CommitError {
    CommitError::Failed(StoreError::BadBatch { what: what.into() })
}

/// Writes the batch and returns its revision.
pub(super) fn commit(connection: &mut Connection, batch: &Batch) -> Result<u64, CommitError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let newest = newest_batch(&transaction)?;
    for check in &batch.checks {
        check_row(&transaction, check)?;
    }
    for write in &batch.rows {
        write_row(&transaction, write)?;
    }
    write_merges(&transaction, &batch.merges)?;
    write_tokens(&transaction, batch)?;
    for leave in &batch.leave {
        let_leave(&transaction, leave)?;
    }
    let (position, end) = write_records(&transaction, batch, &newest)?;
    let revision = newest.revision.saturating_add(1);
    write_batch(&transaction, batch, revision, position, end.as_ref())?;
    if revision % PRUNE_EVERY == 0 {
        prune(&transaction, revision.saturating_sub(KEPT_BATCHES))?;
    }
    // From here on the log may hold the whole transaction even if an error comes back: a sync may
    // fail after the bytes were written.
    transaction
        .commit()
        .map_err(|e| CommitError::Unknown(store_error(e)))?;
    Ok(u64::try_from(revision).unwrap_or_default())
}

/// Where a chain ends.
struct ChainEnd {
    chain: i64,
    seq: i64,
    hash: [u8; 32],
}

/// What the newest batch says.
#[derive(Default)]
struct Newest {
    revision: i64,
    /// The position of the newest record when it was written.
    position: i64,
    /// Where the chain of its writer then ended; batches of format 1 do not say it.
    end: Option<ChainEnd>,
}

fn newest_batch(connection: &Connection) -> Result<Newest, rusqlite::Error> {
    let newest = connection
        .prepare_cached(
            "SELECT revision, position, chain, seq, hash FROM batch ORDER BY revision DESC LIMIT 1",
        )?
        .query_row([], |row| {
            let chain: Option<i64> = row.get(2)?;
            let end = chain.map(|chain| {
                Ok::<_, rusqlite::Error>(ChainEnd {
                    chain,
                    seq: row.get(3)?,
                    hash: row.get(4)?,
                })
            });
            Ok(Newest {
                revision: row.get(0)?,
                position: row.get(1)?,
                end: end.transpose()?,
            })
        })
        .optional()?;
    Ok(newest.unwrap_or_default())
}

fn write_batch(
    connection: &Connection,
    batch: &Batch,
    revision: i64,
    position: i64,
    end: Option<&ChainEnd>,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO batch (revision, id, position, chain, seq, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            revision,
            batch.id.0.as_slice(),
            position,
            end.map(|end| end.chain),
            end.map(|end| end.seq),
            end.map(|end| end.hash.as_slice()),
        ])
        .map(drop)
}

/// Removes old batches. What the newest ones say of the ends of chains goes into the chains first, so
/// that none is forgotten with them.
fn prune(connection: &Connection, up_to: i64) -> Result<(), rusqlite::Error> {
    connection.execute(
        "UPDATE chain SET (seq, hash) = (SELECT batch.seq, batch.hash FROM batch \
         WHERE batch.chain = chain.number ORDER BY revision DESC LIMIT 1) \
         WHERE EXISTS (SELECT 1 FROM batch WHERE batch.chain = chain.number)",
        [],
    )?;
    connection
        .prepare_cached("DELETE FROM batch WHERE revision <= ?1")?
        .execute([up_to])
        .map(drop)
}

fn version_of(
    connection: &Connection,
    collection: &str,
    row: &str,
) -> Result<Option<u64>, rusqlite::Error> {
    let version: Option<i64> = connection
        .prepare_cached("SELECT version FROM \"row\" WHERE collection = ?1 AND \"key\" = ?2")?
        .query_row([collection, row], |row| row.get(0))
        .optional()?;
    Ok(version.and_then(|v| u64::try_from(v).ok()))
}

fn check_row(connection: &Connection, check: &RowCheck) -> Result<(), CommitError> {
    let found = version_of(connection, check.collection, &check.row)?;
    if found == check.expected {
        Ok(())
    } else {
        Err(CommitError::Conflict {
            collection: check.collection,
            row: check.row.clone(),
            expected: check.expected,
            found,
        })
    }
}

fn write_row(connection: &Connection, write: &RowWrite) -> Result<(), CommitError> {
    let RowWrite {
        collection,
        row,
        expected,
        value,
    } = write;
    // A version outside SQLite's range was never given, so it fits no row.
    let version = expected.map(|v| i64::try_from(v).unwrap_or(-1));
    let changed = match (version, value) {
        (None, Some(value)) => connection
            .prepare_cached(
                "INSERT INTO \"row\" (collection, \"key\", version, value) \
                 VALUES (?1, ?2, 1, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![collection, row, value])?,
        (Some(version), Some(value)) => connection
            .prepare_cached(
                "UPDATE \"row\" SET version = version + 1, value = ?4 \
                 WHERE collection = ?1 AND \"key\" = ?2 AND version = ?3",
            )?
            .execute(params![collection, row, version, value])?,
        (Some(version), None) => connection
            .prepare_cached(
                "DELETE FROM \"row\" WHERE collection = ?1 AND \"key\" = ?2 AND version = ?3",
            )?
            .execute(params![collection, row, version])?,
        (None, None) => {
            return Err(bad(format!(
                "it deletes row '{row}' of '{collection}', which it expects not to exist"
            )));
        }
    };
    if changed == 1 {
        return Ok(());
    }
    Err(CommitError::Conflict {
        collection,
        row: row.clone(),
        expected: *expected,
        found: version_of(connection, collection, row)?,
    })
}

fn write_merges(connection: &Connection, merges: &[MergeWrite]) -> Result<(), CommitError> {
    if merges.is_empty() {
        return Ok(());
    }
    let mut upsert = connection.prepare_cached(
        "INSERT INTO merged (collection, \"key\", rank, value) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET rank = excluded.rank, value = excluded.value \
         WHERE excluded.rank > rank",
    )?;
    for merge in merges {
        upsert.execute(params![
            merge.collection,
            merge.row,
            merge.rank,
            merge.value
        ])?;
    }
    Ok(())
}

fn write_tokens(connection: &Connection, batch: &Batch) -> Result<(), CommitError> {
    if let Some(moment) = batch.forget_tokens_before {
        connection
            .prepare_cached("DELETE FROM token WHERE expires < ?1")?
            .execute([moment])?;
    }
    for token in &batch.tokens {
        write_token(connection, token)?;
    }
    Ok(())
}

fn write_token(connection: &Connection, token: &TokenWrite) -> Result<(), CommitError> {
    let changed = connection
        .prepare_cached(
            "INSERT INTO token (\"key\", parameter_hash, reply, expires) \
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            token.key,
            token.parameter_hash.as_slice(),
            token.reply,
            token.expires
        ])?;
    if changed == 1 {
        Ok(())
    } else {
        Err(CommitError::TokenTaken {
            key: token.key.clone(),
        })
    }
}

/// Adds the records after those of the newest batch. Returns the position of the last one, and where
/// the writer's chain ends with it.
fn write_records(
    connection: &Connection,
    batch: &Batch,
    newest: &Newest,
) -> Result<(i64, Option<ChainEnd>), CommitError> {
    let mut position = newest.position;
    if batch.records.is_empty() {
        return Ok((position, chain_end(connection, &batch.writer, newest)?));
    }
    let mut end = match chain_end(connection, &batch.writer, newest)? {
        Some(end) => end,
        None => begin_chain(connection, &batch.writer)?,
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO record (position, chain, seq, format, previous, hash, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for record in &batch.records {
        follow(&mut end, record, &batch.writer)?;
        position = position.saturating_add(1);
        insert.execute(params![
            position,
            end.chain,
            end.seq,
            record.format,
            record.previous.as_slice(),
            record.hash.as_slice(),
            record.body
        ])?;
    }
    Ok((position, Some(end)))
}

/// Moves the end of a chain on to its next record. A gap or a fork would be there for ever, so it is
/// refused while it still can be.
fn follow(end: &mut ChainEnd, record: &RecordWrite, writer: &WriterId) -> Result<(), CommitError> {
    let next = end.seq.saturating_add(1);
    if signed(record.seq) != next || record.previous != end.hash {
        return Err(bad(format!(
            "record {} does not follow record {} of writer {writer}",
            record.seq, end.seq
        )));
    }
    end.seq = next;
    end.hash = record.hash;
    Ok(())
}

/// Takes a writer's records out, up to one of them, and keeps that one's number and hash.
fn let_leave(connection: &Connection, leave: &RecordsLeave) -> Result<(), CommitError> {
    let RecordsLeave {
        writer,
        seq,
        position,
    } = leave;
    let last: Option<(i64, [u8; 32])> = connection
        .prepare_cached(
            "SELECT record.chain, record.hash FROM record JOIN chain ON chain.number = record.chain \
             WHERE position = ?1 AND writer = ?2 AND record.seq = ?3",
        )?
        .query_row(
            params![signed(*position), writer.0.as_slice(), signed(*seq)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((chain, hash)) = last else {
        return Err(bad(format!(
            "record {seq} of writer {writer}, up to which records leave, is not at position {position}"
        )));
    };
    // Records hold nothing secret, so what they leave behind need not be overwritten with zeros, which
    // would write every page of them once more.
    connection.pragma_update(None, "secure_delete", "FAST")?;
    let deleted = connection
        .prepare_cached("DELETE FROM record WHERE position <= ?1 AND chain = ?2")
        .and_then(|mut delete| delete.execute(params![signed(*position), chain]));
    connection.pragma_update(None, "secure_delete", true)?;
    deleted?;
    connection
        .prepare_cached("UPDATE chain SET left_seq = ?2, left_hash = ?3 WHERE number = ?1")?
        .execute(params![chain, signed(*seq), hash.as_slice()])?;
    Ok(())
}

/// Where the writer's chain ends, if there is one.
fn chain_end(
    connection: &Connection,
    writer: &WriterId,
    newest: &Newest,
) -> Result<Option<ChainEnd>, rusqlite::Error> {
    let number = connection
        .prepare_cached("SELECT number FROM chain WHERE writer = ?1")?
        .query_row([writer.0.as_slice()], |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(number) = number else {
        return Ok(None);
    };
    // One process writes, so nearly always the newest batch is the writer's own.
    if let Some(end) = &newest.end
        && end.chain == number
    {
        return Ok(Some(ChainEnd { ..*end }));
    }
    connection
        .prepare_cached("SELECT seq, hash FROM chain_end WHERE number = ?1")?
        .query_row([number], |row| {
            Ok(ChainEnd {
                chain: number,
                seq: row.get(0)?,
                hash: row.get(1)?,
            })
        })
        .optional()
}

/// Begins a writer's chain.
fn begin_chain(connection: &Connection, writer: &WriterId) -> Result<ChainEnd, rusqlite::Error> {
    let hash = [0_u8; 32];
    let chain = connection
        .prepare_cached(
            "INSERT INTO chain (writer, left_seq, left_hash, seq, hash) \
             VALUES (?1, 0, ?2, 0, ?2)",
        )?
        .insert(params![writer.0.as_slice(), hash.as_slice()])?;
    Ok(ChainEnd {
        chain,
        seq: 0,
        hash,
    })
}

/// Gets overwritten and deleted bytes out of the write-ahead log, if this batch or an earlier one
/// asked for it. In the database file itself `secure_delete` overwrites them with zeros. The batch
/// is durable whatever comes of it.
pub(super) fn purge(connection: &Connection, asked: bool, pending: &mut bool) -> Purge {
    if !asked && !*pending {
        return Purge::NotAsked;
    }
    // Who has waited once does not wait with every further commit.
    let wait = if asked { PURGE_WAIT } else { Duration::ZERO };
    let emptied = connection
        .busy_timeout(wait)
        .and_then(|()| empty_log(connection));
    // A failure to set it back leaves a shorter wait, and waits are rare: one process writes.
    let _ = connection.busy_timeout(super::open::LOCK_WAIT);
    *pending = !matches!(emptied, Ok(true));
    if *pending {
        Purge::Pending
    } else {
        Purge::Done
    }
}

/// Moves all of the log into the database file, synced, and cuts the log to nothing. False when
/// readers are in the way.
pub(super) fn empty_log(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy == 0)
}

/// Whether a commit could begin: takes the lock that a commit takes, and gives it back.
pub(super) fn probe(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.rollback()
}
