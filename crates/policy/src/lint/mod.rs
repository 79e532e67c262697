//! Findings in a policy: what AWS would refuse, what does not do what it says, and what does more
//! than it should. The rules are one table of data, `catalogue`; each family of rules has a file.
//! It reads one document and what it is told of accounts and the organisation. It asks no service,
//! and does not replace the decision over all layers.

mod actions;
mod addresses;
mod candidates;
mod catalogue;
mod catalogue_access;
mod catalogue_grammar;
mod edit;
mod entries;
mod fixing;
mod foreign;
mod identity_center;
mod keys;
pub(crate) mod kms;
mod lockout;
mod openness;
mod organization;
mod own_key;
mod principals;
mod probe;
mod reach;
mod refusals;
mod resources;
mod rules;
mod search;
mod strangers;
mod subject;
mod trial;
mod values;

pub use catalogue::{Rule, catalogue, reference};
pub use edit::{Edit, Fix};
pub use fixing::{Fixed, Fixes, fix};
pub use subject::detect_kind;

use crate::document::{Kind, Place, Span};
use claviger_types::{AccountId, RegionName, Timestamp};
use std::fmt;
use subject::Subject;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// AWS refuses it, it does not work, or it lets strangers in.
    Error,
    /// It probably does not do what was meant.
    Warning,
    /// Worth knowing; nothing has to change.
    Note,
}

impl Level {
    /// `error`, `warning` or `note`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The customer managed key of IAM Identity Center.
    IdentityCenter,
}

/// What is known beside the document. What is not given is read off the document where it says it.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What the policy is attached to.
    pub kind: Option<Kind>,
    /// The account of the key.
    pub account: Option<AccountId>,
    /// The organisation's id.
    pub organization: Option<String>,
    /// The Region of the key.
    pub region: Option<RegionName>,
    /// The instance of Identity Center.
    pub instance_arn: Option<String>,
    /// The id of its identity store, `d-…`.
    pub identity_store_id: Option<String>,
    /// Its delegated administrators.
    pub delegated: Vec<AccountId>,
    /// What the key is for.
    pub purpose: Option<Purpose>,
    /// The moment from which the policy holds; without it, [`FIRST_MOMENT`].
    pub now: Option<Timestamp>,
}

/// 2026-11-01T00:00:00Z. No call is made before it: these rules are not older.
pub const FIRST_MOMENT: Timestamp = Timestamp::from_seconds(1_793_491_200);

/// One finding.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What is wrong here, and what would be right.
    pub message: String,
    /// The Sid of the statement it is in.
    pub sid: Option<String>,
    /// The index of the statement it is in, from 0.
    pub statement: Option<usize>,
    /// Where in the text.
    pub span: Span,
    /// The same as line and column.
    pub place: Place,
    /// How to mend it, where that is certain.
    pub fix: Option<Fix>,
}

/// Gathers findings while rules run.
struct Found<'t> {
    text: &'t str,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn add(&mut self, id: &str, span: Span, message: impl Into<String>) -> Option<&mut Finding> {
        let rule = catalogue::find(id)?;
        self.findings.push(Finding {
            rule,
            message: message.into(),
            sid: None,
            statement: None,
            span,
            place: Place::of(self.text, span.start),
            fix: None,
        });
        self.findings.last_mut()
    }

    /// The same with a fix.
    fn add_fixed(&mut self, id: &str, span: Span, message: impl Into<String>, fix: Option<Fix>) {
        if let Some(finding) = self.add(id, span, message) {
            finding.fix = fix;
        }
    }
}

/// Everything there is to say about a document, in the order of its text.
#[must_use]
pub fn lint(text: &str, options: &Options) -> Vec<Finding> {
    let mut found = Found {
        text,
        findings: Vec::new(),
    };
    let kind = options.kind.unwrap_or_else(|| detect_kind(text));
    let parsed = refusals::check(text, kind, &mut found);
    if let Some((document, root)) = parsed {
        let subject = Subject::new(&document, &root, options);
        let stored = found.findings.is_empty();
        for check in STATEMENTS {
            check(&subject, &mut found);
        }
        // What AWS would not store never applies (POL-E6): what the whole comes to is another
        // matter once it is mended.
        for check in WHOLE.iter().filter(|_| stored) {
            check(&subject, &mut found);
        }
        for finding in &mut found.findings {
            subject.locate(finding);
        }
        drop_consequences(&mut found.findings);
    }
    found
        .findings
        .sort_by_key(|f| (f.span.start, f.rule.level, f.rule.id));
    found.findings
}

type Check = fn(&Subject<'_>, &mut Found<'_>);

/// Rules about single statements.
const STATEMENTS: [Check; 9] = [
    entries::check,
    actions::check,
    resources::check,
    principals::check,
    values::check,
    keys::check,
    openness::check,
    reach::check,
    organization::check,
];

/// Rules about what the statements come to together.
const WHOLE: [Check; 2] = [lockout::check, identity_center::check];

/// Rules whose finding says the same as a more exact one about the same statement.
const CONSEQUENCES: [(&str, &[&str]); 5] = [
    (
        "LINT-OPEN",
        &[
            "LINT-IDC-ORGANIZATION",
            "LINT-FORALL-OPEN",
            "LINT-NOT-ACTION",
        ],
    ),
    ("LINT-CONDITION-FAILS-OPEN", &["LINT-FORALL-OPEN"]),
    (
        "LINT-SERVICE-SOURCE",
        &["LINT-IDC-SOURCE-ACCOUNT", "LINT-SERVICE-UNKNOWN"],
    ),
    (
        "LINT-NEVER-APPLIES",
        &[
            "LINT-VALUE-TYPE",
            "LINT-VALUE-FORM",
            "LINT-VALUE-WILDCARD",
            "LINT-VARIABLE-PLAIN",
            "LINT-QUALIFIER-MISSING",
            "LINT-IDC-BOTH-ARNS",
            "LINT-KEY-HIDDEN",
        ],
    ),
    ("LINT-KEY-NOT-CARRIED", &["LINT-IDC-BOTH-ARNS"]),
];

/// A finding that matters less never stands for one that matters more.
fn drop_consequences(findings: &mut Vec<Finding>) {
    let present: Vec<(&str, Level, Option<usize>)> = findings
        .iter()
        .map(|f| (f.rule.id, f.rule.level, f.statement))
        .collect();
    findings.retain(|finding| {
        let causes = CONSEQUENCES
            .iter()
            .filter(|(id, _)| *id == finding.rule.id)
            .flat_map(|(_, causes)| causes.iter());
        !causes.into_iter().any(|cause| {
            present.iter().any(|(id, level, statement)| {
                id == cause && *statement == finding.statement && *level <= finding.rule.level
            })
        })
    });
}
