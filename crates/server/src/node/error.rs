//! Why a node does not open: for operators, each with what to do next.

use super::load::LoadError;
use claviger_crypto::{BadRootKey, SealError, UnlockError};
use claviger_store::{CommitError, StoreError};
use claviger_types::Timestamp;
use std::io;
use std::path::PathBuf;

/// A directory that cannot be opened as a node.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory is not there and was not to be made.
    #[error("there is no directory {path}; check the path, or let the service make one")]
    NoDirectory {
        /// Which.
        path: PathBuf,
    },
    /// Others may look into the directory.
    #[error(
        "the directory {path} has mode {mode:03o}: others could read the database or replace the \
         key file; run: chmod 700 '{path}'"
    )]
    OpenDirectory {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The directory is another user's.
    #[error(
        "the directory {path} belongs to user {owner}, but this process runs as user {user}: files \
         that it made there would be closed to their owner; run it as that user, or name another \
         directory, or take this one over: chown -R {user} '{path}'"
    )]
    OtherOwner {
        /// Which.
        path: PathBuf,
        /// The id of its owner.
        owner: u32,
        /// The id of the user this process runs as.
        user: u32,
    },
    /// Others may read the key file.
    #[error(
        "the root key file {path} has mode {mode:03o}: others could read it; if nobody has, run: \
         chmod 600 '{path}'; else begin a new installation, for everything under this key is open to \
         them"
    )]
    OpenSeal {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The database is sealed and the key file is not there.
    #[error(
        "the root key file {path} is missing, and without it nothing in the database opens; put it \
         back from where its copy is kept"
    )]
    NoSeal {
        /// Where it should be.
        path: PathBuf,
    },
    /// The key file does not hold a root key.
    #[error("{path}: {source}")]
    BadSeal {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: BadRootKey,
    },
    /// The root key does not open the store key.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    /// A new store key could not be sealed.
    #[error("the new store key cannot be sealed: {0}")]
    Seal(#[source] SealError),
    /// There is content but no store key.
    #[error(
        "the database is damaged: it has content but no store key; restore the directory from its \
         last backup"
    )]
    NoStoreKey,
    /// There is a store key but no writer.
    #[error(
        "the database is damaged: the id of its writer of records is missing; restore the \
         directory from its last backup"
    )]
    NoWriter,
    /// The newest record is not what was written.
    #[error(
        "the database is damaged: record {seq} was changed after it was written; keep the \
         directory for examination and restore it from its last backup"
    )]
    Chain {
        /// Which record.
        seq: u64,
    },
    /// The newest record tells no time.
    #[error(
        "the database is damaged: record {seq} has no time; keep the directory for examination and \
         restore it from its last backup"
    )]
    NoTime {
        /// Which record.
        seq: u64,
    },
    /// The machine's clock is behind what was recorded.
    #[error(
        "the clock went back: it is {now} here, but the newest audit record is of {newest}; records, \
         sessions and waiting periods would run backwards; set the machine's clock right, or, if it \
         is right and was ahead before, wait until {newest}"
    )]
    ClockWentBack {
        /// Time now: the machine's clock and what virtual time is ahead of it.
        now: Timestamp,
        /// The time of the newest record.
        newest: Timestamp,
    },
    /// The database does not open.
    #[error(transparent)]
    Database(#[from] claviger_store::OpenError),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is in the database cannot be read back.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The first commit of a new database failed.
    #[error(
        "the new database cannot be written: {0}; see that the disk has room and works, then start \
         again"
    )]
    FirstCommit(#[source] CommitError),
    /// The operating system refused.
    #[error("{path}: {source}; check the directory and its permissions")]
    Io {
        /// What could not be used.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// No thread for the commit loop.
    #[error("the operating system gives no thread: {0}; raise the limit of processes (ulimit -u)")]
    Thread(#[source] io::Error),
}
