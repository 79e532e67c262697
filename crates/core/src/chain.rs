//! The chain that every request goes through: `Request<Op>` → `Authorized<Op>` → `Outcome`. Each
//! step is one function, and the next step needs the value that only that function makes. What
//! comes before (signatures, wire protocols) and after (the commit) is the server's.

mod authorize;
mod considered;
mod error;
mod exported_case;
mod facts;
mod grants_in_play;
mod key_store;
mod object;
mod op;
mod outcome;
mod own_policies;
mod record;
mod rsa_key;
mod serve;
mod trail_question;
mod turn;

pub use authorize::{Authorized, Demand, Target, authorize};
pub(crate) use authorize::{
    delegation_policy_allows, key_policy_allows, refuse_unknown, service_control_levels,
};
pub use considered::{Considered, Explained, NotExplained};
pub use error::ServiceError;
pub use facts::{Fact, Facts};
pub use key_store::{
    KeyStoreAnswer, KeyStoreCall, KeyStoreFailure, KeyStoreRequest, Pending, Resume,
};
pub use object::Object;
pub use op::{Elsewhere, Op, RecordParts, Request, RequestMeta};
pub use outcome::{Decision, Interrupt, Outcome, Reply};
pub use rsa_key::{MadeKey, resume_with_key};
pub use serve::{Arrival, Served, decide, resume};
pub use trail_question::{
    EventAttribute, EventSearch, ObjectSearch, TrailAnswer, TrailDelivery, TrailEntry, TrailEvent,
    TrailObject, TrailPublicKey, TrailQuestion, resume_with_trail,
};
pub use turn::{Conditions, Turn};
