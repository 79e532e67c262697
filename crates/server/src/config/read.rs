//! Reads the texts of settings from a file and the environment, each with its place. What a text
//! means is decided elsewhere.

use super::error::Problem;
use super::setting::{self, Kind, PREFIX, Setting};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The setting's default.
    Default,
    /// The file, with line and column.
    File {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The environment.
    Environment,
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) source: Source,
    /// For messages.
    pub(super) place: String,
    /// What a relative path is taken from.
    pub(super) base: PathBuf,
}

pub(super) type Values = BTreeMap<&'static str, Written>;

/// Reads a file.
pub(super) fn file(path: &Path, text: &str, problems: &mut Vec<Problem>) -> Values {
    let mut reader = Reader {
        path,
        text,
        problems,
        values: Values::new(),
    };
    match DeTable::parse(text) {
        Ok(table) => reader.table("", table.get_ref()),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            reader.report(start, format!("this is no TOML: {}", error.message()));
        }
    }
    reader.values
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    problems: &'a mut Vec<Problem>,
    values: Values,
}

impl Reader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            let start = key.span().start;
            match (value.get_ref(), setting::find(&name)) {
                (_, Some(setting)) => self.value(setting, value),
                (DeValue::Table(inner), None) if is_table(&name) => {
                    self.table(&format!("{name}."), inner);
                }
                (_, None) if is_table(&name) => {
                    self.report(start, format!("{name} is a table: write [{name}]"));
                }
                // What stands in a table that nobody knows may be meant for a known one.
                (DeValue::Table(inner), None) if setting::nearest(&name).is_none() => {
                    for (key, _) in inner {
                        let name = format!("{name}.{}", key.get_ref());
                        self.report(key.span().start, unknown(&name));
                    }
                    if inner.is_empty() {
                        self.report(start, unknown(&name));
                    }
                }
                _ => self.report(start, unknown(&name)),
            }
        }
    }

    fn value(&mut self, setting: &'static Setting, value: &Spanned<DeValue<'_>>) {
        let start = value.span().start;
        let text = match (value.get_ref(), setting.kind) {
            (DeValue::Integer(number), Kind::Number(..)) => number.as_str().replace('_', ""),
            (DeValue::String(text), kind) if !matches!(kind, Kind::Number(..)) => text.to_string(),
            (other, kind) => {
                return self.report(
                    start,
                    format!(
                        "{} is {}, not {}",
                        setting.name,
                        kind.wants(),
                        describe(other)
                    ),
                );
            }
        };
        let (line, column) = position(self.text, start);
        let written = Written {
            text,
            source: Source::File { line, column },
            place: self.place(start),
            base: self.path.parent().unwrap_or(Path::new("")).to_owned(),
        };
        self.values.insert(setting.name, written);
    }

    fn place(&self, start: usize) -> String {
        let (line, column) = position(self.text, start);
        format!("{}:{line}:{column}", self.path.display())
    }

    fn report(&mut self, start: usize, text: String) {
        let place = self.place(start);
        self.problems.push(Problem { place, text });
    }
}

fn is_table(name: &str) -> bool {
    let inside = |setting: &Setting| {
        let rest = setting.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    setting::SETTINGS.iter().any(inside)
}

fn unknown(name: &str) -> String {
    match setting::nearest(name) {
        Some(near) => format!("there is no setting {name}; did you mean {near}?"),
        None => format!(
            "there is no setting {name}; claviger config reference lists all that there are"
        ),
    }
}

fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Line and column of a byte, both from 1; columns count characters.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// Reads the environment.
pub(super) fn environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    problems: &mut Vec<Problem>,
) -> Values {
    let mut values = Values::new();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let mut report = |text: String| {
            problems.push(Problem {
                place: format!("the environment variable {name}"),
                text,
            });
        };
        let known = setting::SETTINGS.iter().find(|s| s.variable() == name);
        match (known, value.into_string()) {
            (Some(setting), Ok(text)) => {
                let written = Written {
                    text,
                    source: Source::Environment,
                    place: name.to_owned(),
                    base: PathBuf::new(),
                };
                values.insert(setting.name, written);
            }
            (Some(_), Err(_)) => report("its value is no UTF-8".to_owned()),
            (None, _) => report(unknown_variable(name)),
        }
    }
    values
}

fn unknown_variable(name: &str) -> String {
    let distance = |s: &Setting| strsim::damerau_levenshtein(name, &s.variable());
    let near = setting::SETTINGS.iter().min_by_key(|s| distance(s));
    match near.filter(|s| distance(s) <= 1 + (name.len() - PREFIX.len()) / 4) {
        Some(near) => format!(
            "no setting has this name; did you mean {}?",
            near.variable()
        ),
        None => "no setting has this name; claviger config reference lists all that there are"
            .to_owned(),
    }
}
