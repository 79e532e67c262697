//! Where RSA keys are made: outside decisions, on threads that no request waits for but those that
//! asked. Nothing is kept in store.

use crate::edges::OsEntropy;
use claviger_core::chain::MadeKey;
use claviger_crypto::{KeyMaterial, KeySpec, MaterialError};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Makes RSA keys, a few at once.
#[derive(Clone)]
pub(super) struct KeyMaker {
    room: Arc<Semaphore>,
}

impl KeyMaker {
    /// One that takes up to half the cores, so that whoever asks for many keys does not take the
    /// machine from everybody else.
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            room: Arc::new(Semaphore::new((cores / 2).max(1))),
        }
    }

    /// A new key, when there is room for its making.
    pub(super) async fn make(&self, spec: KeySpec) -> MadeKey {
        // Nobody closes the semaphore.
        let _room = self.room.acquire().await;
        let making =
            tokio::task::spawn_blocking(move || KeyMaterial::generate(spec, &mut OsEntropy));
        match making.await {
            Ok(made) => made.map(Arc::new),
            Err(error) => {
                tracing::error!(%error, "the making of a key did not end");
                Err(MaterialError::Failed(spec))
            }
        }
    }
}
