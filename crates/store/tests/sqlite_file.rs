//! The SQLite file itself: what is refused and left alone, who may read it, what leaves it, what
//! survives a killed process, and old formats.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_store::{
    BackUpError, Batch, BatchId, MergeWrite, OpenError, OpenOptions, Purge, RecordSource,
    RecordWrite, RecordsFrom, RecordsLeave, RowWrite, SqliteStore, Store, StoreError, Stored,
    TokenWrite, WriterId, back_up, open_read_only, open_sqlite,
};
use rusqlite::Connection;
use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const CREATE: OpenOptions = OpenOptions { create: true };
const EXISTING: OpenOptions = OpenOptions { create: false };
/// The page size of new files.
const PAGE: usize = 8192;
const WRITER: WriterId = WriterId([7; 16]);

fn directory() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("claviger.db");
    (directory, path)
}

fn row(row: &str, expected: Option<u64>, value: Option<&[u8]>) -> RowWrite {
    RowWrite {
        collection: "things",
        row: row.to_owned(),
        expected,
        value: value.map(<[u8]>::to_vec),
    }
}

fn batch(id: u64) -> Batch {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&id.to_be_bytes());
    Batch::new(BatchId(bytes), WRITER)
}

fn record(seq: u64) -> RecordWrite {
    let hash = |seq: u64| {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&seq.to_be_bytes());
        hash
    };
    RecordWrite {
        format: 1,
        seq,
        previous: hash(seq - 1),
        hash: hash(seq),
        body: vec![b'r'; 600],
    }
}

/// A store with 200 rows and 200 records, closed.
fn filled(path: &Path) {
    let mut store = open_sqlite(path, CREATE).unwrap();
    let mut b = batch(1);
    for n in 0..200 {
        b.rows
            .push(row(&format!("row {n:03}"), None, Some(&[b'v'; 300])));
    }
    b.records = (1..=200).map(record).collect();
    store.commit(&b).unwrap();
}

fn rows(store: &mut SqliteStore) -> Vec<(String, u64, Vec<u8>)> {
    let mut rows = Vec::new();
    store
        .load(&mut |stored| {
            if let Stored::Row {
                row,
                version,
                value,
                ..
            } = stored
            {
                rows.push((row.to_owned(), version, value.to_vec()));
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    rows.sort();
    rows
}

/// What may lie where a database should, and how opening it must end.
#[test]
fn what_is_not_ours_is_refused_and_left_alone() {
    type Make = fn(&Path);
    type Expect = fn(&OpenError) -> bool;
    let cases: [(&str, Make, Expect); 9] = [
        (
            "nothing",
            |_| {},
            |e| matches!(e, OpenError::Missing { .. }),
        ),
        (
            "text",
            |p| fs::write(p, "not a database\n").unwrap(),
            |e| matches!(e, OpenError::NotADatabase { .. }),
        ),
        (
            "the first bytes alone",
            |p| fs::write(p, "SQLite format 3\0").unwrap(),
            |e| matches!(e, OpenError::Damaged { .. }),
        ),
        (
            "another program's database",
            |p| {
                Connection::open(p)
                    .unwrap()
                    .execute_batch("CREATE TABLE t (a)")
                    .unwrap()
            },
            |e| {
                matches!(
                    e,
                    OpenError::Foreign {
                        application_id: 0,
                        ..
                    }
                )
            },
        ),
        (
            "another program's id",
            |p| {
                let c = Connection::open(p).unwrap();
                c.execute_batch("PRAGMA application_id = 9; CREATE TABLE t (a)")
                    .unwrap();
            },
            |e| {
                matches!(
                    e,
                    OpenError::Foreign {
                        application_id: 9,
                        ..
                    }
                )
            },
        ),
        (
            "a later format",
            |p| {
                filled(p);
                Connection::open(p)
                    .unwrap()
                    .execute_batch("PRAGMA user_version = 99")
                    .unwrap();
            },
            |e| {
                matches!(
                    e,
                    OpenError::Newer {
                        found: 99,
                        known: 2,
                        ..
                    }
                )
            },
        ),
        (
            "an empty file with a log",
            |p| {
                fs::write(p, "").unwrap();
                fs::write(format!("{}-wal", p.display()), "log").unwrap();
            },
            |e| matches!(e, OpenError::Damaged { .. }),
        ),
        (
            "a directory",
            |p| fs::create_dir(p).unwrap(),
            |e| matches!(e, OpenError::Io { .. }),
        ),
        (
            "a header of zeros",
            |p| fs::write(p, [0; 4096]).unwrap(),
            |e| matches!(e, OpenError::NotADatabase { .. }),
        ),
    ];
    for (what, make, expect) in cases {
        let (_keep, path) = directory();
        make(&path);
        let before = fs::read(&path).ok();
        let error = open_sqlite(&path, EXISTING).unwrap_err();
        assert!(expect(&error), "{what}: {error}");
        let error = open_read_only(&path).unwrap_err();
        assert!(expect(&error), "{what}, read only: {error}");
        assert!(error.to_string().contains("claviger.db"), "{error}");
        assert_eq!(fs::read(&path).ok(), before, "{what}");
    }
}

#[test]
fn a_missing_directory_is_named() {
    let (_keep, path) = directory();
    let path = path.join("below.db");
    let error = open_sqlite(&path, CREATE).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
}

/// Garbage over each page in turn: opening or loading finds it wherever a row could lie, and
/// nothing panics wherever it lies.
#[test]
fn damage_is_found() {
    let (_keep, path) = directory();
    filled(&path);
    let good = fs::read(&path).unwrap();
    let pages = good.len() / PAGE;
    let mut found = 0;
    for page in 0..pages {
        let mut bad = good.clone();
        let start = page * PAGE + if page == 0 { 100 } else { 0 };
        bad[start..(page + 1) * PAGE].fill(0xA5);
        fs::write(&path, &bad).unwrap();
        let damaged = match open_sqlite(&path, EXISTING) {
            Err(error) => {
                assert!(
                    matches!(error, OpenError::Damaged { .. }),
                    "page {page}: {error}"
                );
                true
            }
            Ok(mut store) => {
                let loaded = store.load(&mut |_| ControlFlow::Continue(()));
                let read = store.records(RecordsFrom::After(0), 1000);
                loaded.is_err() || read.is_err()
            }
        };
        found += usize::from(damaged);
    }
    // The history of migrations and the index that token rows would have are not read.
    assert!(found >= pages - 3, "{found} of {pages}");
}

#[test]
fn a_cut_file_is_damaged() {
    let (_keep, path) = directory();
    filled(&path);
    let good = fs::read(&path).unwrap();
    for keep in [50, 100, 2000, PAGE, good.len() / 2, good.len() - 1] {
        fs::write(&path, &good[..keep]).unwrap();
        let error = open_sqlite(&path, EXISTING).unwrap_err();
        assert!(
            matches!(error, OpenError::Damaged { .. }),
            "{keep} bytes: {error}"
        );
    }
    fs::write(&path, &good).unwrap();
    open_sqlite(&path, EXISTING).unwrap();
}

#[test]
fn records_that_went_missing_at_the_end_are_missed() {
    let (_keep, path) = directory();
    filled(&path);
    let delete = "DELETE FROM record WHERE position = 200";
    Connection::open(&path)
        .unwrap()
        .execute_batch(delete)
        .unwrap();
    let error = open_sqlite(&path, EXISTING).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
}

/// Whoever only reads is told as well.
#[test]
fn records_of_no_chain_are_not_passed_over() {
    for change in [
        "DELETE FROM chain",
        "UPDATE record SET chain = 7",
        "UPDATE record SET chain = 7 WHERE position = 100",
    ] {
        let (_keep, path) = directory();
        filled(&path);
        Connection::open(&path)
            .unwrap()
            .execute_batch(change)
            .unwrap();
        let mut reader = open_read_only(&path).unwrap();
        for from in [RecordsFrom::After(0), RecordsFrom::Before(u64::MAX)] {
            let error = reader.records(from, 1000).unwrap_err();
            assert!(
                matches!(error, StoreError::Damaged { .. }),
                "{change}: {error}"
            );
        }
    }
}

#[test]
fn records_that_are_gone_without_having_left_are_missed() {
    for change in [
        "DELETE FROM record",
        "DELETE FROM record; UPDATE chain SET left_seq = 200",
        "DELETE FROM record; UPDATE chain SET left_seq = 201, \
         left_hash = (SELECT hash FROM chain_end)",
    ] {
        let (_keep, path) = directory();
        filled(&path);
        Connection::open(&path)
            .unwrap()
            .execute_batch(change)
            .unwrap();
        let error = open_sqlite(&path, EXISTING).unwrap_err();
        assert!(
            matches!(error, OpenError::Damaged { .. }),
            "{change}: {error}"
        );
    }
}

#[test]
fn one_process_writes() {
    let (_keep, path) = directory();
    let store = open_sqlite(&path, CREATE).unwrap();
    let error = open_sqlite(&path, EXISTING).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    drop(store);
    open_sqlite(&path, EXISTING).unwrap();
}

#[test]
fn files_are_the_owners_alone() {
    let (keep, path) = directory();
    let mut store = open_sqlite(&path, CREATE).unwrap();
    store.commit(&batch(1)).unwrap();
    let mut files = 0;
    for entry in fs::read_dir(keep.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        files += 1;
    }
    assert_eq!(files, 4, "database, log, shared memory, lock");
}

#[test]
fn readers_read_beside_the_writer() {
    let (_keep, path) = directory();
    let mut store = open_sqlite(&path, CREATE).unwrap();
    let mut reader = open_read_only(&path).unwrap();
    for seq in 1..=3 {
        let mut b = batch(seq);
        b.records = vec![record(seq)];
        store.commit(&b).unwrap();
        let seen = reader.records(RecordsFrom::After(0), 100).unwrap();
        assert_eq!(seen.len() as u64, seq);
        assert_eq!(reader.chains().unwrap()[0].seq, seq);
    }
    drop(store);
    let mut late = open_read_only(&path).unwrap();
    assert_eq!(late.records(RecordsFrom::After(0), 100).unwrap().len(), 3);
}

fn files_hold(path: &Path, needle: &[u8]) -> bool {
    [
        path.to_owned(),
        PathBuf::from(format!("{}-wal", path.display())),
    ]
    .iter()
    .filter_map(|p| fs::read(p).ok())
    .any(|bytes| bytes.windows(needle.len()).any(|w| w == needle))
}

/// Written over, and deleted; in a small cell and on pages of its own.
#[test]
fn purged_bytes_leave_the_files() {
    let secret = b"sealed material number one";
    for size in [1, 500] {
        let (_keep, path) = directory();
        let mut store = open_sqlite(&path, CREATE).unwrap();
        let mut b = batch(1);
        let value = secret.repeat(size);
        b.rows = vec![row("a", None, Some(&value)), row("b", None, Some(&value))];
        store.commit(&b).unwrap();
        let mut b = batch(2);
        b.rows = vec![row("a", Some(1), Some(b"new")), row("b", Some(1), None)];
        b.purge = true;
        assert!(files_hold(&path, secret));
        assert_eq!(store.commit(&b).unwrap().purge, Purge::Done);
        assert!(!files_hold(&path, secret), "{size}");
    }
}

#[test]
fn a_reader_delays_a_purge_and_no_more() {
    let (_keep, path) = directory();
    let mut store = open_sqlite(&path, CREATE).unwrap();
    let mut b = batch(1);
    b.rows = vec![row("a", None, Some(b"sealed material"))];
    store.commit(&b).unwrap();
    let reader = Connection::open(&path).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM batch")
        .unwrap();
    let mut b = batch(2);
    b.rows = vec![row("a", Some(1), None)];
    b.purge = true;
    assert_eq!(store.commit(&b).unwrap().purge, Purge::Pending);
    assert_eq!(store.commit(&batch(3)).unwrap().purge, Purge::Pending);
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(store.commit(&batch(4)).unwrap().purge, Purge::Done);
    assert!(!files_hold(&path, b"sealed material"));
}

#[test]
fn old_batch_ids_are_forgotten() {
    let (_keep, path) = directory();
    drop(open_sqlite(&path, CREATE).unwrap());
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 102399) \
         INSERT INTO batch (revision, id, position) SELECT i, CAST(printf('%016d', i) AS BLOB), 0 FROM n";
    Connection::open(&path)
        .unwrap()
        .execute_batch(fill)
        .unwrap();
    let mut store = open_sqlite(&path, EXISTING).unwrap();
    assert_eq!(store.commit(&batch(1)).unwrap().revision, 102_400);
    for (n, expect) in [(1, false), (2400, false), (2401, true), (102_399, true)] {
        let id = BatchId(format!("{n:016}").into_bytes().try_into().unwrap());
        assert_eq!(store.find_batch(&id).unwrap().is_some(), expect, "{n}");
    }
}

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/formats")
        .join(name)
}

/// What each kept file holds.
fn fill_kept_file(path: &Path) {
    let mut store = open_sqlite(path, CREATE).unwrap();
    let mut b = batch(1);
    b.rows = vec![
        row("a", None, Some(b"first")),
        row("b", None, Some(b"first")),
    ];
    b.records = vec![record(1), record(2)];
    store.commit(&b).unwrap();
    let mut b = batch(2);
    b.rows = vec![row("a", Some(1), Some(b"second"))];
    b.merges = vec![MergeWrite {
        collection: "maxima",
        row: "m".to_owned(),
        rank: 1,
        value: b"merged".to_vec(),
    }];
    b.tokens = vec![TokenWrite {
        key: "t".to_owned(),
        parameter_hash: [3; 32],
        reply: b"reply".to_vec(),
        expires: 9,
    }];
    b.records = vec![record(3)];
    store.commit(&b).unwrap();
}

/// Not a test of its own: makes the kept file of a new format, once.
#[test]
fn write_the_kept_file() {
    if let Ok(path) = std::env::var("CLAVIGER_WRITE_STORE_FILE") {
        fill_kept_file(Path::new(&path));
    }
}

/// The kept file of each format opens for ever, and goes on.
#[test]
fn kept_files_open() {
    for name in ["store-1.db", "store-2.db"] {
        let (_keep, path) = directory();
        fs::copy(kept(name), &path).unwrap();
        let mut store = open_sqlite(&path, EXISTING).unwrap();
        assert_eq!(
            rows(&mut store),
            [
                ("a".to_owned(), 2, b"second".to_vec()),
                ("b".to_owned(), 1, b"first".to_vec())
            ]
        );
        assert_eq!(store.find_batch(&batch(2).id).unwrap(), Some(2));
        assert_eq!(store.find_token("t").unwrap().map(|t| t.expires), Some(9));
        let records = store.records(RecordsFrom::After(0), 10).unwrap();
        let seqs: Vec<_> = records.iter().map(|r| (r.position, r.seq)).collect();
        assert_eq!(seqs, [(1, 1), (2, 2), (3, 3)]);
        assert_eq!(store.chain_head(&WRITER).unwrap().map(|h| h.0), Some(3));
        for (n, seq) in [(3, 4), (4, 5)] {
            let mut b = batch(n);
            b.records = vec![record(seq)];
            assert_eq!(store.commit(&b).unwrap().revision, n);
            assert_eq!(store.chain_head(&WRITER).unwrap().map(|h| h.0), Some(seq));
        }
        drop(store);
        let mut store = open_sqlite(&path, EXISTING).unwrap();
        assert_eq!(store.chain_head(&WRITER).unwrap().map(|h| h.0), Some(5));
    }
}

/// Today's format is the one that is kept: what the code makes has the same tables.
#[test]
fn todays_format_is_kept() {
    let schema = |path: &Path| -> Vec<String> {
        let sql = "SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name";
        let c = Connection::open(path).unwrap();
        let mut s = c.prepare(sql).unwrap();
        s.query_map([], |r| r.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    };
    let (_keep, path) = directory();
    drop(open_sqlite(&path, CREATE).unwrap());
    let (_keep_too, copy) = directory();
    fs::copy(kept("store-2.db"), &copy).unwrap();
    assert_eq!(schema(&path), schema(&copy));
    let (_keep_three, old) = directory();
    fs::copy(kept("store-1.db"), &old).unwrap();
    drop(open_sqlite(&old, EXISTING).unwrap());
    assert_eq!(schema(&path), schema(&old));
}

/// The end of a chain outlives the batches that told it.
#[test]
fn ends_of_chains_outlive_batches() {
    let (_keep, path) = directory();
    let mut store = open_sqlite(&path, CREATE).unwrap();
    let quiet = WriterId([9; 16]);
    let mut b = Batch::new(BatchId([9; 16]), quiet);
    b.records = vec![RecordWrite {
        previous: [0; 32],
        ..record(1)
    }];
    store.commit(&b).unwrap();
    let end = store.chain_head(&quiet).unwrap();
    let mut b = batch(2);
    b.records = vec![record(1)];
    store.commit(&b).unwrap();
    drop(store);
    // As if so many batches without records had followed, the next one being the last before a pruning.
    let fill = "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 102399) \
         INSERT INTO batch (revision, id, position) SELECT i, CAST(printf('%016d', i) AS BLOB), 2 FROM n";
    let c = Connection::open(&path).unwrap();
    c.execute_batch(fill).unwrap();
    drop(c);
    let mut store = open_sqlite(&path, EXISTING).unwrap();
    let mut b = batch(102_400);
    b.records = vec![record(2)];
    assert_eq!(store.commit(&b).unwrap().revision, 102_400);
    assert_eq!(store.find_batch(&BatchId([9; 16])).unwrap(), None);
    assert_eq!(store.chain_head(&quiet).unwrap(), end);
    assert_eq!(store.chain_head(&WRITER).unwrap().map(|h| h.0), Some(2));
    drop(store);
    let mut store = open_sqlite(&path, EXISTING).unwrap();
    assert_eq!(store.chain_head(&quiet).unwrap(), end);
    let ends: Vec<u64> = store.chains().unwrap().iter().map(|c| c.seq).collect();
    assert_eq!(ends, [1, 2]);
}

/// The log is moved into the file beside the commits, so it stays as long as it may be and no longer.
#[test]
fn the_log_stays_bounded() {
    let page = PAGE as u64;
    let (_keep, path) = directory();
    let mut store = open_sqlite(&path, CREATE).unwrap();
    let log = path.with_file_name(format!(
        "{}-wal",
        path.file_name().unwrap().to_string_lossy()
    ));
    let mut longest = 0;
    for n in 1..=1500 {
        let mut b = batch(n);
        // Some 25 pages each, 37,500 in all, of which the log may hold 16,000.
        b.rows = vec![row(&n.to_string(), None, Some(&[1; 200_000]))];
        b.records = vec![record(n)];
        store.commit(&b).unwrap();
        longest = longest.max(fs::metadata(&log).unwrap().len());
    }
    assert!(longest > 2000 * page, "{longest}");
    assert!(longest < 17_000 * (page + 24), "{longest}");
    assert_eq!(rows(&mut store).len(), 1500);
}

const CHILD: &str = "CLAVIGER_STORE_KILL_TEST";

/// Not a test of its own: the process that is killed. It commits and says so, until it is killed.
#[test]
fn child_that_is_killed() {
    use std::io::Write as _;
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let mut store = open_sqlite(Path::new(&path), CREATE).unwrap();
    let start = store.chain_head(&WRITER).unwrap().map_or(0, |h| h.0);
    let mut out = std::io::stdout();
    for n in start + 1.. {
        let mut b = batch(n);
        b.rows = vec![
            row(&n.to_string(), None, Some(&[1; 100])),
            row("last", (n > 1).then(|| n - 1), Some(&n.to_be_bytes())),
        ];
        b.records = vec![record(n)];
        let revision = store.commit(&b).unwrap().revision;
        writeln!(out, "done {revision}").unwrap();
        out.flush().unwrap();
    }
}

/// Every commit that was said to be done is there after a kill, whole; at most the one under way
/// may be there beside it.
#[test]
fn a_killed_process_loses_nothing() {
    let (_keep, path) = directory();
    let mut before = 0;
    for round in 1..=5_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child_that_is_killed", "--exact", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.split("done ").nth(1)?.parse::<u64>().ok());
        let mut acknowledged = 0;
        for revision in said {
            acknowledged = revision;
            if revision == before + 37 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        let mut store = open_sqlite(&path, EXISTING).unwrap();
        let (last, _) = store.chain_head(&WRITER).unwrap().unwrap();
        assert!(
            last == acknowledged || last == acknowledged + 1,
            "{last} {acknowledged}"
        );
        assert!(acknowledged >= before + 37 * round);
        let rows = rows(&mut store);
        assert_eq!(rows.len() as u64, last + 1);
        assert!(rows.contains(&("last".to_owned(), last, last.to_be_bytes().to_vec())));
        let records = store.records(RecordsFrom::After(0), u32::MAX).unwrap();
        assert_eq!(records.len() as u64, last);
        for n in [1, acknowledged, last] {
            assert_eq!(store.find_batch(&batch(n).id).unwrap(), Some(n));
        }
        before = last;
    }
}

/// Delivered records make room for new ones: the file grows with what is there, not with all that
/// ever was.
#[test]
fn the_file_does_not_grow_with_what_has_left() {
    let (_dir, path) = directory();
    let mut store = open_sqlite(&path, CREATE).unwrap();
    let mut sizes = Vec::new();
    for round in 0..8_u64 {
        let mut filling = batch(2 * round);
        filling.records = (1..=2000).map(|n| record(2000 * round + n)).collect();
        store.commit(&filling).unwrap();
        let last = 2000 * (round + 1);
        let mut leaving = batch(2 * round + 1);
        leaving.leave.push(RecordsLeave {
            writer: leaving.writer,
            seq: last,
            position: last,
        });
        // A purge empties the log, so that the file's size says all.
        leaving.purge = true;
        store.commit(&leaving).unwrap();
        assert_eq!(store.records(RecordsFrom::After(0), 1).unwrap(), []);
        sizes.push(fs::metadata(&path).unwrap().len());
    }
    assert_eq!(sizes[1], sizes[7], "{sizes:?}");
}

/// What a killed process leaves, without its log: the newest commits are not there.
#[test]
fn a_log_that_was_taken_away_is_missed() {
    let (_directory, path) = directory();
    let (_killed, copy) = directory();
    let mut store = open_sqlite(&path, CREATE).unwrap();
    store.commit(&batch(1)).unwrap();
    let beside = |path: &Path, ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    for ending in ["", "-shm"] {
        fs::copy(beside(&path, ending), beside(&copy, ending)).unwrap();
    }
    let refused = open_sqlite(&copy, EXISTING).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
    assert!(refused.to_string().contains("claviger.db-wal is missing"));
    assert!(open_read_only(&copy).is_err());
    fs::remove_file(beside(&copy, "-shm")).unwrap();
    open_sqlite(&copy, EXISTING).unwrap();
    drop(store);
    open_sqlite(&path, EXISTING).unwrap();
}

#[test]
fn a_copy_is_whole_and_of_one_moment() {
    let (_directory, path) = directory();
    let (other, copy) = directory();
    let mut store = open_sqlite(&path, CREATE).unwrap();
    for id in 1..=3 {
        let mut batch = batch(id);
        batch.records.push(record(id));
        store.commit(&batch).unwrap();
    }
    let length = back_up(&path, &copy).unwrap();
    let metadata = fs::metadata(&copy).unwrap();
    assert_eq!(
        (metadata.len(), metadata.permissions().mode() & 0o777),
        (length, 0o600)
    );
    store.commit(&batch(4)).unwrap();
    assert!(matches!(
        back_up(&path, &copy),
        Err(BackUpError::Exists { .. })
    ));
    assert!(matches!(
        back_up(&other.path().join("none.db"), &other.path().join("x.db")),
        Err(BackUpError::Open(OpenError::Missing { .. }))
    ));
    let names = fs::read_dir(other.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["claviger.db"], "nothing else is left");
    let mut copied = open_sqlite(&copy, EXISTING).unwrap();
    let records = copied.records(RecordsFrom::After(0), 10).unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(copied.find_batch(&BatchId(batch(3).id.0)).unwrap(), Some(3));
    assert_eq!(copied.find_batch(&batch(4).id).unwrap(), None);
}
