//! What records of the identity store show: names of stores and users, no attribute.

use crate::chain::{Op, RecordParts};
use claviger_trail::redact::{self, Sensitive};
use serde::Serialize;

/// The parts of a record; a reply is shown only where it names what was written.
pub(super) fn parts<O: Op>(input: &impl Serialize, output: Option<&impl Serialize>) -> RecordParts {
    let operation = O::SERVICE.operation(O::NAME);
    let parameters = operation.and_then(|operation| {
        redact::parameters(operation.input?, &serde_json::to_value(input).ok()?)
    });
    let response = operation.and_then(|operation| {
        let document = serde_json::to_value(output?).ok()?;
        redact::elements(operation.output?, &document, Sensitive::Hide)
    });
    RecordParts {
        parameters,
        response,
        ..RecordParts::default()
    }
}

/// The same for an operation whose reply is not shown.
pub(super) fn request_only<O: Op>(input: &impl Serialize) -> RecordParts {
    parts::<O>(input, None::<&()>)
}
