//! The answer to a case, and whether it is the right one.

use super::{Case, Expectation};
use crate::decide::{Decision, StatementRef};
use serde::Serialize;
use std::collections::BTreeSet;

/// What a case comes to; serialises as `claviger policy eval --output json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The case's name.
    pub name: String,
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub decision: &'static str,
    /// The layer that allowed, denied, or failed to allow.
    pub layer: &'static str,
    /// The statements that decided.
    pub statements: Vec<AnswerStatement>,
    /// One sentence for people.
    pub because: String,
    /// Statements that AWS would not store and that therefore never apply; for standard error.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// One statement of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerStatement {
    /// Its layer.
    pub layer: &'static str,
    /// Its policy.
    pub policy: String,
    /// Its Sid; a grant's id for a grant.
    pub sid: Option<String>,
    /// Its index in the policy, from 0.
    pub index: usize,
    /// Its line: in the case file when the policy stands there as JSON, else in the policy's own
    /// text.
    pub line: u32,
}

/// Whether an answer is what the case expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is not; each difference as a sentence.
    Wrong(Vec<String>),
    /// The case expects nothing.
    NoExpectation,
}

impl Answer {
    pub(super) fn of(case: &Case, decision: &Decision, notes: Vec<String>) -> Self {
        Self {
            name: case.name().to_owned(),
            decision: decision.effect.as_str(),
            layer: decision.layer.as_str(),
            statements: decision.statements.iter().map(statement).collect(),
            because: decision.because(&case.action),
            notes,
        }
    }

    /// Compares with what the case expects.
    #[must_use]
    pub fn verdict(&self, case: &Case) -> Verdict {
        let Some(expected) = case.expectation() else {
            return Verdict::NoExpectation;
        };
        let wrong = self.differences(expected);
        if wrong.is_empty() {
            Verdict::Right
        } else {
            Verdict::Wrong(wrong)
        }
    }

    fn differences(&self, expected: &Expectation) -> Vec<String> {
        let mut wrong = Vec::new();
        if expected.decision != self.decision {
            wrong.push(format!(
                "expected {}, decided {}",
                expected.decision, self.decision
            ));
        }
        if let Some(layer) = &expected.layer
            && layer != self.layer
        {
            wrong.push(format!("expected layer {layer}, decided by {}", self.layer));
        }
        if let Some(statements) = &expected.statements {
            let wanted: BTreeSet<&str> = statements.iter().map(String::as_str).collect();
            let labels: Vec<String> = self.statements.iter().map(AnswerStatement::label).collect();
            let found: BTreeSet<&str> = labels.iter().map(String::as_str).collect();
            if wanted != found {
                wrong.push(format!(
                    "expected statements {wanted:?}, decided by {found:?}"
                ));
            }
        }
        wrong
    }
}

impl AnswerStatement {
    /// The Sid, or `#index`.
    fn label(&self) -> String {
        self.sid
            .clone()
            .unwrap_or_else(|| format!("#{}", self.index))
    }
}

fn statement(found: &StatementRef) -> AnswerStatement {
    AnswerStatement {
        layer: found.layer.as_str(),
        policy: found.policy.to_string(),
        sid: found.sid.as_deref().map(str::to_owned),
        index: found.index,
        line: found.line,
    }
}
