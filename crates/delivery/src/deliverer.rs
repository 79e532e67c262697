//! The deliverer: carries out what is planned, then plans what is due, until nothing is. Each step
//! ends in one batch, so that after a crash the rows say which step comes next. When to run it, and
//! what to do when it fails, is its owner's matter.

use crate::accounts::{Accounts, Trail};
use crate::book::{Book, Entries, Row};
use crate::digests::Due;
use crate::error::DeliveryError;
use crate::hours;
use crate::ledger::{Ledger, Source};
use crate::plan::{self, Addressed};
use crate::rows::{
    Cursor, PLAN, Plan, PlannedFiles, STATUS, SigningKey, Status, Written, cursor_row, files_of,
    keys_of,
};
use crate::target::{Object, Target};
use claviger_store::{RecordsFrom, RecordsLeave, StoredRecord};
use claviger_trail::archive::{DigestSigner, LogFile};
use claviger_types::{AccountId, RegionName, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often log files are delivered at most, unless there is much to deliver. AWS delivers about
/// every five minutes (CloudTrail User Guide, "How CloudTrail works").
pub const INTERVAL: Duration = Duration::from_secs(300);
/// So many records are delivered at once.
const MOST_RECORDS: usize = 10_000;
/// So many bytes of them.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Records that are read at a time.
const PAGE: u32 = 1000;
/// Records that leave in one batch: it holds up the calls that wait for the same commit.
const LEAVING: u32 = 1000;
/// How long a signing key signs, in days.
const KEY_DAYS: i64 = 30;

/// What a run delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Log files.
    pub files: u64,
    /// Records in them.
    pub records: u64,
    /// Digests.
    pub digests: u64,
}

/// Delivers the records of one store.
pub struct Deliverer {
    trail: Trail,
    target: Arc<dyn Target>,
    source: Source,
    ledger: Arc<dyn Ledger>,
    book: Book,
    hold: Option<Hold>,
    interval: Duration,
    /// When records were last looked for with success.
    last: Timestamp,
    done: Delivered,
}

/// Says up to which position records may leave the store; none where nothing waits for them there.
pub type Hold = Box<dyn Fn() -> Option<u64> + Send + Sync>;

impl Deliverer {
    /// One that goes on from a book. `now` is virtual time, here as everywhere.
    #[must_use]
    pub fn new(
        trail: Trail,
        target: Arc<dyn Target>,
        source: Source,
        ledger: Arc<dyn Ledger>,
        book: Book,
        now: Timestamp,
    ) -> Self {
        Self {
            last: book.status().and_then(|s| s.delivered).unwrap_or(now),
            trail,
            target,
            source,
            ledger,
            book,
            hold: None,
            interval: INTERVAL,
            done: Delivered::default(),
        }
    }

    /// The same, but records that are in the archive stay in the store as long as `hold` says.
    #[must_use]
    pub fn with_hold(mut self, hold: Hold) -> Self {
        self.hold = Some(hold);
        self
    }

    /// How often log files are delivered at most; [`INTERVAL`] unless set.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Its rows.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// What was delivered since this was last asked, also by a run that then failed.
    pub fn take_delivered(&mut self) -> Delivered {
        std::mem::take(&mut self.done)
    }

    /// How many records wait to be delivered.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn waiting(&self) -> Result<u64, DeliveryError> {
        let mut source = self.source.lock().map_err(|_| DeliveryError::BrokenOff)?;
        // Positions have no gaps.
        let newest = source.records(RecordsFrom::Before(u64::MAX), 1)?;
        let newest = newest.first().map_or(0, |record| record.position);
        Ok(newest.saturating_sub(self.written_to()))
    }

    /// The position of the last record that is in the archive.
    fn written_to(&self) -> u64 {
        self.book.status().map_or(0, |status| status.written_to)
    }

    /// When something is to be delivered next; none while neither record nor log file waits. Digests
    /// of empty hours wait for the next run, whenever that is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_date(&self) -> Result<Option<Timestamp>, DeliveryError> {
        if self.book.plan().is_some() {
            return Ok(Some(self.last));
        }
        let written = self.book.written("file/").map(|(_, file)| file.time);
        let digests = written.min().map(hours::end_of);
        let files = (self.waiting()? > 0).then(|| self.files_date());
        Ok(files.into_iter().chain(digests).min())
    }

    fn files_date(&self) -> Timestamp {
        let millis = i64::try_from(self.interval.as_millis()).unwrap_or(i64::MAX);
        self.last.plus_millis(millis)
    }

    /// Does all that is due at a moment.
    ///
    /// # Errors
    /// When something was not delivered; the next run goes on from there.
    pub async fn run(&mut self, now: Timestamp, accounts: &Accounts) -> Result<(), DeliveryError> {
        // A clock that was set back must not date files before the end of the last digest: no later one
        // would name them.
        let digested = self.book.status().and_then(|status| status.digested);
        let now = digested.map_or(now, |digested| now.max(digested));
        if let Some(plan) = self.book.plan().cloned() {
            self.carry_out(plan, None, accounts).await?;
        }
        self.begin(now, accounts).await?;
        self.let_leave().await?;
        loop {
            let waiting = self.waiting()?;
            let much = usize::try_from(waiting).is_ok_and(|waiting| waiting >= MOST_RECORDS);
            if waiting > 0 && (much || now >= self.files_date()) {
                if !self.deliver_files(now, accounts).await? {
                    break;
                }
                if !much {
                    self.last = now;
                }
            } else {
                break;
            }
        }
        self.deliver_digests(now, accounts).await
    }

    /// Notes accounts and Regions that have no digests yet: theirs begin now.
    async fn begin(&mut self, now: Timestamp, accounts: &Accounts) -> Result<(), DeliveryError> {
        let start = Timestamp::from_seconds(now.seconds());
        let mut entries = Entries::default();
        for (account, region) in accounts.pairs() {
            let name = cursor_row(account, region);
            if !self.book.has(&name) {
                let previous = None;
                entries.put(&self.book, &name, Row::Cursor(Cursor { start, previous }))?;
            }
        }
        if self.book.status().is_none() {
            let status = Status {
                began: start,
                delivered: None,
                digested: None,
                written_to: 0,
            };
            entries.put(&self.book, STATUS, Row::Status(status))?;
        }
        self.commit(entries).await
    }

    async fn commit(&mut self, mut entries: Entries) -> Result<(), DeliveryError> {
        let work = std::mem::take(&mut entries.work);
        if !work.rows.is_empty() || !work.leave.is_empty() {
            self.ledger.commit(work).await?;
        }
        entries.enter(&mut self.book);
        Ok(())
    }

    async fn carry_out(
        &mut self,
        plan: Plan,
        records: Option<Vec<Addressed>>,
        accounts: &Accounts,
    ) -> Result<(), DeliveryError> {
        match plan {
            Plan::Files(files) => self.carry_out_files(files, records).await,
            Plan::Digests { end } => self.carry_out_digests(end, accounts).await,
        }
    }

    /// Whether there was anything to deliver.
    async fn deliver_files(
        &mut self,
        now: Timestamp,
        accounts: &Accounts,
    ) -> Result<bool, DeliveryError> {
        let records = self.read(self.written_to(), u64::MAX, true).await?;
        let unique = || self.ledger.unique();
        let Some(plan) = plan::plan(&records, &self.trail, accounts, now, unique)? else {
            return Ok(false);
        };
        let plan = Plan::Files(plan);
        let mut entries = Entries::default();
        entries.put(&self.book, PLAN, Row::Plan(plan.clone()))?;
        self.commit(entries).await?;
        self.carry_out(plan, Some(records), accounts).await?;
        Ok(true)
    }

    /// The records after one place up to another, or as many as are delivered at once.
    async fn read(
        &self,
        after: u64,
        last: u64,
        bounded: bool,
    ) -> Result<Vec<Addressed>, DeliveryError> {
        let source = Arc::clone(&self.source);
        on_a_thread(move || {
            let (mut records, mut bytes, mut after) = (Vec::new(), 0, after);
            loop {
                let mut source = source.lock().map_err(|_| DeliveryError::BrokenOff)?;
                let page = source.records(RecordsFrom::After(after), PAGE)?;
                drop(source);
                let Some(end) = page.last().map(|record| record.position) else {
                    return Ok(records);
                };
                after = end;
                for record in page {
                    let full = records.len() >= MOST_RECORDS || bytes >= MOST_BYTES;
                    if record.position > last || (bounded && full) {
                        return Ok(records);
                    }
                    bytes += record.body.len();
                    records.push(Addressed::read(record)?);
                }
            }
        })
        .await
    }

    /// Writes the files of a plan, then lets records leave.
    async fn carry_out_files(
        &mut self,
        plan: PlannedFiles,
        records: Option<Vec<Addressed>>,
    ) -> Result<(), DeliveryError> {
        let records = match records {
            Some(records) => records,
            None => {
                self.read(plan.first.saturating_sub(1), plan.last, false)
                    .await?
            }
        };
        self.write_files(&plan, records).await?;
        self.let_leave().await
    }

    async fn write_files(
        &mut self,
        plan: &PlannedFiles,
        records: Vec<Addressed>,
    ) -> Result<(), DeliveryError> {
        let count = records.len() as u64;
        let own = plan.clone();
        let files = on_a_thread(move || plan::contents(&own, &records)).await?;
        let mut entries = Entries::default();
        for (planned, file) in plan.files.iter().zip(files) {
            let LogFile {
                file,
                hash,
                oldest,
                newest,
            } = file;
            self.target
                .put(Object {
                    name: planned.object.clone(),
                    bytes: file,
                    signature: None,
                })
                .await?;
            let row = files_of(planned.account, &planned.region) + &planned.object;
            let written = Written {
                time: plan.moment,
                bucket: self.trail.bucket.clone(),
                object: planned.object.clone(),
                hash,
                newest,
                oldest,
            };
            entries.put(&self.book, &row, Row::Written(written))?;
            self.first_digest(&mut entries, planned.account, &planned.region, plan.moment)?;
        }
        entries.delete(&self.book, PLAN);
        self.note(&mut entries, |status| {
            status.delivered = Some(plan.moment);
            status.written_to = plan.last;
        })?;
        self.commit(entries).await?;
        self.done.files += plan.files.len() as u64;
        self.done.records += count;
        Ok(())
    }

    /// An account or Region that the installation does not name, and that has records all the same.
    fn first_digest(
        &self,
        entries: &mut Entries,
        account: AccountId,
        region: &RegionName,
        moment: Timestamp,
    ) -> Result<(), DeliveryError> {
        let name = cursor_row(account, region);
        if self.book.has(&name) {
            return Ok(());
        }
        let start = Timestamp::from_seconds(moment.seconds());
        let previous = None;
        entries.put(&self.book, &name, Row::Cursor(Cursor { start, previous }))
    }

    fn note(
        &self,
        entries: &mut Entries,
        change: impl FnOnce(&mut Status),
    ) -> Result<(), DeliveryError> {
        let Some(mut status) = self.book.status() else {
            return Ok(());
        };
        change(&mut status);
        entries.put(&self.book, STATUS, Row::Status(status))
    }

    /// Lets the records leave that are in the archive and that nobody waits for, some at a time.
    async fn let_leave(&mut self) -> Result<(), DeliveryError> {
        let held = self.hold.as_ref().and_then(|hold| hold());
        let last = self.written_to().min(held.unwrap_or(u64::MAX));
        loop {
            let source = Arc::clone(&self.source);
            let page = on_a_thread(move || {
                let mut source = source.lock().map_err(|_| DeliveryError::BrokenOff)?;
                Ok(source.records(RecordsFrom::After(0), LEAVING)?)
            })
            .await?;
            let (leave, more) = leaving(&page, last);
            let mut entries = Entries::default();
            entries.work.leave = leave;
            self.commit(entries).await?;
            if !more {
                return Ok(());
            }
        }
    }

    async fn deliver_digests(
        &mut self,
        now: Timestamp,
        accounts: &Accounts,
    ) -> Result<(), DeliveryError> {
        let end = hours::begun(now);
        let due = self.book.cursors().iter().any(|(.., c)| c.start < end);
        if !due {
            return Ok(());
        }
        let plan = Plan::Digests { end };
        let mut entries = Entries::default();
        entries.put(&self.book, PLAN, Row::Plan(plan.clone()))?;
        self.commit(entries).await?;
        self.carry_out(plan, None, accounts).await
    }

    async fn carry_out_digests(
        &mut self,
        end: Timestamp,
        accounts: &Accounts,
    ) -> Result<(), DeliveryError> {
        let mut signers = Signers::default();
        let mut entries = Entries::default();
        let mut count = 0;
        for (account, region, cursor) in self.book.cursors() {
            let prefix = files_of(account, &region);
            let Some(place) = self.trail.place(accounts, account) else {
                continue;
            };
            // Files may be many, and the book is written to below.
            let files: Vec<(String, Written)> = self
                .book
                .written(&prefix)
                .filter(|(_, file)| file.time < end)
                .map(|(name, file)| (name.to_owned(), file.clone()))
                .collect();
            let due = Due {
                account,
                region: &region,
                place,
                cursor,
                files: files
                    .iter()
                    .map(|(name, file)| (name.as_str(), file))
                    .collect(),
                end,
            };
            let mut cursor = due.cursor.clone();
            for period in due.periods() {
                let signer = self.signer(&mut signers, &region, period.1).await?;
                let (object, next) = due.digest(period, cursor.previous.take(), &signer)?;
                self.target.put(object).await?;
                cursor = next;
                count += 1;
            }
            if cursor != due.cursor {
                entries.put(
                    &self.book,
                    &cursor_row(account, &region),
                    Row::Cursor(cursor),
                )?;
            }
            for (name, _) in &files {
                entries.delete(&self.book, name);
            }
        }
        self.spend_keys(&mut entries, end)?;
        entries.delete(&self.book, PLAN);
        self.note(&mut entries, |status| status.digested = Some(end))?;
        self.commit(entries).await?;
        self.done.digests += count;
        Ok(())
    }

    /// The key that signs a Region's digests at a moment, made if there is none yet.
    async fn signer(
        &mut self,
        signers: &mut Signers,
        region: &RegionName,
        moment: Timestamp,
    ) -> Result<Arc<DigestSigner>, DeliveryError> {
        let signs = |key: &SigningKey| key.from <= moment && moment < key.until;
        let keys = self.book.keys(region);
        let found = keys.into_iter().find(|(_, key)| signs(key));
        let (name, sealed) = match found {
            Some((name, key)) => (name.to_owned(), key.sealed.clone()),
            None => self.make_key(region, moment).await?,
        };
        if let Some(signer) = signers.get(&name) {
            return Ok(Arc::clone(signer));
        }
        let damaged = || DeliveryError::Row { row: name.clone() };
        let sealed = base16ct::lower::decode_vec(sealed.ok_or_else(damaged)?);
        let bytes = self.ledger.open(&name, &sealed.map_err(|_| damaged())?)?;
        let signer = Arc::new(DigestSigner::from_bytes(bytes.expose())?);
        signers.insert(name, Arc::clone(&signer));
        Ok(signer)
    }

    /// Keys that sign no more lose their private halves.
    fn spend_keys(&self, entries: &mut Entries, end: Timestamp) -> Result<(), DeliveryError> {
        for (name, key) in self.book.all_keys() {
            if key.until <= end && key.sealed.is_some() {
                let spent = SigningKey {
                    sealed: None,
                    ..key.clone()
                };
                entries.put(&self.book, name, Row::Key(spent))?;
            }
        }
        Ok(())
    }

    /// Makes a key.
    async fn make_key(
        &mut self,
        region: &RegionName,
        from: Timestamp,
    ) -> Result<(String, Option<String>), DeliveryError> {
        let made = self.ledger.make_key().await?;
        let public = DigestSigner::from_bytes(made.expose())?.public_key();
        let name = format!("{}{}", keys_of(region), from.millis());
        let sealed = self.ledger.seal(&name, made.expose())?;
        let sealed = Some(base16ct::lower::encode_string(&sealed));
        let mut entries = Entries::default();
        let key = SigningKey {
            from,
            until: from.plus_days(KEY_DAYS),
            public: base16ct::lower::encode_string(&public.0),
            sealed: sealed.clone(),
        };
        entries.put(&self.book, &name, Row::Key(key))?;
        self.commit(entries).await?;
        Ok((name, sealed))
    }
}

/// Open keys by the names of their rows.
type Signers = BTreeMap<String, Arc<DigestSigner>>;

/// What of a page leaves, and whether there may be more behind it.
fn leaving(page: &[StoredRecord], last: u64) -> (Vec<RecordsLeave>, bool) {
    let mut ends = BTreeMap::new();
    let mut more = u32::try_from(page.len()).is_ok_and(|found| found >= LEAVING);
    for record in page {
        if record.position > last {
            more = false;
            break;
        }
        ends.insert(record.writer, (record.seq, record.position));
    }
    more &= page.last().is_some_and(|record| record.position < last);
    let leave = |(writer, (seq, position))| RecordsLeave {
        writer,
        seq,
        position,
    };
    (ends.into_iter().map(leave).collect(), more)
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeliveryError> + Send + 'static,
) -> Result<T, DeliveryError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(DeliveryError::BrokenOff))
}
