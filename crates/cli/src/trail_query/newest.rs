//! The newest records so far, each once: no more are kept than are wanted.

use claviger_trail::RecordView;
use claviger_types::Timestamp;
use std::collections::{BTreeMap, HashSet};

/// Where a record was found. Of records of the same second, those of the archive are older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// In a log file, by the file's number and the record's number in it.
    Archive(usize, usize),
    /// In the database, by its position.
    Database(u64),
}

/// The newest records.
pub(super) struct Newest {
    limit: usize,
    kept: BTreeMap<(Timestamp, Origin), (Option<String>, Vec<u8>)>,
    ids: HashSet<String>,
}

impl Newest {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            kept: BTreeMap::new(),
            ids: HashSet::new(),
        }
    }

    /// Takes a record, if it is among the newest and not there already.
    pub(super) fn take(&mut self, origin: Origin, body: Vec<u8>) {
        let Ok(view) = RecordView::read(&body) else {
            return;
        };
        // A record whose time cannot be read stands before all others.
        let time = view.event_time.parse();
        let time = time.unwrap_or_else(|_| Timestamp::from_millis(i64::MIN));
        let id = view.event_id.map(|id| id.into_owned());
        if self.floor().is_some_and(|floor| time < floor)
            || id.as_ref().is_some_and(|id| self.ids.contains(id))
        {
            return;
        }
        self.ids.extend(id.clone());
        self.kept.insert((time, origin), (id, body));
        if self.kept.len() > self.limit
            && let Some((_, (Some(id), _))) = self.kept.pop_first()
        {
            self.ids.remove(&id);
        }
    }

    /// Once there are as many as are wanted, the time of the oldest: no older one is taken.
    pub(super) fn floor(&self) -> Option<Timestamp> {
        let full = self.kept.len() >= self.limit;
        let oldest = self.kept.first_key_value().filter(|_| full);
        oldest.map(|((time, _), _)| *time)
    }

    /// The records, oldest first.
    pub(super) fn into_bodies(self) -> Vec<Vec<u8>> {
        self.kept.into_values().map(|(_, body)| body).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, second: u32) -> Vec<u8> {
        format!("{{\"eventID\":\"{id}\",\"eventTime\":\"2026-01-05T10:00:{second:02}Z\"}}")
            .into_bytes()
    }

    fn ids(newest: Newest) -> Vec<String> {
        let bodies = newest.into_bodies();
        let id = |body: &Vec<u8>| {
            let view = RecordView::read(body).unwrap();
            view.event_id.unwrap().into_owned()
        };
        bodies.iter().map(id).collect()
    }

    #[test]
    fn the_newest_are_kept_each_once() {
        let mut newest = Newest::new(3);
        newest.take(Origin::Database(8), record("d", 9));
        newest.take(Origin::Database(9), record("e", 9));
        assert_eq!(newest.floor(), None);
        newest.take(Origin::Archive(0, 1), record("d", 9));
        newest.take(Origin::Archive(0, 0), record("c", 9));
        assert_eq!(
            newest.floor(),
            Some("2026-01-05T10:00:09Z".parse().unwrap())
        );
        newest.take(Origin::Archive(0, 2), record("a", 1));
        assert_eq!(ids(newest), ["c", "d", "e"]);
    }

    #[test]
    fn one_that_was_pushed_out_does_not_come_back() {
        let mut newest = Newest::new(1);
        for (id, second) in [("a", 1), ("b", 2), ("a", 1), ("b", 2)] {
            newest.take(Origin::Archive(0, 0), record(id, second));
        }
        assert_eq!(ids(newest), ["b"]);
    }

    #[test]
    fn what_has_no_id_or_time_is_kept_too() {
        let mut newest = Newest::new(9);
        newest.take(Origin::Archive(0, 0), b"{}".to_vec());
        newest.take(Origin::Archive(0, 1), b"{}".to_vec());
        newest.take(Origin::Archive(0, 2), b"[".to_vec());
        assert_eq!(newest.into_bodies().len(), 2);
    }
}
