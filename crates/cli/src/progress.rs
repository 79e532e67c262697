//! What people see of long work: a line on standard error, only where that is a terminal, only after
//! a quarter of a second, gone without a trace when the work is done. It measures nothing, and
//! programs never see it.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};
use std::sync::LazyLock;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What is done sooner needs no explanation.
const AFTER: Duration = Duration::from_millis(250);
/// How often the line moves, to show that the program lives.
const TICK: Duration = Duration::from_millis(100);

/// All lines that are shown, so that whoever prints something can put them aside.
static LINES: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Work that goes on until this is dropped.
pub(crate) struct Progress {
    line: ProgressBar,
    /// `None` where nobody looks.
    shown: Option<Shown>,
}

/// The thread that shows the line, unless the work is done before.
struct Shown {
    ended: Sender<()>,
    thread: JoinHandle<()>,
}

impl Progress {
    /// Work whose end is not known.
    pub(crate) fn start(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(what, None, "{spinner} {msg}")
    }

    /// Work on so many things.
    pub(crate) fn counting(what: impl Into<Cow<'static, str>>, total: u64) -> Self {
        Self::new(what, Some(total), "{spinner} {msg}: {pos} of {len}")
    }

    fn new(what: impl Into<Cow<'static, str>>, total: Option<u64>, template: &str) -> Self {
        let line = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            line.set_style(style);
        }
        line.set_message(what);
        let bar = line.clone();
        let show = move || {
            LINES.add(bar.clone());
            bar.tick();
            bar.enable_steady_tick(TICK);
        };
        let shown = is_watched().then(|| Shown::after(AFTER, show));
        Self {
            line,
            shown: shown.flatten(),
        }
    }

    /// One thing more is done.
    pub(crate) fn step(&self) {
        self.line.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(shown) = self.shown.take() {
            shown.end();
        }
        self.line.finish_and_clear();
        LINES.remove(&self.line);
    }
}

impl Shown {
    /// `None` where the operating system gives no thread: the work goes on unseen.
    fn after(time: Duration, show: impl FnOnce() + Send + 'static) -> Option<Self> {
        let (ended, end) = mpsc::channel::<()>();
        let wait = move || {
            if end.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                show();
            }
        };
        let thread = thread::Builder::new().spawn(wait).ok()?;
        Some(Self { ended, thread })
    }

    /// Once this returns, nothing will be shown that is not.
    fn end(self) {
        drop(self.ended);
        // It only draws; if that failed, there is nothing to take away.
        let _ = self.thread.join();
    }
}

/// A terminal that cannot go back in its line would show every step anew.
fn is_watched() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// Prints something while the lines are put aside: they are on the same terminal.
pub(crate) fn aside<T>(print: impl FnOnce() -> T) -> T {
    LINES.suspend(print)
}

/// Standard error for the log, beside which lines may be shown.
pub(crate) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        aside(|| io::stderr().write(bytes))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        aside(|| io::stderr().write_all(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_is_done_sooner_is_not_shown() {
        let (shows, seen) = mpsc::channel();
        let hour = Duration::from_secs(3600);
        let shown = Shown::after(hour, move || shows.send(()).unwrap());
        shown.unwrap().end();
        assert!(seen.recv().is_err());
    }

    #[test]
    fn work_that_goes_on_is_shown_once() {
        let (shows, seen) = mpsc::channel();
        let shown = Shown::after(Duration::ZERO, move || shows.send(()).unwrap());
        seen.recv().unwrap();
        shown.unwrap().end();
        assert!(seen.recv().is_err());
    }
}
