//! Where RSA keys are made: outside decisions, on threads that no request waits for but those that
//! asked. Nothing is kept in store. Accounts take turns, so that one that asks for many keys does
//! not keep the others waiting for all of them.

use crate::edges::OsEntropy;
use claviger_core::chain::MadeKey;
use claviger_crypto::{KeyMaterial, KeySpec, MaterialError};
use claviger_types::AccountId;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Makes RSA keys, a few at once.
#[derive(Clone)]
pub(super) struct KeyMaker(Arc<Mutex<Line>>);

/// Who waits, and how many keys can be begun now.
struct Line {
    room: usize,
    /// Accounts in the order of their turns, each with those of it that wait, oldest first.
    accounts: VecDeque<(AccountId, VecDeque<oneshot::Sender<Room>>)>,
}

/// Room for the making of one key; dropped, it is given to the next in line.
struct Room(Arc<Mutex<Line>>);

impl KeyMaker {
    /// One that takes up to half the cores, so that whoever asks for many keys does not take the
    /// machine from everybody else.
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_room((cores / 2).max(1))
    }

    fn with_room(room: usize) -> Self {
        Self(Arc::new(Mutex::new(Line {
            room,
            accounts: VecDeque::new(),
        })))
    }

    /// A new key for a caller of an account, when there is room for its making.
    pub(super) async fn make(&self, account: AccountId, spec: KeySpec) -> MadeKey {
        let Some(room) = self.room(account).await else {
            return Err(MaterialError::Failed(spec));
        };
        // The room goes along: who hangs up does not end the making.
        let making = tokio::task::spawn_blocking(move || {
            let _room = room;
            KeyMaterial::generate(spec, &mut OsEntropy)
        });
        match making.await {
            Ok(made) => made.map(Arc::new),
            Err(error) => {
                tracing::error!(%error, "the making of a key did not end");
                Err(MaterialError::Failed(spec))
            }
        }
    }

    /// Waits for the account's turn. Somebody always holds room while anybody waits, so `None`
    /// does not happen.
    async fn room(&self, account: AccountId) -> Option<Room> {
        let (turn, mine) = oneshot::channel();
        {
            let mut line = lock(&self.0);
            if line.room > 0 {
                line.room -= 1;
                return Some(Room(Arc::clone(&self.0)));
            }
            line.join(account, turn);
        }
        mine.await.ok()
    }
}

impl Line {
    fn join(&mut self, account: AccountId, turn: oneshot::Sender<Room>) {
        match self
            .accounts
            .iter_mut()
            .find(|(known, _)| *known == account)
        {
            Some((_, waiting)) => waiting.push_back(turn),
            None => self.accounts.push_back((account, VecDeque::from([turn]))),
        }
    }

    /// The next in line; its account goes to the end.
    fn next(&mut self) -> Option<oneshot::Sender<Room>> {
        let (account, mut waiting) = self.accounts.pop_front()?;
        let turn = waiting.pop_front();
        if !waiting.is_empty() {
            self.accounts.push_back((account, waiting));
        }
        turn
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut line = lock(&self.0);
        match line.next() {
            Some(turn) => {
                drop(line);
                // Who has gone meanwhile drops its room, which goes on to the one after.
                let _ = turn.send(Room(Arc::clone(&self.0)));
            }
            None => line.room += 1,
        }
    }
}

/// A line that another thread left while it panicked is as good as any: each step leaves it whole.
fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    fn poll<F: Future>(future: &mut Pin<&mut F>) -> Option<F::Output> {
        match future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    fn account(digit: char) -> AccountId {
        let text: String = std::iter::repeat_n(digit, 12).collect();
        text.parse().unwrap()
    }

    #[test]
    fn accounts_take_turns() {
        let maker = KeyMaker::with_room(1);
        let mut first = pin!(maker.room(account('1')));
        let mut room = poll(&mut first).flatten();
        assert!(room.is_some());
        let asked = ['1', '1', '1', '2', '3', '2'];
        let mut waiting: Vec<_> = asked
            .iter()
            .map(|digit| Box::pin(maker.room(account(*digit))))
            .collect();
        for future in &mut waiting {
            assert!(poll(&mut future.as_mut()).is_none());
        }
        // One of the first account, then one of each in turn.
        for expected in [0, 3, 4, 1, 5, 2] {
            drop(room.take());
            for (index, future) in waiting.iter_mut().enumerate() {
                if index == expected {
                    room = poll(&mut future.as_mut()).flatten();
                }
            }
            assert!(room.is_some(), "{expected} is the next");
        }
        drop(room);
        assert_eq!(lock(&maker.0).room, 1);
    }

    #[test]
    fn who_has_gone_is_passed_over() {
        let maker = KeyMaker::with_room(1);
        let room = poll(&mut pin!(maker.room(account('1')))).flatten();
        let mut gone = Box::pin(maker.room(account('1')));
        let mut stays = Box::pin(maker.room(account('2')));
        assert!(poll(&mut gone.as_mut()).is_none());
        assert!(poll(&mut stays.as_mut()).is_none());
        drop(gone);
        drop(room);
        assert!(poll(&mut stays.as_mut()).flatten().is_some());
        drop(stays);
        assert_eq!(lock(&maker.0).room, 1);
    }
}
