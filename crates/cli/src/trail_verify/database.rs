//! The records of a database: no record was changed, taken out, put in or moved.

use super::{keys, records};
use crate::directory::Directory;
use crate::exit::Failure;
use crate::paint::{Look, Paint};
use crate::progress::Progress;
use claviger_crypto::hex;
use claviger_server::{RecordsError, count_records, is_production, store_path, verify_records};
use claviger_trail::archive::PublicKeys;
use claviger_trail::{Chain, ChainReport};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;

/// What `--output json` prints of a database.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    pub(super) intact: bool,
    records: u64,
    heads: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<String>,
    /// How many records have left for the archive.
    #[serde(skip)]
    pub(super) left: u64,
    /// The public keys of the digests that the service has written.
    #[serde(skip)]
    pub(super) keys: PublicKeys,
}

pub(super) fn verify(directory: &Path, heads: &[String]) -> Result<Told, Failure> {
    let heads = heads
        .iter()
        .map(|h| read_head(h))
        .collect::<Result<Vec<_>, _>>()?;
    let mut source = Directory::new(directory).records()?;
    let left = records::left(&mut source)?;
    let keys = keys::of_database(&mut source)?;
    let total = count_records(&mut source).map_err(unreadable)?;
    let progress = Progress::counting("verifying audit records", total);
    let mut records = 0;
    let verified = verify_records(&mut source, &heads, |_| {
        records += 1;
        progress.step();
    });
    drop(progress);
    match verified {
        Ok(report) => Ok(intact(&report, left, keys)),
        Err(RecordsError::Broken(what)) => Ok(Told {
            intact: false,
            records,
            heads: Vec::new(),
            broken: Some(what.to_string()),
            left,
            keys,
        }),
        Err(other) => Err(unreadable(other)),
    }
}

impl Told {
    /// A development service keeps its archive in its directory: where there is none, nothing can have
    /// left for it. The archive of another service is elsewhere, and verified when it is named.
    pub(super) fn needs_its_archive(&mut self, directory: &Path) -> Result<(), Failure> {
        let is_production = is_production(&store_path(directory)).map_err(Failure::new)?;
        if self.left > 0 && self.intact && is_production == Some(false) {
            self.intact = false;
            self.broken = Some(format!(
                "{} records have left the database, and there is no archive",
                self.left
            ));
        }
        Ok(())
    }
}

fn unreadable(error: RecordsError) -> Failure {
    Failure::new(error).next(
        "keep the directory for examination, and look at a copy of it, or restore it from its last \
         backup",
    )
}

fn intact(report: &ChainReport, left: u64, keys: PublicKeys) -> Told {
    Told {
        intact: true,
        records: report.records,
        heads: report.heads.iter().map(head).collect(),
        broken: None,
        left,
        keys,
    }
}

pub(super) fn text(told: &Told, paint: Paint) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match &told.broken {
        None => writeln!(
            text,
            "{} {} records",
            paint.with(Look::Good, "intact:"),
            told.records
        ),
        Some(what) => writeln!(
            text,
            "{} {what}; the {} records before it are intact",
            paint.with(Look::Bad, "BROKEN:"),
            told.records
        ),
    };
    for head in &told.heads {
        let _ = writeln!(text, "head: {head}");
    }
    text
}

/// `WRITER:NUMBER:HASH`, writer and hash in hexadecimal.
fn head(chain: &Chain) -> String {
    format!(
        "{}:{}:{}",
        hex(chain.writer()),
        chain.seq(),
        hex(chain.head())
    )
}

fn read_head(text: &str) -> Result<Chain, Failure> {
    let mut parts = text.split(':');
    let chain = (|| {
        let writer = bytes(parts.next()?)?;
        let seq = parts.next()?.parse().ok()?;
        let hash = bytes(parts.next()?)?;
        parts
            .next()
            .is_none()
            .then(|| Chain::resume(writer, seq, hash))
    })();
    chain.ok_or_else(|| {
        Failure::wrong_use(format_args!("'{text}' is not a head"))
            .next("give WRITER:NUMBER:HASH as claviger trail verify printed it")
    })
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_is_printed() {
        let chain = Chain::resume([0xab; 16], 42, [0x01; 32]);
        assert_eq!(read_head(&head(&chain)).unwrap(), chain);
        let good = head(&chain);
        for bad in [
            "",
            "x",
            "a:1:b",
            &good[1..],
            &good.replace(":42:", ":-1:"),
            &format!("{good}:"),
        ] {
            assert_eq!(read_head(bad).unwrap_err().code(), 2, "{bad}");
        }
    }
}
