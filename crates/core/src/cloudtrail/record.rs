//! What records of CloudTrail's own operations show: their parameters. None of the operations served
//! changes anything, so no reply is shown.

use crate::chain::{Op, RecordParts};
use claviger_trail::redact;
use serde::Serialize;

pub(super) fn parts<O: Op>(input: &impl Serialize) -> RecordParts {
    let operation = O::SERVICE.operation(O::NAME);
    let parameters = operation.and_then(|operation| {
        redact::parameters(operation.input?, &serde_json::to_value(input).ok()?)
    });
    RecordParts {
        parameters,
        ..RecordParts::default()
    }
}
