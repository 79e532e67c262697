//! The policy language of AWS and the decision over all layers of policies: parse with places,
//! compile, decide. Rules carry the ids of `docs/reference/rules.md` (`POL-E1` … `POL-G6`) at the
//! code and at their cases. It does no I/O, reads no clock, and knows no service's state: whoever
//! asks brings the request, its condition keys and every policy that applies.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod case;
mod compiled;
mod decide;
mod document;
pub mod explain;
pub mod format;
pub mod generate;
pub mod lint;
mod matching;
mod request;
mod switches;

pub use compiled::{NoIds, Policy, Resolve};
pub use decide::{
    Decision, Effect, Layer, Level, Stack, StatementRef, decide, grant_fits, works_across_accounts,
};
pub use document::{
    Document, Kind, ParseError, ParseErrors, Place, PrincipalName, PrincipalType, Span, Topic,
    parse, parse_tolerant,
};
pub use explain::{Explanation, explain};
pub use request::{
    ChildGrant, Constraints, Context, ContextKey, Grant, GrantOperation, GrantOperations,
    GrantPrincipal, Principal, Request, ResourceRules, Value, takes_context,
};
pub use switches::{
    AnyValueIfExists, ConstraintNames, EmptyText, GrantLimits, NonArnUnderNegation, NotPrincipal,
    ResourceWildcards, Switches, VariablesInBool, WildcardPrincipal,
};
