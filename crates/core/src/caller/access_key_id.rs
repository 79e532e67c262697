//! Ids of temporary access keys. They carry the account, so that it can be told without a row for
//! each session. AWS's ids do so too, in a form that AWS does not publish and that others read off
//! them; this is that form.

use claviger_types::{AccountId, Entropy, UniqueId};

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Base32 digits of five bits each: 80 bits after the prefix.
const DIGITS: u32 = 16;
/// The account's place: below the highest bit, 40 bits, over 39 random ones.
const BELOW_ACCOUNT: u32 = 39;
const ACCOUNT_BITS: u128 = (1 << 40) - 1;

/// A new id `ASIA…` of an account.
///
/// # Errors
/// None that any account brings about: the text is an id.
pub(crate) fn new_temporary_access_key_id(
    account: AccountId,
    entropy: &mut dyn Entropy,
) -> Result<UniqueId, claviger_types::InvalidName> {
    let mut random = [0_u8; 16];
    entropy.fill(&mut random);
    let below = u128::from_be_bytes(random) & ((1 << BELOW_ACCOUNT) - 1);
    let number = account
        .as_str()
        .bytes()
        .fold(0_u128, |n, digit| n * 10 + u128::from(digit - b'0'));
    let value = (1 << (DIGITS * 5 - 1)) | (number << BELOW_ACCOUNT) | below;
    let digit = |at: u32| {
        let index = (value >> (5 * (DIGITS - 1 - at))) & 31;
        let index = usize::try_from(index).unwrap_or_default();
        char::from(ALPHABET.get(index).copied().unwrap_or(b'A'))
    };
    let mut id = String::from("ASIA");
    id.extend((0..DIGITS).map(digit));
    id.parse()
}

/// The account that an id of [`new_temporary_access_key_id`] was made for.
pub(crate) fn account_of_access_key_id(id: &str) -> Option<AccountId> {
    let digits = id.strip_prefix("ASIA")?;
    if digits.len() != DIGITS as usize {
        return None;
    }
    let mut value = 0_u128;
    for byte in digits.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == byte)?;
        value = (value << 5) | digit as u128;
    }
    let number = (value >> BELOW_ACCOUNT) & ACCOUNT_BITS;
    format!("{number:012}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_types::SeededEntropy;

    #[test]
    fn an_id_tells_its_account() {
        let mut entropy = SeededEntropy::new([3; 32]);
        for account in ["000000000000", "111122223333", "999999999999"] {
            let account: AccountId = account.parse().unwrap();
            let id = new_temporary_access_key_id(account, &mut entropy).unwrap();
            assert_eq!(account_of_access_key_id(id.as_str()), Some(account));
        }
    }

    #[test]
    fn other_texts_tell_none() {
        for id in [
            "AKIAEXAMPLEEXAMPLE01",
            "ASIAEXAMPLE",
            "ASIAEXAMPLEEXAMPLE01",
            "ASIA7777777777777777",
        ] {
            assert_eq!(account_of_access_key_id(id), None, "{id}");
        }
    }
}
