//! The service around the core: it opens a node's directory, owns the commit loop, listens,
//! proves signatures, speaks the wire protocols. It takes no decision about a request.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod commit;
mod edges;
pub mod key_stores;
mod node;
pub mod sigv4;
pub mod wire;

pub use edges::{OsEntropy, SystemClock, runtime};
pub use node::{
    LoadError, Node, NodeState, OpenError, OpenOptions, SEAL_FILE, STORE_FILE, Surroundings,
    store_path,
};
