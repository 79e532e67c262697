//! `claviger policy fmt`: policies in their canonical form, printed, compared or written.

use super::arguments::Fmt;
use super::input;
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, printable};
use claviger_policy::format;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A file and what it should be.
struct Laid {
    path: PathBuf,
    was: String,
    is: String,
}

pub(super) fn run(arguments: &Fmt, output: Format) -> Result<Done, Failure> {
    let standard_input = [PathBuf::from("-")];
    let files = match arguments.files.as_slice() {
        [] => &standard_input,
        some => some,
    };
    if arguments.write && files.iter().any(|f| input::is_standard_input(f)) {
        return Err(Failure::wrong_use("--write needs files")
            .next("name them: claviger policy fmt --write FILE"));
    }
    let laid: Vec<Laid> = files.iter().map(|f| lay_out(f)).collect::<Result<_, _>>()?;
    if arguments.check {
        return check(&laid, output);
    }
    for file in laid.iter().filter(|f| arguments.write && f.was != f.is) {
        input::replace(&file.path, &file.is)?;
    }
    match output {
        Format::Json => print_json(&told(&laid, !arguments.write))?,
        Format::Table if arguments.write => {}
        Format::Table => {
            for file in &laid {
                print(&file.is)?;
            }
        }
    }
    Ok(Done::Clean)
}

fn lay_out(path: &Path) -> Result<Laid, Failure> {
    let was = input::text(path)?;
    let is = format::format(&was).map_err(|errors| {
        let name = input::name(path);
        match errors.iter().next() {
            Some(error) => Failure::new(format_args!("{name}: {error}")).next(
                error
                    .advice()
                    .unwrap_or_else(|| "write it as JSON".to_owned()),
            ),
            None => Failure::new(name),
        }
    })?;
    Ok(Laid {
        path: path.to_owned(),
        was,
        is,
    })
}

fn told(laid: &[Laid], with_text: bool) -> Vec<Value> {
    laid.iter()
        .map(|file| {
            let mut told = json!({
                "file": input::name(&file.path),
                "canonical": file.was == file.is,
            });
            if let (true, Some(members)) = (with_text, told.as_object_mut()) {
                members.insert("text".to_owned(), json!(file.is));
            }
            told
        })
        .collect()
}

fn check(laid: &[Laid], output: Format) -> Result<Done, Failure> {
    match output {
        Format::Json => print_json(&told(laid, false))?,
        Format::Table => {
            for file in laid.iter().filter(|f| f.was != f.is) {
                print(&format!("{}\n", printable(&input::name(&file.path))))?;
            }
        }
    }
    let differs = laid.iter().any(|f| f.was != f.is);
    Ok(if differs { Done::Findings } else { Done::Clean })
}
