//! The CloudTrail record: its types and their JSON, what of a request may stand in it, the hash
//! chain that records hang in, the log and digest files of an archive, and the filters of a query. No async, no AWS SDK, no store: it
//! turns values into bytes and bytes into views.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod archive;
pub mod chain;
pub mod filter;
mod json;
mod record;
pub mod redact;
pub mod verification;
mod view;

pub use chain::{Chain, ChainBreak, ChainReport, Link, Verifier};
pub use filter::{AddressFilter, ErrorFilter, Filter, NoAddress};
pub use json::{Json, JsonError};
pub use record::{
    EventType, External, Principal, Record, Resource, SessionContext, SessionIssuer, TlsDetails,
    UserIdentity,
};
pub use redact::Sensitive;
pub use view::{IdentityView, RecordView, ResourceView, ViewError};
