//! What commands print: tables for people, JSON for programs, and texts from elsewhere made safe
//! for a terminal.

use crate::exit::Failure;
use crate::paint::{Look, Paint};
use crate::progress::aside;
use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write as _};

/// How a command prints its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; may change.
    Table,
    /// For programs; stable.
    Json,
}

/// Prints text on standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let write = || {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    };
    aside(write).map_err(|e| Failure::output(&e))
}

/// Tells people something on standard error; nobody reads it where that is closed.
pub(crate) fn remark(text: &str) {
    let _ = aside(|| io::stderr().lock().write_all(text.as_bytes()));
}

/// Prints a line of JSON, laid out for reading.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(Failure::defect)?;
    text.push('\n');
    print(&text)
}

/// Prints a table with its head line marked.
pub(crate) fn print_table(rows: &Table) -> Result<(), Failure> {
    let text = rows.trim_fmt();
    let (head, rest) = text.split_at(text.find('\n').unwrap_or(text.len()));
    print(&format!(
        "{}{rest}\n",
        Paint::of_output().with(Look::Head, head)
    ))
}

/// A table with a head line; as wide as its content.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(head);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// A value as a POSIX shell takes it literally.
pub(crate) fn shell_quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/:._+-=".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

/// A path as a POSIX shell takes it literally, from whatever directory.
pub(crate) fn shell_path(path: &std::path::Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    shell_quoted(&absolute.to_string_lossy())
}

/// A text from elsewhere without anything that a terminal would act on or that hides its order:
/// control characters and the directional marks of Unicode (UAX #9, section 2) are shown as
/// escapes. Line breaks within error texts are kept as spaces.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(hides) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\n       "),
            c if hides(c) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// The same for a text that stands in one line: line breaks are shown as escapes too, so that nobody
/// can make a line of their own.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains('\n') {
        let escaped = text.replace('\n', "\\u{a}");
        return Cow::Owned(printable(&escaped).into_owned());
    }
    printable(text)
}

fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_from_elsewhere_are_made_safe() {
        for (text, safe) in [
            ("plain, grüße", "plain, grüße"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("tab\there", "tab\\u{9}here"),
            ("null\0", "null\\u{0}"),
            ("two\nlines", "two\n       lines"),
        ] {
            assert_eq!(printable(text), safe, "{text:?}");
        }
    }

    #[test]
    fn values_survive_a_shell() {
        for (value, text) in [
            ("http://127.0.0.1:4599", "http://127.0.0.1:4599"),
            ("a/b+c=", "a/b+c="),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$(x)", "'$(x)'"),
        ] {
            assert_eq!(shell_quoted(value), text);
        }
    }
}
