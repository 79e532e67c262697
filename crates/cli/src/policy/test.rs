//! `claviger policy test`: policy cases as tests, told for people, programs or build servers.

use super::arguments::{Test, TestFormat};
use super::cases::{self, Decided, Slips, Wanted};
use super::{input, junit};
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, printable, remark};
use crate::paint::{Look, Paint};
use claviger_policy::case::Verdict;
use claviger_server::SystemClock;
use claviger_types::Clock as _;
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) fn run(arguments: &Test, format: Format) -> Result<Done, Failure> {
    let now = arguments.at.unwrap_or_else(|| SystemClock.now());
    let decided = cases::decide(&arguments.files, now, Wanted::Answers, Slips::Refused)?;
    match (arguments.format, format) {
        (Some(TestFormat::Junit), _) => print(&junit::tests(&decided))?,
        (None, Format::Json) => {
            let told: Vec<Value> = decided.iter().map(told).collect();
            print_json(&told)?;
        }
        (None, Format::Table) => print(&text(&decided, Paint::of_output()))?,
    }
    let wrong = decided
        .iter()
        .any(|d| matches!(d.verdict, Verdict::Wrong(_)));
    if decided.is_empty() {
        remark("no case was found: nothing was tested\n");
    }
    Ok(if wrong || decided.is_empty() {
        Done::Findings
    } else {
        Done::Clean
    })
}

fn told(one: &Decided) -> Value {
    let (verdict, differences) = match &one.verdict {
        Verdict::Right => ("right", Vec::new()),
        Verdict::Wrong(differences) => ("wrong", differences.clone()),
        Verdict::NoExpectation => ("noExpectation", Vec::new()),
    };
    json!({
        "file": input::name(&one.file),
        "name": one.answer.name,
        "verdict": verdict,
        "differences": differences,
        "decision": one.answer.decision,
        "layer": one.answer.layer,
        "because": one.answer.because,
    })
}

/// What is wrong in full, the rest as counts.
fn text(decided: &[Decided], paint: Paint) -> String {
    let mut out = String::new();
    for one in decided {
        if let Verdict::Wrong(differences) = &one.verdict {
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "{} {}: {}",
                paint.with(Look::Bad, "wrong"),
                printable(&input::name(&one.file)),
                printable(&one.answer.name)
            );
            for difference in differences {
                let _ = writeln!(out, "    {}", printable(difference));
            }
            let _ = writeln!(out, "    {}", printable(&one.answer.because));
            for note in &one.answer.notes {
                let _ = writeln!(out, "    note: {}", printable(note));
            }
        }
    }
    let count = |of: fn(&Verdict) -> bool| decided.iter().filter(|d| of(&d.verdict)).count();
    let right = count(|v| *v == Verdict::Right);
    let wrong = count(|v| matches!(v, Verdict::Wrong(_)));
    let without = count(|v| *v == Verdict::NoExpectation);
    let mut parts = vec![format!("{right} as expected")];
    if wrong > 0 {
        parts.push(paint.with(Look::Bad, &format!("{wrong} not as expected")));
    }
    if without > 0 {
        parts.push(format!("{without} without expectation"));
    }
    let cases = if decided.len() == 1 { "case" } else { "cases" };
    let _ = writeln!(out, "{} {cases}: {}", decided.len(), parts.join(", "));
    out
}
