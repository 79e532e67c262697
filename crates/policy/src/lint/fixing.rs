//! Applies fixes round by round, reading the text anew after each round. Those of one round touch
//! different places; where together they come to something else than each by itself, they are applied
//! one after another. It writes no file.

use super::{Finding, Options, lint};
use crate::document::Span;
use std::collections::BTreeMap;

/// A text with its fixes applied.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// What was mended, in order.
    pub mended: Vec<Finding>,
    /// What is left.
    pub left: Vec<Finding>,
}

/// Which fixes are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixes {
    /// Those after which nothing more is allowed and nothing less denied.
    Safe,
    /// Those as well that may let more in.
    All,
}

/// No document has so many findings; a guard against two fixes that undo each other.
const MOST: usize = 10_000;

/// Applies the fixes there are.
#[must_use]
pub fn fix(text: &str, options: &Options, which: Fixes) -> Fixed {
    let mut fixed = Fixed {
        text: text.to_owned(),
        mended: Vec::new(),
        left: lint(text, options),
    };
    while fixed.mended.len() < MOST {
        let together = round(&fixed.left, which);
        let applied = match together.as_slice() {
            [] => break,
            [_] => apply(&fixed, &together, options),
            [first, ..] => {
                let all = apply(&fixed, &together, options);
                if as_foreseen(&fixed.left, &together, &all.left) {
                    all
                } else {
                    apply(&fixed, &[*first], options)
                }
            }
        };
        if applied.text == fixed.text {
            break;
        }
        fixed.text = applied.text;
        fixed.left = applied.left;
        fixed.mended.extend(applied.mended);
    }
    fixed
}

/// The places of findings whose fixes do not touch one another.
fn round(findings: &[Finding], which: Fixes) -> Vec<usize> {
    let mut taken: Vec<Span> = Vec::new();
    let mut chosen = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        let Some(fix) = &finding.fix else {
            continue;
        };
        let apart = |a: Span, b: Span| a.end <= b.start || b.end <= a.start;
        let is_free = fix
            .edits
            .iter()
            .all(|edit| taken.iter().all(|span| apart(*span, edit.span)));
        if is_free && (which == Fixes::All || !fix.widens) {
            taken.extend(fix.edits.iter().map(|edit| edit.span));
            chosen.push(at);
        }
    }
    chosen
}

fn apply(before: &Fixed, chosen: &[usize], options: &Options) -> Fixed {
    let mended: Vec<Finding> = chosen
        .iter()
        .filter_map(|at| before.left.get(*at).cloned())
        .collect();
    let edits = mended.iter().filter_map(|f| f.fix.as_ref());
    let text = super::edit::applied(&before.text, edits.flat_map(|fix| fix.edits.iter()));
    Fixed {
        left: lint(&text, options),
        text,
        mended,
    }
}

/// Whether nothing was found that had not been found before, and what was mended is gone.
fn as_foreseen(before: &[Finding], mended: &[usize], after: &[Finding]) -> bool {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, finding) in before
        .iter()
        .enumerate()
        .filter(|(at, _)| !mended.contains(at))
    {
        *counts.entry(finding.rule.id).or_default() += 1;
    }
    after.iter().all(|finding| {
        counts
            .get_mut(finding.rule.id)
            .filter(|count| **count > 0)
            .map(|count| *count -= 1)
            .is_some()
    })
}
