//! Checks that the help of every command shows how it is used, by examples that the program itself
//! understands. A test, and nothing else.

use crate::arguments::Arguments;
use clap::{Command, CommandFactory as _, Parser as _};

/// Each command and group with its help, not wrapped.
fn helps(command: &mut Command, found: &mut Vec<(String, String)>) {
    let name = command.get_bin_name().unwrap_or("claviger").to_owned();
    found.push((name, command.render_long_help().to_string()));
    for inner in command
        .get_subcommands_mut()
        .filter(|c| c.get_name() != "help")
    {
        helps(inner, found);
    }
}

/// The invocations of the program in a line of a shell: at its beginning, within `$(…)`, after
/// another command.
fn invocations(line: &str) -> Vec<Vec<String>> {
    let starts = line.match_indices("claviger ").filter(|(at, _)| {
        let before = line.get(..*at).unwrap_or_default().trim_end();
        before.is_empty() || before.ends_with("$(") || before.ends_with(['&', ';', '|'])
    });
    starts
        .map(|(at, _)| words(line.get(at..).unwrap_or_default()))
        .collect()
}

/// The words of a shell's command up to where something else begins: `|`, `&`, `;`, `>`, `)`, `#`.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '|' | '&' | ';' | '>' | ')') => break,
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What is missing or wrong in the help of a command.
fn problems(name: &str, help: &str) -> Vec<String> {
    let Some((_, examples)) = help.split_once("Example") else {
        return vec![format!("{name}: no example")];
    };
    let lines: Vec<&str> = examples.lines().map(str::trim).collect();
    let mut found = Vec::new();
    if !lines.iter().any(|line| line.starts_with("claviger ")) {
        found.push(format!("{name}: no example that starts with claviger"));
    }
    let shown: Vec<_> = lines.iter().flat_map(|line| invocations(line)).collect();
    if !shown.iter().any(|words| words.join(" ").starts_with(name)) {
        found.push(format!("{name}: no example of itself"));
    }
    for words in shown {
        if let Err(error) = Arguments::try_parse_from(&words) {
            found.push(format!("{name}: {words:?}: {error}"));
        }
    }
    found
}

#[test]
fn every_command_has_examples_that_it_understands() {
    let mut command = Arguments::command().term_width(0);
    command.build();
    let mut found = Vec::new();
    helps(&mut command, &mut found);
    assert!(found.len() > 12, "commands were lost");
    let wrong: Vec<_> = found
        .iter()
        .flat_map(|(name, help)| problems(name, help))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn invocations_are_found() {
    for (line, expect) in [
        ("claviger up", &["claviger up"][..]),
        (
            "eval \"$(claviger env)\" && aws kms list-aliases",
            &["claviger env"],
        ),
        (
            "claviger wait --dir DIR && eval \"$(claviger env --dir DIR)\"",
            &["claviger wait --dir DIR", "claviger env --dir DIR"],
        ),
        (
            "claviger up --dir DIR > up.log &",
            &["claviger up --dir DIR"],
        ),
        (
            "claviger clock advance '1h 30m' # more",
            &["claviger clock advance 1h 30m"],
        ),
        (
            "claviger services | jq '.[] | x'; echo claviger up",
            &["claviger services"],
        ),
        ("described by claviger up.", &[]),
    ] {
        let found: Vec<_> = invocations(line).iter().map(|w| w.join(" ")).collect();
        assert_eq!(found, expect, "{line}");
    }
}

#[test]
fn what_is_missing_or_wrong_is_found() {
    for (help, expect) in [
        ("Example:\n  claviger up --dir x\n", None),
        ("Usage: claviger up", Some("no example")),
        (
            "Example:\n  aws kms list-keys\n",
            Some("no example that starts with claviger"),
        ),
        ("Example:\n  claviger demo\n", Some("no example of itself")),
        (
            "Example:\n  claviger up --nonsense\n",
            Some("unexpected argument '--nonsense'"),
        ),
    ] {
        let found = problems("claviger up", help);
        match expect {
            None => assert!(found.is_empty(), "{found:?}"),
            Some(part) => assert!(found.iter().any(|p| p.contains(part)), "{help}: {found:?}"),
        }
    }
}
