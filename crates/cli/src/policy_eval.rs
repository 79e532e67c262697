//! `claviger policy eval`: decides the cases of files and compares with what they expect.

use crate::arguments::Eval;
use crate::exit::{Done, Failure};
use crate::output::print;
use crate::output::{Format, print_json, printable};
use claviger_policy::case::{self, Answer, Case, Verdict};
use claviger_server::SystemClock;
use claviger_types::Clock as _;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

pub(crate) fn run(arguments: &Eval, format: Format) -> Result<Done, Failure> {
    let now = arguments.at.unwrap_or_else(|| SystemClock.now());
    // All is read before anything is printed, so that a bad file leaves no half output.
    let mut cases = Vec::new();
    for path in &arguments.files {
        cases.extend(read(path)?);
    }
    let mut answered = Vec::with_capacity(cases.len());
    for case in &cases {
        let answer = case.evaluate(now).map_err(Failure::new)?;
        let verdict = answer.verdict(case);
        answered.push((answer, verdict));
    }
    tell_notes(&answered);
    match format {
        Format::Json => {
            let answers: Vec<_> = answered.iter().map(|(answer, _)| answer).collect();
            print_json(&answers)?;
        }
        Format::Table => print(&text(&answered))?,
    }
    let wrong = answered
        .iter()
        .filter(|(_, v)| matches!(v, Verdict::Wrong(_)));
    Ok(match wrong.count() {
        0 => Done::Clean,
        _ => Done::Findings,
    })
}

fn read(path: &Path) -> Result<Vec<Case>, Failure> {
    let named = |what: &dyn std::fmt::Display| {
        Failure::new(format_args!("{}: {what}", path.display()))
            .next("see docs/reference/policy-case.md for the format")
    };
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let text = text.map_err(|e| Failure::new(format_args!("{}: {e}", path.display())))?;
    case::read(&text).map_err(|e| named(&e))
}

/// Statements that never apply, and differences, are for people: on standard error.
fn tell_notes(answered: &[(Answer, Verdict)]) {
    let mut err = io::stderr().lock();
    for (answer, verdict) in answered {
        for note in &answer.notes {
            // Nobody reads it when standard error is closed.
            let _ = writeln!(
                err,
                "note: {}: {}",
                printable(&answer.name),
                printable(note)
            );
        }
        if let Verdict::Wrong(differences) = verdict {
            for difference in differences {
                let _ = writeln!(
                    err,
                    "wrong: {}: {}",
                    printable(&answer.name),
                    printable(difference)
                );
            }
        }
    }
}

fn text(answered: &[(Answer, Verdict)]) -> String {
    let mut text = String::new();
    for (answer, verdict) in answered {
        let mark = match verdict {
            Verdict::Right => "  (as expected)",
            Verdict::Wrong(_) => "  (NOT as expected)",
            Verdict::NoExpectation => "",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}: {}{mark}\n    {}",
            printable(&answer.name),
            answer.decision,
            printable(&answer.because)
        );
        for s in &answer.statements {
            let index = format!("#{}", s.index);
            let _ = writeln!(
                text,
                "    {} policy '{}', statement {}, line {}",
                s.layer,
                printable(&s.policy),
                printable(s.sid.as_deref().unwrap_or(&index)),
                s.line
            );
        }
    }
    text
}
