//! The chain that records hang in: each record carries its writer, its place in that writer's
//! sequence and the hash of the record before it, so that a record taken out, put in, moved or
//! changed shows. The chain has no key: whoever can rewrite the whole of it, head included, is
//! found out only by a copy of a head that was kept elsewhere.

use aws_lc_rs::digest::{Context, SHA256};
use std::collections::BTreeMap;

/// Sets these hashes apart from every other use of SHA-256. Part of the format.
const DOMAIN: &[u8; 16] = b"claviger.record\0";

/// The predecessor of a writer's first record.
pub const GENESIS: [u8; 32] = [0; 32];

/// The format version that is written today.
pub const FORMAT: u32 = 1;

/// Where a record hangs in its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The version of this format.
    pub format: u32,
    /// Who wrote it: one id for each store, which stays with it.
    pub writer: [u8; 16],
    /// Its number in the writer's sequence, from 1, without gaps.
    pub seq: u64,
    /// The hash of the record before it; [`GENESIS`] for the first.
    pub previous: [u8; 32],
    /// Its own hash.
    pub hash: [u8; 32],
}

impl Link {
    /// The hash that a record with these values has: SHA-256 over the domain, then format (32 bits),
    /// writer, sequence number (64 bits), both big-endian, predecessor's hash, and the body's bytes.
    /// All but the body have fixed lengths, so no two records share their input.
    #[must_use]
    pub fn hash_of(
        format: u32,
        writer: &[u8; 16],
        seq: u64,
        previous: &[u8; 32],
        body: &[u8],
    ) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        context.update(DOMAIN);
        context.update(&format.to_be_bytes());
        context.update(writer);
        context.update(&seq.to_be_bytes());
        context.update(previous);
        context.update(body);
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }

    /// Whether the hash is that of this link and `body`.
    #[must_use]
    pub fn holds(&self, body: &[u8]) -> bool {
        Self::hash_of(self.format, &self.writer, self.seq, &self.previous, body) == self.hash
    }
}

/// The end of a chain, to which the next record is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    writer: [u8; 16],
    seq: u64,
    head: [u8; 32],
}

impl Chain {
    /// The chain of a new writer, still empty.
    #[must_use]
    pub fn new(writer: [u8; 16]) -> Self {
        Self::resume(writer, 0, GENESIS)
    }

    /// The chain of a writer whose last record has number `seq` and hash `head`.
    #[must_use]
    pub fn resume(writer: [u8; 16], seq: u64, head: [u8; 32]) -> Self {
        Self { writer, seq, head }
    }

    /// Adds a record at the end. A caller whose commit fails goes back to a copy from before.
    pub fn append(&mut self, body: &[u8]) -> Link {
        let seq = self.seq.saturating_add(1);
        let link = Link {
            format: FORMAT,
            writer: self.writer,
            seq,
            previous: self.head,
            hash: Link::hash_of(FORMAT, &self.writer, seq, &self.head, body),
        };
        self.seq = seq;
        self.head = link.hash;
        link
    }

    /// Whose chain it is.
    #[must_use]
    pub fn writer(&self) -> &[u8; 16] {
        &self.writer
    }

    /// The last record's number; 0 if there is none.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The last record's hash.
    #[must_use]
    pub fn head(&self) -> &[u8; 32] {
        &self.head
    }
}

/// What is wrong with a chain, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainBreak {
    /// The record's bytes or its place are not those that were hashed.
    #[error("record {seq} of writer {writer} was changed after it was written")]
    Changed {
        /// Whose chain, in hexadecimal.
        writer: String,
        /// Which record.
        seq: u64,
    },
    /// Records are missing, doubled or out of order.
    #[error("record {found} of writer {writer} stands where record {expected} should")]
    Gap {
        /// Whose chain, in hexadecimal.
        writer: String,
        /// The number that is next.
        expected: u64,
        /// The number that was found.
        found: u64,
    },
    /// The record is whole but does not follow from the one before it.
    #[error("record {seq} of writer {writer} does not follow from the record before it")]
    Forked {
        /// Whose chain, in hexadecimal.
        writer: String,
        /// Which record.
        seq: u64,
    },
    /// The chain ends elsewhere than its noted head says.
    #[error(
        "the chain of writer {writer} ends with record {found}, its head says record {expected}"
    )]
    End {
        /// Whose chain, in hexadecimal.
        writer: String,
        /// The last number by the head.
        expected: u64,
        /// The last number found.
        found: u64,
    },
    /// A format that this version does not know.
    #[error("record {seq} of writer {writer} has the unknown format {format}")]
    UnknownFormat {
        /// Whose chain, in hexadecimal.
        writer: String,
        /// Which record.
        seq: u64,
        /// Its format.
        format: u32,
    },
}

impl ChainBreak {
    /// Record `seq` of a writer is another than the head that was noted for it.
    #[must_use]
    pub fn forked(writer: &[u8; 16], seq: u64) -> Self {
        Self::Forked {
            writer: hex(writer),
            seq,
        }
    }

    /// A writer's chain ends before the head that was noted for it.
    #[must_use]
    pub fn end(writer: &[u8; 16], expected: u64, found: u64) -> Self {
        Self::End {
            writer: hex(writer),
            expected,
            found,
        }
    }
}

/// What a verification went through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChainReport {
    /// How many records were verified.
    pub records: u64,
    /// The end of each writer's chain.
    pub heads: Vec<Chain>,
}

/// Verifies records as they come, those of several writers mixed, each writer's in order.
#[derive(Debug, Default)]
pub struct Verifier {
    chains: BTreeMap<[u8; 16], Chain>,
    expected: BTreeMap<[u8; 16], Chain>,
    records: u64,
}

impl Verifier {
    /// A verification in which every chain starts with its first record and may end anywhere.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts the chain of a writer whose earlier records have gone to the archive: `checkpoint`
    /// is where they ended.
    pub fn start_at(&mut self, checkpoint: Chain) {
        self.chains.insert(checkpoint.writer, checkpoint);
    }

    /// Demands that a writer's chain passes through `head`, as noted beside the records before they
    /// were read. Without it, records missing at the end do not show. Records may follow: the
    /// service goes on while a verification runs.
    pub fn expect_head(&mut self, head: Chain) {
        self.expected.insert(head.writer, head);
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// When it is not what was written, or not the next of its chain.
    pub fn take(&mut self, link: &Link, body: &[u8]) -> Result<(), ChainBreak> {
        let chain = self
            .chains
            .entry(link.writer)
            .or_insert_with(|| Chain::new(link.writer));
        follows(chain, link, body)?;
        chain.seq = link.seq;
        chain.head = link.hash;
        self.records += 1;
        match self.expected.get(&link.writer) {
            Some(head) if head.seq == link.seq && head.head != link.hash => {
                Err(ChainBreak::forked(&link.writer, link.seq))
            }
            _ => Ok(()),
        }
    }

    /// Ends the verification.
    ///
    /// # Errors
    /// When a chain ends before the head that was demanded of it.
    pub fn finish(self) -> Result<ChainReport, ChainBreak> {
        for (writer, head) in &self.expected {
            let found = self.chains.get(writer).map_or(0, |chain| chain.seq);
            if found < head.seq {
                return Err(ChainBreak::end(writer, head.seq, found));
            }
        }
        Ok(ChainReport {
            records: self.records,
            heads: self.chains.into_values().collect(),
        })
    }
}

/// Whether a record is the next of a chain.
fn follows(chain: &Chain, link: &Link, body: &[u8]) -> Result<(), ChainBreak> {
    let writer = || hex(&link.writer);
    let seq = link.seq;
    let expected = chain.seq.saturating_add(1);
    if link.format != FORMAT {
        return Err(ChainBreak::UnknownFormat {
            writer: writer(),
            seq,
            format: link.format,
        });
    }
    if seq != expected {
        return Err(ChainBreak::Gap {
            writer: writer(),
            expected,
            found: seq,
        });
    }
    if !link.holds(body) {
        return Err(ChainBreak::Changed {
            writer: writer(),
            seq,
        });
    }
    if link.previous != chain.head {
        return Err(ChainBreak::forked(&link.writer, seq));
    }
    Ok(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// SHA-256 in lower-case hexadecimal, as digests have it.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&SHA256, bytes).as_ref())
}
