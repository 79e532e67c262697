//! Values that must not be printed and are wiped when they go.

use std::fmt;
use zeroize::Zeroize;

/// A secret: no `Clone`, no `Serialize`, prints nothing, and its memory is overwritten on drop.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes a value into keeping.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Shows the value. The name is long so that each place that does it is seen in review.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value, to be filled in place.
    pub fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
