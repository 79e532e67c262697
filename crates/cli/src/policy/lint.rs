//! `claviger policy lint`: findings in policies, told in the way that was asked for, and mended on
//! request. The rules are the policy crate's.

use super::arguments::{Lint, LintFormat, PolicyKind, Purpose};
use super::{input, junit, report, sarif};
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, print_table, remark, table};
use crate::paint::Paint;
use claviger_policy::Kind;
use claviger_policy::lint::{self, Finding, Level, Options};
use serde_json::{Value, json};
use std::path::Path;

/// A file that was looked at.
pub(super) struct Looked {
    /// Its name in reports.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) findings: Vec<Finding>,
}

pub(super) fn run(arguments: &Lint, format: Format) -> Result<Done, Failure> {
    if arguments.rules {
        return list_rules(format);
    }
    let mut looked = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        looked.push(look(path, arguments)?);
    }
    match (arguments.format, format) {
        (Some(LintFormat::Sarif), _) => print_json(&sarif::log(&looked))?,
        (Some(LintFormat::Junit), _) => print(&junit::findings(&looked))?,
        (None, Format::Json) => print_json(&findings(&looked))?,
        (None, Format::Table) => print(&report::text(&looked, Paint::of_output()))?,
    }
    let counts = looked
        .iter()
        .flat_map(|file| &file.findings)
        .any(|finding| finding.rule.level != Level::Note);
    Ok(if counts { Done::Findings } else { Done::Clean })
}

fn look(path: &Path, arguments: &Lint) -> Result<Looked, Failure> {
    let options = options(path, arguments);
    let name = input::name(path);
    if !arguments.fix {
        let text = input::policy(path)?;
        return Ok(Looked {
            findings: lint::lint(&text, &options),
            name,
            text,
        });
    }
    if input::is_standard_input(path) {
        return Err(Failure::wrong_use("--fix cannot write to standard input")
            .next("name a file, or leave out --fix"));
    }
    let text = input::text(path)?;
    let fixed = lint::fix(&text, &options);
    if !fixed.mended.is_empty() {
        input::write(path, &fixed.text)?;
        for finding in &fixed.mended {
            let done = finding.fix.as_ref().map_or("", |fix| &fix.title);
            remark(&format!("mended: {name}: {}: {done}\n", finding.rule.id));
        }
    }
    Ok(Looked {
        name,
        text: fixed.text,
        findings: fixed.left,
    })
}

fn options(path: &Path, arguments: &Lint) -> Options {
    let kind = arguments.kind.or_else(|| kind_by_name(path));
    Options {
        kind: kind.map(Kind::from),
        account: arguments.account,
        organization: arguments.organization.clone(),
        region: arguments.region.clone(),
        instance_arn: arguments.instance_arn.clone(),
        identity_store_id: arguments.identity_store_id.clone(),
        delegated: arguments.delegated.clone(),
        purpose: arguments.purpose.map(|purpose| match purpose {
            Purpose::IdentityCenter => lint::Purpose::IdentityCenter,
        }),
    }
}

/// Nothing in its text tells a service control policy from an identity policy, but its name may.
fn kind_by_name(path: &Path) -> Option<PolicyKind> {
    let name = path.file_stem()?.to_string_lossy().to_ascii_lowercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.find_map(|word| match word {
        "scp" => Some(PolicyKind::Scp),
        "rcp" => Some(PolicyKind::Rcp),
        _ => None,
    })
}

/// The findings as stable JSON.
fn findings(looked: &[Looked]) -> Vec<Value> {
    let of = |file: &Looked, finding: &Finding| {
        let fix = finding.fix.as_ref().map(|fix| {
            let edits = fix.edits.iter().map(
                |edit| json!({"start": edit.span.start, "end": edit.span.end, "text": edit.text}),
            );
            json!({"title": fix.title, "edits": edits.collect::<Vec<_>>()})
        });
        json!({
            "file": file.name,
            "rule": finding.rule.id,
            "level": finding.rule.level.as_str(),
            "message": finding.message,
            "sid": finding.sid,
            "line": finding.place.line,
            "column": finding.place.column,
            "fix": fix,
        })
    };
    looked
        .iter()
        .flat_map(|file| file.findings.iter().map(move |finding| of(file, finding)))
        .collect()
}

fn list_rules(format: Format) -> Result<Done, Failure> {
    match format {
        Format::Json => {
            let rules: Vec<Value> = lint::catalogue()
                .map(|rule| {
                    json!({
                        "rule": rule.id,
                        "level": rule.level.as_str(),
                        "title": rule.title,
                        "explanation": rule.explanation,
                        "source": rule.source,
                        "fixable": rule.fixable,
                    })
                })
                .collect();
            print_json(&rules)?;
        }
        Format::Table => {
            let mut rows = table(&["RULE", "LEVEL", "FIX", "FINDS"]);
            for rule in lint::catalogue() {
                let fix = if rule.fixable { "yes" } else { "" };
                rows.add_row([rule.id, rule.level.as_str(), fix, rule.title]);
            }
            print_table(&rows)?;
        }
    }
    Ok(Done::Clean)
}
