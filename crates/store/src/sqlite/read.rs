//! All that is read: rows and maxima at start, batches and tokens by name, records by page.

use super::StoredRow;
use crate::{BatchId, RecordsFrom, Stored, StoredChain, StoredRecord, StoredToken, WriterId};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use std::ops::ControlFlow;

/// A column that must hold exactly so many bytes.
struct Bytes<const N: usize>([u8; N]);

impl<const N: usize> FromSql for Bytes<N> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let blob = value.as_blob()?;
        match blob.try_into() {
            Ok(bytes) => Ok(Self(bytes)),
            Err(_) => Err(FromSqlError::InvalidBlobSize {
                expected_size: N,
                blob_size: blob.len(),
            }),
        }
    }
}

/// A column that is never negative.
struct Unsigned(u64);

impl FromSql for Unsigned {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        let unsigned = u64::try_from(number).map_err(|_| FromSqlError::OutOfRange(number))?;
        Ok(Self(unsigned))
    }
}

/// A number as SQLite takes it; those above its range compare as the greatest.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row<'_>, column: usize) -> Result<u64> {
    row.get::<_, Unsigned>(column).map(|n| n.0)
}

fn bytes<const N: usize>(row: &Row<'_>, column: usize) -> Result<[u8; N]> {
    row.get::<_, Bytes<N>>(column).map(|b| b.0)
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str> {
    let value = row.get_ref(column)?;
    value.as_str().map_err(|e| wrong(column, &value, e))
}

fn blob<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r [u8]> {
    let value = row.get_ref(column)?;
    value.as_blob().map_err(|e| wrong(column, &value, e))
}

fn wrong(column: usize, value: &ValueRef<'_>, error: FromSqlError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, value.data_type(), Box::new(error))
}

pub(super) fn find_batch(connection: &Connection, id: &BatchId) -> Result<Option<u64>> {
    // Asked only after an unknown result: reading all ids is quicker than keeping an index.
    connection
        .prepare_cached("SELECT revision FROM batch WHERE id = ?1 ORDER BY revision DESC LIMIT 1")?
        .query_row([id.0.as_slice()], |row| unsigned(row, 0))
        .optional()
}

pub(super) fn load(
    connection: &mut Connection,
    each: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
) -> Result<u64> {
    let transaction = connection.transaction()?;
    let revision = transaction
        .prepare("SELECT coalesce(max(revision), 0) FROM batch")?
        .query_row([], |row| unsigned(row, 0))?;
    if load_rows(&transaction, each)?.is_continue() {
        // A break here ends the loading as well; there is nothing after it.
        let _ = load_merges(&transaction, each)?;
    }
    Ok(revision)
}

fn load_rows(
    connection: &Connection,
    each: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let mut statement =
        connection.prepare("SELECT collection, \"key\", version, value FROM \"row\"")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let stored = Stored::Row {
            collection: text(row, 0)?,
            row: text(row, 1)?,
            version: unsigned(row, 2)?,
            value: blob(row, 3)?,
        };
        if each(stored).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn load_merges(
    connection: &Connection,
    each: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let mut statement =
        connection.prepare("SELECT collection, \"key\", rank, value FROM merged")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let stored = Stored::Merge {
            collection: text(row, 0)?,
            row: text(row, 1)?,
            rank: row.get(2)?,
            value: blob(row, 3)?,
        };
        if each(stored).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

pub(super) fn row(connection: &Connection, collection: &str, key: &str) -> Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT value FROM \"row\" WHERE collection = ?1 AND \"key\" = ?2")?
        .query_row([collection, key], |row| row.get(0))
        .optional()
}

pub(super) fn rows(connection: &Connection, collection: &str) -> Result<Vec<StoredRow>> {
    connection
        .prepare_cached("SELECT \"key\", version, value FROM \"row\" WHERE collection = ?1")?
        .query_map([collection], |row| {
            Ok((row.get(0)?, unsigned(row, 1)?, row.get(2)?))
        })?
        .collect()
}

pub(super) fn find_token(connection: &Connection, key: &str) -> Result<Option<StoredToken>> {
    connection
        .prepare_cached("SELECT parameter_hash, reply, expires FROM token WHERE \"key\" = ?1")?
        .query_row([key], |row| {
            Ok(StoredToken {
                parameter_hash: bytes(row, 0)?,
                reply: row.get(1)?,
                expires: row.get(2)?,
            })
        })
        .optional()
}

pub(super) fn chain_head(
    connection: &Connection,
    writer: &WriterId,
) -> Result<Option<(u64, [u8; 32])>> {
    connection
        .prepare_cached("SELECT seq, hash FROM chain_end WHERE writer = ?1")?
        .query_row([writer.0.as_slice()], |row| {
            Ok((unsigned(row, 0)?, bytes(row, 1)?))
        })
        .optional()
}

pub(super) fn chains(connection: &Connection) -> Result<Vec<StoredChain>> {
    connection
        .prepare_cached(
            "SELECT writer, left_seq, left_hash, seq, hash FROM chain_end ORDER BY number",
        )?
        .query_map([], |row| {
            Ok(StoredChain {
                writer: WriterId(bytes(row, 0)?),
                left_seq: unsigned(row, 1)?,
                left_hash: bytes(row, 2)?,
                seq: unsigned(row, 3)?,
                hash: bytes(row, 4)?,
            })
        })?
        .collect()
}

// A record of no chain fails here, by its empty writer: left out, it would look as if it were not there.
const AFTER: &str = "SELECT position, writer, format, record.seq, previous, record.hash, body \
     FROM record LEFT JOIN chain ON chain.number = record.chain \
     WHERE position > ?1 ORDER BY position LIMIT ?2";
const BEFORE: &str = "SELECT position, writer, format, record.seq, previous, record.hash, body \
     FROM record LEFT JOIN chain ON chain.number = record.chain \
     WHERE position < ?1 ORDER BY position DESC LIMIT ?2";

pub(super) fn records(
    connection: &Connection,
    from: RecordsFrom,
    limit: u32,
) -> Result<Vec<StoredRecord>> {
    let (sql, position) = match from {
        RecordsFrom::After(position) => (AFTER, position),
        RecordsFrom::Before(position) => (BEFORE, position),
    };
    connection
        .prepare_cached(sql)?
        .query_map(params![signed(position), limit], |row| {
            Ok(StoredRecord {
                position: unsigned(row, 0)?,
                writer: WriterId(bytes(row, 1)?),
                format: row.get(2)?,
                seq: unsigned(row, 3)?,
                previous: bytes(row, 4)?,
                hash: bytes(row, 5)?,
                body: row.get(6)?,
            })
        })?
        .collect()
}
