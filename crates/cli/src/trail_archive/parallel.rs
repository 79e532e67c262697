//! Many things done at once, their results taken one after another. No more results wait than there
//! are threads, so memory stays bounded.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// As many threads as the machine has cores.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does `work` on each item, on at most `width` threads, and hands each result to `done` on this
/// thread, in whatever order they come. Ends early, without the rest, when `done` returns false.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    width: usize,
    work: impl Fn(&T) -> R + Sync,
    mut done: impl FnMut(&T, R) -> bool,
) {
    let (next, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
    let width = width.clamp(1, items.len().max(1));
    let (results, finished) = mpsc::sync_channel(width);
    thread::scope(|scope| {
        for _ in 0..width {
            let results = results.clone();
            let (next, ended, work) = (&next, &ended, &work);
            scope.spawn(move || {
                while !ended.load(Ordering::Relaxed)
                    && let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    // Nobody takes results once the work was ended.
                    if results.send((item, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(results);
        for (item, result) in finished {
            if !done(item, result) {
                ended.store(true, Ordering::Relaxed);
                break;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_done_once() {
        for (count, width) in [(0, 4), (1, 4), (1000, 1), (1000, 7)] {
            let items: Vec<usize> = (0..count).collect();
            let mut found = Vec::new();
            each(
                &items,
                width,
                |n| n * 2,
                |item, result| {
                    assert_eq!(result, item * 2);
                    found.push(*item);
                    true
                },
            );
            found.sort_unstable();
            assert_eq!(found, items);
        }
    }

    #[test]
    fn it_ends_when_it_is_told() {
        let items: Vec<usize> = (0..100_000).collect();
        let started = AtomicUsize::new(0);
        let mut taken = 0;
        each(
            &items,
            4,
            |_| started.fetch_add(1, Ordering::Relaxed),
            |_, _| {
                taken += 1;
                taken < 3
            },
        );
        assert_eq!(taken, 3);
        assert!(started.load(Ordering::Relaxed) < 100);
    }
}
