//! Which records go into which file: pure, so that the same records always become the same bytes.

use crate::accounts::{Accounts, Trail};
use crate::error::DeliveryError;
use crate::rows::{PlannedFile, PlannedFiles, Range};
use claviger_store::StoredRecord;
use claviger_trail::RecordView;
use claviger_trail::archive::{LogFile, LogFileBuilder, LogFileName};
use claviger_types::{AccountId, RegionName, Timestamp};
use std::collections::BTreeMap;

/// What of a record says where it goes.
struct Address {
    account: AccountId,
    region: RegionName,
    time: Timestamp,
}

fn address(record: &StoredRecord) -> Result<Address, DeliveryError> {
    let seq = record.seq;
    let view =
        RecordView::read(&record.body).map_err(|error| DeliveryError::record(seq, &error))?;
    let account = view.recipient_account_id.as_deref().unwrap_or_default();
    let found = (|| {
        Some(Address {
            account: account.parse().ok()?,
            region: view.aws_region.parse().ok()?,
            time: view.event_time.parse().ok()?,
        })
    })();
    found.ok_or_else(|| DeliveryError::Record {
        seq,
        what: "it does not say which account and Region it is for, and when it was made".to_owned(),
    })
}

/// Plans the files of some records, which lie behind each other. `unique` gives the part of a name
/// that tells it from all others.
pub(crate) fn plan(
    records: &[StoredRecord],
    trail: &Trail,
    accounts: &Accounts,
    moment: Timestamp,
    mut unique: impl FnMut() -> [u8; 16],
) -> Result<Option<PlannedFiles>, DeliveryError> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else {
        return Ok(None);
    };
    let mut counts: BTreeMap<(AccountId, RegionName), u64> = BTreeMap::new();
    let mut ranges: BTreeMap<[u8; 16], (u64, u64)> = BTreeMap::new();
    for record in records {
        let Address {
            account, region, ..
        } = address(record)?;
        *counts.entry((account, region)).or_default() += 1;
        ranges
            .entry(record.writer.0)
            .or_insert((record.seq, record.seq))
            .1 = record.seq;
    }
    let mut files = Vec::with_capacity(counts.len());
    for ((account, region), records) in counts {
        let place = trail.place(accounts, account);
        let place = place
            .ok_or_else(|| DeliveryError::Encoding("the installation has no Region".to_owned()))?;
        let object = place.log_file(&LogFileName {
            account,
            region: region.clone(),
            time: moment,
            unique: letters(unique()),
        });
        files.push(PlannedFile {
            account,
            region,
            object,
            records,
        });
    }
    let range = |(writer, (from, to)): ([u8; 16], (u64, u64))| Range {
        writer: base16ct::lower::encode_string(&writer),
        from,
        to,
    };
    Ok(Some(PlannedFiles {
        moment,
        first: first.position,
        last: last.position,
        ranges: ranges.into_iter().map(range).collect(),
        files,
    }))
}

/// 16 letters and digits.
fn letters(bytes: [u8; 16]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789Az";
    let letter = |byte: u8| LETTERS.get(usize::from(byte % 64)).copied();
    bytes
        .into_iter()
        .filter_map(letter)
        .map(char::from)
        .collect()
}

/// The files of a plan, in its order, made of its records.
///
/// # Errors
/// [`DeliveryError::Gone`] when these are not all of its records.
pub(crate) fn contents(
    plan: &PlannedFiles,
    records: &[StoredRecord],
) -> Result<Vec<LogFile>, DeliveryError> {
    let mut builders: BTreeMap<(AccountId, RegionName), (u64, LogFileBuilder)> = BTreeMap::new();
    for record in records {
        let Address {
            account,
            region,
            time,
        } = address(record)?;
        let (count, builder) = builders.entry((account, region)).or_default();
        *count += 1;
        builder.add(&record.body, time);
    }
    let mut files = Vec::with_capacity(plan.files.len());
    for planned in &plan.files {
        let made = builders.remove(&(planned.account, planned.region.clone()));
        let (count, builder) = made.ok_or(DeliveryError::Gone)?;
        if count != planned.records {
            return Err(DeliveryError::Gone);
        }
        let file = builder
            .finish()
            .map_err(|error| DeliveryError::Encoding(error.to_string()))?;
        files.push(file.ok_or(DeliveryError::Gone)?);
    }
    if builders.is_empty() {
        Ok(files)
    } else {
        Err(DeliveryError::Gone)
    }
}
