//! Randomness as a value that is passed in, so that a decision can be repeated exactly.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A source of unpredictable bytes. The operating system's is read at the edge only; everything
/// inside draws from what it is handed.
pub trait Entropy {
    /// Fills the buffer with bytes.
    fn fill(&mut self, buffer: &mut [u8]);
}

/// A stream of bytes stretched from one 32-byte seed (ChaCha20). The seed of each request comes
/// from the operating system; a request that has to be decided again draws the same bytes again,
/// which is what lets it wait for an external key store in between.
pub struct SeededEntropy(ChaCha20Rng);

impl SeededEntropy {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        self.0.fill_bytes(buffer);
    }
}

impl std::fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SeededEntropy")
    }
}

/// A random UUID (version 4, RFC 9562 section 5.4) in lower case.
#[must_use]
pub fn uuid_v4(entropy: &mut dyn Entropy) -> String {
    let mut raw = [0_u8; 16];
    entropy.fill(&mut raw);
    let n = u128::from_be_bytes(raw);
    let n = (n & !(0xf << 76)) | (4 << 76);
    let n = (n & !(0b11 << 62)) | (0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        n >> 96,
        (n >> 80) & 0xffff,
        (n >> 64) & 0xffff,
        (n >> 48) & 0xffff,
        n & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_another_differs() {
        let draw = |seed: u8| uuid_v4(&mut SeededEntropy::new([seed; 32]));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn uuids_carry_version_and_variant() {
        let mut e = SeededEntropy::new([9; 32]);
        for _ in 0..64 {
            let id = uuid_v4(&mut e);
            assert_eq!(id.len(), 36);
            assert_eq!(&id[14..15], "4", "{id}");
            assert!("89ab".contains(&id[19..20]), "{id}");
        }
    }
}
