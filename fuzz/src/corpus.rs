//! What the inputs are made of: the policies in `testdata`, those inside its cases, and the examples
//! of the lint's catalogue.

use claviger_policy::lint::{Rule, catalogue};
use serde_json::Value;
use std::path::Path;

/// Every policy that can be found; at least the catalogue's.
pub(crate) fn read(testdata: &Path) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    for folder in ["key-policies", "policy-cases"] {
        let Ok(entries) = std::fs::read_dir(testdata.join(folder)) else {
            continue;
        };
        let mut files: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        // The order of a folder is no part of the seed.
        files.sort();
        for file in files
            .iter()
            .filter(|f| f.extension().is_some_and(|e| e == "json"))
        {
            if let Some(value) = std::fs::read_to_string(file)
                .ok()
                .and_then(|text| serde_json::from_str::<Value>(&text).ok())
            {
                policies(&value, &mut found);
            }
        }
    }
    for rule in catalogue() {
        found.push(Rule::document(rule.bad).into_bytes());
        found.push(Rule::document(rule.good).into_bytes());
    }
    found.sort();
    found.dedup();
    found
}

/// The objects with a `Statement`, however deep.
fn policies(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Object(members) if members.contains_key("Statement") => {
            found.push(value.to_string().into_bytes());
        }
        Value::Object(members) => members.values().for_each(|v| policies(v, found)),
        Value::Array(items) => items.iter().for_each(|v| policies(v, found)),
        Value::String(text) if text.contains("Statement") => {
            found.push(text.clone().into_bytes());
        }
        _ => {}
    }
}
