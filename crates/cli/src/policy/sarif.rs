//! Findings as SARIF 2.1.0, which code scanning reads. Source: OASIS, "Static Analysis Results
//! Interchange Format (SARIF) Version 2.1.0".

use super::input;
use super::lint::Looked;
use claviger_policy::lint::{Finding, Level, Rule, catalogue};
use serde_json::{Value, json};

pub(super) fn log(looked: &[Looked]) -> Value {
    let rules: Vec<&Rule> = catalogue().collect();
    let results: Vec<Value> = looked
        .iter()
        .flat_map(|file| {
            file.findings
                .iter()
                .map(|finding| result(file, finding, &rules))
        })
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "claviger",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|r| rule(r)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

const fn level(level: Level) -> &'static str {
    // The words are SARIF's own (section 3.27.10).
    level.as_str()
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": format!("{} Source: {}.", rule.explanation, rule.source)},
        "defaultConfiguration": {"level": level(rule.level)},
    })
}

fn result(file: &Looked, finding: &Finding, rules: &[&Rule]) -> Value {
    let index = rules.iter().position(|r| r.id == finding.rule.id);
    let artifact = json!({"uri": uri(&file.name)});
    let mut result = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": level(finding.rule.level),
        "message": {"text": finding.message},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": artifact,
                "region": region(&file.text, finding.span.start, finding.span.end),
            },
            "logicalLocations": finding.sid.iter().map(|sid| json!({"name": sid})).collect::<Vec<_>>(),
        }],
    });
    // Programs apply what stands here without asking.
    let fix = finding.fix.as_ref().filter(|fix| !fix.widens);
    if let (Some(fix), Some(members)) = (fix, result.as_object_mut()) {
        let replacements: Vec<Value> = fix
            .edits
            .iter()
            .map(|edit| {
                json!({
                    "deletedRegion": region(&file.text, edit.span.start, edit.span.end),
                    "insertedContent": {"text": edit.text},
                })
            })
            .collect();
        members.insert(
            "fixes".to_owned(),
            json!([{
                "description": {"text": fix.title},
                "artifactChanges": [{
                    "artifactLocation": {"uri": uri(&file.name)},
                    "replacements": replacements,
                }],
            }]),
        );
    }
    result
}

/// Lines and columns from 1; the end is the column behind the last character.
fn region(text: &str, start: usize, end: usize) -> Value {
    let (start_line, start_column) = place(text, start);
    let (end_line, end_column) = place(text, end.max(start));
    json!({
        "startLine": start_line,
        "startColumn": start_column,
        "endLine": end_line,
        "endColumn": end_column,
    })
}

fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

/// A path as a relative or absolute URI reference (RFC 3986).
fn uri(name: &str) -> String {
    if name == input::STANDARD_INPUT {
        return "standard-input".to_owned();
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    let mut uri = if name.starts_with('/') {
        "file://".to_owned()
    } else {
        String::new()
    };
    for byte in name.bytes() {
        if plain(byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        for (name, expect) in [
            ("policies/key.json", "policies/key.json"),
            ("/etc/key policy.json", "file:///etc/key%20policy.json"),
            ("<standard input>", "standard-input"),
            ("schlüssel.json", "schl%C3%BCssel.json"),
        ] {
            assert_eq!(uri(name), expect);
        }
    }

    #[test]
    fn regions_are_counted_in_characters() {
        let text = "a\nüb\n";
        assert_eq!(
            region(text, 2, 5),
            json!({"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 3})
        );
    }
}
