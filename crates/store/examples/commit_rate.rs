//! How long commits take: records of 1.3 kB in batches of 1, 16 and 64, and what a start costs with
//! 100,000 rows. Run it in release, on the disk in question:
//! `cargo run --release -p claviger-store --example commit_rate -- DIR`. It asserts nothing.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement prints and reads the clock"
)]

use claviger_store::{
    Batch, BatchId, MergeWrite, OpenOptions, RecordWrite, RowWrite, Store, WriterId, open_sqlite,
};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const BODY: usize = 1300;

fn hash(seq: u64) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&seq.to_be_bytes());
    hash
}

fn batch(number: u64, seq: &mut u64, size: usize) -> Batch {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let mut batch = Batch::new(BatchId(id), WriterId([1; 16]));
    for _ in 0..size {
        *seq += 1;
        batch.records.push(RecordWrite {
            format: 1,
            seq: *seq,
            previous: hash(*seq - 1),
            hash: hash(*seq),
            body: vec![b'r'; BODY],
        });
    }
    batch.merges.push(MergeWrite {
        collection: "kms.last_use",
        row: "111122223333/us-east-1/key".to_owned(),
        rank: i64::try_from(number).unwrap(),
        value: vec![b'u'; 120],
    });
    batch
}

fn main() {
    let directory = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let path = directory.join("commit_rate.db");
    let mut store = open_sqlite(&path, OpenOptions { create: true }).unwrap();
    let mut seq = store
        .chain_head(&WriterId([1; 16]))
        .unwrap()
        .map_or(0, |h| h.0);
    let mut number = 1_000_000;
    for size in [1, 16, 64] {
        let mut took = Vec::new();
        let end = Instant::now() + Duration::from_secs(3);
        while Instant::now() < end {
            number += 1;
            let batch = batch(number, &mut seq, size);
            let start = Instant::now();
            store.commit(&batch).unwrap();
            took.push(start.elapsed());
        }
        took.sort();
        let total: Duration = took.iter().sum();
        let rate = f64::from(u32::try_from(took.len() * size).unwrap()) / total.as_secs_f64();
        println!(
            "group {size}: {rate:.0} records/s, commit {:?} / {:?} / {:?} (50th, 99th, worst)",
            took[took.len() / 2],
            took[took.len() * 99 / 100],
            took[took.len() - 1]
        );
    }
    many_rows(&mut store);
    drop(store);
    let start = Instant::now();
    let mut store = open_sqlite(&path, OpenOptions { create: false }).unwrap();
    let opened = start.elapsed();
    let mut rows = 0;
    store
        .load(&mut |_| {
            rows += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    println!(
        "opened in {opened:?}, {rows} rows loaded after {:?}",
        start.elapsed()
    );
}

fn many_rows(store: &mut impl Store) {
    let mut batch = Batch::new(BatchId([9; 16]), WriterId([1; 16]));
    for n in 0..100_000 {
        batch.rows.push(RowWrite {
            collection: "kms.key",
            row: format!("111122223333/us-east-1/{n:032x}"),
            expected: None,
            value: Some(vec![b'k'; 1500]),
        });
    }
    let start = Instant::now();
    // A second run on the same file finds the rows there.
    let result = store.commit(&batch);
    println!(
        "100,000 rows: {:?} in {:?}",
        result.is_ok(),
        start.elapsed()
    );
}
