//! The ciphertext of a key in an external key store: the key's id in clear, then whatever the
//! store answered. Format: the byte `0xE5`, the length of the key id (one byte), the key id as
//! text, the store's bytes. The id is a hint: inside the store's bytes is an ordinary ciphertext
//! whose authenticated header names the key again.

use claviger_types::KeyId;

const MARK: u8 = 0xE5;

/// Puts the header before what the store answered.
pub(super) fn wrap(key_id: &KeyId, wrapped: &[u8]) -> Vec<u8> {
    let id = key_id.as_str().as_bytes();
    let mut blob = Vec::with_capacity(2 + id.len() + wrapped.len());
    blob.push(MARK);
    // A key id has 36 characters.
    blob.push(u8::try_from(id.len()).unwrap_or(u8::MAX));
    blob.extend_from_slice(id);
    blob.extend_from_slice(wrapped);
    blob
}

/// Takes the header off; `None` for bytes of another form.
pub(super) fn unwrap(blob: &[u8]) -> Option<(KeyId, &[u8])> {
    let (&mark, rest) = blob.split_first()?;
    if mark != MARK {
        return None;
    }
    let (&length, rest) = rest.split_first()?;
    let (id, wrapped) = rest.split_at_checked(usize::from(length))?;
    let id = std::str::from_utf8(id).ok()?.parse().ok()?;
    Some((id, wrapped))
}
