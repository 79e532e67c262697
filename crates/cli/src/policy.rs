//! `claviger policy`: lints, lays out, generates and tries policies, by the engine that the service
//! uses. It reads files and asks no service.

mod arguments;
mod cases;
mod eval;
mod fmt;
mod generate;
mod input;
mod junit;
mod lint;
mod report;
mod sarif;
mod test;

pub(crate) use arguments::PolicyCommand;

use crate::exit::{Done, Failure};
use crate::output::Format;

pub(crate) fn run(command: &PolicyCommand, format: Format) -> Result<Done, Failure> {
    match command {
        PolicyCommand::Lint(arguments) => lint::run(arguments, format),
        PolicyCommand::Fmt(arguments) => fmt::run(arguments, format),
        PolicyCommand::Generate(what) => generate::run(what, format),
        PolicyCommand::Test(arguments) => test::run(arguments, format),
        PolicyCommand::Eval(arguments) => eval::run(arguments, format),
    }
}
