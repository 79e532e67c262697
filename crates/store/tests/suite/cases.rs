//! The cases of the suite, each on a fresh store.

use super::*;
use claviger_store::{CommitError, Purge, StoreError};

pub fn a_new_store_is_empty<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    assert_eq!(content(&mut store), Content::default());
    assert_eq!(all_records(&mut store), []);
    assert_eq!(store.chains().unwrap(), []);
    assert_eq!(store.chain_head(&WRITER).unwrap(), None);
    assert_eq!(store.find_token("t").unwrap(), None);
    assert_eq!(store.find_batch(&BatchId([1; 16])).unwrap(), None);
    let committed = store.commit(&batch(1)).unwrap();
    assert_eq!((committed.revision, committed.purge), (1, Purge::NotAsked));
}

pub fn rows_are_written_at_their_version<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    for (id, write, expect) in [
        (1, put("a", None, "one"), Some((1, "one"))),
        (2, put("a", Some(1), "two"), Some((2, "two"))),
        (3, delete("a", Some(2)), None),
        (4, put("a", None, "new"), Some((1, "new"))),
    ] {
        let mut b = batch(id);
        b.rows.push(write);
        assert_eq!(store.commit(&b).unwrap().revision, u64::from(id));
        let found = content(&mut store).rows.into_values().next();
        let expect = expect.map(|(version, value)| (version, Vec::from(value)));
        assert_eq!(found, expect, "after batch {id}");
    }
}

/// Each of these batches also writes what would fit; none of it may stay.
pub fn stale_batches_change_nothing<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let mut b = batch(1);
    b.rows = vec![put("a", None, "1"), put("b", None, "1")];
    b.tokens = vec![token("t", 1)];
    b.records = records(WRITER, 1, 1);
    store.commit(&b).unwrap();
    let before = (content(&mut store), all_records(&mut store));

    let conflict = |row: &str, expected, found| CommitError::Conflict {
        collection: "things",
        row: row.to_owned(),
        expected,
        found,
    };
    let with_row = |write| Batch {
        rows: vec![put("c", None, "1"), write],
        ..batch(2)
    };
    let with_check = |check| Batch {
        checks: vec![check],
        rows: vec![put("c", None, "1")],
        ..batch(2)
    };
    for (stale, expect) in [
        (with_row(put("a", None, "2")), conflict("a", None, Some(1))),
        (
            with_row(put("a", Some(2), "2")),
            conflict("a", Some(2), Some(1)),
        ),
        (
            with_row(put("x", Some(1), "2")),
            conflict("x", Some(1), None),
        ),
        (
            with_row(delete("a", Some(7))),
            conflict("a", Some(7), Some(1)),
        ),
        (with_row(delete("x", Some(1))), conflict("x", Some(1), None)),
        (
            with_row(put("a", Some(u64::MAX), "2")),
            conflict("a", Some(u64::MAX), Some(1)),
        ),
        (
            with_check(check("a", Some(2))),
            conflict("a", Some(2), Some(1)),
        ),
        (with_check(check("a", None)), conflict("a", None, Some(1))),
        (
            with_check(check("x", Some(1))),
            conflict("x", Some(1), None),
        ),
        (
            Batch {
                rows: vec![put("c", None, "1")],
                merges: vec![merge("m", 1, "1")],
                tokens: vec![token("u", 1), token("t", 2)],
                records: records(WRITER, 2, 2),
                ..batch(2)
            },
            CommitError::TokenTaken {
                key: "t".to_owned(),
            },
        ),
    ] {
        assert_eq!(store.commit(&stale).unwrap_err(), expect);
        let after = (content(&mut store), all_records(&mut store));
        assert_eq!(after, before, "{stale:?}");
        assert_eq!(store.find_batch(&stale.id).unwrap(), None);
        assert_eq!(store.find_token("u").unwrap(), None);
    }
}

pub fn writes_in_one_batch_count_on<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let mut b = batch(1);
    b.rows = vec![
        put("a", None, "1"),
        put("a", Some(1), "2"),
        put("b", None, "1"),
        delete("b", Some(1)),
        put("b", None, "again"),
    ];
    store.commit(&b).unwrap();
    let rows: Vec<_> = content(&mut store).rows.into_values().collect();
    assert_eq!(rows, [(2, b"2".to_vec()), (1, b"again".to_vec())]);
}

pub fn checks_see_what_was_before_the_batch<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let mut b = batch(1);
    b.checks = vec![check("a", None)];
    b.rows = vec![put("a", None, "1")];
    store.commit(&b).unwrap();
    let mut b = batch(2);
    b.checks = vec![check("a", Some(1)), check("b", None)];
    b.rows = vec![put("a", Some(1), "2")];
    store.commit(&b).unwrap();
}

pub fn a_maximum_keeps_the_greatest_rank<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    for (id, merges, expect) in [
        (1, vec![merge("a", 5, "five")], (5, "five")),
        (2, vec![merge("a", 4, "four")], (5, "five")),
        (3, vec![merge("a", 5, "other")], (5, "five")),
        (4, vec![merge("a", 6, "six")], (6, "six")),
        (
            5,
            vec![merge("a", 9, "nine"), merge("a", 8, "eight")],
            (9, "nine"),
        ),
        (6, vec![merge("a", -1, "low")], (9, "nine")),
    ] {
        let mut b = batch(id);
        b.merges = merges;
        store.commit(&b).unwrap();
        let found: Vec<_> = content(&mut store).merges.into_values().collect();
        assert_eq!(found, [(expect.0, Vec::from(expect.1))], "after batch {id}");
    }
}

pub fn tokens_are_taken_once<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let mut b = batch(1);
    b.tokens = vec![token("t", 10)];
    store.commit(&b).unwrap();
    let found = store.find_token("t").unwrap().unwrap();
    assert_eq!(found.parameter_hash, [3; 32]);
    assert_eq!(
        (found.reply.as_slice(), found.expires),
        (b"reply".as_slice(), 10)
    );
    b.id = BatchId([2; 16]);
    let again = store.commit(&b).unwrap_err();
    assert!(matches!(again, CommitError::TokenTaken { key } if key == "t"));
}

pub fn tokens_are_forgotten<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let mut b = batch(1);
    b.tokens = vec![token("old", 9), token("due", 10), token("new", 11)];
    store.commit(&b).unwrap();
    let mut b = batch(2);
    b.forget_tokens_before = Some(10);
    b.tokens = vec![token("old", 20)];
    store.commit(&b).unwrap();
    let expires = |store: &mut P::Store, key| store.find_token(key).unwrap().map(|t| t.expires);
    assert_eq!(expires(&mut store, "old"), Some(20));
    assert_eq!(expires(&mut store, "due"), Some(10));
    assert_eq!(expires(&mut store, "new"), Some(11));
}

pub fn records_come_in_pages_both_ways<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    for (id, from, to) in [(1, 1, 3), (2, 4, 4), (3, 5, 7)] {
        let mut b = batch(id);
        b.records = records(WRITER, from, to);
        store.commit(&b).unwrap();
    }
    for (from, limit, expect) in [
        (RecordsFrom::After(0), 100, vec![1, 2, 3, 4, 5, 6, 7]),
        (RecordsFrom::After(0), 2, vec![1, 2]),
        (RecordsFrom::After(2), 3, vec![3, 4, 5]),
        (RecordsFrom::After(7), 3, vec![]),
        (RecordsFrom::After(u64::MAX), 3, vec![]),
        (RecordsFrom::Before(u64::MAX), 3, vec![7, 6, 5]),
        (RecordsFrom::Before(5), 100, vec![4, 3, 2, 1]),
        (RecordsFrom::Before(1), 3, vec![]),
        (RecordsFrom::Before(0), 3, vec![]),
        (RecordsFrom::After(0), 0, vec![]),
    ] {
        let page = store.records(from, limit).unwrap();
        let positions: Vec<_> = page.iter().map(|r| r.position).collect();
        assert_eq!(positions, expect, "{from:?} {limit}");
        for r in page {
            assert_eq!((r.writer, r.format, r.seq), (WRITER, 1, r.position));
            assert_eq!(
                (r.previous, r.hash),
                (hash(WRITER, r.seq - 1), hash(WRITER, r.seq))
            );
            assert_eq!(r.body, format!("record {}", r.seq).into_bytes());
        }
    }
}

pub fn chains_are_per_writer<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let other = WriterId([1; 16]);
    for (id, writer, from, to) in [(1, WRITER, 1, 2), (2, other, 1, 3), (3, WRITER, 3, 3)] {
        let mut b = Batch::new(BatchId([id; 16]), writer);
        b.records = records(writer, from, to);
        store.commit(&b).unwrap();
    }
    assert_eq!(
        store.chain_head(&WRITER).unwrap(),
        Some((3, hash(WRITER, 3)))
    );
    assert_eq!(store.chain_head(&other).unwrap(), Some((3, hash(other, 3))));
    let chains = store.chains().unwrap();
    let shown: Vec<_> = chains
        .iter()
        .map(|c| (c.writer, c.left_seq, c.seq))
        .collect();
    assert_eq!(shown, [(WRITER, 0, 3), (other, 0, 3)]);
    assert_eq!(chains[0].left_hash, [0; 32]);
    let order: Vec<_> = all_records(&mut store)
        .iter()
        .map(|r| (r.writer, r.seq))
        .collect();
    let expect = [
        (WRITER, 1),
        (WRITER, 2),
        (other, 1),
        (other, 2),
        (other, 3),
        (WRITER, 3),
    ];
    assert_eq!(order, expect);
}

pub fn gaps_and_forks_are_refused<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let mut b = batch(1);
    b.records = records(WRITER, 1, 2);
    store.commit(&b).unwrap();
    let forked = |mut records: Vec<RecordWrite>| {
        records[0].previous = [9; 32];
        records
    };
    for (what, records) in [
        ("gap", records(WRITER, 4, 4)),
        ("repeat", records(WRITER, 2, 2)),
        ("start", records(WRITER, 1, 1)),
        ("fork", forked(records(WRITER, 3, 3))),
        (
            "gap inside",
            [records(WRITER, 3, 3), records(WRITER, 5, 5)].concat(),
        ),
    ] {
        let refused = store
            .commit(&Batch {
                records,
                ..batch(2)
            })
            .unwrap_err();
        let expected = matches!(refused, CommitError::Failed(StoreError::BadBatch { .. }));
        assert!(expected, "{what}: {refused}");
        assert_eq!(all_records(&mut store).len(), 2, "{what}");
    }
    let nonsense = Batch {
        rows: vec![delete("x", None)],
        ..batch(2)
    };
    let refused = store.commit(&nonsense).unwrap_err();
    assert!(matches!(
        refused,
        CommitError::Failed(StoreError::BadBatch { .. })
    ));
    b.id = BatchId([2; 16]);
    b.records = records(WRITER, 3, 3);
    store.commit(&b).unwrap();
}

/// Two writers' records lie between each other; one writer's leave.
pub fn records_leave_up_to_one<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let other = WriterId([8; 16]);
    for (id, writer, from, to) in [
        (1, WRITER, 1, 3),
        (2, other, 1, 2),
        (3, WRITER, 4, 6),
        (4, other, 3, 3),
    ] {
        let mut b = Batch::new(BatchId([id; 16]), writer);
        b.records = records(writer, from, to);
        store.commit(&b).unwrap();
    }
    let mut b = batch(5);
    b.leave = vec![leave(WRITER, 5, 7)];
    b.records = records(WRITER, 7, 7);
    store.commit(&b).unwrap();
    let there = |store: &mut P::Store| -> Vec<(u64, WriterId, u64)> {
        let all = all_records(store);
        all.iter().map(|r| (r.position, r.writer, r.seq)).collect()
    };
    let expect = vec![
        (4, other, 1),
        (5, other, 2),
        (8, WRITER, 6),
        (9, other, 3),
        (10, WRITER, 7),
    ];
    assert_eq!(there(&mut store), expect);
    let chain = store.chains().unwrap()[0];
    assert_eq!((chain.left_seq, chain.seq), (5, 7));
    assert_eq!(chain.left_hash, hash(WRITER, 5));

    // All of it leaves; the chain and the places go on.
    let mut b = batch(6);
    b.leave = vec![leave(WRITER, 7, 10), leave(other, 3, 9)];
    store.commit(&b).unwrap();
    assert_eq!(there(&mut store), []);
    drop(store);
    let mut store = place.open();
    assert_eq!(
        store.chain_head(&WRITER).unwrap(),
        Some((7, hash(WRITER, 7)))
    );
    let mut b = batch(7);
    b.records = records(WRITER, 8, 8);
    store.commit(&b).unwrap();
    assert_eq!(there(&mut store), [(11, WRITER, 8)]);
}

pub fn only_what_is_there_leaves<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let mut b = batch(1);
    b.records = records(WRITER, 1, 4);
    store.commit(&b).unwrap();
    let mut b = batch(2);
    b.leave = vec![leave(WRITER, 2, 2)];
    store.commit(&b).unwrap();
    let (records, chains) = (all_records(&mut store), store.chains().unwrap());
    for (writer, seq, position) in [
        (WRITER, 2, 2),
        (WRITER, 1, 1),
        (WRITER, 5, 5),
        (WRITER, 3, 4),
        (WRITER, u64::MAX, u64::MAX),
        (WriterId([9; 16]), 3, 3),
    ] {
        let mut b = batch(3);
        b.rows = vec![put("a", None, "1")];
        b.leave = vec![leave(writer, seq, position)];
        let refused = store.commit(&b);
        assert!(
            matches!(
                refused,
                Err(CommitError::Failed(StoreError::BadBatch { .. }))
            ),
            "{seq} at {position}: {refused:?}"
        );
        assert_eq!(all_records(&mut store), records);
        assert_eq!(store.chains().unwrap(), chains);
        assert_eq!(content(&mut store).rows.len(), 0);
    }
}

pub fn a_batch_is_found_by_its_id<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    for id in 1..=3 {
        store.commit(&batch(id)).unwrap();
    }
    for (id, expect) in [(1, Some(1)), (3, Some(3)), (4, None), (0, None)] {
        assert_eq!(
            store.find_batch(&BatchId([id; 16])).unwrap(),
            expect,
            "{id}"
        );
    }
}

/// Runs past the point where old ids are removed; these are not old.
pub fn recent_batch_ids_are_kept<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let id = |n: u64| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_be_bytes());
        BatchId(id)
    };
    for n in 1..=1100 {
        store.commit(&Batch::new(id(n), WRITER)).unwrap();
    }
    for n in [1, 1024, 1100] {
        assert_eq!(store.find_batch(&id(n)).unwrap(), Some(n));
    }
}

pub fn loading_can_be_ended<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let mut b = batch(1);
    b.rows = vec![put("a", None, "1"), put("b", None, "1")];
    b.merges = vec![merge("m", 1, "1")];
    store.commit(&b).unwrap();
    for stop_after in 1..=3 {
        let mut seen = 0;
        let revision = store.load(&mut |_| {
            seen += 1;
            if seen == stop_after {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!((seen, revision), (stop_after, Ok(1)));
    }
}

fn filled<S: Store>(store: &mut S) -> (Content, Vec<StoredRecord>) {
    let mut b = batch(1);
    b.rows = vec![
        put("a", None, "1"),
        put("b", None, "1"),
        put("b", Some(1), "2"),
    ];
    b.merges = vec![merge("m", 1, "1")];
    b.tokens = vec![token("t", 5)];
    b.records = records(WRITER, 1, 40);
    store.commit(&b).unwrap();
    (content(store), all_records(store))
}

pub fn everything_is_there_after_opening_again<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let before = filled(&mut store);
    drop(store);
    let mut store = place.open();
    assert_eq!((content(&mut store), all_records(&mut store)), before);
    assert!(store.find_token("t").unwrap().is_some());
    assert_eq!(store.find_batch(&BatchId([1; 16])).unwrap(), Some(1));
    let mut b = batch(2);
    b.records = records(WRITER, 41, 41);
    assert_eq!(store.commit(&b).unwrap().revision, 2);
}

pub fn everything_is_there_after_reopening<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let before = filled(&mut store);
    store.reopen().unwrap();
    assert_eq!((content(&mut store), all_records(&mut store)), before);
    assert_eq!(store.commit(&batch(2)).unwrap().revision, 2);
}

pub fn a_purge_is_done<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    filled(&mut store);
    let mut b = batch(2);
    b.rows = vec![delete("a", Some(1))];
    b.purge = true;
    assert_eq!(store.commit(&b).unwrap().purge, Purge::Done);
    assert_eq!(store.commit(&batch(3)).unwrap().purge, Purge::NotAsked);
}

pub fn odd_bytes_and_names_come_back<P: Place>() {
    let place = P::new();
    let mut store = place.open();
    let names = [
        "",
        " ",
        "a\0b",
        "ä/ö:\"'%_",
        "\u{10ffff}",
        &"long".repeat(2000),
    ];
    let values = [vec![], vec![0], vec![0xff; 100_000], b"\0'\"".to_vec()];
    let mut b = batch(1);
    for (at, name) in names.iter().enumerate() {
        let value = values[at % values.len()].clone();
        b.rows.push(RowWrite {
            value: Some(value.clone()),
            ..put(name, None, "")
        });
        b.merges.push(MergeWrite {
            value,
            ..merge(name, i64::MIN, "")
        });
    }
    store.commit(&b).unwrap();
    let found = content(&mut store);
    for (at, name) in names.iter().enumerate() {
        let key = ("things".to_owned(), (*name).to_owned());
        let value = &values[at % values.len()];
        assert_eq!(found.rows.get(&key), Some(&(1, value.clone())), "{name:?}");
        assert_eq!(
            found.merges.get(&key),
            Some(&(i64::MIN, value.clone())),
            "{name:?}"
        );
    }
}
