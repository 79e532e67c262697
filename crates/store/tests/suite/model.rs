//! Random batches on a store and on maps in memory: both must take, refuse and show the same.

use super::*;
use claviger_store::CommitError;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// What one batch tries. Names and versions are few, so that they often meet.
#[derive(Debug, Clone)]
enum Step {
    Put(u8, Option<u64>, u8),
    Delete(u8, u64),
    Check(u8, Option<u64>),
    Merge(u8, i64, u8),
    Token(u8),
    Records(u8),
    Leave(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let row = 0..4_u8;
    let version = prop_oneof![Just(None), (1..4_u64).prop_map(Some)];
    prop_oneof![
        4 => (row.clone(), version.clone(), any::<u8>()).prop_map(|(r, v, x)| Step::Put(r, v, x)),
        1 => (row.clone(), 1..4_u64).prop_map(|(r, v)| Step::Delete(r, v)),
        1 => (row.clone(), version).prop_map(|(r, v)| Step::Check(r, v)),
        2 => (row.clone(), 0..5_i64, any::<u8>()).prop_map(|(r, k, x)| Step::Merge(r, k, x)),
        1 => (0..20_u8).prop_map(Step::Token),
        2 => (1..4_u8).prop_map(Step::Records),
        1 => (1..4_u8).prop_map(Step::Leave),
    ]
}

#[derive(Default)]
struct Model {
    content: Content,
    tokens: BTreeMap<String, TokenWrite>,
    bodies: Vec<Vec<u8>>,
    /// How many of them have left.
    left: usize,
}

fn key(row: &str) -> (String, String) {
    ("things".to_owned(), row.to_owned())
}

impl Model {
    /// The batch of these steps, its records after those there are.
    fn batch(&self, id: u8, steps: &[Step]) -> Batch {
        let mut b = batch(id);
        for step in steps {
            match step {
                Step::Put(r, v, x) => b.rows.push(RowWrite {
                    value: Some(vec![*x]),
                    ..put(&r.to_string(), *v, "")
                }),
                Step::Delete(r, v) => b.rows.push(delete(&r.to_string(), Some(*v))),
                Step::Check(r, v) => b.checks.push(check(&r.to_string(), *v)),
                Step::Merge(r, k, x) => b.merges.push(MergeWrite {
                    value: vec![*x],
                    ..merge(&r.to_string(), *k, "")
                }),
                Step::Token(t) => b.tokens.push(token(&t.to_string(), 0)),
                Step::Records(n) => {
                    let last = (self.bodies.len() + b.records.len()) as u64;
                    b.records
                        .extend(records(WRITER, last + 1, last + u64::from(*n)));
                }
                // The second of two in a batch finds its records gone.
                Step::Leave(n) if b.leave.is_empty() => {
                    let last = (self.left + usize::from(*n)).min(self.bodies.len()) as u64;
                    if last > self.left as u64 {
                        // One writer: places and numbers run alike.
                        b.leave.push(leave(WRITER, last, last));
                    }
                }
                Step::Leave(_) => {}
            }
        }
        b
    }

    fn commit(&mut self, b: &Batch) -> Result<u64, ()> {
        let mut rows = self.content.rows.clone();
        let version =
            |rows: &BTreeMap<_, (u64, Vec<u8>)>, row: &str| rows.get(&key(row)).map(|r| r.0);
        for c in &b.checks {
            if version(&rows, &c.row) != c.expected {
                return Err(());
            }
        }
        for w in &b.rows {
            if version(&rows, &w.row) != w.expected {
                return Err(());
            }
            match &w.value {
                Some(value) => {
                    rows.insert(key(&w.row), (w.expected.unwrap_or(0) + 1, value.clone()));
                }
                None => {
                    rows.remove(&key(&w.row));
                }
            }
        }
        let mut tokens = self.tokens.clone();
        for t in &b.tokens {
            if tokens.insert(t.key.clone(), t.clone()).is_some() {
                return Err(());
            }
        }
        self.content.rows = rows;
        self.tokens = tokens;
        for m in &b.merges {
            let known = self
                .content
                .merges
                .entry(key(&m.row))
                .or_insert((i64::MIN, vec![]));
            if m.rank > known.0 {
                *known = (m.rank, m.value.clone());
            }
        }
        self.bodies.extend(b.records.iter().map(|r| r.body.clone()));
        if let Some(leave) = b.leave.first() {
            self.left = usize::try_from(leave.seq).unwrap();
        }
        self.content.revision += 1;
        Ok(self.content.revision)
    }
}

pub fn behaves_like_a_map<P: Place>() {
    let batches = prop::collection::vec(prop::collection::vec(step(), 0..5), 1..25);
    // A case costs a new store and two dozen syncs.
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    let run = |batches: Vec<Vec<Step>>| {
        let place = P::new();
        let mut store = place.open();
        let mut model = Model::default();
        for (at, steps) in batches.iter().enumerate() {
            let b = model.batch(u8::try_from(at).unwrap(), steps);
            match (store.commit(&b), model.commit(&b)) {
                (Ok(committed), Ok(revision)) => prop_assert_eq!(committed.revision, revision),
                (Err(CommitError::Conflict { .. } | CommitError::TokenTaken { .. }), Err(())) => {}
                (store, model) => {
                    prop_assert!(false, "store {:?}, model {:?} for {:?}", store, model, b);
                }
            }
            prop_assert_eq!(&content(&mut store), &model.content);
        }
        drop(store);
        let mut store = place.open();
        prop_assert_eq!(&content(&mut store), &model.content);
        let bodies: Vec<_> = all_records(&mut store)
            .into_iter()
            .map(|r| r.body)
            .collect();
        prop_assert_eq!(&bodies, &model.bodies[model.left..]);
        let head = store.chain_head(&WRITER).unwrap().map_or(0, |h| h.0);
        prop_assert_eq!(head, model.bodies.len() as u64);
        Ok(())
    };
    TestRunner::new(config).run(&batches, run).unwrap();
}
