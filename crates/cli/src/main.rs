//! The command line `claviger`: arguments, rendering, exit codes. It decides nothing: what a
//! command does is done by the crates beneath.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod arguments;
mod aws;
mod backup;
mod bootstrap;
mod clock;
mod completions;
mod config;
mod credentials;
mod demo;
mod development;
mod directory;
mod env;
mod exit;
mod explain;
mod explanation;
#[cfg(test)]
mod help_examples;
mod manual;
mod opening;
mod output;
mod paint;
mod policy;
mod progress;
mod reset;
mod serve;
mod services;
mod serving;
mod signals;
mod trail_archive;
mod trail_query;
mod trail_verify;
mod up;
mod wait;

use arguments::{AdminCommand, Arguments, ClockCommand, Command, ConfigCommand, TrailCommand};
use clap::Parser as _;
use exit::{Done, Failure};
use output::Format;
use std::ffi::OsString;
use std::process::ExitCode;

/// Requests make many small allocations that other threads free, at which it is better than the
/// system's allocator; docs/benchmarks.md has figures.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood(&error),
    };
    match run(&arguments) {
        Ok(done) => done.into(),
        Err(failure) => ended(&failure, arguments.output),
    }
}

fn ended(failure: &Failure, format: Format) -> ExitCode {
    if failure.is_closed_pipe() {
        return ExitCode::SUCCESS;
    }
    failure.tell(format);
    ExitCode::from(failure.code())
}

/// Help and version end here too, with exit code 0; wrong use with 2.
fn misunderstood(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && asks_for_json(std::env::args_os()) {
        return ended(&Failure::arguments(error), Format::Json);
    }
    error.exit()
}

/// Whether arguments that could not be read ask for JSON all the same.
fn asks_for_json(arguments: impl IntoIterator<Item = OsString>) -> bool {
    let arguments: Vec<_> = arguments.into_iter().take_while(|a| a != "--").collect();
    arguments.iter().any(|a| a == "--output=json")
        || arguments
            .windows(2)
            .any(|pair| matches!(pair, [name, value] if name == "--output" && value == "json"))
}

fn run(arguments: &Arguments) -> Result<Done, Failure> {
    let format = arguments.output;
    match &arguments.command {
        Command::Up(up) => up::run(up, format),
        Command::Serve(serve) => serve::run(serve, format),
        Command::Bootstrap(bootstrap) => bootstrap::run(bootstrap, format),
        Command::Config(ConfigCommand::Check(place)) => config::check(place, format),
        Command::Config(ConfigCommand::Reference) => config::print_reference(),
        Command::Demo(demo) => demo::run(demo, format),
        Command::Wait(wait) => wait::run(wait, format),
        Command::Reset(reset) => reset::run(reset, format),
        Command::Services => services::run(format),
        Command::Env(env) => env::run(env, format),
        Command::Policy(command) => policy::run(command, format),
        Command::Explain(explain) => explain::run(explain, format),
        Command::Trail(TrailCommand::Query(query)) => trail_query::query(query, format),
        Command::Trail(TrailCommand::Verify(verify)) => trail_verify::verify(verify, format),
        Command::Clock(ClockCommand::Show(place)) => clock::show(place, format),
        Command::Clock(ClockCommand::Advance(advance)) => clock::advance(advance, format),
        Command::Admin(AdminCommand::Backup(backup)) => backup::run(backup, format),
        Command::Completions(completions) => completions::run(completions),
        Command::Man(man) => manual::run(man),
    }
}
