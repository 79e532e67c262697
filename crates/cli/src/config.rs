//! `claviger config`: checks a configuration of `claviger serve`, and prints the reference of all
//! settings. It opens no directory and listens nowhere.

use crate::arguments::ConfigPlace;
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, printable, table};
use crate::serve::{load, sinks_of, tls_of};
use claviger_server::{ServeConfig, Source, reference};
use serde_json::json;

pub(crate) fn check(place: &ConfigPlace, format: Format) -> Result<Done, Failure> {
    let config = load(place)?;
    // Read as a start would read them.
    tls_of(&config)?;
    sinks_of(&config)?;
    match format {
        Format::Json => print_json(&as_json(&config))?,
        Format::Table => print(&as_table(&config))?,
    }
    Ok(Done::Clean)
}

pub(crate) fn print_reference() -> Result<Done, Failure> {
    print(&reference())?;
    Ok(Done::Clean)
}

fn as_table(config: &ServeConfig) -> String {
    let mut rows = table(&["SETTING", "VALUE", "FROM"]);
    for (name, value, source) in &config.values {
        let value = value.as_deref().unwrap_or("-");
        rows.add_row([*name, &printable(value), &told(source)]);
    }
    format!("{}\n", rows.trim_fmt())
}

fn as_json(config: &ServeConfig) -> serde_json::Value {
    let values = config.values.iter().map(
        |(name, value, source)| json!({"setting": name, "value": value, "from": told(source)}),
    );
    values.collect()
}

fn told(source: &Source) -> String {
    match source {
        Source::Default => "default".to_owned(),
        Source::Environment => "environment".to_owned(),
        Source::File { line, column } => format!("file {line}:{column}"),
    }
}
