//! The digests of one chain: each proved by its signature, each compared with the one before it.

use super::{Finding, FindingKind, ReadDigest};
use crate::archive::{Digest, DigestedFile, PreviousDigest, PublicKeys};
use claviger_types::Timestamp;
use std::collections::HashMap;

/// A digest is signed within two hours after its end, as `validate-logs` has it.
const SIGNED_WITHIN: i64 = 2 * 3600;
/// How far from the moment of its making the key of a backfill digest is looked for.
const BACKFILL_AROUND: i64 = 3600;
/// The only signature algorithm there is.
const SHA256_WITH_RSA: &str = "SHA256withRSA";

/// What became of the digests of a chain.
#[derive(Debug, Default)]
pub struct ChainVerdict<'a> {
    /// The digests that are valid, oldest first, by their places among those handed in.
    pub valid: Vec<usize>,
    /// The log files that they name.
    pub log_files: Vec<&'a DigestedFile>,
    /// The beginning of the first and the end of the last valid digest.
    pub covered: Option<(Timestamp, Timestamp)>,
    /// Another bucket in which older digests of the chain lie.
    pub continues_in: Option<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

struct Walk<'a> {
    bucket: &'a str,
    keys: &'a PublicKeys,
    digests: &'a [ReadDigest],
    places: HashMap<&'a str, usize>,
    is_listed: &'a dyn Fn(&str) -> bool,
    valid: Vec<Option<&'a Digest>>,
    verdict: ChainVerdict<'a>,
}

/// Verifies the digests of one chain, given oldest first. `bucket` is where they were found;
/// `is_listed` tells whether the archive has an object of that name, for the one predecessor that is
/// older than all of `digests`.
#[must_use]
pub fn verify_chain<'a>(
    bucket: &'a str,
    keys: &'a PublicKeys,
    digests: &'a [ReadDigest],
    is_listed: &'a dyn Fn(&str) -> bool,
) -> ChainVerdict<'a> {
    let mut walk = Walk {
        bucket,
        keys,
        digests,
        places: digests
            .iter()
            .enumerate()
            .map(|(at, d)| (d.object.as_str(), at))
            .collect(),
        is_listed,
        valid: vec![None; digests.len()],
        verdict: ChainVerdict::default(),
    };
    // From the newest to the oldest, because a digest repeats the signature of the one before it.
    let mut repeated: Option<&PreviousDigest> = None;
    for (at, digest) in digests.iter().enumerate().rev() {
        let repeat = repeated.filter(|p| p.object == digest.object);
        match walk.prove(digest, repeat.map(|p| p.signature.as_str())) {
            Ok(content) => {
                repeated = content.previous.as_ref();
                walk.accept(at, content);
            }
            Err(finding) => {
                repeated = None;
                walk.verdict.findings.push(finding);
            }
        }
    }
    walk.link();
    let mut verdict = walk.verdict;
    verdict.valid.reverse();
    verdict.log_files.reverse();
    verdict
}

impl<'a> Walk<'a> {
    fn accept(&mut self, at: usize, content: &'a Digest) {
        if let Some(place) = self.valid.get_mut(at) {
            *place = Some(content);
        }
        self.verdict.valid.push(at);
        self.verdict.log_files.extend(&content.log_files);
        let (from, until) = self.verdict.covered.unwrap_or((content.start, content.end));
        self.verdict.covered = Some((from.min(content.start), until.max(content.end)));
    }

    /// A digest's content, if it is what its key's owner signed and lies where it was put.
    fn prove(&self, read: &'a ReadDigest, repeated: Option<&str>) -> Result<&'a Digest, Finding> {
        let (digest, hash) = read.content.as_ref().map_err(Clone::clone)?;
        let wrong = |kind, message: String| Err(Finding::new(kind, &read.object, message));
        if digest.bucket != self.bucket || digest.object != read.object {
            let (bucket, object) = (&digest.bucket, &digest.object);
            return wrong(
                FindingKind::DigestMoved,
                format!("the digest was made as {bucket}/{object} and lies elsewhere"),
            );
        }
        if let Some(other) = read.algorithm.as_deref().filter(|a| *a != SHA256_WITH_RSA) {
            return wrong(
                FindingKind::DigestSignature,
                format!("the metadata names the algorithm {other}, which is not known here"),
            );
        }
        let Some(signature) = read.signature.as_deref().or(repeated) else {
            return wrong(
                FindingKind::DigestUnsigned,
                "there is no signature with the digest, and no valid digest after it that repeats it"
                    .to_owned(),
            );
        };
        self.prove_signature(read, digest, &digest.string_to_sign(hash), signature)?;
        Ok(digest)
    }

    fn prove_signature(
        &self,
        read: &ReadDigest,
        digest: &Digest,
        text: &str,
        signature: &str,
    ) -> Result<(), Finding> {
        let fingerprint = &digest.fingerprint;
        let wrong = |kind, message: String| Err(Finding::new(kind, &read.object, message));
        let keys = self.keys.named(fingerprint);
        if keys.is_empty() {
            return wrong(
                FindingKind::DigestKeyUnknown,
                format!("the public key {fingerprint} is not among those given"),
            );
        }
        let (from, until) = time_of_signing(read, digest)?;
        let mut of_its_time = keys.iter().filter(|k| k.from <= until && from <= k.until);
        let Some(first) = of_its_time.next() else {
            return wrong(
                FindingKind::DigestKeyTime,
                format!("the public key {fingerprint} is of another time than the digest"),
            );
        };
        let verified = first.key.verify(text, signature);
        if verified.is_err() && of_its_time.all(|k| k.key.verify(text, signature).is_err()) {
            return verified.or_else(|e| wrong(FindingKind::DigestSignature, e.to_string()));
        }
        Ok(())
    }

    /// Compares each digest with the one before it.
    fn link(&mut self) {
        let digests = self.digests;
        for (at, read) in digests.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| digests.get(at));
            let Some(Some(digest)) = self.valid.get(at).copied() else {
                continue;
            };
            match (&digest.previous, before) {
                (None, None) => {}
                (None, Some(before)) => self.starts_anew(read, digest, before),
                (Some(previous), before) => self.follows(read, digest, previous, before),
            }
        }
    }

    fn starts_anew(&mut self, read: &ReadDigest, digest: &Digest, before: &ReadDigest) {
        self.find(
            FindingKind::Gap,
            &read.object,
            format!(
                "the chain starts anew at {}: nothing covers the time since {}",
                digest.start, before.end
            ),
        );
    }

    fn follows(
        &mut self,
        read: &ReadDigest,
        digest: &Digest,
        previous: &PreviousDigest,
        before: Option<&ReadDigest>,
    ) {
        if previous.bucket != self.bucket {
            self.verdict.continues_in = Some(previous.bucket.clone());
            return;
        }
        let Some(older) = self.places.get(previous.object.as_str()).copied() else {
            if before.is_some() || !(self.is_listed)(&previous.object) {
                let message = format!("it is not there, and {} follows it", read.object);
                self.find(FindingKind::DigestMissing, &previous.object, message);
            }
            return;
        };
        if let Some(before) = before
            && before.object != previous.object
        {
            let message = format!("{} does not follow it but {}", read.object, previous.object);
            self.find(FindingKind::DigestUnlinked, &before.object, message);
        }
        self.compare(read, digest, previous, older);
    }

    fn compare(
        &mut self,
        read: &ReadDigest,
        digest: &Digest,
        previous: &PreviousDigest,
        older: usize,
    ) {
        let Some(older) = self.digests.get(older) else {
            return;
        };
        let Ok((content, hash)) = &older.content else {
            return;
        };
        let newer = &read.object;
        if !hash.eq_ignore_ascii_case(&previous.hash) {
            let message = format!("its hash is {hash}, but {newer} says {}", previous.hash);
            self.find(FindingKind::PreviousHash, &older.object, message);
        }
        if let Some(own) = &older.signature
            && !own.eq_ignore_ascii_case(&previous.signature)
        {
            let message = format!("its signature is not the one that {newer} says");
            self.find(FindingKind::PreviousSignature, &older.object, message);
        }
        if content.end < digest.start {
            let message = format!(
                "nothing covers the time from {} to {}",
                content.end, digest.start
            );
            self.find(FindingKind::Gap, newer, message);
        }
    }

    fn find(&mut self, kind: FindingKind, object: &str, message: String) {
        self.verdict
            .findings
            .push(Finding::new(kind, object, message));
    }
}

/// When a digest may have been signed. One of a late delivery says it in its metadata.
fn time_of_signing(read: &ReadDigest, digest: &Digest) -> Result<(Timestamp, Timestamp), Finding> {
    if !read.chain.backfill {
        return Ok((digest.start, digest.end.plus_seconds(SIGNED_WITHIN)));
    }
    let made = read.generated.as_deref();
    let made = made.and_then(|text| text.parse::<Timestamp>().ok());
    let Some(made) = made else {
        return Err(Finding::new(
            FindingKind::DigestFormat,
            &read.object,
            "the metadata of a backfill digest must say when it was made, in \
             backfill-generation-timestamp",
        ));
    };
    Ok((
        made.plus_seconds(-BACKFILL_AROUND),
        made.plus_seconds(BACKFILL_AROUND),
    ))
}
