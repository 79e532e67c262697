//! What is wrong with a configuration: every problem with its place, all of them at once, so that
//! an operator mends a file in one pass.

use std::fmt;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a file with line and column, an environment variable, or a setting.
    pub place: String,
    /// What is wrong, and what instead.
    pub text: String,
}

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, Problem { place, text }) in self.problems.iter().enumerate() {
            let line_break = if nth == 0 { "" } else { "\n" };
            write!(f, "{line_break}{place}: {text}")?;
        }
        Ok(())
    }
}
