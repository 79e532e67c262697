//! SQLite's errors in the store's words.

use crate::StoreError;
use rusqlite::{Error, ErrorCode};

/// Whether the file itself is at fault.
pub(super) fn is_damage(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    ) || matches!(
        error,
        Error::InvalidColumnType(..)
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
    )
}

/// An error of reading, or of writing before the commit itself.
#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
pub(super) fn store_error(error: Error) -> StoreError {
    let what = error.to_string();
    if is_damage(&error) {
        return StoreError::Damaged { what };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { what },
        _ => StoreError::Unavailable { what },
    }
}
