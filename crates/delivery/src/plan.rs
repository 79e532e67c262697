//! Which records go into which file: pure, so that the same records always become the same bytes.

use crate::accounts::{Accounts, Trail};
use crate::error::DeliveryError;
use crate::rows::{PlannedFile, PlannedFiles, Range};
use claviger_store::StoredRecord;
use claviger_trail::archive::{LogFile, LogFileBuilder, LogFileName};
use claviger_types::{AccountId, RegionName, Timestamp};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A record, and where it goes.
pub(crate) struct Addressed {
    pub(crate) record: StoredRecord,
    account: AccountId,
    region: RegionName,
    time: Timestamp,
}

/// What of a record says where it goes. Nothing else of it is read: this is done for every record.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Texts<'a> {
    #[serde(borrow)]
    recipient_account_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    aws_region: Cow<'a, str>,
    #[serde(borrow)]
    event_time: Cow<'a, str>,
}

impl Addressed {
    /// Reads where a record goes.
    ///
    /// # Errors
    /// [`DeliveryError::Record`] where it does not say so.
    pub(crate) fn read(record: StoredRecord) -> Result<Self, DeliveryError> {
        let seq = record.seq;
        let texts: Texts<'_> = serde_json::from_slice(&record.body)
            .map_err(|error| DeliveryError::record(seq, error))?;
        let found = (|| {
            let account = texts.recipient_account_id.as_deref()?.parse().ok()?;
            let region = texts.aws_region.parse().ok()?;
            Some((account, region, texts.event_time.parse().ok()?))
        })();
        let (account, region, time) = found.ok_or_else(|| {
            let what = "it does not say which account and Region it is for, and when it was made";
            DeliveryError::record(seq, what)
        })?;
        Ok(Self {
            record,
            account,
            region,
            time,
        })
    }
}

/// Plans the files of some records, which lie behind each other. `unique` gives the part of a name
/// that tells it from all others.
pub(crate) fn plan(
    records: &[Addressed],
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
    for Addressed {
        record,
        account,
        region,
        ..
    } in records
    {
        *counts.entry((*account, region.clone())).or_default() += 1;
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
        first: first.record.position,
        last: last.record.position,
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

fn encoding(error: std::io::Error) -> DeliveryError {
    DeliveryError::Encoding(error.to_string())
}

/// The files of a plan, in its order, made of its records.
///
/// # Errors
/// [`DeliveryError::Gone`] when these are not all of its records.
pub(crate) fn contents(
    plan: &PlannedFiles,
    records: &[Addressed],
) -> Result<Vec<LogFile>, DeliveryError> {
    let mut builders: BTreeMap<(AccountId, RegionName), (u64, LogFileBuilder)> = BTreeMap::new();
    for Addressed {
        record,
        account,
        region,
        time,
    } in records
    {
        let (count, builder) = builders.entry((*account, region.clone())).or_default();
        *count += 1;
        builder.add(&record.body, *time).map_err(encoding)?;
    }
    let mut files = Vec::with_capacity(plan.files.len());
    for planned in &plan.files {
        let made = builders.remove(&(planned.account, planned.region.clone()));
        let (count, builder) = made.ok_or(DeliveryError::Gone)?;
        if count != planned.records {
            return Err(DeliveryError::Gone);
        }
        let file = builder.finish().map_err(encoding)?;
        files.push(file.ok_or(DeliveryError::Gone)?);
    }
    if builders.is_empty() {
        Ok(files)
    } else {
        Err(DeliveryError::Gone)
    }
}
