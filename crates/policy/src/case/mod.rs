//! Policy cases: a request, everything that decides it and, in a test, the right answer, in one
//! JSON document (`docs/reference/policy-case.md`). Reads cases, decides them and compares. It
//! prints nothing and opens no file.

mod answer;
mod context;
mod evaluate;
mod slips;
mod wire;

pub use answer::{Answer, AnswerStatement, Verdict};
pub use evaluate::CaseIds;
pub use slips::Slip;

use crate::document::ParseErrors;
use claviger_types::InvalidName;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Why a case cannot be read or decided.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The file is not a case or an array of cases.
    #[error("not a policy case: {0}")]
    Format(#[from] serde_json::Error),
    /// A policy in the case is not one at all.
    #[error("case '{case}': the {layer} policy '{policy}' cannot be read: {errors}")]
    Policy {
        /// The case.
        case: String,
        /// The layer the policy stands in.
        layer: &'static str,
        /// The policy's name.
        policy: String,
        /// What is wrong, and where in the policy.
        errors: ParseErrors,
    },
    /// What a case expects is no answer that there is.
    #[error("case '{case}': expect.{member} is '{found}', which is none of {known}")]
    Expectation {
        /// The case.
        case: String,
        /// The member.
        member: &'static str,
        /// What it says.
        found: String,
        /// What it may say.
        known: String,
    },
    /// A condition key stands twice in a case: one of the two would decide, nobody could say which.
    #[error(
        "case '{case}': request.context names one condition key twice, as '{first}' and '{second}' \
         (names ignore case): keep one of them"
    )]
    KeyTwice {
        /// The case.
        case: String,
        /// One spelling.
        first: String,
        /// The other.
        second: String,
    },
    /// A name in the case is not what it should be.
    #[error("case '{case}': {problem}")]
    Name {
        /// The case.
        case: String,
        /// What was expected and what was found.
        problem: InvalidName,
    },
}

/// A policy in a case, with the line of the file it begins at (1 for one given as a text).
#[derive(Debug, Clone)]
struct Source {
    name: String,
    text: String,
    first_line: u32,
}

/// The organisation's policies at one place.
#[derive(Debug, Clone)]
struct SourceLevel {
    target: String,
    policies: Vec<Source>,
}

/// A value of `request.context`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ContextValue {
    Absent,
    One(String),
    Many(Vec<String>),
}

/// The key's own part.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Key {
    manager: Option<String>,
    tags: BTreeMap<String, String>,
    aliases: Vec<String>,
}

/// The organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Organization {
    id: String,
    #[serde(rename = "managementAccount")]
    management_account: Option<String>,
    #[serde(default)]
    accounts: BTreeMap<String, String>,
}

/// Who asks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CasePrincipal {
    arn: Option<String>,
    role: Option<String>,
    user: Option<String>,
    service: Option<String>,
}

/// A grant as `ListGrants` returns it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "PascalCase")]
struct CaseGrant {
    key_id: Option<String>,
    grant_id: String,
    name: Option<String>,
    creation_date: Option<serde_json::Value>,
    grantee_principal: Option<String>,
    grantee_service_principal: Option<String>,
    retiring_principal: Option<String>,
    retiring_service_principal: Option<String>,
    issuing_account: Option<String>,
    operations: Vec<String>,
    constraints: Option<CaseConstraints>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "PascalCase")]
struct CaseConstraints {
    encryption_context_equals: Option<claviger_types::EncryptionContext>,
    encryption_context_subset: Option<claviger_types::EncryptionContext>,
    source_arn: Option<String>,
}

/// The right answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub decision: String,
    /// The deciding layer, if the case cares.
    #[serde(default)]
    pub layer: Option<String>,
    /// Sids, `#index`es or a grant's id that decide, if the case cares.
    #[serde(default)]
    pub statements: Option<Vec<String>>,
}

/// One policy case.
#[derive(Debug, Clone)]
pub struct Case {
    name: String,
    rules: Vec<String>,
    action: String,
    resource: String,
    grant: Option<String>,
    principal: CasePrincipal,
    context: Vec<(String, ContextValue)>,
    key: Key,
    organization: Option<Organization>,
    resource_policy: Option<Source>,
    identity: Vec<Source>,
    boundary: Option<Source>,
    session: Option<Vec<Source>>,
    scps: Option<Vec<SourceLevel>>,
    rcps: Option<Vec<SourceLevel>>,
    endpoint: Option<Source>,
    grants: Vec<CaseGrant>,
    expectation: Option<Expectation>,
}

/// Reads a file of one case or an array of cases.
///
/// # Errors
/// When the text is not JSON of this form; unknown members are refused.
pub fn read(text: &str) -> Result<Vec<Case>, CaseError> {
    let cases = wire::cases(text)?;
    cases.iter().try_for_each(Case::check_expectation)?;
    Ok(cases)
}

/// The words of `expect.decision` and of `expect.layer`.
const DECISIONS: [&str; 3] = ["allowed", "explicitDeny", "implicitDeny"];
const LAYERS: [&str; 8] = [
    "resource", "identity", "boundary", "session", "scp", "rcp", "endpoint", "grant",
];

impl Case {
    fn check_expectation(&self) -> Result<(), CaseError> {
        let Some(expected) = &self.expectation else {
            return Ok(());
        };
        let check = |member, found: &str, known: &[&str]| {
            if known.contains(&found) {
                return Ok(());
            }
            Err(CaseError::Expectation {
                case: self.name.clone(),
                member,
                found: found.to_owned(),
                known: known.join(", "),
            })
        };
        check("decision", &expected.decision, &DECISIONS)?;
        match &expected.layer {
            Some(layer) => check("layer", layer, &LAYERS),
            None => Ok(()),
        }
    }

    /// The case's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ids of the rules it shows, such as `P3`.
    #[must_use]
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// The right answer, if the case has one.
    #[must_use]
    pub fn expectation(&self) -> Option<&Expectation> {
        self.expectation.as_ref()
    }
}
