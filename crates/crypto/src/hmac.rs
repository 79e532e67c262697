//! HMAC-SHA-256 and SHA-256 as functions of bytes, the keyed index of attributes that must not
//! lie in the clear, and comparison in constant time. Signature protocols are built elsewhere.

use crate::envelope::{self, KEY_LEN};
use aws_lc_rs::{constant_time, digest, hmac};
use claviger_types::Secret;
use std::fmt;

/// Length of an HMAC-SHA-256 and of a SHA-256 digest, in bytes.
const LEN: usize = 32;

/// HMAC-SHA-256 (FIPS 198-1) of `data` under `key`.
#[must_use]
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; LEN] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data);
    to_array(tag.as_ref())
}

/// SHA-256 (FIPS 180-4) of `data`.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; LEN] {
    to_array(digest::digest(&digest::SHA256, data).as_ref())
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

fn to_array(bytes: &[u8]) -> [u8; LEN] {
    let mut out = [0_u8; LEN];
    // Both functions above answer exactly 32 bytes.
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    out
}

/// A key for the HMACs that stand beside encrypted attributes, so that equal values are found
/// without being readable. Made by [`Sealer::index_key`](crate::Sealer::index_key).
pub struct IndexKey(Secret<[u8; KEY_LEN]>);

impl IndexKey {
    pub(crate) fn derive(key: &[u8; KEY_LEN], purpose: &str) -> Result<Self, envelope::Refused> {
        envelope::derive(key, "claviger/index/v1", purpose.as_bytes()).map(Self)
    }

    /// The HMAC of a value that the caller has normalised. Equal values have equal HMACs under
    /// one key and purpose.
    #[must_use]
    pub fn tag(&self, normalised: &[u8]) -> [u8; LEN] {
        hmac_sha256(self.0.expose(), normalised)
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey(…)")
    }
}
