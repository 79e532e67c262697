//! Gzip as archives have it: one member (RFC 1952), nothing behind it, and no more inside than a
//! reader is ready to take.

use crate::chain::hex;
use aws_lc_rs::digest::{Context, SHA256};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};

/// Why bytes are not taken as gzip.
#[derive(Debug, thiserror::Error)]
pub enum GzipError {
    /// They are no gzip, cut short, or their checksum differs.
    #[error("this is no whole gzip file: {0}")]
    Damaged(#[from] std::io::Error),
    /// There are bytes behind the end, which other readers skip or take for more content.
    #[error("{0} bytes follow the end of the gzip file")]
    Trailing(usize),
    /// There is more inside than allowed.
    #[error("the gzip file holds more than {0} bytes")]
    TooLarge(u64),
}

/// How hard to compress: little, because it is done beside the calls that are served meanwhile.
const LEVEL: Compression = Compression::fast();

/// Compresses what is written to it bit by bit, and hashes what went in.
pub(super) struct Compressor {
    encoder: GzEncoder<Vec<u8>>,
    hash: Context,
}

impl Default for Compressor {
    fn default() -> Self {
        Self {
            encoder: GzEncoder::new(Vec::new(), LEVEL),
            hash: Context::new(&SHA256),
        }
    }
}

impl Compressor {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), std::io::Error> {
        self.hash.update(bytes);
        self.encoder.write_all(bytes)
    }

    /// The whole file, and the hash of what is in it as [`content_hash`] gives it.
    pub(super) fn finish(self) -> Result<(Vec<u8>, String), std::io::Error> {
        let file = self.encoder.finish()?;
        Ok((file, hex(self.hash.finish().as_ref())))
    }
}

/// Compresses; the same bytes always become the same bytes.
///
/// # Errors
/// None in memory; the type is the writer's.
pub fn compress(bytes: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    let mut encoder = GzEncoder::new(Vec::new(), LEVEL);
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Decompresses one whole file that holds at most `most` bytes.
///
/// # Errors
/// [`GzipError`].
pub fn decompress(file: &[u8], most: u64) -> Result<Vec<u8>, GzipError> {
    let mut rest = file;
    let mut content = Vec::new();
    let mut decoder = GzDecoder::new(&mut rest);
    decoder
        .by_ref()
        .take(most.saturating_add(1))
        .read_to_end(&mut content)?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > most {
        return Err(GzipError::TooLarge(most));
    }
    if rest.is_empty() {
        Ok(content)
    } else {
        Err(GzipError::Trailing(rest.len()))
    }
}

/// SHA-256 of what is in one whole file, in lower-case hexadecimal as digests have it. It holds a few
/// kilobytes at a time, however much there is.
///
/// # Errors
/// [`GzipError`], but never for the size.
pub fn content_hash(file: &[u8]) -> Result<String, GzipError> {
    let mut rest = file;
    let mut decoder = GzDecoder::new(&mut rest);
    let mut hash = Context::new(&SHA256);
    let mut some = vec![0; 64 * 1024];
    loop {
        match decoder.read(&mut some)? {
            0 => break,
            read => hash.update(some.get(..read).unwrap_or_default()),
        }
    }
    if rest.is_empty() {
        Ok(hex(hash.finish().as_ref()))
    } else {
        Err(GzipError::Trailing(rest.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::sha256_hex;

    #[test]
    fn whole_files_only() {
        let text = b"{\"Records\":[]}".repeat(9);
        let file = compress(&text).unwrap();
        let most = text.len() as u64;
        assert_eq!(compress(&text).unwrap(), file);
        assert_eq!(decompress(&file, most).unwrap(), text);
        assert_eq!(content_hash(&file).unwrap(), sha256_hex(&text));
        assert!(matches!(
            decompress(&file, most - 1),
            Err(GzipError::TooLarge(_))
        ));
        let behind = [file.as_slice(), b"x"].concat();
        assert!(matches!(
            decompress(&behind, most),
            Err(GzipError::Trailing(1))
        ));
        // A second member is trailing data too.
        let twice = [file.as_slice(), file.as_slice()].concat();
        assert!(matches!(
            decompress(&twice, most),
            Err(GzipError::Trailing(_))
        ));
        assert!(matches!(content_hash(&twice), Err(GzipError::Trailing(_))));
        for end in 0..file.len() {
            assert!(decompress(&file[..end], most).is_err(), "{end}");
            assert!(content_hash(&file[..end]).is_err(), "{end}");
        }
        for at in 10..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(
                decompress(&changed, most).map_or(true, |t| t != text),
                "{at}"
            );
        }
    }
}
