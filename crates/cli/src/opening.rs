//! Opens the node of a directory for a service: where nothing else lies, and only for the kind of
//! installation that the service runs.

use crate::development::organization;
use crate::directory::Directory;
use crate::exit::Failure;
use crate::output::shell_path;
use crate::progress::Progress;
use claviger_server::{
    ArchiveSettings, Node, OpenError, OpenOptions, STORE_FILE, Surroundings, store_path,
};
use std::fs;
use std::time::Duration;

/// What an installation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `claviger up`: fixed accounts, and a clock that can be moved.
    Development,
    /// `claviger serve`: accounts of its own, and real time.
    Production,
}

/// Opens the node of a directory, or makes one, with what is around it and where its records are
/// delivered to.
pub(crate) fn open(
    directory: &Directory,
    purpose: Purpose,
    surroundings: Surroundings,
    archive: Option<ArchiveSettings>,
) -> Result<Node, Failure> {
    // Before anything is made where a database should be.
    organization::needs_its_database(directory)?;
    needs_a_place_of_its_own(directory)?;
    let opening = Progress::start("opening the database");
    let options = || OpenOptions {
        surroundings: surroundings.clone(),
        archive: archive.clone(),
        ..OpenOptions::new(directory.path())
    };
    let mut node = Node::open(options());
    // A bootstrap that is at work is done in a moment.
    let mut waited = Duration::ZERO;
    while purpose == Purpose::Production && is_in_use(&node) && waited < BOOTSTRAP_TIME {
        if directory.service()?.is_some() {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
        waited += LOOK_EVERY;
        node = Node::open(options());
    }
    drop(opening);
    let node = node.map_err(|error| not_opened(error, directory))?;
    is_for(&node, purpose, directory)?;
    Ok(node)
}

/// How long a start waits for a bootstrap.
const BOOTSTRAP_TIME: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);

fn is_in_use(node: &Result<Node, OpenError>) -> bool {
    matches!(
        node,
        Err(OpenError::Database(claviger_store::OpenError::InUse { .. }))
    )
}

/// Whether opening the directory would make something in it.
pub(crate) fn is_new(directory: &Directory) -> bool {
    !store_path(directory.path()).exists()
}

fn is_for(node: &Node, purpose: Purpose, directory: &Directory) -> Result<(), Failure> {
    let snapshot = node.snapshot();
    let Some(installation) = snapshot.installation() else {
        return Ok(());
    };
    let path = directory.path().display();
    match (purpose, installation.production) {
        (Purpose::Development, true) => Err(Failure::new(format_args!(
            "{path} holds a production installation"
        ))
        .next("run it with claviger serve; for development take another --dir")),
        (Purpose::Production, false) => Err(Failure::new(format_args!(
            "{path} holds a development installation, whose clock can be moved"
        ))
        .next(format_args!(
            "run it with claviger up --dir {}; for production set another directory",
            shell_path(directory.path())
        ))),
        _ => Ok(()),
    }
}

/// A new installation is made only where nothing else lies: what somebody keeps there, such as the
/// settings of AWS tools in `~/.aws`, might bear the names of its own files.
fn needs_a_place_of_its_own(directory: &Directory) -> Result<(), Failure> {
    let path = directory.path();
    // A log without its database is the store's to tell.
    let log = directory.file(&format!("{STORE_FILE}-wal"));
    if store_path(path).exists() || log.exists() {
        return Ok(());
    }
    // One that cannot be read is told by whoever opens the node.
    let Ok(entries) = fs::read_dir(path) else {
        return Ok(());
    };
    let early = directory.early_files();
    let mut names = entries.flatten().map(|entry| entry.path());
    match names.find(|name| !early.contains(name)) {
        None => Ok(()),
        Some(other) => Err(Failure::new(format_args!(
            "{} holds something else: {}",
            path.display(),
            other.display()
        ))
        .next("take an empty directory, or one that does not exist")),
    }
}

fn not_opened(error: OpenError, directory: &Directory) -> Failure {
    let in_use = matches!(
        &error,
        OpenError::Database(claviger_store::OpenError::InUse { .. })
    );
    let failure = Failure::new(error);
    match directory.service() {
        Ok(Some(service)) if in_use => failure.next(format_args!(
            "process {} runs it at {}; stop it with: kill {}",
            service.pid,
            service.endpoint(),
            service.pid
        )),
        _ => failure,
    }
}
