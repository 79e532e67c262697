//! AWS STS over the state: who is calling, and sessions of roles. Source: the STS service model
//! (2011-06-15), API reference and IAM User Guide.

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[];
