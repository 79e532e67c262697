//! The seam to the making of RSA keys. It takes up to seconds and draws from the library's own
//! randomness, so it has no place in a decision: where an operation needs a new RSA key it stops and
//! says so. The server makes one, and the request is decided afresh with it, on the then current
//! snapshot. A decision that is outrun keeps the key it has been given, so that it is paid for once.

use super::outcome::Interrupt;
use super::serve::pass;
use super::turn::Turn;
use super::{Conditions, Decision, Resume, ServiceError};
use claviger_crypto::{KeyMaterial, KeySpec, MaterialError};
use claviger_model::KMS;
use std::sync::Arc;

/// What became of the making of a key.
pub type MadeKey = Result<Arc<KeyMaterial>, MaterialError>;

/// Decides a request that waits for an RSA key, on the then current snapshot: everything is
/// authorised again.
#[must_use]
pub fn resume_with_key(conditions: Conditions<'_>, resume: Resume, made: MadeKey) -> Decision {
    let mut pending = *resume.0;
    pending.made_keys.push(made);
    pass(conditions, pending)
}

impl Turn<'_> {
    /// A new RSA key, or the wish for one as the reason to stop. Each key is given out once in a
    /// turn.
    ///
    /// # Errors
    /// [`Interrupt::NeedsKey`] when none was made yet; a fault if none could be made.
    pub(crate) fn rsa_key(&mut self, spec: KeySpec) -> Result<Arc<KeyMaterial>, Interrupt> {
        match self.next_made_key() {
            Some(Ok(key)) if key.spec() == spec => Ok(Arc::clone(key)),
            Some(Err(why)) => Err(ServiceError::internal(KMS, why.to_string()).into()),
            _ => Err(Interrupt::NeedsKey(spec)),
        }
    }
}
