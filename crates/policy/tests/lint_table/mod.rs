//! What the tables of lint cases share: the findings in a statement, and one case a line.
#![allow(dead_code, reason = "each test file uses its part")]

use claviger_policy::Kind;
use claviger_policy::lint::{Options, lint};

/// The ids of the findings in the last statement, without `LINT-`.
pub(crate) fn found(kind: Kind, statements: &str) -> Vec<String> {
    let root = r#"{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},"#;
    let root = if kind == Kind::Resource { root } else { "" };
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{root}{statements}]}}"#);
    let options = Options {
        kind: Some(kind),
        account: "111122223333".parse().ok(),
        organization: Some("o-a1b2c3d4e5".to_owned()),
        ..Options::default()
    };
    let mut ids: Vec<String> = lint(&text, &options)
        .iter()
        .filter(|f| !f.rule.id.starts_with("LINT-IDC-"))
        .map(|f| f.rule.id.trim_start_matches("LINT-").to_owned())
        .collect();
    ids.sort();
    ids
}

/// The cases of a table, one a line: what is looked at, and what is found in it.
pub(crate) fn table(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (case, expect) = line.split_once(" =>").expect(line);
            (case, expect.trim())
        })
}

/// The cases whose findings are not those expected.
#[derive(Default)]
pub(crate) struct Wrong(Vec<String>);

impl Wrong {
    pub(crate) fn check(&mut self, kind: Kind, statements: &str, expect: &str) {
        let found = found(kind, statements).join(" ");
        if found != expect {
            self.0.push(format!(
                "{statements}\n  expected {expect:?}, found {found:?}"
            ));
        }
    }
}

impl Drop for Wrong {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{}", self.0.join("\n"));
        }
    }
}
