//! Policy cases read from files and decided: what `eval` and `test` share. It prints nothing but
//! progress.

use super::input;
use crate::exit::Failure;
use crate::output::{printable, remark};
use crate::paint::{Look, Paint};
use crate::progress::Progress;
use claviger_policy::case::{self, Answer, Case, Verdict};
use claviger_policy::{Explanation, Switches};
use claviger_types::Timestamp;
use std::path::{Path, PathBuf};

/// Where to read how a case is written.
const FORMAT: &str = "see docs/reference/policy-case.md for the format";

/// A case that was decided.
pub(super) struct Decided {
    /// The file it is from.
    pub(super) file: PathBuf,
    pub(super) answer: Answer,
    pub(super) verdict: Verdict,
    /// Why, which takes longer than the answer.
    pub(super) explanation: Option<Explanation>,
}

/// What is wanted of each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The answer.
    Answers,
    /// The answer and its reasons.
    Reasons,
}

/// What becomes of a case that can hardly be meant as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slips {
    /// It is no test: what it names exists nowhere, so that it says nothing about the policies.
    Refused,
    /// It is decided, and told.
    Told,
}

fn tell_slips(file: &Path, case: &Case, slips: Slips) -> Result<(), Failure> {
    for slip in case.slips() {
        let text = format!(
            "{}: case '{}': {}",
            input::name(file),
            case.name(),
            slip.what
        );
        if slip.certain && slips == Slips::Refused {
            return Err(Failure::new(text).next(FORMAT));
        }
        let label = Paint::of_error().with(Look::Next, "note:");
        remark(&format!("{label} {}\n", printable(&text)));
    }
    Ok(())
}

/// Decides every case of some files. All is read before anything is decided, so that a bad file
/// leaves no half output.
pub(super) fn decide(
    files: &[PathBuf],
    now: Timestamp,
    wanted: Wanted,
    slips: Slips,
) -> Result<Vec<Decided>, Failure> {
    let mut cases = Vec::new();
    for file in files {
        cases.extend(read(file)?.into_iter().map(|case| (file, case)));
    }
    for (file, case) in &cases {
        tell_slips(file, case, slips)?;
    }
    let progress = Progress::counting("deciding policy cases", cases.len() as u64);
    let decided = cases.iter().map(|(file, case)| {
        let unreadable = |e| Failure::new(e).next(FORMAT);
        let answer = case.evaluate(now).map_err(unreadable)?;
        let explanation = match wanted {
            Wanted::Answers => None,
            Wanted::Reasons => Some(
                case.explain(now, &Switches::default())
                    .map_err(unreadable)?,
            ),
        };
        progress.step();
        let verdict = answer.verdict(case);
        Ok(Decided {
            file: file.to_path_buf(),
            answer,
            verdict,
            explanation,
        })
    });
    decided.collect()
}

fn read(path: &Path) -> Result<Vec<Case>, Failure> {
    let text = input::text(path)?;
    case::read(&text)
        .map_err(|e| Failure::new(format_args!("{}: {e}", input::name(path))).next(FORMAT))
}
