//! `claviger trail`: lists audit records and verifies their chain. It only reads, so it works
//! beside a running service and without one.

mod delivered;
mod query;
mod verify;

pub(crate) use query::query;
pub(crate) use verify::verify;
