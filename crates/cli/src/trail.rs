//! `claviger trail`: lists audit records and verifies them. It only reads, so it works beside a
//! running service and without one.

mod archive;
mod query;
mod verify;

pub(crate) use archive::Location;
pub(crate) use query::query;
pub(crate) use verify::verify;
