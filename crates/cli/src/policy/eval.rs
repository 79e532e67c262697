//! `claviger policy eval`: decides the cases of files and compares with what they expect.

use super::arguments::Eval;
use super::cases::{self, Decided, Slips, Wanted};
use crate::exit::{Done, Failure};
use crate::explanation::lines;
use crate::output::{Format, print, print_json, printable, remark};
use crate::paint::{Look, Paint};
use claviger_policy::case::Verdict;
use claviger_server::SystemClock;
use claviger_types::Clock as _;
use std::fmt::Write as _;

pub(super) fn run(arguments: &Eval, format: Format) -> Result<Done, Failure> {
    let now = arguments.at.unwrap_or_else(|| SystemClock.now());
    // The stable JSON has the answer alone.
    let wanted = match format {
        Format::Json => Wanted::Answers,
        Format::Table => Wanted::Reasons,
    };
    let decided = cases::decide(&arguments.files, now, wanted, Slips::Told)?;
    tell_notes(&decided);
    match format {
        Format::Json => {
            let answers: Vec<_> = decided.iter().map(|d| &d.answer).collect();
            print_json(&answers)?;
        }
        Format::Table => print(&text(&decided, Paint::of_output()))?,
    }
    let wrong = decided
        .iter()
        .any(|d| matches!(d.verdict, Verdict::Wrong(_)));
    Ok(if wrong { Done::Findings } else { Done::Clean })
}

/// Statements that never apply, and differences, are for people: on standard error.
fn tell_notes(decided: &[Decided]) {
    let paint = Paint::of_error();
    for Decided {
        answer, verdict, ..
    } in decided
    {
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

fn text(decided: &[Decided], paint: Paint) -> String {
    let mut text = String::new();
    for Decided {
        answer,
        verdict,
        explanation,
        ..
    } in decided
    {
        let mark = match verdict {
            Verdict::Right => format!("  {}", paint.with(Look::Good, "(as expected)")),
            Verdict::Wrong(_) => format!("  {}", paint.with(Look::Bad, "(NOT as expected)")),
            Verdict::NoExpectation => String::new(),
        };
        let name = printable(&answer.name);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name}: {}{mark}", answer.decision);
        text.push_str(&explanation.as_ref().map_or_else(String::new, lines));
    }
    text
}
