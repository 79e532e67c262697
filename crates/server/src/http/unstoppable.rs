//! Work that goes on when nobody waits for it any more. As long as somebody does, it runs where they
//! wait, which costs no task of its own; who stops waiting leaves it to the runtime.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::Handle;

/// The work panicked; it did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it panicked; the log says where")]
pub(super) struct Panicked;

/// Waits for work that goes on when this is dropped. It must be dropped inside a runtime for that, as
/// everything that serves a connection is.
pub(super) struct Unstoppable<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    /// None at its end.
    work: Option<Pin<Box<F>>>,
}

impl<F> Unstoppable<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    /// Begins when it is first polled; what was never polled was never begun, and is dropped.
    pub(super) fn new(work: F) -> Self {
        Self {
            work: Some(Box::pin(work)),
        }
    }
}

impl<F> Future for Unstoppable<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.work else {
            return Poll::Pending;
        };
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        let end = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(_) => Err(Panicked),
        };
        self.work = None;
        Poll::Ready(end)
    }
}

impl<F> Drop for Unstoppable<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    fn drop(&mut self) {
        let Some(work) = self.work.take() else {
            return;
        };
        // Without a runtime the process is at its end, and nothing of it runs on.
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(work));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::Waker;
    use tokio::sync::oneshot;

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn it_ends_where_it_is_awaited() {
        assert_eq!(Unstoppable::new(async { 7 }).await, Ok(7));
    }

    #[tokio::test]
    async fn it_goes_on_when_it_is_dropped() {
        let (go, may_go) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let mut work = Box::pin(Unstoppable::new(async move {
            may_go.await.unwrap();
            done.send(7).unwrap();
        }));
        assert!(poll(work.as_mut()).is_pending());
        drop(work);
        go.send(()).unwrap();
        assert_eq!(is_done.await, Ok(7));
    }

    #[tokio::test]
    async fn a_panic_is_told() {
        let mut work = pin!(Unstoppable::new(async { panic!("in the middle of it") }));
        let work_panicked: Poll<Result<(), Panicked>> = poll(work.as_mut());
        assert_eq!(work_panicked, Poll::Ready(Err(Panicked)));
        assert!(poll(work.as_mut()).is_pending(), "it is over");
    }
}
