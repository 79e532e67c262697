//! New ids of an organisation and what is in it. Source: Organizations API Reference, the patterns
//! of `OrganizationId`, `RootId`, `OrganizationalUnitId`, `PolicyId`, `CreateAccountRequestId`,
//! `ResourcePolicyId`.

use crate::chain::{ServiceError, Turn};
use crate::state::Account;
use claviger_model::ORGANIZATIONS;
use claviger_types::{AccountId, Entropy};

/// A prefix and as many lower-case letters and digits.
pub(crate) fn new_id(prefix: &str, symbols: usize, entropy: &mut dyn Entropy) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut random = vec![0_u8; symbols];
    entropy.fill(&mut random);
    let symbols = random.iter().map(|byte| {
        let at = usize::from(byte % 32);
        ALPHABET.get(at).map_or('a', |symbol| char::from(*symbol))
    });
    prefix.chars().chain(symbols).collect()
}

/// An account id that no account here has.
pub(super) fn new_account_id(turn: &mut Turn<'_>) -> Result<AccountId, ServiceError> {
    loop {
        let mut random = [0_u8; 8];
        turn.entropy().fill(&mut random);
        // Twelve digits, the first of them not zero.
        let number = 100_000_000_000 + u64::from_le_bytes(random) % 900_000_000_000;
        let id: AccountId = number
            .to_string()
            .parse()
            .map_err(|_| ServiceError::internal(ORGANIZATIONS, "a new account id is not valid"))?;
        if turn.view().get::<Account>(&id).is_none() {
            return Ok(id);
        }
    }
}
