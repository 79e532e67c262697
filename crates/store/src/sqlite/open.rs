//! Opens a SQLite store, or says exactly why not. A file that is not ours, or is newer than we, is
//! left as it is.

use super::checkpoint::count_pages;
use super::commit::empty_log;
use super::fault::{is_damage, store_error};
use super::place::FileId;
use super::schema::{APPLICATION_ID, FORMAT, migrate};
use super::{Open, SqliteReader, SqliteStore};
use crate::{OpenError, StoreError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a statement waits for a lock of another process. Only readers and SQLite's own tools
/// can hold one.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(2);
/// Five records of the usual size fit a page, where 4096 would hold two: a full batch writes fewer
/// bytes, and a lone record costs the same.
const PAGE_SIZE: i64 = 8192;
/// SQLite's smallest page, in bytes (SQLite documentation, "Database File Format", 1.3.2).
const SMALLEST: u64 = 512;
/// Pages in the log (16 MB) before they are moved into the database file.
pub(super) const LOG_PAGES: i32 = 2000;

/// How to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// Whether to make a database where there is none.
    pub create: bool,
}

/// Opens the store in the file `path` for this process alone. Beside it lie `<path>.lock`, and
/// SQLite's `<path>-wal` and `<path>-shm`. New files have mode 0600.
///
/// # Errors
/// One [`OpenError`] for each thing that an operator can do something about.
pub fn open_sqlite(path: &Path, options: OpenOptions) -> Result<SqliteStore, OpenError> {
    // The path is checked first, so that a mistyped one leaves no lock file behind.
    if !options.create && !path.exists() {
        return Err(OpenError::Missing { path: path.into() });
    }
    let lock = lock(path)?;
    let new = match header(path)? {
        Header::Missing if options.create => {
            create(path)?;
            true
        }
        Header::Missing => return Err(OpenError::Missing { path: path.into() }),
        Header::Empty => true,
        Header::Ours => false,
    };
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    prepare(path, &mut connection, new)?;
    check(path, &connection)?;
    let file = FileId::of(path).map_err(|error| OpenError::Refused {
        path: path.into(),
        what: error.to_string(),
    })?;
    Ok(SqliteStore {
        path: path.into(),
        file,
        open: Some(Open::new(path, connection)?),
        purge_pending: false,
        _lock: lock,
    })
}

/// Opens the records of the store in the file `path` to read, whether or not a process writes to it.
///
/// # Errors
/// As [`open_sqlite`], and when the file has an older format.
pub fn open_read_only(path: &Path) -> Result<SqliteReader, OpenError> {
    // The file may be open in this process, and whoever closes a file, however it was opened, gives up
    // all locks of its process on it (POSIX, `fcntl`): SQLite's own, too. Another program that then
    // opened and closed the database would think itself alone and remove the log under the writer.
    // So nothing is looked at here but through SQLite, which knows that.
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            return Err(io_error(path)(io::Error::other("it is no file")));
        }
        // No database that anybody has open is smaller than a page, so this one may be looked at.
        Ok(found) if found.len() < SMALLEST => match header(path)? {
            Header::Empty => return Err(damaged(path, "the file is empty")),
            _ => return Err(damaged(path, "the file is cut off")),
        },
        Ok(_) => log_is_here(path)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return match missing(path)? {
                Header::Missing => Err(OpenError::Missing { path: path.into() }),
                _ => Err(damaged(path, "the file is missing")),
            };
        }
        Err(e) => return Err(io_error(path)(e)),
    }
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    is_ours(path, &connection)?;
    let found = format_of(path, &connection)?;
    if found < FORMAT {
        return Err(OpenError::Older {
            path: path.into(),
            found,
            known: FORMAT,
        });
    }
    Ok(SqliteReader { connection })
}

/// Opens the database again after a commit with an unknown result, the lock being held. What it
/// finds in the log it writes into the database file and syncs, because a log whose sync failed may
/// show bytes that never reached the disk.
pub(super) fn reconnect(path: &Path) -> Result<Open, StoreError> {
    let unavailable = |what: String| StoreError::Unavailable { what };
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|mut c| prepare(path, &mut c, false).map(|()| c))
        .map_err(|e| unavailable(e.to_string()))?;
    if empty_log(&connection).map_err(store_error)? {
        Open::new(path, connection).map_err(|e| unavailable(e.to_string()))
    } else {
        Err(unavailable(
            "a reader keeps the log from being written to the database file".to_owned(),
        ))
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io { path, source }
}

fn damaged(path: &Path, what: impl Into<String>) -> OpenError {
    OpenError::Damaged {
        path: path.into(),
        what: what.into(),
    }
}

fn sqlite_error(path: &Path) -> impl Fn(rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    move |error| {
        let path = path.clone();
        let what = error.to_string();
        match error.sqlite_error_code() {
            _ if is_damage(&error) => OpenError::Damaged { path, what },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse { path },
            // Our own fixed statements fail so only where a table or column is not there.
            Some(ErrorCode::Unknown) => OpenError::Damaged { path, what },
            _ => OpenError::Refused { path, what },
        }
    }
}

/// Takes the lock that whoever opens the database to write holds, without opening it: for work on
/// the files themselves. It is given back when the file is dropped.
///
/// # Errors
/// [`OpenError::InUse`] while another process has it.
pub fn lock_database(path: &Path) -> Result<File, OpenError> {
    lock(path)
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let lock_path = beside(path, ".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&lock_path)
        .map_err(io_error(&lock_path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.into() }),
        Err(TryLockError::Error(source)) => Err(OpenError::Io {
            path: lock_path,
            source,
        }),
    }
}

/// Whether a database that was opened to read is one of ours.
fn is_ours(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let id = connection.pragma_query_value(None, "application_id", |row| row.get(0));
    match id {
        Ok(APPLICATION_ID) => Ok(()),
        Ok(application_id) => Err(OpenError::Foreign {
            path: path.into(),
            application_id,
        }),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(OpenError::NotADatabase { path: path.into() })
        }
        Err(error) => Err(sqlite_error(path)(error)),
    }
}

/// What the first bytes of the file say.
enum Header {
    Missing,
    Empty,
    Ours,
}

/// Looks at the file without SQLite, which would begin to mend what is not ours. Only before this
/// process has opened it: see [`open_read_only`].
fn header(path: &Path) -> Result<Header, OpenError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return missing(path),
        Err(e) => return Err(io_error(path)(e)),
    };
    let mut head = Vec::with_capacity(100);
    file.by_ref()
        .take(100)
        .read_to_end(&mut head)
        .map_err(io_error(path))?;
    if head.is_empty() {
        return empty(path);
    }
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(OpenError::NotADatabase { path: path.into() });
    }
    // Bytes 68 to 71 are the application id (SQLite documentation, "Database File Format", 1.3).
    let Some(id) = head.get(68..72).and_then(|b| <[u8; 4]>::try_from(b).ok()) else {
        return Err(damaged(path, "the file is cut off"));
    };
    match i32::from_be_bytes(id) {
        APPLICATION_ID => log_is_here(path).map(|()| Header::Ours),
        application_id => Err(OpenError::Foreign {
            path: path.into(),
            application_id,
        }),
    }
}

/// An empty file is what a crash leaves before the first write; with a log beside it, it is a
/// database that lost its content, and SQLite would throw the log away.
/// A log without its file is all that is left of commits: nothing may be made over it.
fn missing(path: &Path) -> Result<Header, OpenError> {
    if log_length(path) == 0 {
        Ok(Header::Missing)
    } else {
        Err(damaged(
            path,
            "the file is missing but its log is here: put the file back beside it",
        ))
    }
}

/// SQLite removes log and `-shm` together when the last process closes the database, the log first. A
/// `-shm` alone is what a killed process left, whose log, with the newest commits, somebody has removed.
fn log_is_here(path: &Path) -> Result<(), OpenError> {
    let shared = beside(path, "-shm");
    let killed = fs::metadata(&shared).is_ok_and(|found| found.len() > 0);
    if !killed || beside(path, "-wal").exists() {
        return Ok(());
    }
    Err(damaged(
        path,
        format!(
            "its log {} is missing although the service was killed: put it back, it holds the newest \
             commits; to go on without them, remove {}",
            beside(path, "-wal").display(),
            shared.display()
        ),
    ))
}

fn log_length(path: &Path) -> u64 {
    fs::metadata(beside(path, "-wal")).map_or(0, |m| m.len())
}

fn empty(path: &Path) -> Result<Header, OpenError> {
    if log_length(path) == 0 {
        Ok(Header::Empty)
    } else {
        Err(damaged(path, "the file is empty but its log is not"))
    }
}

/// Makes the empty file, so that it, and what SQLite puts beside it, has the right mode.
fn create(path: &Path) -> Result<(), OpenError> {
    File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(io_error(path))?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)
        .and_then(|d| d.sync_all())
        .map_err(io_error(directory))
}

fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, OpenError> {
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags).map_err(sqlite_error(path))?;
    let settings = || -> rusqlite::Result<()> {
        connection.busy_timeout(LOCK_WAIT)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        // Until the file is known to be ours to write, closing it must not touch it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(())
    };
    settings().map_err(sqlite_error(path))?;
    Ok(connection)
}

/// A second connection to a database that this process has open to write, to move its log.
pub(super) fn connect_beside(path: &Path) -> Result<Connection, OpenError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(sqlite_error(path))?;
    Ok(connection)
}

fn format_of(path: &Path, connection: &Connection) -> Result<i64, OpenError> {
    let found = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(sqlite_error(path))?;
    if found > FORMAT {
        return Err(OpenError::Newer {
            path: path.into(),
            found,
            known: FORMAT,
        });
    }
    Ok(found)
}

/// Makes the connection ready to write: marks a new file, sets the durability, brings the format
/// up to date.
fn prepare(path: &Path, connection: &mut Connection, new: bool) -> Result<(), OpenError> {
    let failed = sqlite_error(path);
    if new {
        // Before the log is switched on, so that the mark is in the file itself from the start.
        connection
            .pragma_update(None, "page_size", PAGE_SIZE)
            .and_then(|()| connection.pragma_update(None, "application_id", APPLICATION_ID))
            .map_err(&failed)?;
    }
    let found = format_of(path, connection)?;
    durability(connection).map_err(&failed)?;
    if found < FORMAT {
        migrate(connection).map_err(|e| OpenError::Migration {
            path: path.into(),
            what: e.to_string(),
        })?;
    }
    Ok(())
}

fn durability(connection: &Connection) -> rusqlite::Result<()> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(rusqlite::Error::ToSqlConversionFailure(
            format!("no write-ahead log is possible here (journal mode {mode})").into(),
        ));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    count_pages(connection);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Finds damage that can be found without reading all records.
fn check(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let failed = sqlite_error(path);
    if empty_log(connection).map_err(&failed)? {
        whole(path, connection)?;
    }
    for table in ["chain", "batch", "token", "merged", "row"] {
        let said: String = connection
            .query_row(&format!("PRAGMA quick_check(\"{table}\")"), [], |row| {
                row.get(0)
            })
            .map_err(&failed)?;
        if said != "ok" {
            return Err(damaged(path, said));
        }
    }
    newest_record(path, connection)?;
    empty_chains(path, connection)
}

/// With the log empty, the file must be as long as it says.
fn whole(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let count = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let failed = sqlite_error(path);
    let says = count("page_count")
        .and_then(|pages| count("page_size").map(|size| pages.saturating_mul(size)))
        .map_err(&failed)?;
    let is = fs::metadata(path).map_err(io_error(path))?.len();
    if u64::try_from(says).unwrap_or(u64::MAX) > is {
        return Err(damaged(
            path,
            format!("the file is cut off: {is} bytes instead of {says}"),
        ));
    }
    Ok(())
}

/// The newest record must be the one that its chain ends with.
fn newest_record(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let fits: Option<bool> = connection
        .query_row(
            "SELECT coalesce((SELECT ended.seq = record.seq AND ended.hash = record.hash \
             FROM chain_end AS ended WHERE ended.number = record.chain), 0) \
             FROM record ORDER BY position DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(sqlite_error(path))?;
    if fits == Some(false) {
        return Err(damaged(
            path,
            "the newest record is not the end of its chain",
        ));
    }
    Ok(())
}

/// A chain whose records have all left must end with the one that left last; where no record is,
/// all have.
fn empty_chains(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let wrong: i64 = connection
        .query_row(
            "SELECT count(*) FROM chain_end \
             WHERE left_seq > seq OR (left_seq = seq AND left_hash <> hash) \
             OR (left_seq < seq AND NOT EXISTS (SELECT 1 FROM record))",
            [],
            |row| row.get(0),
        )
        .map_err(sqlite_error(path))?;
    if wrong > 0 {
        return Err(damaged(
            path,
            "a chain of records does not end with the record that left it last",
        ));
    }
    Ok(())
}
