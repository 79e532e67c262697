//! The chain: a known answer, and every way in which a chain can be broken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_trail::chain::GENESIS;
use claviger_trail::{Chain, ChainBreak, Link, Verifier};
use proptest::prelude::*;

const WRITER: [u8; 16] = [7; 16];

type Written = Vec<(Link, Vec<u8>)>;

fn written(writer: [u8; 16], count: u64) -> (Written, Chain) {
    let mut chain = Chain::new(writer);
    let records = (1..=count)
        .map(|n| {
            let body = format!("{{\"n\":{n}}}").into_bytes();
            (chain.append(&body), body)
        })
        .collect();
    (records, chain)
}

fn verify(records: &Written, heads: &[Chain]) -> Result<u64, ChainBreak> {
    let mut verifier = Verifier::new();
    for head in heads {
        verifier.expect_head(*head);
    }
    for (link, body) in records {
        verifier.take(link, body)?;
    }
    verifier.finish().map(|report| report.records)
}

/// Computed apart from this code, with Python's `hashlib`, over the bytes that docs/formats.md names.
#[test]
fn known_answer() {
    let hash = Link::hash_of(1, &WRITER, 1, &GENESIS, b"{}");
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(
        hex,
        "d1fbaf23d446dd99ac5ecd6adef323055cf2c494baa681b5ab73ac11cbe22d88"
    );
}

#[test]
fn whole_chains_verify() {
    let (mut records, head) = written(WRITER, 5);
    assert_eq!(verify(&records, &[head]), Ok(5));
    assert_eq!(verify(&vec![], &[]), Ok(0));
    // The service has gone on since the head was read.
    let (longer, _) = written(WRITER, 9);
    assert_eq!(verify(&longer, &[head]), Ok(9));
    // A second writer in between.
    let (others, other_head) = written([8; 16], 4);
    for (at, record) in others.into_iter().enumerate() {
        records.insert(at * 2, record);
    }
    assert_eq!(verify(&records, &[head, other_head]), Ok(9));
}

#[test]
fn a_chain_goes_on_from_a_checkpoint() {
    let (records, head) = written(WRITER, 6);
    let checkpoint = Chain::resume(WRITER, 4, records[3].0.hash);
    let mut verifier = Verifier::new();
    verifier.start_at(checkpoint);
    verifier.expect_head(head);
    for (link, body) in &records[4..] {
        verifier.take(link, body).unwrap();
    }
    let report = verifier.finish().unwrap();
    assert_eq!((report.records, report.heads), (2, vec![head]));
}

#[test]
fn breaks_are_found_where_they_are() {
    type Spoil = fn(&mut Written);
    type Expect = fn(&ChainBreak) -> bool;
    let cases: [(&str, Spoil, Expect); 11] = [
        (
            "body",
            |r| r[2].1[2] ^= 1,
            |e| matches!(e, ChainBreak::Changed { seq: 3, .. }),
        ),
        (
            "body longer",
            |r| r[0].1.push(b' '),
            |e| matches!(e, ChainBreak::Changed { seq: 1, .. }),
        ),
        (
            "hash",
            |r| r[4].0.hash[31] ^= 1,
            |e| matches!(e, ChainBreak::Changed { seq: 5, .. }),
        ),
        (
            "previous",
            |r| r[1].0.previous[0] ^= 1,
            |e| matches!(e, ChainBreak::Changed { seq: 2, .. }),
        ),
        (
            "format",
            |r| r[1].0.format = 2,
            |e| {
                matches!(
                    e,
                    ChainBreak::UnknownFormat {
                        seq: 2,
                        format: 2,
                        ..
                    }
                )
            },
        ),
        (
            "one taken out",
            |r| drop(r.remove(1)),
            |e| {
                matches!(
                    e,
                    ChainBreak::Gap {
                        expected: 2,
                        found: 3,
                        ..
                    }
                )
            },
        ),
        (
            "the first taken out",
            |r| drop(r.remove(0)),
            |e| {
                matches!(
                    e,
                    ChainBreak::Gap {
                        expected: 1,
                        found: 2,
                        ..
                    }
                )
            },
        ),
        (
            "the last taken out",
            |r| drop(r.pop()),
            |e| {
                matches!(
                    e,
                    ChainBreak::End {
                        expected: 5,
                        found: 4,
                        ..
                    }
                )
            },
        ),
        ("all taken out", Vec::clear, |e| {
            matches!(
                e,
                ChainBreak::End {
                    expected: 5,
                    found: 0,
                    ..
                }
            )
        }),
        (
            "doubled",
            |r| r.insert(1, r[0].clone()),
            |e| {
                matches!(
                    e,
                    ChainBreak::Gap {
                        expected: 2,
                        found: 1,
                        ..
                    }
                )
            },
        ),
        (
            "swapped",
            |r| r.swap(1, 2),
            |e| {
                matches!(
                    e,
                    ChainBreak::Gap {
                        expected: 2,
                        found: 3,
                        ..
                    }
                )
            },
        ),
    ];
    for (what, spoil, expect) in cases {
        let (mut records, head) = written(WRITER, 5);
        spoil(&mut records);
        let found = verify(&records, &[head]).unwrap_err();
        assert!(expect(&found), "{what}: {found}");
        assert!(found.to_string().contains(&"07".repeat(16)), "{found}");
    }
}

/// A record hashed again after a change no longer is what its successor follows from; hashed again
/// to the end, the chain no longer passes through the head.
#[test]
fn rewritten_history_is_found() {
    let (mut records, head) = written(WRITER, 5);
    let mut chain = Chain::resume(WRITER, 1, records[0].0.hash);
    records[1] = (chain.append(b"{}"), b"{}".to_vec());
    let found = verify(&records, &[head]).unwrap_err();
    assert!(
        matches!(found, ChainBreak::Forked { seq: 3, .. }),
        "{found}"
    );
    for record in &mut records[2..] {
        record.0 = chain.append(&record.1);
    }
    let found = verify(&records, &[head]).unwrap_err();
    assert!(
        matches!(found, ChainBreak::Forked { seq: 5, .. }),
        "{found}"
    );
    assert_eq!(
        verify(&records, &[]),
        Ok(5),
        "without the head it does not show"
    );
}

proptest! {
    /// Whatever single byte changes in whatever record, verification fails.
    #[test]
    fn every_byte_counts(at in 0..5_usize, byte in 0..7_usize, flip in 1..=255_u8) {
        let (mut records, head) = written(WRITER, 5);
        records[at].1[byte] ^= flip;
        prop_assert!(verify(&records, &[head]).is_err());
    }
}
