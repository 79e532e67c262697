//! Tasks of the repository itself: generating the service shapes and checking the tidiness of the
//! workspace. Nothing of it is part of the product.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod botocore;
pub mod generate;
mod names;
mod schema_source;
mod shape_source;
pub mod tidy;

use std::path::Path;

/// The repository's root: the folder above this package.
#[must_use]
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}
