//! What goes wrong: opening, reading, committing. The texts are for operators and say what to do;
//! no caller of an API ever sees them.

use std::io;
use std::path::PathBuf;

/// A store that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none.
    #[error("there is no database at {path}; check the directory, or let the service make one")]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Another process has it.
    #[error(
        "the database {path} is in use by another process; stop that one, or use another directory"
    )]
    InUse {
        /// Which.
        path: PathBuf,
    },
    /// The file is no SQLite database at all.
    #[error("{path} is not a database; move it away if it is not needed, or use another directory")]
    NotADatabase {
        /// Which.
        path: PathBuf,
    },
    /// A SQLite database of another program.
    #[error(
        "{path} is the database of another program (application id {application_id:#010x}); it was \
         left as it is: use another directory"
    )]
    Foreign {
        /// Which.
        path: PathBuf,
        /// The id it bears.
        application_id: i32,
    },
    /// Written by a later version.
    #[error(
        "the database {path} has format {found}, this version knows formats up to {known}; it was \
         left as it is: run the version that wrote it, or a later one"
    )]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// Written by an earlier version, and opened to read only.
    #[error(
        "the database {path} has the old format {found}; start the service once with this version, \
         which brings it to format {known}"
    )]
    Older {
        /// Which.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The format needed.
        known: i64,
    },
    /// Parts are missing or make no sense.
    #[error(
        "the database {path} is damaged ({what}); keep the file and what lies beside it for \
         examination, and restore the directory from its last backup"
    )]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// An old format could not be brought up to date.
    #[error(
        "the database {path} could not be brought to the current format ({what}); see that the disk \
         has room and works, then start again"
    )]
    Migration {
        /// Which.
        path: PathBuf,
        /// What went wrong.
        what: String,
    },
    /// The operating system refused.
    #[error(
        "the database {path} cannot be opened: {source}; check the directory and its permissions"
    )]
    Io {
        /// Which.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// SQLite refused for another reason.
    #[error(
        "the database {path} cannot be opened: {what}; see that the disk has room and works, then \
         start again"
    )]
    Refused {
        /// Which.
        path: PathBuf,
        /// What it said.
        what: String,
    },
}

/// A store that cannot do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk or the connection failed.
    #[error("the store is not available: {what}")]
    Unavailable {
        /// What happened.
        what: String,
    },
    /// No room is left.
    #[error("the store's disk is full: {what}; make room on it")]
    Full {
        /// What happened.
        what: String,
    },
    /// What is stored makes no sense.
    #[error("the store is damaged: {what}; restore it from its last backup")]
    Damaged {
        /// What was found.
        what: String,
    },
    /// The last commit's result is unknown.
    #[error("the result of the last commit is unknown; the store must be opened again first")]
    ReopenFirst,
    /// The batch contradicts itself or the store; a defect of its writer, not of the store.
    #[error("the batch is wrong: {what}")]
    BadBatch {
        /// What is wrong with it.
        what: String,
    },
}

/// A commit that did not take place, or may not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A row has moved on since the decision. Surely not committed.
    #[error("row '{row}' of '{collection}' has version {found:?}, not {expected:?}")]
    Conflict {
        /// The collection.
        collection: &'static str,
        /// The row.
        row: String,
        /// The version that the batch expects; `None` for no row.
        expected: Option<u64>,
        /// The version that it has; `None` for no row.
        found: Option<u64>,
    },
    /// The client token is there already. Surely not committed.
    #[error("the client token '{key}' was used before")]
    TokenTaken {
        /// Which.
        key: String,
    },
    /// Surely not committed.
    #[error("the batch was not committed: {0}")]
    Failed(#[source] StoreError),
    /// May have been committed. The store must be reopened; then the batch's id tells.
    #[error("whether the batch was committed is unknown: {0}")]
    Unknown(#[source] StoreError),
}
