//! Who is calling: from a signature that was read (`Signed`) to a caller that is proven
//! (`Caller`). Only [`authenticate`] makes a caller from outside; a service of ours makes its own
//! calls and forward access sessions from a caller it already has.

mod access_key_id;
mod authenticate;
mod identity;
mod session;

pub(crate) use access_key_id::{account_of_access_key_id, new_temporary_access_key_id};
pub use authenticate::{AuthenticationError, Signed, authenticate};
pub use identity::{Caller, Identity, ServicePrincipal};
pub use session::{
    FederatedSession, Session, SessionError, Temporary, UserSession, issue_session_token,
};
