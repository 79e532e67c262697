//! Digests: what each lists, and its signature. It writes nothing.

use crate::rows::{Cursor, Previous, Written};
use crate::target::{Object, Signature};
use crate::{DeliveryError, hours};
use claviger_trail::archive::{
    Digest, DigestName, DigestSigner, DigestedFile, TrailPlace, compress, sha256_hex,
};
use claviger_types::{AccountId, RegionName, Timestamp};

/// The digests of an account and Region up to an hour's end.
pub(crate) struct Due<'a> {
    pub(crate) account: AccountId,
    pub(crate) region: &'a RegionName,
    pub(crate) place: TrailPlace,
    pub(crate) cursor: Cursor,
    /// The log files that are in no digest yet, each with its row's name.
    pub(crate) files: Vec<(&'a str, &'a Written)>,
    pub(crate) end: Timestamp,
}

impl Due<'_> {
    /// The times that they cover.
    pub(crate) fn periods(&self) -> Vec<(Timestamp, Timestamp)> {
        let times = self.files.iter().map(|(_, file)| file.time);
        hours::periods(self.cursor.start, self.end, times)
    }

    /// The digest of one of these times, and how far digests have come with it.
    pub(crate) fn digest(
        &self,
        (start, end): (Timestamp, Timestamp),
        previous: Option<Previous>,
        signer: &DigestSigner,
    ) -> Result<(Object, Cursor), DeliveryError> {
        let inside = |file: &&Written| file.time >= start && file.time < end;
        let files: Vec<&Written> = self.files.iter().map(|(_, f)| *f).filter(inside).collect();
        let newest = files.iter().map(|file| file.newest).max();
        let oldest = files.iter().map(|file| file.oldest).min();
        let object = self.place.digest(&DigestName {
            account: self.account,
            region: self.region.clone(),
            end,
        });
        let digest = Digest {
            account: self.account,
            start,
            end,
            bucket: self.place.bucket.clone(),
            object,
            fingerprint: signer.public_key().fingerprint(),
            newest_and_oldest: newest.zip(oldest),
            previous: previous.map(Into::into),
            log_files: files.into_iter().map(DigestedFile::from).collect(),
        };
        let content = digest.to_bytes()?;
        let hash = sha256_hex(&content);
        let signature = signer.sign(&digest.string_to_sign(&hash))?;
        let cursor = Cursor {
            start: end,
            previous: Some(Previous {
                bucket: digest.bucket,
                object: digest.object.clone(),
                hash,
                signature: signature.clone(),
            }),
        };
        let object = Object {
            name: digest.object,
            bytes: compress(&content).map_err(|e| DeliveryError::Encoding(e.to_string()))?,
            signature: Some(Signature::new(signature)),
        };
        Ok((object, cursor))
    }
}
