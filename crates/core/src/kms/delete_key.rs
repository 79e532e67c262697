//! Really deletes a key at the end of its waiting period: nothing that could decrypt under it
//! stays. Source: KMS Developer Guide, "Deleting AWS KMS keys".

use super::related;
use crate::chain::Turn;
use crate::state::{Alias, Grant, Key, Material, Stored};

/// Deletes a key with its materials, the aliases that point at it and its grants, and sees to it
/// that their bytes leave the disk. Related keys of other Regions stay.
pub(crate) fn delete(turn: &mut Turn<'_>, key: &Key) {
    let place = key.place();
    let aliases: Vec<_> = turn
        .view()
        .aliases_of(&place)
        .map(|name| (place.account, place.region.clone(), name.clone()))
        .collect();
    for alias in aliases {
        turn.delete::<Alias>(alias);
    }
    let grants: Vec<_> = turn.view().grants_of(&place).map(|g| g.id()).collect();
    for grant in grants {
        turn.delete::<Grant>(grant);
    }
    let materials: Vec<_> = turn.view().materials_of(&place).map(|m| m.id()).collect();
    for material in materials {
        turn.delete::<Material>(material);
    }
    turn.delete::<Key>(place);
    related::forget_replica(key, turn);
    turn.purge();
}
