//! The catalogue of rules: type, lookup, and the page made of it. The rules themselves are in
//! `catalogue_grammar` and `catalogue_access`.

use super::{Level, Options, Purpose};
use crate::document::Kind;
use std::fmt::Write as _;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// `LINT-…`; stable.
    pub id: &'static str,
    /// How much its findings matter.
    pub level: Level,
    /// In a few words.
    pub title: &'static str,
    /// Why it is a finding, and what to do.
    pub explanation: &'static str,
    /// Where it comes from: pages of AWS, findings of IAM Access Analyzer's ValidatePolicy, rules of
    /// `docs/reference/rules.md`.
    pub source: &'static str,
    /// What the examples are.
    pub kind: Kind,
    /// A statement, or a document, that has a finding.
    pub bad: &'static str,
    /// One that has not.
    pub good: &'static str,
    /// Whether a fix may be certain.
    pub fixable: bool,
}

const fn rule(
    level: Level,
    id: &'static str,
    title: &'static str,
    explanation: &'static str,
    source: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Rule {
    Rule {
        id,
        level,
        title,
        explanation,
        source,
        kind: Kind::Resource,
        bad,
        good,
        fixable: false,
    }
}

/// A rule of level error for key policies.
pub(super) const fn error(
    id: &'static str,
    title: &'static str,
    explanation: &'static str,
    source: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Rule {
    rule(Level::Error, id, title, explanation, source, bad, good)
}

/// A rule of level warning for key policies.
pub(super) const fn warning(
    id: &'static str,
    title: &'static str,
    explanation: &'static str,
    source: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Rule {
    rule(Level::Warning, id, title, explanation, source, bad, good)
}

/// A rule of level note for key policies.
pub(super) const fn note(
    id: &'static str,
    title: &'static str,
    explanation: &'static str,
    source: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Rule {
    rule(Level::Note, id, title, explanation, source, bad, good)
}

impl Rule {
    pub(super) const fn fixable(mut self) -> Self {
        self.fixable = true;
        self
    }

    pub(super) const fn of(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// An example as a whole document.
    #[must_use]
    pub fn document(example: &str) -> String {
        let is_whole = example.contains("\"Statement\"") || !example.starts_with('{');
        if is_whole {
            example.to_owned()
        } else {
            format!("{{\"Version\": \"2012-10-17\", \"Statement\": [\n{example}\n]}}")
        }
    }

    /// What the examples know beside themselves.
    #[must_use]
    pub fn example_options(&self) -> Options {
        Options {
            kind: Some(self.kind),
            account: "111122223333".parse().ok(),
            organization: Some("o-a1b2c3d4e5".to_owned()),
            instance_arn: Some("arn:aws:sso:::instance/ssoins-1234567890abcdef".to_owned()),
            identity_store_id: Some("d-1234567890".to_owned()),
            purpose: self
                .id
                .starts_with("LINT-IDC-")
                .then_some(Purpose::IdentityCenter),
            ..Options::default()
        }
    }
}

/// Every rule, family by family.
pub fn catalogue() -> impl Iterator<Item = &'static Rule> {
    super::catalogue_grammar::RULES
        .iter()
        .chain(&super::catalogue_access::RULES)
}

pub(super) fn find(id: &str) -> Option<&'static Rule> {
    catalogue().find(|rule| rule.id == id)
}

/// The page `docs/reference/lint.md`.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(
        "# The rules of `claviger policy lint`\n\n\
         Made from the catalogue in `crates/policy/src/lint`; a test keeps it current\n\
         (`CLAVIGER_WRITE_REFERENCE=1 cargo test -p claviger-policy --test lint reference` writes it).\n\n\
         Errors: AWS refuses it, it does not work, or it lets strangers in. Warnings: it probably does not do\n\
         what was meant. Notes: worth knowing; they do not change the exit code. A fix after which more may be\n\
         allowed, or less denied, is applied by `--fix-unsafe` only. `POL-` ids are those of\n\
         [rules.md](rules.md); *ValidatePolicy* names the finding of IAM Access Analyzer. Examples are statements\n\
         of a key policy unless they say otherwise, of account 111122223333 in organisation o-a1b2c3d4e5, whose\n\
         instance of Identity Center is ssoins-1234567890abcdef with the identity store d-1234567890.\n\n\
         | rule | level | fix | |\n|---|---|---|---|\n",
    );
    for rule in catalogue() {
        // Writing to a text cannot fail.
        let _ = writeln!(
            page,
            "| [`{}`](#{}) | {} | {} | {} |",
            rule.id,
            rule.id.to_ascii_lowercase(),
            rule.level,
            if rule.fixable { "yes" } else { "" },
            rule.title
        );
    }
    for rule in catalogue() {
        let _ = write!(
            page,
            "\n## {}\n\n{}: {}.\n\n{}\n\nSource: {}.\n\nFinding{}:\n\n```json\n{}\n```\n\nNone:\n\n```json\n{}\n```\n",
            rule.id,
            capital(rule.level.as_str()),
            rule.title,
            rule.explanation,
            rule.source,
            match rule.kind {
                Kind::Identity => ", in an identity policy",
                Kind::ServiceControl => ", in a service control policy",
                Kind::ResourceControl => ", in a resource control policy",
                _ => "",
            },
            rule.bad,
            rule.good
        );
    }
    page
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
