//! The seam to external key stores: one call, one answer. Which stores there are and how they are
//! reached is configuration; a service without any answers every question with a failure.

use claviger_core::chain::{KeyStoreAnswer, KeyStoreCall, KeyStoreFailure};
use std::future::Future;
use std::pin::Pin;

/// The answer of a key store, once it comes.
pub type Answer<'a> = Pin<Box<dyn Future<Output = KeyStoreAnswer> + Send + 'a>>;

/// Reaches key stores. A call is made once for each question of a request; the implementation sets
/// its own deadline and answers [`KeyStoreAnswer::Failed`] when it passes.
pub trait KeyStores: Send + Sync {
    /// Asks the key store that the call names.
    fn ask<'a>(&'a self, call: &'a KeyStoreCall) -> Answer<'a>;
}

/// No key store is configured.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeyStores;

impl KeyStores for NoKeyStores {
    fn ask<'a>(&'a self, call: &'a KeyStoreCall) -> Answer<'a> {
        let text = format!("The key store {} is not configured.", call.key_store_id);
        Box::pin(std::future::ready(KeyStoreAnswer::Failed(KeyStoreFailure(
            text,
        ))))
    }
}
