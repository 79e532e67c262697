//! The state as it is read from a store at start: rows are decoded apart from being put in, so that
//! the two can go on beside each other, and key policies of the same text are held once.

use super::change::{Entity, decode_row};
use super::{DecodeError, PolicyText, Snapshot};
use std::collections::HashSet;
use std::sync::Arc;

/// Decodes the rows of one store.
#[derive(Default)]
pub struct RowDecoder {
    /// Most keys have the default policy of their account: text and compiled form are shared.
    policies: HashSet<Arc<PolicyText>>,
}

/// A decoded row.
#[derive(Debug)]
pub struct DecodedRow {
    entity: Entity,
    version: u64,
}

impl RowDecoder {
    /// Decodes one row.
    ///
    /// # Errors
    /// When the row is damaged, stands in the wrong place or is of an unknown kind.
    pub fn decode(
        &mut self,
        collection: &str,
        row: &str,
        version: u64,
        value: &[u8],
    ) -> Result<DecodedRow, DecodeError> {
        let mut entity = decode_row(collection, row, value)?;
        if let Entity::Key(_, Some(key)) = &mut entity
            && let Some(key) = Arc::get_mut(key)
        {
            match self.policies.get(&key.policy) {
                Some(known) => key.policy = Arc::clone(known),
                None => {
                    self.policies.insert(Arc::clone(&key.policy));
                }
            }
        }
        Ok(DecodedRow { entity, version })
    }
}

impl Snapshot {
    /// Puts a row in, at start. Each row comes once.
    pub fn load(&mut self, row: DecodedRow) {
        row.entity.load(row.version, self);
    }

    /// Puts a row in the place of the one that is there.
    pub fn replace(&mut self, row: &DecodedRow) {
        row.entity.apply(row.version, self);
    }
}
