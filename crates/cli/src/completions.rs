//! `claviger completions`: scripts for shells, made from the arguments themselves.

use crate::arguments::{Arguments, Completions};
use crate::exit::{Done, Failure};
use crate::output::print;
use clap::CommandFactory as _;

pub(crate) fn run(completions: &Completions) -> Result<Done, Failure> {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(completions.shell, &mut command, "claviger", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Done::Clean)
}
