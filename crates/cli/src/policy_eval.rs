//! `claviger policy eval`: decides the cases of files and compares with what they expect.

use crate::arguments::Eval;
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, printable, remark};
use crate::paint::{Look, Paint};
use crate::progress::Progress;
use claviger_policy::case::{self, Answer, Case, Verdict};
use claviger_server::SystemClock;
use claviger_types::{Clock as _, Timestamp};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

/// Where to read how a case is written.
const FORMAT: &str = "see docs/reference/policy-case.md for the format";

pub(crate) fn run(arguments: &Eval, format: Format) -> Result<Done, Failure> {
    let now = arguments.at.unwrap_or_else(|| SystemClock.now());
    // All is read before anything is printed, so that a bad file leaves no half output.
    let mut cases = Vec::new();
    for path in &arguments.files {
        cases.extend(read(path)?);
    }
    let answered = decide(&cases, now)?;
    tell_notes(&answered);
    match format {
        Format::Json => {
            let answers: Vec<_> = answered.iter().map(|(answer, _)| answer).collect();
            print_json(&answers)?;
        }
        Format::Table => print(&text(&answered, Paint::of_output()))?,
    }
    let wrong = answered
        .iter()
        .filter(|(_, v)| matches!(v, Verdict::Wrong(_)));
    Ok(match wrong.count() {
        0 => Done::Clean,
        _ => Done::Findings,
    })
}

fn decide(cases: &[Case], now: Timestamp) -> Result<Vec<(Answer, Verdict)>, Failure> {
    let progress = Progress::counting("deciding policy cases", cases.len() as u64);
    let decided = cases.iter().map(|case| {
        let answer = case
            .evaluate(now)
            .map_err(|e| Failure::new(e).next(FORMAT))?;
        progress.step();
        let verdict = answer.verdict(case);
        Ok((answer, verdict))
    });
    decided.collect()
}

fn read(path: &Path) -> Result<Vec<Case>, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let text = text.map_err(|e| Failure::file(path, &e))?;
    case::read(&text)
        .map_err(|e| Failure::new(format_args!("{}: {e}", path.display())).next(FORMAT))
}

/// Statements that never apply, and differences, are for people: on standard error.
fn tell_notes(answered: &[(Answer, Verdict)]) {
    let paint = Paint::of_error();
    for (answer, verdict) in answered {
        let name = printable(&answer.name);
        let label = paint.with(Look::Next, "note:");
        for note in &answer.notes {
            remark(&format!("{label} {name}: {}\n", printable(note)));
        }
        if let Verdict::Wrong(differences) = verdict {
            let label = paint.with(Look::Bad, "wrong:");
            for difference in differences {
                remark(&format!("{label} {name}: {}\n", printable(difference)));
            }
        }
    }
}

fn text(answered: &[(Answer, Verdict)], paint: Paint) -> String {
    let mut text = String::new();
    for (answer, verdict) in answered {
        let mark = match verdict {
            Verdict::Right => format!("  {}", paint.with(Look::Good, "(as expected)")),
            Verdict::Wrong(_) => format!("  {}", paint.with(Look::Bad, "(NOT as expected)")),
            Verdict::NoExpectation => String::new(),
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
