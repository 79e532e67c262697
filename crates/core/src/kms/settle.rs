//! The end of a change that takes a while between Regions: the key shows the state it has.

use crate::chain::Turn;
use crate::state::Key;

/// Ends what a key is settling from.
pub(crate) fn settle(turn: &mut Turn<'_>, key: &Key) {
    turn.put(Key {
        settling: None,
        ..key.clone()
    });
}
