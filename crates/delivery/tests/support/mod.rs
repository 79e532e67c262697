//! A store, a ledger and an archive in memory that a test can stop at any step, as a killed process
//! stops: from then on nothing is done any more, and a new deliverer goes on from the rows.
#![allow(dead_code, reason = "each test file uses its part")]

use claviger_delivery::forward::{CURSOR_COLLECTION, Cursors, Forwarder, Statuses};
use claviger_delivery::{
    Accounts, Book, COLLECTION, Deliverer, Doing, Layout, Ledger, LedgerError, Listed, Object,
    Pending, Source, StoredObject, Target, TargetError, Trail, Work,
};
use claviger_store::{RecordSource, RecordsFrom, StoreError, StoredChain, StoredRecord, WriterId};
use claviger_trail::archive::{
    Digest, DigestPublicKey, DigestSigner, ObjectName, decompress, records_of, sha256_hex,
};
use claviger_types::{AccountId, Secret, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

/// Half past one on a day of January.
pub fn start() -> Timestamp {
    Timestamp::from_amz_date("20260105T013000Z").unwrap()
}

pub fn minutes(minutes: i64) -> Timestamp {
    start().plus_seconds(60 * minutes)
}

/// Three accounts, one of them outside the organisation, in two Regions.
pub fn accounts() -> Accounts {
    let account = |id: &str| id.parse::<AccountId>().unwrap();
    Accounts {
        organization: Some("o-a1b2c3d4e5".to_owned()),
        members: vec![account("111122223333"), account("222233334444")],
        standalone: vec![account("999900001111")],
        regions: vec!["us-east-1".parse().unwrap(), "us-west-2".parse().unwrap()],
    }
}

pub fn trail() -> Trail {
    Trail {
        name: "claviger".to_owned(),
        bucket: "logs".to_owned(),
        prefix: None,
        layout: Layout::Organization,
    }
}

/// What a process that is killed leaves behind, and when it is killed.
#[derive(Default)]
struct State {
    records: Vec<StoredRecord>,
    ids: Vec<String>,
    left: BTreeMap<WriterId, (u64, [u8; 32])>,
    heads: BTreeMap<WriterId, u64>,
    positions: u64,
    rows: BTreeMap<String, (u64, Vec<u8>)>,
    cursors: BTreeMap<String, (u64, Vec<u8>)>,
    objects: BTreeMap<String, StoredObject>,
    uniques: u8,
    /// Steps until the end of the process; with the step done or not.
    fuse: Option<(u32, bool)>,
    dead: bool,
    writes: Vec<String>,
    archive_is_down: bool,
}

#[derive(Clone, Default)]
pub struct World(Arc<Mutex<State>>);

/// Making one takes a while.
static KEY: LazyLock<Secret<Vec<u8>>> = LazyLock::new(|| DigestSigner::generate().unwrap());

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A deliverer that starts now, on what is there.
    pub fn deliverer(&self, now: Timestamp) -> Deliverer {
        let mut state = self.state();
        state.dead = false;
        state.fuse = None;
        let mut book = Book::default();
        for (name, (version, value)) in &state.rows {
            book.load(name, *version, value).unwrap();
        }
        let source: Source = Arc::new(Mutex::new(Box::new(self.clone())));
        let (target, ledger) = (Arc::new(self.clone()), Arc::new(self.clone()));
        Deliverer::new(trail(), target, source, ledger, book, now)
    }

    /// A forwarder that starts now, on what is there.
    pub fn forwarder(&self, statuses: &Statuses) -> Forwarder {
        let mut state = self.state();
        state.dead = false;
        state.fuse = None;
        let mut cursors = Cursors::default();
        for (name, (version, value)) in &state.cursors {
            assert!(cursors.enter(name, *version, value));
        }
        let source: Source = Arc::new(Mutex::new(Box::new(self.clone())));
        Forwarder::new(source, Arc::new(self.clone()), cursors, statuses.clone())
    }

    /// The ids of all records, in their order.
    pub fn ids(&self) -> Vec<String> {
        self.state().ids.clone()
    }

    /// The process ends at the step of this number, which is done or not.
    pub fn end_at(&self, step: u32, done: bool) {
        self.state().fuse = Some((step, done));
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.state().dead
    }

    pub fn archive_is_down(&self, down: bool) {
        self.state().archive_is_down = down;
    }

    /// A step that is done unless the process ends before it, and whose result is told unless it
    /// ends after it.
    fn step<T>(&self, work: impl FnOnce(&mut State) -> T) -> Result<T, String> {
        let mut state = self.state();
        if state.dead {
            return Err("ended".to_owned());
        }
        let last = match &mut state.fuse {
            Some((0, done)) => Some(*done),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        if last == Some(false) {
            state.dead = true;
            return Err("ended".to_owned());
        }
        let result = work(&mut state);
        if last == Some(true) {
            state.dead = true;
            return Err("ended".to_owned());
        }
        Ok(result)
    }

    /// Commits a record of an account and Region, at a moment.
    pub fn record(&self, writer: u8, account: &str, region: &str, time: Timestamp) {
        let mut state = self.state();
        let writer = WriterId([writer; 16]);
        state.positions += 1;
        let position = state.positions;
        let seq = state.heads.entry(writer).or_default();
        *seq += 1;
        let seq = *seq;
        let id = format!("event-{position}");
        let body = format!(
            r#"{{"eventTime":"{}","awsRegion":"{region}","eventID":"{id}","recipientAccountId":"{account}"}}"#,
            time.iso()
        );
        state.ids.push(id);
        state.records.push(StoredRecord {
            position,
            writer,
            format: 1,
            seq,
            previous: [0; 32],
            hash: [u8::try_from(seq % 256).unwrap(); 32],
            body: body.into_bytes(),
        });
    }

    /// How many records wait in the store.
    pub fn stored(&self) -> usize {
        self.state().records.len()
    }

    /// How often each object was written.
    pub fn writes(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for name in &self.state().writes {
            *counts.entry(name.clone()).or_default() += 1;
        }
        counts
    }

    /// The ids of all records in log files.
    pub fn archived(&self) -> Vec<String> {
        let state = self.state();
        let mut ids = Vec::new();
        for (name, object) in &state.objects {
            if kind(name) == Some(Kind::Logs) {
                ids.extend(event_ids(&object.bytes));
            }
        }
        ids
    }

    /// Nothing is lost: what is not in the store is in the archive.
    pub fn check_nothing_lost(&self) {
        let mut found = self.archived();
        found.extend(self.state().records.iter().map(event_id));
        found.sort();
        found.dedup();
        let mut all = self.state().ids.clone();
        all.sort();
        assert_eq!(found, all);
    }

    /// Every record is in the store or in the archive, once.
    pub fn check_each_once(&self) {
        let mut found = self.archived();
        found.extend(self.state().records.iter().map(event_id));
        found.sort();
        let mut all = self.state().ids.clone();
        all.sort();
        assert_eq!(found, all);
    }

    /// The digests of each account and Region form one chain without gap, each is signed, and each
    /// log file is in one of them.
    pub fn check_digests(&self) -> usize {
        let state = self.state();
        let key = DigestSigner::from_bytes(KEY.expose()).unwrap().public_key();
        let mut listed = Vec::new();
        let mut chains: BTreeMap<String, Vec<(String, Digest)>> = BTreeMap::new();
        for (name, object) in &state.objects {
            if kind(name) != Some(Kind::Digests) {
                continue;
            }
            let content = decompress(&object.bytes, 1 << 20).unwrap();
            let digest = Digest::from_bytes(&content).unwrap();
            assert_eq!(&digest.object, name);
            let signature = &object.signature.as_ref().unwrap().signature;
            let text = digest.string_to_sign(&sha256_hex(&content));
            key.verify(&text, signature).unwrap();
            let (pair, _) = name.split_once("/2026/").unwrap();
            for file in &digest.log_files {
                let bytes = &state.objects[&file.object].bytes;
                assert_eq!(sha256_hex(&decompress(bytes, 1 << 20).unwrap()), file.hash);
                listed.push(file.object.clone());
            }
            let chain = chains.entry(pair.to_owned()).or_default();
            if let Some((before, last)) = chain.last() {
                let before = &state.objects[before];
                let previous = digest.previous.as_ref().unwrap();
                assert_eq!(previous.object, last.object);
                let content = decompress(&before.bytes, 1 << 20).unwrap();
                assert_eq!(previous.hash, sha256_hex(&content));
                assert_eq!(
                    previous.signature,
                    before.signature.as_ref().unwrap().signature
                );
                assert_eq!(digest.start, last.end);
            } else {
                assert_eq!(digest.previous, None);
            }
            chain.push((name.clone(), digest));
        }
        let count = listed.len();
        listed.sort();
        listed.dedup();
        assert_eq!(listed.len(), count, "a log file is in two digests");
        count
    }

    /// The digests of an account and Region: from, to, and how many log files.
    pub fn digests(&self, account: &str, region: &str) -> Vec<(String, String, usize)> {
        let state = self.state();
        let own = format!("/{account}/CloudTrail-Digest/{region}/");
        let names = state.objects.iter().filter(|(name, _)| name.contains(&own));
        names
            .map(|(_, object)| {
                let content = decompress(&object.bytes, 1 << 20).unwrap();
                let digest = Digest::from_bytes(&content).unwrap();
                let text = |t: Timestamp| t.format("%d %H:%M");
                (text(digest.start), text(digest.end), digest.log_files.len())
            })
            .collect()
    }

    /// The names of all objects.
    pub fn names(&self) -> Vec<String> {
        self.state().objects.keys().cloned().collect()
    }

    pub fn key(&self) -> DigestPublicKey {
        DigestSigner::from_bytes(KEY.expose()).unwrap().public_key()
    }
}

#[derive(PartialEq)]
enum Kind {
    Logs,
    Digests,
}

fn kind(name: &str) -> Option<Kind> {
    let account: AccountId = name.split('/').find_map(|part| part.parse().ok()).unwrap();
    let place = trail().place(&accounts(), account).unwrap();
    match place.parse(name)? {
        ObjectName::LogFile(_) => Some(Kind::Logs),
        ObjectName::Digest(_) => Some(Kind::Digests),
    }
}

fn event_ids(file: &[u8]) -> Vec<String> {
    let content = decompress(file, 1 << 20).unwrap();
    let records = records_of(&content).unwrap();
    let id = |record: &serde_json::Value| record["eventID"].as_str().unwrap().to_owned();
    records
        .iter()
        .map(|record| id(&serde_json::from_str(record.get()).unwrap()))
        .collect()
}

fn event_id(record: &StoredRecord) -> String {
    let value: serde_json::Value = serde_json::from_slice(&record.body).unwrap();
    value["eventID"].as_str().unwrap().to_owned()
}

impl RecordSource for World {
    fn records(&mut self, from: RecordsFrom, limit: u32) -> Result<Vec<StoredRecord>, StoreError> {
        let state = self.state();
        let limit = usize::try_from(limit).unwrap();
        Ok(match from {
            RecordsFrom::After(position) => {
                let later = state.records.iter().filter(|r| r.position > position);
                later.take(limit).cloned().collect()
            }
            RecordsFrom::Before(position) => {
                let earlier = state.records.iter().rev();
                let earlier = earlier.filter(|r| r.position < position);
                earlier.take(limit).cloned().collect()
            }
        })
    }

    fn chains(&mut self) -> Result<Vec<StoredChain>, StoreError> {
        let state = self.state();
        let chain = |(writer, seq): (&WriterId, &u64)| {
            let (left_seq, left_hash) = state.left.get(writer).copied().unwrap_or_default();
            StoredChain {
                writer: *writer,
                left_seq,
                left_hash,
                seq: *seq,
                hash: [0; 32],
            }
        };
        Ok(state.heads.iter().map(chain).collect())
    }
}

impl State {
    fn commit(&mut self, work: Work) {
        for write in work.rows {
            let rows = match write.collection {
                COLLECTION => &mut self.rows,
                CURSOR_COLLECTION => &mut self.cursors,
                other => panic!("{other}"),
            };
            let version = rows.get(&write.row).map(|(version, _)| *version);
            assert_eq!(version, write.expected, "{}", write.row);
            match write.value {
                Some(value) => {
                    let version = version.unwrap_or_default() + 1;
                    rows.insert(write.row, (version, value));
                }
                None => {
                    rows.remove(&write.row);
                }
            }
        }
        for leave in work.leave {
            let last = self.records.iter().find(|r| r.position == leave.position);
            let last = last.unwrap();
            assert_eq!((last.writer, last.seq), (leave.writer, leave.seq));
            self.left.insert(leave.writer, (leave.seq, last.hash));
            let gone = |r: &StoredRecord| r.writer == leave.writer && r.seq <= leave.seq;
            self.records.retain(|r| !gone(r));
        }
    }
}

impl Ledger for World {
    fn commit(&self, work: Work) -> Doing<'_, ()> {
        let done = self.step(|state| state.commit(work)).map_err(LedgerError);
        Box::pin(async move { done })
    }

    fn make_key(&self) -> Doing<'_, Secret<Vec<u8>>> {
        Box::pin(async { Ok(Secret::new(KEY.expose().clone())) })
    }

    fn seal(&self, _: &str, bytes: &[u8]) -> Result<Vec<u8>, LedgerError> {
        Ok(bytes.to_vec())
    }

    fn open(&self, _: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, LedgerError> {
        Ok(Secret::new(sealed.to_vec()))
    }

    fn unique(&self) -> [u8; 16] {
        let mut state = self.state();
        state.uniques += 1;
        [state.uniques; 16]
    }
}

impl Target for World {
    fn put(&self, object: Object) -> Pending<'_, ()> {
        let down = self.state().archive_is_down;
        let name = object.name.clone();
        let stored = StoredObject {
            bytes: object.bytes,
            signature: object.signature,
            modified: start(),
        };
        let done = if down {
            Err("down".to_owned())
        } else {
            self.step(|state| {
                state.writes.push(name.clone());
                let before = state.objects.insert(name.clone(), stored.clone());
                // What was written once is only ever written again.
                assert!(before.is_none_or(|b| b == stored), "{name}");
            })
        };
        Box::pin(async move {
            done.map_err(|what| TargetError {
                place: "memory".to_owned(),
                what,
            })
        })
    }

    fn get(&self, name: String) -> Pending<'_, Option<StoredObject>> {
        let found = self.state().objects.get(&name).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn list(&self, prefix: String, after: String, limit: usize) -> Pending<'_, Vec<Listed>> {
        let state = self.state();
        let fits = |name: &&String| name.starts_with(&prefix) && **name > after;
        let names = state.objects.keys().filter(fits).take(limit);
        let listed = names
            .map(|name| Listed {
                name: name.clone(),
                size: 0,
                modified: start(),
            })
            .collect();
        drop(state);
        Box::pin(async move { Ok(listed) })
    }

    fn remove(&self, name: String) -> Pending<'_, ()> {
        self.state().objects.remove(&name);
        Box::pin(async { Ok(()) })
    }
}
