//! `claviger reset`: deletes a stopped development service. Only the files that `claviger up` keeps
//! go; what else lies in the directory stays.

use crate::arguments::Reset;
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json};
use claviger_server::{is_production, store_path};
use claviger_store::{OpenError, lock_database};
use serde_json::json;
use std::fs;
use std::path::PathBuf;

pub(crate) fn run(arguments: &Reset, format: Format) -> Result<Done, Failure> {
    let directory = Directory::new(&arguments.place.dir);
    let files: Vec<PathBuf> = directory.files().into_iter().filter(is_there).collect();
    let archive = Some(directory.archive()).filter(is_there);
    // Other programs' files may bear the names of ours; only beside a database are they ours.
    if !directory.database_files().iter().any(is_there) {
        let path = directory.path().display();
        return Err(
            Failure::new(format_args!("there is no development service in {path}"))
                .next("name its directory with --dir"),
        );
    }
    refuse_production(&directory)?;
    if arguments.yes {
        // Held until the files are gone, so that nobody starts on half of them.
        let _lock =
            lock_database(&store_path(directory.path())).map_err(|e| in_use(e, &directory))?;
        for file in &files {
            fs::remove_file(file).map_err(|e| Failure::file(file, &e))?;
        }
        if let Some(archive) = &archive {
            fs::remove_dir_all(archive).map_err(|e| Failure::file(archive, &e))?;
        }
        // A directory that holds more stays, with what it holds.
        let _ = fs::remove_dir(directory.path());
    }
    let there: Vec<PathBuf> = files.into_iter().chain(archive).collect();
    tell(&there, arguments.yes, format)
}

/// Keys that somebody relies on are not deleted by a slip. Where the database itself cannot tell, the
/// access keys beside it do: `claviger up` alone keeps them there.
fn refuse_production(directory: &Directory) -> Result<(), Failure> {
    let path = directory.path().display();
    let production = match is_production(&store_path(directory.path())) {
        Ok(Some(production)) => production,
        // Its start was killed before it made anything.
        Ok(None) => false,
        Err(OpenError::InUse { .. } | OpenError::Missing { .. }) => false,
        Err(_) => directory.credentials().is_ok_and(|known| known.is_none()),
    };
    if !production {
        return Ok(());
    }
    Err(Failure::new(format_args!(
        "{path} holds a production installation, which is not reset"
    ))
    .next("claviger reset deletes what claviger up has made; name its directory with --dir"))
}

fn is_there(file: &PathBuf) -> bool {
    fs::symlink_metadata(file).is_ok()
}

fn in_use(error: OpenError, directory: &Directory) -> Failure {
    match (&error, directory.service()) {
        (OpenError::InUse { .. }, Ok(Some(service))) => {
            Failure::new("the development service is running")
                .next(format_args!("stop it first with: kill {}", service.pid))
        }
        _ => Failure::new(error),
    }
}

fn tell(files: &[PathBuf], done: bool, format: Format) -> Result<Done, Failure> {
    if format == Format::Json {
        print_json(&json!({"deleted": done, "files": files}))?;
        return Ok(Done::Clean);
    }
    let verb = if done { "deleted" } else { "would delete" };
    let lines: String = files
        .iter()
        .map(|f| {
            format!(
                "{verb} {}\n",
                crate::output::printable(&f.to_string_lossy())
            )
        })
        .collect();
    print(&lines)?;
    if !done {
        print("nothing was deleted; run it again with --yes\n")?;
    }
    Ok(Done::Clean)
}
