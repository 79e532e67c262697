//! `claviger policy lint`: findings in policies, told in the way that was asked for, and mended on
//! request. The rules are the policy crate's.

use super::arguments::{Lint, LintFormat, PolicyKind, Purpose};
use super::{input, junit, report, sarif};
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, print_table, remark, table};
use crate::paint::Paint;
use claviger_policy::Kind;
use claviger_policy::lint::{self, Finding, Fixed, Fixes, Level, Options};
use claviger_server::SystemClock;
use claviger_types::Clock as _;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A file that was looked at.
pub(super) struct Looked {
    /// Its name in reports.
    pub(super) name: String,
    pub(super) text: String,
    /// What it was taken for, where that was not said.
    pub(super) kind: Option<Kind>,
    pub(super) findings: Vec<Finding>,
}

/// A file that could not be read, and why.
pub(super) struct Unread {
    pub(super) name: String,
    pub(super) problem: String,
}

impl From<&(String, Failure)> for Unread {
    fn from((name, failure): &(String, Failure)) -> Self {
        Self {
            name: name.clone(),
            problem: failure.problem().to_owned(),
        }
    }
}

pub(super) fn run(arguments: &Lint, format: Format) -> Result<Done, Failure> {
    if arguments.rules {
        return list_rules(format);
    }
    let standard_input = |path: &&PathBuf| input::is_standard_input(path);
    if arguments.files.iter().filter(standard_input).count() > 1 {
        return Err(Failure::wrong_use("standard input can be read only once").next("name - once"));
    }
    let (looked, failures) = look_at_all(arguments)?;
    let unread: Vec<Unread> = failures.iter().map(Unread::from).collect();
    let failure = first_told(failures.into_iter().map(|(_, failure)| failure), format);
    // Where nothing could be read there is nothing to report.
    if looked.is_empty()
        && let Some(failure) = failure
    {
        return Err(failure);
    }
    match (arguments.format, format) {
        (Some(LintFormat::Sarif), _) => print_json(&sarif::log(&looked))?,
        (Some(LintFormat::Junit), _) => print(&junit::findings(&looked, &unread))?,
        (None, Format::Json) => print_json(&findings(&looked))?,
        (None, Format::Table) => print(&report::text(&looked, Paint::of_output()))?,
    }
    let counts = looked
        .iter()
        .flat_map(|file| &file.findings)
        .any(|finding| finding.rule.level != Level::Note);
    match failure {
        Some(failure) => Err(failure),
        None => Ok(if counts { Done::Findings } else { Done::Clean }),
    }
}

/// Tells all failures but the first, which the command ends with.
fn first_told(mut failures: impl Iterator<Item = Failure>, format: Format) -> Option<Failure> {
    let first = failures.next();
    for other in failures {
        other.tell(format);
    }
    first
}

/// Files that could not be read, each with why.
type Failures = Vec<(String, Failure)>;

/// What was found in each file, and the files that cannot be read: of those, the others' findings
/// are told all the same. To be mended, every file must be readable, and none is written before all
/// were looked at.
fn look_at_all(arguments: &Lint) -> Result<(Vec<Looked>, Failures), Failure> {
    let which = match (arguments.fix, arguments.fix_unsafe) {
        (_, true) => Some(Fixes::All),
        (true, false) => Some(Fixes::Safe),
        (false, false) => None,
    };
    let (mut looked, mut failures) = (Vec::new(), Vec::new());
    let Some(which) = which else {
        for path in &arguments.files {
            match input::policy(path) {
                Ok(text) => looked.push(look(path, text, arguments)),
                Err(failure) => failures.push((input::name(path), failure)),
            }
        }
        return Ok((looked, failures));
    };
    let files = arguments.files.iter();
    let fixed: Vec<(&PathBuf, Fixed)> = files
        .map(|path| Ok((path, mend(path, which, arguments)?)))
        .collect::<Result<_, Failure>>()?;
    for (path, fixed) in fixed {
        let name = input::name(path);
        if !fixed.mended.is_empty() {
            input::replace(path, &fixed.text)?;
        }
        for finding in &fixed.mended {
            let done = finding.fix.as_ref().map_or("", |fix| &fix.title);
            remark(&format!("mended: {name}: {}: {done}\n", finding.rule.id));
        }
        looked.push(Looked {
            kind: kind(path, &fixed.text, arguments),
            name,
            text: fixed.text,
            findings: fixed.left,
        });
    }
    Ok((looked, failures))
}

fn look(path: &Path, text: String, arguments: &Lint) -> Looked {
    Looked {
        findings: lint::lint(&text, &options(path, arguments)),
        name: input::name(path),
        kind: kind(path, &text, arguments),
        text,
    }
}

fn mend(path: &Path, which: Fixes, arguments: &Lint) -> Result<Fixed, Failure> {
    if input::is_standard_input(path) {
        return Err(Failure::wrong_use("standard input cannot be mended")
            .next("name a file, or leave out --fix"));
    }
    let text = input::text(path)?;
    Ok(lint::fix(&text, &options(path, arguments), which))
}

/// The kind that a file was read as, where nobody said it.
fn kind(path: &Path, text: &str, arguments: &Lint) -> Option<Kind> {
    arguments
        .kind
        .is_none()
        .then(|| kind_by_name(path).map_or_else(|| lint::detect_kind(text), Kind::from))
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
        now: Some(SystemClock.now()),
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
            json!({"title": fix.title, "widens": fix.widens, "edits": edits.collect::<Vec<_>>()})
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
