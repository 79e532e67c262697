//! `claviger admin backup`: copies the database into a new file. It copies neither the seal, which is
//! kept apart on purpose, nor the archive, whose files never change once they are written.

use crate::arguments::Backup;
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json};
use crate::progress::Progress;
use claviger_server::{SEAL_FILE, store_path};
use claviger_store::{BackUpError, back_up};
use serde_json::json;

pub(crate) fn run(arguments: &Backup, format: Format) -> Result<Done, Failure> {
    let directory = Directory::new(&arguments.place.dir);
    let to = &arguments.to;
    let progress = Progress::start("copying the database");
    let copied = back_up(&store_path(directory.path()), to);
    drop(progress);
    let bytes = copied.map_err(refused)?;
    let seal = directory.file(SEAL_FILE);
    if format == Format::Json {
        print_json(&json!({"file": to, "bytes": bytes, "seal": seal}))?;
    } else {
        print(&format!(
            "{} ({bytes} bytes) holds everything but the seal: keep {} elsewhere, without it the copy cannot be opened\n",
            to.display(),
            seal.display(),
        ))?;
    }
    Ok(Done::Clean)
}

fn refused(error: BackUpError) -> Failure {
    match error {
        BackUpError::Open(claviger_store::OpenError::Missing { .. }) => {
            Failure::new(error).next("name the directory of a service with --dir")
        }
        _ => Failure::new(error),
    }
}
