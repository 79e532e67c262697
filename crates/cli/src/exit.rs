//! How a command ends: the exit codes, and failures told as problem, cause and next step.

use crate::output::{Format, printable, remark};
use crate::paint::{Look, Paint};
use clap::error::ErrorKind;
use serde_json::json;
use std::fmt;
use std::io;
use std::path::Path;
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

    /// A file or directory that cannot be used.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        Self::new(format_args!("{}: {error}", path.display())).next(remedy(error))
    }

    /// Something that the operating system does not give.
    pub(crate) fn system(error: &io::Error) -> Self {
        Self::new(format_args!("the operating system refuses: {error}"))
            .next("see its limits (ulimit -a) and what else runs, then try again")
    }

    /// Something that never happens but by a mistake in this program.
    pub(crate) fn defect(problem: impl fmt::Display) -> Self {
        Self::new(problem).next("this is a defect of claviger: report it, with this text")
    }

    /// Arguments that were not understood, as their parser says it.
    pub(crate) fn arguments(error: &clap::Error) -> Self {
        let text = error.to_string();
        if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Self::wrong_use("a command is missing").next("see: claviger --help");
        }
        let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
        match text.split_once("\n\n") {
            Some((problem, help)) => Self::wrong_use(problem).next(help.trim()),
            None => Self::wrong_use(text).next("see: claviger --help"),
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

    /// What went wrong, for a report.
    pub(crate) fn problem(&self) -> &str {
        &self.problem
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

impl Failure {
    /// Tells it on standard error; as JSON in one line, so that it can be found after other lines.
    pub(crate) fn tell(&self, format: Format) {
        remark(&match format {
            Format::Table => self.text(Paint::of_error()),
            Format::Json => format!("{}\n", self.json()),
        });
    }

    fn text(&self, paint: Paint) -> String {
        let label = paint.with(Look::Bad, "error:");
        let problem = format!("{label} {}\n", printable(&self.problem));
        match &self.next {
            Some(next) => {
                let label = paint.with(Look::Next, "next:");
                format!("{problem} {label} {}\n", printable(next))
            }
            None => problem,
        }
    }

    fn json(&self) -> serde_json::Value {
        json!({"error": self.problem, "next": self.next, "exitCode": self.code()})
    }
}

/// What helps against an error of the operating system.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "run it as the owner, or see with ls -l who may",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room on the disk, then run the same command again"
        }
        io::ErrorKind::ReadOnlyFilesystem => "take a place that can be written",
        io::ErrorKind::IsADirectory => "this is a directory: name a file in it",
        io::ErrorKind::InvalidData => "check that it is a text in UTF-8",
        _ => "check the path, and the disk it is on",
    }
}
