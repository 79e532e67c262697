//! What the records of IAM and STS show: parameters and response elements by the model's schema.
//! Source: IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail". Operations
//! whose replies hold secrets write their response elements themselves.

use crate::chain::{Op, RecordParts, Request};
use claviger_trail::redact;

/// The record of an operation: its parameters, and its reply if it changes something.
pub(crate) fn parts<O: Op>(request: &Request<O>, output: Option<&O::Output>) -> RecordParts {
    let operation = O::SERVICE.operation(O::NAME);
    let response = || {
        let structure = operation?.output?;
        let document = serde_json::to_value(output?).ok()?;
        redact::elements(structure, &document, redact::Sensitive::Omit)
    };
    RecordParts {
        response: if O::READ_ONLY { None } else { response() },
        ..parameters(request)
    }
}

/// The parameters alone.
pub(crate) fn parameters<O: Op>(request: &Request<O>) -> RecordParts {
    let parameters = || {
        let structure = O::SERVICE.operation(O::NAME)?.input?;
        let document = serde_json::to_value(&request.input).ok()?;
        redact::parameters(structure, &document)
    };
    RecordParts {
        parameters: parameters(),
        ..RecordParts::default()
    }
}
