//! `claviger services`: what is served, operation by operation. What is not listed is answered as
//! AWS answers an operation it does not know.

use crate::exit::{Done, Failure};
use crate::output::{Format, print_json, print_table, table};
use claviger_core::dispatch::SERVED;
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    service: &'static str,
    operation: &'static str,
    api_version: &'static str,
}

pub(crate) fn run(format: Format) -> Result<Done, Failure> {
    let mut operations: Vec<Operation> = SERVED
        .iter()
        .copied()
        .flatten()
        .map(|row| Operation {
            service: row.service.id,
            operation: row.name,
            api_version: row.service.api_version,
        })
        .collect();
    operations.sort_by_key(|o| (o.service, o.operation));
    match format {
        Format::Json => print_json(&operations)?,
        Format::Table => {
            let mut rows = table(&["SERVICE", "OPERATION", "API VERSION"]);
            for o in &operations {
                rows.add_row([o.service, o.operation, o.api_version]);
            }
            print_table(&rows)?;
        }
    }
    Ok(Done::Clean)
}
