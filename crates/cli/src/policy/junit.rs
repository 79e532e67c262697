//! Findings and tests as JUnit XML, which build servers read. There is no standard; this is the part
//! that Jenkins, GitLab and others agree on: suites, cases, failures.

use super::cases::Decided;
use super::input;
use super::lint::{Looked, Unread};
use claviger_policy::case::Verdict;
use claviger_policy::lint::{Finding, Level};
use std::fmt::Write as _;

/// One case of a suite.
struct Case {
    name: String,
    /// What went wrong, in short and at length.
    failure: Option<(String, String)>,
    /// Why there is no answer.
    error: Option<String>,
    skipped: bool,
}

/// Findings: a suite for each file, a failure for each error and warning, an error for a file that
/// could not be read.
pub(super) fn findings(looked: &[Looked], unread: &[Unread]) -> String {
    let suites = looked.iter().map(|file| {
        let mut cases: Vec<Case> = file.findings.iter().map(|f| of_finding(file, f)).collect();
        if cases.is_empty() {
            cases.push(Case {
                name: "no findings".to_owned(),
                failure: None,
                error: None,
                skipped: false,
            });
        }
        (file.name.clone(), cases)
    });
    let unread = unread.iter().map(|file| {
        let case = Case {
            name: "can be read".to_owned(),
            failure: None,
            error: Some(file.problem.clone()),
            skipped: false,
        };
        (file.name.clone(), vec![case])
    });
    document(suites.chain(unread).collect())
}

fn of_finding(file: &Looked, finding: &Finding) -> Case {
    let place = format!("{}:{}", finding.place.line, finding.place.column);
    let text = format!(
        "{}:{place}: {} {}: {}",
        file.name, finding.rule.level, finding.rule.id, finding.message
    );
    Case {
        name: format!("{} at {place}", finding.rule.id),
        failure: (finding.rule.level != Level::Note).then(|| (finding.message.clone(), text)),
        error: None,
        skipped: false,
    }
}

/// Policy cases: a suite for each file.
pub(super) fn tests(decided: &[Decided]) -> String {
    let mut suites: Vec<(String, Vec<Case>)> = Vec::new();
    for one in decided {
        let file = input::name(&one.file);
        let case = Case {
            name: one.answer.name.clone(),
            failure: match &one.verdict {
                Verdict::Wrong(differences) => {
                    let short = differences.join("; ");
                    Some((short.clone(), format!("{short}\n{}", one.answer.because)))
                }
                Verdict::Right | Verdict::NoExpectation => None,
            },
            error: None,
            skipped: one.verdict == Verdict::NoExpectation,
        };
        match suites.last_mut() {
            Some((name, cases)) if *name == file => cases.push(case),
            _ => suites.push((file, vec![case])),
        }
    }
    document(suites)
}

fn document(suites: Vec<(String, Vec<Case>)>) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"claviger policy\">\n",
    );
    for (name, cases) in &suites {
        let failures = cases.iter().filter(|c| c.failure.is_some()).count();
        let errors = cases.iter().filter(|c| c.error.is_some()).count();
        let skipped = cases.iter().filter(|c| c.skipped).count();
        let name = escaped(name);
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">",
            cases.len()
        );
        for case in cases {
            one(&name, case, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn one(suite: &str, case: &Case, out: &mut String) {
    let _ = write!(
        out,
        "    <testcase classname=\"{suite}\" name=\"{}\"",
        escaped(&case.name)
    );
    if let Some(problem) = &case.error {
        let _ = writeln!(
            out,
            ">\n      <error message=\"{}\"/>\n    </testcase>",
            escaped(problem)
        );
        return;
    }
    match &case.failure {
        Some((message, text)) => {
            let _ = writeln!(
                out,
                ">\n      <failure message=\"{}\">{}</failure>\n    </testcase>",
                escaped(message),
                escaped(text)
            );
        }
        None if case.skipped => out.push_str(">\n      <skipped/>\n    </testcase>\n"),
        None => out.push_str("/>\n"),
    }
}

/// A text within XML 1.0; characters that it cannot hold become U+FFFD.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            '\r' => safe.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_xml() {
        for (text, expect) in [
            ("a < b & c", "a &lt; b &amp; c"),
            ("\"quoted\"", "&quot;quoted&quot;"),
            ("two\nlines", "two&#10;lines"),
            ("\u{1b}[31m", "\u{fffd}[31m"),
        ] {
            assert_eq!(escaped(text), expect);
        }
    }
}
