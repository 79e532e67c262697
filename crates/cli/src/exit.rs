//! How a command ends: the exit codes, and failures told as problem, cause and next step.

use crate::output::printable;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// A command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// And found nothing amiss: 0.
    Clean,
    /// And found something, or a difference: 1.
    Findings,
}

impl From<Done> for ExitCode {
    fn from(done: Done) -> Self {
        match done {
            Done::Clean => Self::SUCCESS,
            Done::Findings => Self::from(1),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    WrongUse,
    Failed,
    ClosedPipe,
}

/// A command that did not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    problem: String,
    next: Option<String>,
}

impl Failure {
    /// The work failed: exit code 3.
    pub(crate) fn new(problem: impl fmt::Display) -> Self {
        Self {
            kind: Kind::Failed,
            problem: problem.to_string(),
            next: None,
        }
    }

    /// The command was used wrongly: exit code 2.
    pub(crate) fn wrong_use(problem: impl fmt::Display) -> Self {
        Self {
            kind: Kind::WrongUse,
            ..Self::new(problem)
        }
    }

    /// Says what to do.
    pub(crate) fn next(mut self, step: impl fmt::Display) -> Self {
        self.next = Some(step.to_string());
        self
    }

    /// Output that could not be written. A reader who has seen enough, such as `head`, is no failure.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self {
                kind: Kind::ClosedPipe,
                ..Self::new(error)
            }
        } else {
            Self::new(format_args!("the output cannot be written: {error}"))
        }
    }

    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.kind == Kind::ClosedPipe
    }

    pub(crate) fn code(&self) -> u8 {
        match self.kind {
            Kind::WrongUse => 2,
            Kind::Failed | Kind::ClosedPipe => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", printable(&self.problem))?;
        match &self.next {
            Some(next) => writeln!(f, " next: {}", printable(next)),
            None => Ok(()),
        }
    }
}
