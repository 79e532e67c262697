//! The proof that a reply may leave: its changes and records are durable.

/// A value whose changes and records are durable, with the store's revision that holds them. Only
/// the commit loop makes one, from what the store returned, and only with one can a reply be
/// encoded for the wire.
///
/// ```compile_fail
/// use claviger_server::commit::Recorded;
/// // The fields are private and there is no constructor: a reply without a durable record does
/// // not compile.
/// let reply = Recorded { value: "plaintext", revision: 1 };
/// ```
///
/// ```compile_fail
/// use claviger_server::commit::Recorded;
/// let reply = Recorded::at(1, "plaintext"); // the loop's own, not reachable from elsewhere
/// ```
#[derive(Debug)]
pub struct Recorded<T> {
    value: T,
    revision: u64,
}

impl<T> Recorded<T> {
    /// `revision` is what the store gave for the batch that holds the records of `value`.
    pub(super) fn at(revision: u64, value: T) -> Self {
        Self { value, revision }
    }

    /// The revision of the store that holds the records.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The value, to be sent.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }
}
