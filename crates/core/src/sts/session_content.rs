//! What a request for a session brings into it: tags, source identity, session policies, and how
//! much room they take. Sources: STS API Reference, "AssumeRole"; IAM User Guide, "Pass session
//! tags in AWS STS", "Session policies", "IAM and AWS STS quotas".

use crate::caller::{Caller, Identity, Session};
use crate::chain::ServiceError;
use crate::iam::{Managed, checked_tags, managed, same_key, session_policy, size};
use crate::state::{PolicyKind, PolicyText, Snapshot};
use claviger_model::sts::error::{
    MALFORMED_POLICY_DOCUMENT_EXCEPTION, PACKED_POLICY_TOO_LARGE_EXCEPTION,
};
use claviger_model::sts::{AssumeRoleRequest, PolicyDescriptorType};
use claviger_model::{ErrorShape, STS};
use claviger_types::{AccountId, Tag};
use std::collections::BTreeMap;

/// How many characters session policies, inline and by ARN, may have together.
const POLICY_LIMIT: usize = 2048;
/// How many managed session policies a request may name.
const POLICY_ARNS: usize = 10;
/// The room for policies and tags in a session, in bytes as they are counted here. AWS packs them
/// in a form it does not publish; this one counts their characters.
const PACKED_LIMIT: usize = 4096;

static INVALID_PARAMETER_VALUE: ErrorShape = ErrorShape {
    name: "InvalidParameterValue",
    code: "InvalidParameterValue",
    status: 400,
    fault: false,
    message_member: "message",
};

/// The session policies that a request brings.
#[derive(Clone, Copy)]
pub(super) struct AskedPolicies<'a> {
    /// `Policy`.
    pub(super) inline: Option<&'a String>,
    /// `PolicyArns`.
    pub(super) managed: Option<&'a Vec<PolicyDescriptorType>>,
}

impl<'a> AskedPolicies<'a> {
    fn arns(self) -> impl Iterator<Item = &'a str> {
        let managed = self.managed.into_iter().flatten();
        managed.filter_map(|p| p.arn.as_deref())
    }
}

/// Tags and source identity of a session that is asked for.
pub(super) struct SessionMarks {
    /// The tags: those of the request and those that the caller's session passes on.
    pub(super) tags: Vec<Tag>,
    /// The keys of those that pass on further.
    pub(super) transitive: Vec<String>,
    /// The source identity: the request's, or the one that the caller's session passes on.
    pub(super) source_identity: Option<String>,
}

/// The session of a caller that chains roles.
pub(super) fn calling_session(caller: &Caller) -> Option<&Session> {
    match caller.identity() {
        Identity::Session(session) => Some(session),
        _ => None,
    }
}

/// The tags that a session passes on to the next.
pub(super) fn inherited_tags(session: &Session) -> impl Iterator<Item = &Tag> {
    session.tags.iter().filter(|tag| {
        session
            .transitive_tags
            .iter()
            .any(|key| same_key(key, &tag.key))
    })
}

impl SessionMarks {
    /// What a request brings, together with what the caller's session passes on.
    ///
    /// # Errors
    /// For tags that contradict each other or the caller's session.
    pub(super) fn read(input: &AssumeRoleRequest, caller: &Caller) -> Result<Self, ServiceError> {
        let mut tags = session_tags(input.tags.as_ref())?;
        let mut transitive = input.transitive_tag_keys.clone().unwrap_or_default();
        if !transitive
            .iter()
            .all(|key| tags.iter().any(|tag| same_key(&tag.key, key)))
        {
            return Err(ServiceError::new(
                &INVALID_PARAMETER_VALUE,
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
        let session = calling_session(caller);
        for inherited in session.into_iter().flat_map(inherited_tags) {
            if tags.iter().any(|tag| same_key(&tag.key, &inherited.key)) {
                return Err(ServiceError::new(
                    &INVALID_PARAMETER_VALUE,
                    "One of the specified transitive tag keys can't be set because it conflicts \
                     with a transitive tag key from the calling session.",
                ));
            }
            tags.push(inherited.clone());
            transitive.push(inherited.key.clone());
        }
        Ok(Self {
            tags,
            transitive,
            source_identity: source_identity(input, session)?,
        })
    }
}

/// The session tags of a request, checked.
///
/// # Errors
/// `InvalidParameterValue`.
pub(super) fn session_tags(
    given: Option<&Vec<claviger_model::sts::Tag>>,
) -> Result<Vec<Tag>, ServiceError> {
    let given = given.into_iter().flatten();
    checked_tags(
        given.map(|t| (t.key.as_deref(), t.value.as_deref())),
        &INVALID_PARAMETER_VALUE,
    )
}

/// A source identity stays for the whole chain of roles.
fn source_identity(
    input: &AssumeRoleRequest,
    session: Option<&Session>,
) -> Result<Option<String>, ServiceError> {
    let set = session.and_then(|s| s.source_identity.as_ref());
    match (&input.source_identity, set) {
        (Some(asked), Some(set)) if asked != set => Err(ServiceError::validation(
            STS,
            "The source identity is already set for this assume role session",
        )),
        (asked, set) => Ok(asked.as_ref().or(set).cloned()),
    }
}

/// The session policies of a request for a role or user of an account; `None` when it has none.
///
/// # Errors
/// `MalformedPolicyDocument`, also for managed policies that do not exist; `ValidationError` for
/// too many.
pub(super) fn policies(
    asked: AskedPolicies<'_>,
    account: AccountId,
    view: &Snapshot,
) -> Result<Option<Vec<PolicyText>>, ServiceError> {
    let arns: Vec<&str> = asked.arns().collect();
    if arns.len() > POLICY_ARNS {
        return Err(ServiceError::validation(
            STS,
            format!(
                "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: \
                 Member must have length less than or equal to {POLICY_ARNS}"
            ),
        ));
    }
    let mut policies = Vec::new();
    for arn in &arns {
        let document = session_document(arn, account, view).ok_or_else(|| {
            ServiceError::new(
                &MALFORMED_POLICY_DOCUMENT_EXCEPTION,
                format!("Policy {arn} does not exist or is not attachable."),
            )
        })?;
        let kind = PolicyKind::Session;
        policies.push(PolicyText::new(arn, kind, document, BTreeMap::new()));
    }
    if let Some(text) = asked.inline {
        let characters =
            arns.iter().map(|a| a.chars().count()).sum::<usize>() + text.chars().count();
        if characters > POLICY_LIMIT {
            return Err(ServiceError::validation(
                STS,
                format!(
                    "1 validation error detected: Value at 'policy' failed to satisfy \
                     constraint: Member must have length less than or equal to {POLICY_LIMIT}"
                ),
            ));
        }
        let shape = &MALFORMED_POLICY_DOCUMENT_EXCEPTION;
        policies.push(session_policy("session", text, shape)?);
    }
    Ok((!policies.is_empty()).then_some(policies))
}

/// The document of a managed policy: AWS's, or one of the session's account (STS API Reference,
/// "AssumeRole", `PolicyArns`).
fn session_document<'v>(arn: &str, account: AccountId, view: &'v Snapshot) -> Option<&'v str> {
    match managed(arn, view)? {
        Managed::Customer(policy) if policy.account != account => None,
        found => found.text(),
    }
}

/// How much of the room the policies and tags of a request take, in percent rounded up; `None`
/// when it has neither.
///
/// # Errors
/// `PackedPolicyTooLarge` above 100.
pub(super) fn packed_size(
    asked: AskedPolicies<'_>,
    tags: &[Tag],
) -> Result<Option<i32>, ServiceError> {
    let inline = asked.inline.map_or(0, |text| size(text));
    let of_policies: usize = asked.arns().map(size).sum::<usize>() + inline;
    let of_tags: usize = tags.iter().map(|t| t.key.len() + t.value.len()).sum();
    if of_policies + of_tags == 0 {
        return Ok(None);
    }
    let percent = ((of_policies + of_tags) * 100).div_ceil(PACKED_LIMIT);
    if percent > 100 {
        let what = if of_policies > 0 {
            "Packed policy consumes"
        } else {
            "Packed size of session tags consumes"
        };
        return Err(ServiceError::new(
            &PACKED_POLICY_TOO_LARGE_EXCEPTION,
            format!("{what} {percent}% of allotted space"),
        ));
    }
    Ok(i32::try_from(percent).ok())
}
