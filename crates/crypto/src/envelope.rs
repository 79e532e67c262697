//! One authenticated encryption under a key that is used once: a random nonce and the long-lived
//! key derive it (NIST SP 800-108r1, section 4.1, KDF in counter mode with HMAC-SHA-256), then
//! AES-256-GCM (NIST SP 800-38D) encrypts. Deriving anew each time lifts the limit of 2^32
//! messages that GCM with random IVs has per key, as the KMS Cryptographic Details describe. The
//! formats around it, ciphertexts and sealed values, are other files'.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::kdf::{KbkdfCtrHmacAlgorithmId, get_kbkdf_ctr_hmac_algorithm, kbkdf_ctr_hmac};
use claviger_types::{Entropy, Secret};

/// Length of every key, in bytes.
pub(crate) const KEY_LEN: usize = 32;
/// Length of the nonce that goes into the derivation, in bytes.
pub(crate) const NONCE_LEN: usize = 16;
/// Length of the GCM IV, in bytes.
pub(crate) const IV_LEN: usize = 12;
/// Length of the GCM tag, in bytes.
pub(crate) const TAG_LEN: usize = 16;

/// The library refused or the tag does not verify; aws-lc-rs does not say more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// What makes one encryption unlike every other; stored in the clear beside its ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Freshness {
    pub(crate) nonce: [u8; NONCE_LEN],
    pub(crate) iv: [u8; IV_LEN],
}

impl Freshness {
    pub(crate) fn draw(entropy: &mut dyn Entropy) -> Self {
        let mut fresh = Self {
            nonce: [0; NONCE_LEN],
            iv: [0; IV_LEN],
        };
        entropy.fill(&mut fresh.nonce);
        entropy.fill(&mut fresh.iv);
        fresh
    }
}

/// Derives 32 bytes from a key. The fixed input is SP 800-108's `Label || 0x00 || Context ||
/// [L]2` with L = 256 as 32 bits; the counter before it is the library's.
pub(crate) fn derive(
    key: &[u8; KEY_LEN],
    label: &str,
    context: &[u8],
) -> Result<Secret<[u8; KEY_LEN]>, Refused> {
    let algorithm = get_kbkdf_ctr_hmac_algorithm(KbkdfCtrHmacAlgorithmId::Sha256).ok_or(Refused)?;
    let mut fixed_input = Vec::with_capacity(label.len() + context.len() + 5);
    fixed_input.extend_from_slice(label.as_bytes());
    fixed_input.push(0);
    fixed_input.extend_from_slice(context);
    fixed_input.extend_from_slice(&256_u32.to_be_bytes());
    let mut derived = Secret::new([0_u8; KEY_LEN]);
    kbkdf_ctr_hmac(algorithm, key, &fixed_input, derived.expose_mut()).map_err(|_| Refused)?;
    Ok(derived)
}

fn single_use_key(
    key: &[u8; KEY_LEN],
    label: &str,
    fresh: &Freshness,
) -> Result<LessSafeKey, Refused> {
    let derived = derive(key, label, &fresh.nonce)?;
    UnboundKey::new(&AES_256_GCM, derived.expose())
        .map(LessSafeKey::new)
        .map_err(|_| Refused)
}

/// Encrypts `plaintext` and appends ciphertext and tag to `out`.
pub(crate) fn seal_onto(
    out: &mut Vec<u8>,
    key: &[u8; KEY_LEN],
    label: &str,
    fresh: &Freshness,
    associated: &[u8],
    plaintext: &[u8],
) -> Result<(), Refused> {
    let single_use = single_use_key(key, label, fresh)?;
    let start = out.len();
    out.resize(start + plaintext.len() + TAG_LEN, 0);
    let (_, new) = out.split_at_mut_checked(start).ok_or(Refused)?;
    let (ciphertext, tag) = new.split_at_mut_checked(plaintext.len()).ok_or(Refused)?;
    single_use
        .seal_out_of_place_scatter(
            Nonce::assume_unique_for_key(fresh.iv),
            Aad::from(associated),
            plaintext,
            ciphertext,
            &[],
            tag,
        )
        .map_err(|_| Refused)
}

/// Decrypts what [`seal_onto`] appended: ciphertext and tag.
pub(crate) fn open(
    sealed: &[u8],
    key: &[u8; KEY_LEN],
    label: &str,
    fresh: &Freshness,
    associated: &[u8],
) -> Result<Secret<Vec<u8>>, Refused> {
    let (ciphertext, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(Refused)?;
    // Sized once, so that no copy of the plaintext stays behind in a freed buffer.
    let mut plaintext = Secret::new(vec![0_u8; ciphertext.len()]);
    single_use_key(key, label, fresh)?
        .open_separate_gather(
            Nonce::assume_unique_for_key(fresh.iv),
            Aad::from(associated),
            ciphertext,
            tag,
            plaintext.expose_mut(),
        )
        .map_err(|_| Refused)?;
    Ok(plaintext)
}
