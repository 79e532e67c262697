//! AWS managed policies as data. Source of each: AWS Managed Policy Reference Guide.

use claviger_policy as policy;
use std::sync::LazyLock;

/// The policy that allows everything.
pub(crate) const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// One AWS managed policy.
pub(crate) struct ManagedPolicy {
    /// Its ARN, `arn:aws:iam::aws:policy/…`.
    pub(crate) arn: &'static str,
    /// Its document.
    pub(crate) document: &'static str,
}

/// The policies that this installation knows.
pub(crate) static MANAGED_POLICIES: &[ManagedPolicy] = &[ManagedPolicy {
    arn: ADMINISTRATOR_ACCESS,
    document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
}];

static COMPILED: LazyLock<Vec<(&'static str, policy::Policy)>> = LazyLock::new(|| {
    MANAGED_POLICIES
        .iter()
        .filter_map(|managed| {
            let document = policy::parse(managed.document, policy::Kind::Identity).ok()?;
            Some((managed.arn, document.compile(managed.arn, &policy::NoIds)))
        })
        .collect()
});

/// The compiled policy of an ARN, if this installation knows it.
pub(crate) fn managed_policy(arn: &str) -> Option<&'static policy::Policy> {
    COMPILED
        .iter()
        .find(|(known, _)| *known == arn)
        .map(|(_, policy)| policy)
}

/// The document of an ARN, if this installation knows it.
pub(crate) fn managed_document(arn: &str) -> Option<&'static str> {
    MANAGED_POLICIES
        .iter()
        .find(|managed| managed.arn == arn)
        .map(|managed| managed.document)
}
