//! A log file: records of one account and Region as `{"Records":[…]}`. It neither names nor stores
//! itself.

use super::gzip::Compressor;
use claviger_types::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Gathers the records of one log file. It holds the compressed bytes alone.
#[derive(Default)]
pub struct LogFileBuilder {
    content: Compressor,
    range: Option<(Timestamp, Timestamp)>,
}

/// A log file, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// The file's bytes, gzip.
    pub file: Vec<u8>,
    /// SHA-256 of the uncompressed bytes, lower-case hexadecimal, as digests have it.
    pub hash: String,
    /// The `eventTime` of its oldest record.
    pub oldest: Timestamp,
    /// The `eventTime` of its newest record.
    pub newest: Timestamp,
}

impl LogFileBuilder {
    /// Adds a record: its JSON, as it was committed, and its `eventTime`.
    ///
    /// # Errors
    /// None in memory; the type is the compressor's.
    pub fn add(&mut self, record: &[u8], time: Timestamp) -> Result<(), std::io::Error> {
        let before: &[u8] = match self.range {
            None => br#"{"Records":["#,
            Some(_) => b",",
        };
        self.content.write(before)?;
        self.content.write(record)?;
        let (oldest, newest) = self.range.unwrap_or((time, time));
        self.range = Some((oldest.min(time), newest.max(time)));
        Ok(())
    }

    /// The file; `None` without records, for which CloudTrail writes none.
    ///
    /// # Errors
    /// None in memory; the type is the compressor's.
    pub fn finish(mut self) -> Result<Option<LogFile>, std::io::Error> {
        let Some((oldest, newest)) = self.range else {
            return Ok(None);
        };
        self.content.write(b"]}")?;
        let (file, hash) = self.content.finish()?;
        Ok(Some(LogFile {
            file,
            hash,
            oldest,
            newest,
        }))
    }
}

/// The records of a log file's uncompressed content, each as its bytes, whoever wrote it.
///
/// # Errors
/// When the content is not `{"Records":[…]}`.
pub fn records_of(content: &[u8]) -> Result<Vec<&RawValue>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Content<'a> {
        #[serde(rename = "Records", borrow)]
        records: Vec<&'a RawValue>,
    }
    Ok(serde_json::from_slice::<Content<'_>>(content)?.records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::gzip;
    use crate::chain::sha256_hex;

    #[test]
    fn records_come_back_byte_for_byte() {
        let records = [
            r#"{"eventID":"1","text":"é ] } \" ,"}"#,
            r#"{"eventID":"2"}"#,
            "{}",
        ];
        let mut builder = LogFileBuilder::default();
        for (i, record) in records.iter().enumerate() {
            let time = Timestamp::from_seconds(10 - i as i64);
            builder.add(record.as_bytes(), time).unwrap();
        }
        let made = builder.finish().unwrap().unwrap();
        assert_eq!((made.oldest.seconds(), made.newest.seconds()), (8, 10));
        let content = gzip::decompress(&made.file, 1 << 20).unwrap();
        assert_eq!(sha256_hex(&content), made.hash);
        let found: Vec<&str> = records_of(&content)
            .unwrap()
            .into_iter()
            .map(RawValue::get)
            .collect();
        assert_eq!(found, records);
        assert_eq!(LogFileBuilder::default().finish().unwrap(), None);
        assert!(records_of(b"{\"Records\":{}}").is_err());
    }
}
