//! What tests need and production must not have: an installation in memory, key stores that answer
//! on command, a store that fails on command. A development dependency only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod faulty_store;
pub mod installation;
pub mod rsa_keys;
pub mod trail;
pub mod wrapping;
