//! Colours, where somebody sees them: on a terminal that has them, unless `NO_COLOR` is set; with
//! `CLICOLOR_FORCE` everywhere. Everything else gets the bare text, byte for byte. The help of
//! commands and what is said about wrong arguments follow the same rule by themselves.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;
use std::io;

/// How the parts of a text look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Something is wrong.
    Bad,
    /// It is as it must be.
    Good,
    /// What to do.
    Next,
    /// A head line.
    Head,
}

/// Colours of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// As standard output shows them.
    pub(crate) fn of_output() -> Self {
        Self {
            on: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        }
    }

    /// As standard error shows them.
    pub(crate) fn of_error() -> Self {
        Self {
            on: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
        }
    }

    /// Whether there are any.
    pub(crate) fn is_on(self) -> bool {
        self.on
    }

    /// A part of a text. What comes from elsewhere must have been made safe before.
    pub(crate) fn with(self, look: Look, part: &str) -> String {
        if !self.on {
            return part.to_owned();
        }
        let style = match look {
            Look::Bad => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            Look::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Look::Next => Style::new().bold().fg_color(Some(AnsiColor::Cyan.into())),
            Look::Head => Style::new().bold(),
        };
        let mut painted = String::with_capacity(part.len() + 16);
        // Writing to a String cannot fail.
        let _ = write!(painted, "{style}{part}{style:#}");
        painted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_looks_differ() {
        for look in [Look::Bad, Look::Good, Look::Next, Look::Head] {
            assert_eq!(Paint { on: false }.with(look, "part"), "part");
            let painted = Paint { on: true }.with(look, "part");
            assert!(
                painted.starts_with("\u{1b}[") && painted.ends_with("part\u{1b}[0m"),
                "{painted:?}"
            );
        }
    }
}
