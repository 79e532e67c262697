//! What a CreateGrant request asks for, read once: what is wrong with it by itself, and whether the
//! key can do what it grants. Source: KMS API reference, `CreateGrant` and `GrantConstraints`; KMS
//! Developer Guide, "Creating grants" and "Grant operations".

use super::grant_principal;
use crate::chain::{ServiceError, Turn};
use crate::state::{Grant, GrantPrincipal, Key};
use claviger_crypto::{KeyFamily, KeySpec, KeyUsage};
use claviger_model::KMS;
use claviger_model::kms::{CreateGrantRequest, GrantConstraints};
use claviger_policy::GrantOperation;
use claviger_types::{AccountId, EncryptionContext, GrantId};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pairs in one constraint, and characters in one of its values.
const MOST_PAIRS: usize = 8;
const MOST_VALUE: usize = 384;

/// What a grant allows, and on which conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTerms {
    /// The operations, in the order they were asked for, each once.
    pub operations: Vec<GrantOperation>,
    /// EncryptionContextEquals.
    pub context_equals: Option<EncryptionContext>,
    /// EncryptionContextSubset.
    pub context_subset: Option<EncryptionContext>,
    /// SourceArn.
    pub source_arn: Option<String>,
}

/// The grant that a request asks for. Nobody it names is looked up yet.
#[derive(Debug, Clone)]
pub(super) struct GrantRequest {
    pub(super) terms: Arc<GrantTerms>,
    pub(super) grantee: GrantPrincipal,
    pub(super) retiring: Option<GrantPrincipal>,
    name: Option<String>,
}

fn validation(text: impl Into<Cow<'static, str>>) -> ServiceError {
    ServiceError::validation(KMS, text)
}

impl GrantRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// What is wrong with it by itself: `ValidationException`, `InvalidArnException`.
    pub(super) fn read(input: &CreateGrantRequest) -> Result<Self, ServiceError> {
        let by_service = input.grantee_service_principal.as_deref();
        let grantee =
            grant_principal::one_of("Grantee", input.grantee_principal.as_deref(), by_service)?
                .ok_or_else(|| {
                    validation(
                        "You must specify either GranteePrincipal or GranteeServicePrincipal.",
                    )
                })?;
        let retiring = grant_principal::one_of(
            "Retiring",
            input.retiring_principal.as_deref(),
            input.retiring_service_principal.as_deref(),
        )?;
        let terms = GrantTerms::read(input)?;
        if by_service.is_some() && terms.source_arn.is_none() {
            return Err(validation(
                "A grant with a GranteeServicePrincipal needs a SourceArn grant constraint.",
            ));
        }
        if by_service.is_some() && retiring.is_none() {
            return Err(validation(
                "A grant with a GranteeServicePrincipal needs a RetiringPrincipal or a \
                 RetiringServicePrincipal.",
            ));
        }
        Ok(Self {
            terms: Arc::new(terms),
            grantee,
            retiring,
            name: input.name.clone(),
        })
    }

    /// The grant, with the principals as they are now; its id is not its own yet.
    ///
    /// # Errors
    /// `InvalidArnException` for a principal that does not exist.
    pub(super) fn grant(
        &self,
        key: &Key,
        issuing_account: AccountId,
        turn: &Turn<'_>,
    ) -> Result<Grant, ServiceError> {
        let terms = GrantTerms::clone(&self.terms);
        let resolve = |principal| grant_principal::resolve(principal, turn);
        Ok(Grant {
            key: key.place(),
            id: GrantId::from_bytes(&[0; 32]),
            name: self.name.clone(),
            created: turn.now(),
            grantee: resolve(&self.grantee)?,
            retiring: self.retiring.as_ref().map(resolve).transpose()?,
            issuing_account,
            operations: terms.operations,
            context_equals: terms.context_equals,
            context_subset: terms.context_subset,
            source_arn: terms.source_arn,
        })
    }
}

impl GrantTerms {
    fn read(input: &CreateGrantRequest) -> Result<Self, ServiceError> {
        let none = GrantConstraints::default();
        let constraints = input.constraints.as_ref().unwrap_or(&none);
        let context_equals = pairs(constraints.encryption_context_equals.as_ref())?;
        let context_subset = pairs(constraints.encryption_context_subset.as_ref())?;
        if context_equals.is_some() && context_subset.is_some() {
            return Err(validation(
                "You can specify either EncryptionContextEquals or EncryptionContextSubset, but \
                 not both.",
            ));
        }
        Ok(Self {
            operations: operations(input)?,
            context_equals,
            context_subset,
            source_arn: constraints.source_arn.clone(),
        })
    }

    /// Whether the key can do all of it.
    ///
    /// # Errors
    /// `ValidationException` for an operation that it cannot do, and for a constraint on an
    /// encryption context that its operations do not have.
    pub(super) fn check_fit(&self, key: &Key) -> Result<(), ServiceError> {
        let unfit = self.operations.iter().find(|o| !fits(**o, key));
        if let Some(operation) = unfit {
            return Err(validation(format!(
                "Grant operation {} is not valid for a key with KeyUsage {} and KeySpec {}.",
                operation.as_str(),
                key.usage,
                key.spec
            )));
        }
        let constrained = self.context_equals.is_some() || self.context_subset.is_some();
        if constrained && key.spec != KeySpec::SymmetricDefault {
            return Err(validation(format!(
                "A grant constraint on the encryption context is not valid for a key with KeySpec {}.",
                key.spec
            )));
        }
        Ok(())
    }
}

fn operations(input: &CreateGrantRequest) -> Result<Vec<GrantOperation>, ServiceError> {
    let mut operations: Vec<GrantOperation> = Vec::new();
    for sent in input.operations.iter().flatten() {
        let name = sent.as_str();
        // The model's own list, which validation has gone through already.
        let operation = GrantOperation::named(name)
            .ok_or_else(|| validation(format!("{name} is not a grant operation.")))?;
        if !operations.contains(&operation) {
            operations.push(operation);
        }
    }
    match operations.as_slice() {
        [] => Err(validation("A grant needs at least one operation.")),
        // AWS's text, as reported in ansible/ansible pull request 31960.
        [GrantOperation::CreateGrant] => Err(validation(
            "Grants must not contain only the CreateGrant operation.",
        )),
        _ => Ok(operations),
    }
}

/// Pairs of a constraint; none at all counts as no constraint (IAM Access Analyzer API reference,
/// `KmsGrantConstraints`).
fn pairs(
    sent: Option<&BTreeMap<String, String>>,
) -> Result<Option<EncryptionContext>, ServiceError> {
    let Some(pairs) = sent.filter(|pairs| !pairs.is_empty()) else {
        return Ok(None);
    };
    if pairs.len() > MOST_PAIRS {
        return Err(validation(format!(
            "A grant constraint can have at most {MOST_PAIRS} encryption context pairs."
        )));
    }
    if pairs.values().any(|v| v.chars().count() > MOST_VALUE) {
        return Err(validation(format!(
            "A value in a grant constraint can have at most {MOST_VALUE} characters."
        )));
    }
    Ok(Some(EncryptionContext(pairs.clone())))
}

/// Whether a key can do an operation that can be granted. Source: KMS Developer Guide, "Grant
/// operations"; the operations' own pages for usages and specs.
fn fits(operation: GrantOperation, key: &Key) -> bool {
    use GrantOperation as Op;
    let symmetric = key.spec == KeySpec::SymmetricDefault;
    let used_for = |usage| key.usage == usage;
    match operation {
        Op::CreateGrant | Op::RetireGrant | Op::DescribeKey => true,
        Op::Encrypt | Op::Decrypt | Op::ReEncryptFrom | Op::ReEncryptTo => {
            used_for(KeyUsage::EncryptDecrypt)
        }
        Op::GenerateDataKey
        | Op::GenerateDataKeyWithoutPlaintext
        | Op::GenerateDataKeyPair
        | Op::GenerateDataKeyPairWithoutPlaintext => symmetric,
        Op::Sign | Op::Verify => used_for(KeyUsage::SignVerify),
        Op::GenerateMac | Op::VerifyMac => used_for(KeyUsage::GenerateVerifyMac),
        Op::DeriveSharedSecret => used_for(KeyUsage::KeyAgreement),
        Op::Encapsulate | Op::Decapsulate => used_for(KeyUsage::EncapsulateDecapsulate),
        Op::GetPublicKey => !symmetric && key.spec.family() != KeyFamily::Hmac,
    }
}

/// The constraints of a grant as lists show them.
pub(super) fn wire_constraints(grant: &Grant) -> Option<GrantConstraints> {
    let constraints = GrantConstraints {
        encryption_context_equals: grant.context_equals.as_ref().map(|c| c.0.clone()),
        encryption_context_subset: grant.context_subset.as_ref().map(|c| c.0.clone()),
        source_arn: grant.source_arn.clone(),
    };
    (constraints != GrantConstraints::default()).then_some(constraints)
}
