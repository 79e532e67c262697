//! The frame of an operation on one named key: everything of `Op` that these have in common. What
//! an operation refuses before it looks for the key, brings as condition keys, does and answers
//! stands at the operation.

/// Declares an operation on one key: its shapes, whether it reads, which names it takes, and the
/// three steps that differ; whether a success counts as a use of the key, and the request parameters
/// of its record if they are not those of the request.
macro_rules! key_operation {
    (
        $(#[$doc:meta])*
        $name:ident($input:ident) -> $output:ty, read_only: $read_only:literal, by: $forms:ident;
        $(first: $first:expr;)?
        facts: $facts:expr;
        $(perform: $perform:expr;)?
        $(perform_or_stop: $stopping:expr;)?
        response: $response:expr;
        $(uses_key: $uses:literal;)?
        $(shown: $shown:expr;)?
    ) => {
        $(#[$doc])*
        pub struct $name;

        impl crate::chain::Op for $name {
            type Input = claviger_model::kms::$input;
            type Output = $output;
            type Resolved = crate::kms::key_name::NamedKey;
            const SERVICE: &'static claviger_model::Service = claviger_model::KMS;
            const NAME: &'static str = stringify!($name);
            const READ_ONLY: bool = $read_only;

            fn resolve(
                request: &crate::chain::Request<Self>,
                turn: &crate::chain::Turn<'_>,
            ) -> Result<Self::Resolved, crate::chain::ServiceError> {
                $({
                    let first: fn(
                        &$crate::chain::Request<Self>,
                        &$crate::chain::Turn<'_>,
                    ) -> Result<(), $crate::chain::ServiceError> = $first;
                    first(request, turn)?;
                })?
                let name: &str =
                    crate::kms::parameters::required(&request.input.key_id, "keyId")?;
                crate::kms::key_name::find(
                    name,
                    crate::kms::key_name::Forms::$forms,
                    concat!("kms:", stringify!($name)),
                    &request.caller,
                    &request.meta,
                    turn,
                )
            }

            fn demands(
                request: &crate::chain::Request<Self>,
                named: &Self::Resolved,
                turn: &crate::chain::Turn<'_>,
            ) -> Result<Vec<crate::chain::Demand>, crate::chain::ServiceError> {
                let facts: fn(
                    &crate::chain::Request<Self>,
                    &Self::Resolved,
                    &crate::chain::Turn<'_>,
                ) -> Result<crate::chain::Facts, crate::chain::ServiceError> = $facts;
                let target = crate::chain::Target::Key(named.key.clone());
                Ok(vec![
                    crate::chain::Demand::new(concat!("kms:", stringify!($name)), target)
                        .with_facts(facts(request, named, turn)?)
                        .by_alias(named.alias.as_ref()),
                ])
            }

            fn perform(
                authorized: &crate::chain::Authorized<Self>,
                turn: &mut crate::chain::Turn<'_>,
            ) -> Result<Self::Output, crate::chain::Interrupt> {
                let key = &authorized.resolved().key;
                $({
                    let step: fn(
                        &crate::chain::Authorized<Self>,
                        &crate::state::Key,
                        &mut crate::chain::Turn<'_>,
                    ) -> Result<Self::Output, crate::chain::ServiceError> = $perform;
                    Ok(step(authorized, key, turn)?)
                })?
                $({
                    let step: fn(
                        &crate::chain::Authorized<Self>,
                        &crate::state::Key,
                        &mut crate::chain::Turn<'_>,
                    ) -> Result<Self::Output, crate::chain::Interrupt> = $stopping;
                    step(authorized, key, turn)
                })?
            }

            $(
                fn uses(
                    authorized: &crate::chain::Authorized<Self>,
                ) -> Vec<crate::state::KeyPlace> {
                    let used: bool = $uses;
                    used.then(|| authorized.resolved().key.place()).into_iter().collect()
                }
            )?

            fn record(
                request: &crate::chain::Request<Self>,
                named: Option<&Self::Resolved>,
                output: Option<&Self::Output>,
            ) -> crate::chain::RecordParts {
                let response: fn(
                    &crate::state::Key,
                    &Self::Output,
                ) -> Option<claviger_trail::Json> = $response;
                let shown: fn(
                    &crate::chain::Request<Self>,
                ) -> Option<claviger_trail::Json> =
                    crate::kms::operation::first_of!($($shown,)? crate::kms::parameters::shown);
                let key = named.map(|n| n.key.as_ref());
                crate::chain::RecordParts {
                    response: key.zip(output).and_then(|(k, o)| response(k, o)),
                    ..crate::kms::parameters::record_on_key(shown(request), key)
                }
            }
        }
    };
}
pub(super) use key_operation;

/// The first of one or two expressions: what an operation gives, else the usual.
macro_rules! first_of {
    ($given:expr, $usual:expr) => {
        $given
    };
    ($usual:expr) => {
        $usual
    };
}
pub(super) use first_of;

use crate::chain::{Facts, Object, Request, ServiceError, Turn};
use crate::kms::key_name::NamedKey;
use crate::state::Key;
use claviger_trail::Json;

/// No condition keys but those of every operation on a key.
pub(super) fn no_facts<O: crate::chain::Op>(
    _: &Request<O>,
    _: &NamedKey,
    _: &Turn<'_>,
) -> Result<Facts, ServiceError> {
    Ok(Facts::default())
}

/// Reads answer nothing in their record.
pub(super) fn no_response<T>(_: &Key, _: &T) -> Option<Json> {
    None
}

/// The response elements of most changes: the key's ARN as `keyId`.
pub(super) fn key_arn_response<T>(key: &Key, _: &T) -> Option<Json> {
    Object::new().member("keyId", key.arn.as_str()).finish()
}
