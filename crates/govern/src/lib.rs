//! The governance plane: it sets up and proves customer managed keys through the official AWS SDK
//! alone, so that it works the same on AWS and on any endpoint that speaks AWS's APIs. It knows
//! nothing of the inside of a service, and it prints nothing.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod connection;
pub mod identity_center;

pub use aws_config::SdkConfig;
pub use connection::{Endpoint, LoopbackEndpoint, NoAuthority};
