//! The thread that a service lives on, and the ways to its end: asked to drain, or cut off when
//! nobody holds it any more. It knows nothing of what the thread does.

use crate::Error;
use std::convert::Infallible;
use std::thread::{Builder, JoinHandle};
use tokio::sync::oneshot;

/// How the thread hears of its end: a message asks it to drain; a sender that is gone means that
/// nobody waits for anything any more.
pub(crate) type EndSignal = oneshot::Receiver<()>;

/// A thread. Dropping it cuts off what it does and waits until it is gone, so that no test leaves
/// anything behind, whichever way it ends.
pub(crate) struct Worker {
    drain: Option<oneshot::Sender<()>>,
    /// Closed when the thread has nothing left to do.
    ended: oneshot::Receiver<Infallible>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Worker {
    /// Starts the thread.
    pub(crate) fn start(
        work: impl FnOnce(EndSignal) -> Result<(), Error> + Send + 'static,
    ) -> Result<Self, Error> {
        let (drain, end) = oneshot::channel();
        let (alive, ended) = oneshot::channel();
        let thread = Builder::new()
            .name("claviger".to_owned())
            .spawn(move || {
                let _alive = alive;
                work(end)
            })
            .map_err(Error::Thread)?;
        Ok(Self {
            drain: Some(drain),
            ended,
            thread: Some(thread),
        })
    }

    /// Asks the thread to drain and returns what it ended with, on any runtime.
    pub(crate) async fn drain(mut self) -> Result<(), Error> {
        self.ask_to_drain();
        self.end().await
    }

    /// Returns what the thread ended with once it ends by itself, on any runtime.
    pub(crate) async fn end(mut self) -> Result<(), Error> {
        // Nobody ever sends: this is the thread's end, told without blocking a runtime.
        let _ = (&mut self.ended).await;
        self.join()
    }

    /// As [`Worker::drain`], for callers that may block.
    pub(crate) fn drain_blocking(mut self) -> Result<(), Error> {
        self.ask_to_drain();
        self.join()
    }

    /// As [`Worker::end`], for callers that may block.
    pub(crate) fn end_blocking(mut self) -> Result<(), Error> {
        self.join()
    }

    fn ask_to_drain(&mut self) {
        if let Some(drain) = self.drain.take() {
            // A thread that has ended already says why when it is joined.
            let _ = drain.send(());
        }
    }

    fn join(&mut self) -> Result<(), Error> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) | None => Err(Error::Ended),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.drain = None;
        if let Some(thread) = self.thread.take() {
            // Whoever wants to know how it ended asks; a drop has nobody to tell.
            let _ = thread.join();
        }
    }
}
