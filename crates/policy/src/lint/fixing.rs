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

#[cfg(test)]
mod tests {
    use super::super::edit::{Edit, Fix};
    use super::super::{catalogue, lint};
    use super::*;
    use crate::document::Place;

    /// A finding of the rule with this place in the catalogue, whose fix changes some stretches.
    fn finding(rule: usize, spans: &[(usize, usize)], widens: bool) -> Finding {
        let edits = spans.iter().map(|(start, end)| Edit {
            span: Span {
                start: *start,
                end: *end,
            },
            text: String::new(),
        });
        let fix = Fix {
            title: String::new(),
            edits: edits.collect(),
            widens,
        };
        Finding {
            rule: catalogue().nth(rule).unwrap(),
            message: String::new(),
            sid: None,
            statement: None,
            span: Span::default(),
            place: Place { line: 1, column: 1 },
            fix: (!spans.is_empty()).then_some(fix),
        }
    }

    #[test]
    fn a_round_takes_what_stands_apart() {
        for (findings, which, chosen) in [
            (vec![finding(0, &[], false)], Fixes::All, &[][..]),
            (vec![finding(0, &[(1, 2)], true)], Fixes::Safe, &[]),
            (vec![finding(0, &[(1, 2)], true)], Fixes::All, &[0]),
            (vec![finding(0, &[(1, 2)], false)], Fixes::Safe, &[0]),
            // One behind the other, in either order; one within the other; one over the other's end.
            (
                vec![finding(0, &[(1, 4)], false), finding(0, &[(4, 6)], false)],
                Fixes::All,
                &[0, 1],
            ),
            (
                vec![finding(0, &[(4, 6)], false), finding(0, &[(1, 4)], false)],
                Fixes::All,
                &[0, 1],
            ),
            (
                vec![finding(0, &[(1, 6)], false), finding(0, &[(2, 3)], false)],
                Fixes::All,
                &[0],
            ),
            (
                vec![finding(0, &[(3, 6)], false), finding(0, &[(1, 4)], false)],
                Fixes::All,
                &[0],
            ),
            // A second edit may be in the way too; what was not taken is not.
            (
                vec![
                    finding(0, &[(1, 2), (8, 9)], false),
                    finding(0, &[(4, 5), (8, 9)], false),
                    finding(0, &[(4, 5)], false),
                ],
                Fixes::All,
                &[0, 2],
            ),
        ] {
            assert_eq!(round(&findings, which), chosen, "{findings:#?}");
        }
    }

    #[test]
    fn what_is_left_was_there_before() {
        let of = |rules: &[usize]| -> Vec<Finding> {
            rules
                .iter()
                .map(|rule| finding(*rule, &[], false))
                .collect()
        };
        for (before, mended, after, foreseen) in [
            (&[0][..], &[0][..], &[][..], true),
            (&[0], &[0], &[0], false),
            (&[0, 1], &[0], &[1], true),
            (&[0, 1], &[0], &[0], false),
            (&[0, 1], &[0], &[2], false),
            (&[0, 0], &[0], &[0], true),
            (&[0, 0], &[0], &[0, 0], false),
            (&[0, 0, 0], &[0], &[0, 0], true),
            (&[0, 1, 1], &[0], &[1], true),
            (&[0, 1], &[0, 1], &[1], false),
        ] {
            let found = as_foreseen(&of(before), mended, &of(after));
            assert_eq!(found, foreseen, "{before:?} {mended:?} {after:?}");
        }
    }

    /// Two fixes that together come to a third finding are applied one after another.
    #[test]
    fn nothing_is_left_that_a_fix_would_mend() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["111122223333","111122223333"]},"Action":["kms:decrypt","kms:Decrypt"],"Resource":"*"}]}"#;
        let fixed = fix(text, &Options::default(), Fixes::All);
        assert!(fixed.left.iter().all(|f| f.fix.is_none()), "{}", fixed.text);
        assert!(
            fixed.text.contains(r#""Action":["kms:Decrypt"]"#),
            "{}",
            fixed.text
        );
        let again = lint(&fixed.text, &Options::default());
        assert_eq!(again.len(), fixed.left.len());
    }
}
