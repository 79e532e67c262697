//! The frame of an operation of IAM: everything of `Op` that all of them have in common. What an
//! operation resolves, demands and does stands at the operation.

use serde::{Deserialize, Serialize};

/// Declares an operation: its shapes, whether it reads or writes, what its names resolve to, and
/// the three steps that differ.
macro_rules! operation {
    (
        $(#[$doc:meta])*
        $name:ident($input:ty) -> $output:ty, $access:ident, on $resolved:ty;
        resolve: $resolve:expr;
        demands: $demands:expr;
        perform: $perform:expr;
    ) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl crate::chain::Op for $name {
            type Input = $input;
            type Output = $output;
            type Resolved = $resolved;
            const SERVICE: &'static claviger_model::Service = claviger_model::IAM;
            const NAME: &'static str = stringify!($name);
            const READ_ONLY: bool = $crate::iam::operation::Access::$access.is_read();

            fn resolve(
                request: &crate::chain::Request<Self>,
                turn: &crate::chain::Turn<'_>,
            ) -> Result<$resolved, crate::chain::ServiceError> {
                let step: fn(
                    &crate::chain::Request<Self>,
                    &crate::chain::Turn<'_>,
                ) -> Result<$resolved, crate::chain::ServiceError> = $resolve;
                step(request, turn)
            }

            fn demands(
                request: &crate::chain::Request<Self>,
                resolved: &$resolved,
                _: &crate::chain::Turn<'_>,
            ) -> Result<Vec<crate::chain::Demand>, crate::chain::ServiceError> {
                let step: fn(&$input, &$resolved) -> Vec<crate::chain::Demand> = $demands;
                Ok(step(&request.input, resolved))
            }

            fn perform(
                authorized: &crate::chain::Authorized<Self>,
                turn: &mut crate::chain::Turn<'_>,
            ) -> Result<$output, crate::chain::Interrupt> {
                let step: fn(
                    &$input,
                    &$resolved,
                    &mut crate::chain::Turn<'_>,
                ) -> Result<$output, crate::chain::ServiceError> = $perform;
                Ok(step(authorized.input(), authorized.resolved(), turn)?)
            }

            fn record(
                request: &crate::chain::Request<Self>,
                _: Option<&$resolved>,
                output: Option<&$output>,
            ) -> crate::chain::RecordParts {
                crate::iam::trail_parts::parts(request, output)
            }
        }
    };
}
pub(super) use operation;

/// The document of an operation that takes no parameters.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct NoParameters {}

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
