//! The operator's log: as text or JSON, filtered, with a filter that can be
//! replaced while the service runs. What is logged is each place's own matter; secrets never are.

use std::str::FromStr;
use tracing::subscriber::{SetGlobalDefaultError, set_global_default};
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt, reload};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Not a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log is written as text or json")]
pub struct NoLogFormat;

impl FromStr for LogFormat {
    type Err = NoLogFormat;

    fn from_str(text: &str) -> Result<Self, NoLogFormat> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(NoLogFormat),
        }
    }
}

/// Which log lines are written: a level, or `target=level` pairs separated by commas.
#[derive(Debug, Clone)]
pub struct LogFilter(Targets);

/// Not a filter.
#[derive(Debug, thiserror::Error)]
pub enum NoLogFilter {
    /// A word that stands alone is a level.
    #[error("{0} is no level: one of off, error, warn, info, debug, trace")]
    Level(String),
    /// A pair is none.
    #[error(transparent)]
    Pair(#[from] ParseError),
}

impl FromStr for LogFilter {
    type Err = NoLogFilter;

    fn from_str(text: &str) -> Result<Self, NoLogFilter> {
        // Taken for a target, a level with a slip in it would silently let everything else out.
        for word in text.split(',').filter(|word| !word.contains('=')) {
            let level: Result<LevelFilter, _> = word.trim().parse();
            level.map_err(|_| NoLogFilter::Level(word.to_owned()))?;
        }
        Ok(Self(text.parse()?))
    }
}

/// The log of this process, once it was started.
#[derive(Clone)]
pub struct Log(reload::Handle<Targets, Registry>);

/// The filter cannot be replaced.
#[derive(Debug, thiserror::Error)]
#[error("the filter of the log cannot be replaced: {0}")]
pub struct ReplaceError(#[from] reload::Error);

impl Log {
    /// Starts it, once in a process. `writer` makes what lines are written to, in `colour` or not.
    ///
    /// # Errors
    /// When it was started before.
    pub fn start<W>(
        format: LogFormat,
        filter: LogFilter,
        colour: bool,
        writer: W,
    ) -> Result<Self, SetGlobalDefaultError>
    where
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        let (filter, handle) = reload::Layer::new(filter.0);
        let lines = fmt::layer().with_writer(writer);
        let lines = match format {
            LogFormat::Text => lines.with_ansi(colour).boxed(),
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
        };
        // Not `try_init`: it would also take over what libraries tell another facade, at levels that
        // mean nothing to an operator.
        set_global_default(tracing_subscriber::registry().with(filter).with(lines))?;
        Ok(Self(handle))
    }

    /// Replaces the filter.
    ///
    /// # Errors
    /// When the log is gone.
    pub fn replace(&self, filter: LogFilter) -> Result<(), ReplaceError> {
        Ok(self.0.reload(filter.0)?)
    }
}
