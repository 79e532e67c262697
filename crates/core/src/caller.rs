//! Who is calling: from a signature that was read (`Signed`) to a caller that is proven
//! (`Caller`). Only [`authenticate`] makes a caller from outside; a service of ours makes its own
//! calls and forward access sessions from a caller it already has.

mod authenticate;
mod identity;
mod session;

pub use authenticate::{AuthenticationError, Signed, authenticate};
pub use identity::{Caller, Identity, ServicePrincipal};
pub use session::{Session, SessionError, issue_session_token};
