//! What the records of Organizations show: parameters and response elements by the model's schema,
//! names and addresses of accounts as `****`. Source: AWS Organizations User Guide, "Logging AWS
//! Organizations API calls with AWS CloudTrail".

use crate::chain::{Op, RecordParts, Request};
use claviger_model::Structure;
use claviger_trail::{Json, redact};
use serde::Serialize;

/// The record of an operation: its parameters, and its reply if it changes something.
pub(super) fn parts<O: Op>(request: &Request<O>, output: Option<&O::Output>) -> RecordParts {
    let operation = O::SERVICE.operation(O::NAME);
    let response = || shown(operation?.output?, output?);
    RecordParts {
        parameters: operation
            .and_then(|known| known.input)
            .and_then(|structure| shown(structure, &request.input)),
        response: if O::READ_ONLY { None } else { response() },
        ..RecordParts::default()
    }
}

fn shown(structure: &Structure, value: &impl Serialize) -> Option<Json> {
    let document = serde_json::to_value(value).ok()?;
    let json = redact::parameters(structure, &document)?;
    Json::from_text(json.as_str().replace(redact::HIDDEN, "****")).ok()
}
