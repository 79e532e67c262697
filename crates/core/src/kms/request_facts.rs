//! Condition keys that KMS requests bring. Source: KMS Developer Guide, "Condition keys for AWS
//! KMS". Request keys show the effective value: an omitted algorithm counts as its default.

use super::grant_token;
use super::key_name::NamedKey;
use crate::chain::{Demand, Facts, ServiceError, Target, Turn};
use claviger_model::KMS;
use claviger_model::kms::EncryptionAlgorithmSpec;
use claviger_types::EncryptionContext;
use std::collections::BTreeMap;

/// The encryption context of a request.
pub(super) fn context(sent: Option<&BTreeMap<String, String>>) -> EncryptionContext {
    EncryptionContext(sent.cloned().unwrap_or_default())
}

/// `kms:EncryptionContext:*` and `kms:EncryptionContextKeys`.
pub(super) fn with_context(mut facts: Facts, context: Option<&BTreeMap<String, String>>) -> Facts {
    let Some(context) = context.filter(|c| !c.is_empty()) else {
        return facts;
    };
    for (name, value) in context {
        facts = facts.one(format!("kms:encryptioncontext:{name}"), value.clone());
    }
    facts.many(
        "kms:encryptioncontextkeys",
        context.keys().cloned().collect(),
    )
}

/// The most bytes of names and values in an encryption context: what AWS bounds it to (an external
/// key store must take 8192 bytes of it), and what bounds the work of conditions on it.
const MOST_CONTEXT: usize = 8192;

/// Checks what of a cryptographic request needs no key: grant tokens and encryption contexts.
///
/// # Errors
/// `InvalidGrantTokenException`, `ValidationException`.
pub(super) fn check(
    tokens: Option<&[String]>,
    contexts: &[Option<&BTreeMap<String, String>>],
    turn: &Turn<'_>,
) -> Result<(), ServiceError> {
    for context in contexts.iter().copied().flatten() {
        let size: usize = context.iter().map(|(k, v)| k.len() + v.len()).sum();
        if size > MOST_CONTEXT {
            return Err(ServiceError::validation(
                KMS,
                format!(
                    "The encryption context is too large: {size} bytes, at most {MOST_CONTEXT}."
                ),
            ));
        }
    }
    grant_token::check(tokens, turn)
}

/// The demand of an operation that encrypts or decrypts with a key; the algorithm is that of the
/// request, by default `SYMMETRIC_DEFAULT`.
pub(super) fn cryptographic(
    action: &'static str,
    named: &NamedKey,
    algorithm: Option<&EncryptionAlgorithmSpec>,
    sent: Option<&BTreeMap<String, String>>,
) -> Demand {
    let algorithm = algorithm.map_or("SYMMETRIC_DEFAULT", EncryptionAlgorithmSpec::as_str);
    let facts = Facts::default().one("kms:encryptionalgorithm", algorithm);
    Demand::new(action, Target::Key(named.key.clone()))
        .with_context(context(sent))
        .with_facts(with_context(facts, sent))
        .by_alias(named.alias.as_ref())
}
