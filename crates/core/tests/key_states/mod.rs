//! What the test of key states is made of: AWS's table as data, keys in every state, and a request
//! for every operation.
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

mod keys;
mod requests;
mod table;

pub(crate) use keys::Fixture;
pub(crate) use requests::{Kind, requests};
pub(crate) use table::{Cell, Row, STATES, table};
