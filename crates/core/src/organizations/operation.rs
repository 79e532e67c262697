//! The frame of an operation of Organizations: everything of `Op` that all of them have in common.
//! What an operation demands and does stands at the operation.

use super::error;
use super::membership::{Audience, Membership};
use crate::chain::{Authorized, Demand, Op, ServiceError, Turn};
use serde::{Deserialize, Serialize};

/// The input of operations that have none.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Nothing {}

/// Declares an operation: its shapes, whether it reads or writes, who may call it, and the two
/// steps that differ.
macro_rules! operation {
    (
        $(#[$doc:meta])*
        $name:ident($input:ty) -> $output:ty, $access:ident, by $audience:ident;
        demands: $demands:expr;
        perform: $perform:expr;
    ) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl $name {
            fn demanded(
                input: &$input,
                membership: &$crate::organizations::membership::Membership,
                view: &$crate::state::Snapshot,
            ) -> Vec<$crate::chain::Demand> {
                let step: fn(
                    &'static str,
                    &$input,
                    &$crate::organizations::membership::Membership,
                    &$crate::state::Snapshot,
                ) -> Vec<$crate::chain::Demand> = $demands;
                step(concat!("organizations:", stringify!($name)), input, membership, view)
            }
        }

        impl $crate::chain::Op for $name {
            type Input = $input;
            type Output = $output;
            type Resolved = Option<$crate::organizations::membership::Membership>;
            const SERVICE: &'static claviger_model::Service = claviger_model::ORGANIZATIONS;
            const NAME: &'static str = stringify!($name);
            const READ_ONLY: bool =
                $crate::organizations::operation::Access::$access.is_read();

            fn resolve(
                request: &$crate::chain::Request<Self>,
                turn: &$crate::chain::Turn<'_>,
            ) -> Result<Self::Resolved, $crate::chain::ServiceError> {
                Ok($crate::organizations::membership::Membership::of(
                    &request.caller,
                    turn.view(),
                ))
            }

            fn demands(
                request: &$crate::chain::Request<Self>,
                membership: &Self::Resolved,
                turn: &$crate::chain::Turn<'_>,
            ) -> Result<Vec<$crate::chain::Demand>, $crate::chain::ServiceError> {
                Ok(match membership {
                    Some(membership) => Self::demanded(&request.input, membership, turn.view()),
                    // Outside an organisation there is nothing to name.
                    None => vec![$crate::organizations::named::on_nothing(
                        concat!("organizations:", stringify!($name)),
                        $crate::chain::Facts::default(),
                    )],
                })
            }

            fn perform(
                authorized: &$crate::chain::Authorized<Self>,
                turn: &mut $crate::chain::Turn<'_>,
            ) -> Result<$output, $crate::chain::Interrupt> {
                let step: fn(
                    &$input,
                    &$crate::organizations::membership::Membership,
                    &mut $crate::chain::Turn<'_>,
                ) -> Result<$output, $crate::chain::ServiceError> = $perform;
                let membership = $crate::organizations::operation::admitted(
                    authorized,
                    $crate::organizations::membership::Audience::$audience,
                    Self::demanded,
                    turn,
                )?;
                Ok(step(authorized.input(), membership, turn)?)
            }

            fn record(
                request: &$crate::chain::Request<Self>,
                _: Option<&Self::Resolved>,
                output: Option<&$output>,
            ) -> $crate::chain::RecordParts {
                $crate::organizations::record::parts(request, output)
            }
        }
    };
}
pub(super) use operation;

/// The organisation of the caller's account, if that may call the operation. All decisions here
/// rest on the organisation as a whole, so that two that meet are made one after the other.
///
/// # Errors
/// `AWSOrganizationsNotInUseException`, `AccessDeniedException`.
pub(super) fn admitted<'a, O: Op<Resolved = Option<Membership>>>(
    authorized: &'a Authorized<O>,
    audience: Audience,
    demanded: fn(&O::Input, &Membership, &crate::state::Snapshot) -> Vec<Demand>,
    turn: &mut Turn<'_>,
) -> Result<&'a Membership, ServiceError> {
    let request = authorized.request();
    let membership = authorized.resolved().as_ref();
    let membership = membership.ok_or_else(error::not_in_use)?;
    let demands = demanded(&request.input, membership, turn.view());
    membership.admit(audience, &request.caller, demands, &request.meta, turn)?;
    Ok(membership)
}

/// Whether an operation changes anything: the `readOnly` flag of its records.
pub(super) enum Access {
    /// It reads.
    Read,
    /// It changes something.
    Write,
}

impl Access {
    pub(super) const fn is_read(&self) -> bool {
        matches!(self, Self::Read)
    }
}
