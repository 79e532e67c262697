//! The reference of all settings, as a file that could be used as it stands.

use super::setting::{SETTINGS, Setting};
use std::fmt::Write as _;

/// The width of comments.
const WIDTH: usize = 96;

/// A configuration file with every setting, its default and what it is.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "# Configuration of claviger serve. What has a # before it holds without being written.\n\
         # A relative path is taken from the directory of this file. Each setting can be overridden\n\
         # by the environment variable that is named with it.\n",
    );
    let mut table = "";
    for setting in &SETTINGS {
        let (of, name) = setting.name.split_once('.').unwrap_or(("", setting.name));
        if of != table {
            table = of;
            // Writing to a String cannot fail.
            let _ = write!(text, "\n[{table}]\n");
        }
        describe(&mut text, setting, name);
    }
    text
}

fn describe(text: &mut String, setting: &Setting, name: &str) {
    text.push('\n');
    comment(text, setting.help);
    let when = if setting.reloads {
        "SIGHUP takes a change over."
    } else {
        "A change needs a restart."
    };
    comment(text, &format!("{}. {when}", setting.variable()));
    let value = setting.default.unwrap_or(setting.example);
    let _ = match value.parse::<u64>() {
        Ok(number) => writeln!(text, "#{name} = {number}"),
        Err(_) => writeln!(text, "#{name} = \"{value}\""),
    };
}

fn comment(text: &mut String, words: &str) {
    let mut line = String::from("#");
    for word in words.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}
