//! `CreateGrant`. Source: KMS API reference, `CreateGrant` and `GrantConstraints`; KMS Developer
//! Guide, "Grants in AWS KMS".

use super::key_name::{self, Forms, NamedKey};
use super::parameters::{end_dry_run, key_resource, required, shown};
use super::{grant_token, request_facts, state_check};
use crate::chain::{
    Authorized, Demand, Facts, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target,
    Turn,
};
use crate::iam::resolve_arn;
use crate::state::{Grant, GrantPrincipal, Key};
use claviger_crypto::{KeyFamily, KeyUsage};
use claviger_model::kms::error::{INVALID_ARN_EXCEPTION, LIMIT_EXCEEDED_EXCEPTION};
use claviger_model::kms::{CreateGrantRequest, CreateGrantResponse, GrantConstraints};
use claviger_model::{KMS, Service};
use claviger_types::{AccountId, Arn, EncryptionContext, GrantId, InvalidName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Grants that one key can have (KMS Developer Guide, "Quotas").
const MOST_PER_KEY: usize = 50_000;
/// Pairs in one constraint, and characters in one of its values.
const MOST_PAIRS: usize = 8;
const MOST_VALUE: usize = 384;

/// The operations that every key can grant.
const EVERY_KEY: [&str; 3] = ["CreateGrant", "RetireGrant", "DescribeKey"];

/// The operations that keys of a usage can grant; key pairs `GetPublicKey` too.
const fn by_usage(usage: KeyUsage) -> &'static [&'static str] {
    match usage {
        KeyUsage::EncryptDecrypt => &["Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"],
        KeyUsage::SignVerify => &["Sign", "Verify"],
        KeyUsage::GenerateVerifyMac => &["GenerateMac", "VerifyMac"],
        KeyUsage::KeyAgreement => &["DeriveSharedSecret"],
        KeyUsage::EncapsulateDecapsulate => &["Encapsulate", "Decapsulate"],
    }
}

/// The operations that only symmetric encryption keys can grant.
const SYMMETRIC: [&str; 4] = [
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
];

/// Whether a key can do what a grant on it is to allow (KMS API reference, `CreateGrant`,
/// `Operations`), and whether a constraint on the encryption context goes with it: only operations
/// of symmetric keys have one (`GrantConstraints`).
fn check_fits(grant: &Grant, key: &Key) -> Result<(), ServiceError> {
    let family = key.spec.family();
    for operation in grant.operations.iter().map(String::as_str) {
        let fits = EVERY_KEY.contains(&operation)
            || by_usage(key.usage).contains(&operation)
            || (family == KeyFamily::Symmetric && SYMMETRIC.contains(&operation))
            || (family == KeyFamily::Asymmetric && operation == "GetPublicKey");
        if !fits {
            return Err(validation(format!(
                "Grant operation {operation} is not valid for a key with KeyUsage {} and KeySpec \
                 {}.",
                key.usage, key.spec
            )));
        }
    }
    let constrained = grant.context_equals.is_some() || grant.context_subset.is_some();
    if constrained && family != KeyFamily::Symmetric {
        return Err(validation(format!(
            "A grant constraint on the encryption context is not valid for a key with KeySpec {}.",
            key.spec
        )));
    }
    Ok(())
}

/// Creates a grant.
pub struct CreateGrant;

fn validation(text: impl Into<std::borrow::Cow<'static, str>>) -> ServiceError {
    ServiceError::validation(KMS, text)
}

fn no_principal(text: &str, inside: String) -> ServiceError {
    ServiceError::new(
        &INVALID_ARN_EXCEPTION,
        format!("ARN does not refer to a valid principal: {text}"),
    )
    .with_inside(inside)
}

/// The ARN of a grant's principal: one, or an account id that stands for its root. Whether it
/// exists is not asked.
pub(super) fn principal_arn(text: &str) -> Result<Arn, ServiceError> {
    let parsed: Result<Arn, InvalidName> = match text.parse::<AccountId>() {
        Ok(account) => account.root_arn().parse(),
        Err(_) => text.parse(),
    };
    let arn = parsed.map_err(|e| no_principal(text, e.to_string()))?;
    let kinds = ["user/", "role/", "assumed-role/", "federated-user/"];
    let resource = arn.resource();
    let fits = resource == "root" || kinds.iter().any(|k| resource.starts_with(k));
    if !matches!(arn.service(), "iam" | "sts") || arn.account_id().is_none() || !fits {
        return Err(no_principal(
            text,
            "a grant's principal is an account, user, role, session or federated user".to_owned(),
        ));
    }
    Ok(arn)
}

/// The principal of an ARN, with the entity that it means now. Only for a caller who may make or
/// list grants: the answer tells whether the entity exists.
pub(super) fn principal(arn: Arn, turn: &Turn<'_>) -> Result<GrantPrincipal, ServiceError> {
    let id = resolve_arn(&arn, turn.view()).map_err(|unknown| {
        no_principal(
            arn.as_str(),
            format!("the grant names an unknown principal: {}", unknown.0),
        )
    })?;
    Ok(GrantPrincipal { arn, id })
}

fn constraint(
    pairs: Option<&BTreeMap<String, String>>,
) -> Result<Option<EncryptionContext>, ServiceError> {
    let Some(pairs) = pairs else {
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

/// What a request asks for, as far as the request alone tells.
struct Asked {
    grantee: Arn,
    retiring: Option<Arn>,
    operations: Vec<String>,
    context_equals: Option<EncryptionContext>,
    context_subset: Option<EncryptionContext>,
}

impl Asked {
    fn read(input: &CreateGrantRequest) -> Result<Self, ServiceError> {
        let constraints = input.constraints.clone().unwrap_or_default();
        if input.grantee_service_principal.is_some()
            || input.retiring_service_principal.is_some()
            || constraints.source_arn.is_some()
        {
            return Err(validation(
                "Grants to service principals are not supported by this service.",
            ));
        }
        let grantee: &str = required(&input.grantee_principal, "granteePrincipal")?;
        let retiring = input.retiring_principal.as_deref();
        Ok(Self {
            operations: operations(input)?,
            grantee: principal_arn(grantee)?,
            retiring: retiring.map(principal_arn).transpose()?,
            context_equals: constraint(constraints.encryption_context_equals.as_ref())?,
            context_subset: constraint(constraints.encryption_context_subset.as_ref())?,
        })
    }

    /// The grant, with the principals that `find` makes of its ARNs; its id is not its own yet.
    fn grant(
        self,
        request: &Request<CreateGrant>,
        named: &NamedKey,
        turn: &Turn<'_>,
        find: impl Fn(Arn) -> Result<GrantPrincipal, ServiceError>,
    ) -> Result<Grant, ServiceError> {
        Ok(Grant {
            key: named.key.place(),
            id: GrantId::from_bytes(&[0; 32]),
            name: request.input.name.clone(),
            created: turn.now(),
            grantee: find(self.grantee)?,
            retiring: self.retiring.map(find).transpose()?,
            issuing_account: request.caller.trail_account(),
            operations: self.operations,
            context_equals: self.context_equals,
            context_subset: self.context_subset,
        })
    }
}

fn operations(input: &CreateGrantRequest) -> Result<Vec<String>, ServiceError> {
    let mut operations: Vec<String> = Vec::new();
    for operation in input.operations.iter().flatten() {
        let name = operation.as_str();
        if !operations.iter().any(|known| known == name) {
            operations.push(name.to_owned());
        }
    }
    if operations.is_empty() {
        return Err(validation("A grant needs at least one operation."));
    }
    Ok(operations)
}

/// `kms:GrantConstraintType`, and the constraint's pairs as encryption context keys.
pub(super) fn constraint_facts(
    facts: Facts,
    equals: Option<&EncryptionContext>,
    subset: Option<&EncryptionContext>,
) -> Facts {
    let kind = match (equals, subset) {
        (Some(_), _) => Some("EncryptionContextEquals"),
        (None, Some(_)) => Some("EncryptionContextSubset"),
        (None, None) => None,
    };
    let pairs = equals.or(subset).map(|c| &c.0);
    request_facts::with_context(facts.maybe("kms:grantconstrainttype", kind), pairs)
}

/// `kms:GrantIsForAWSResource`: whether a service asks for the caller.
pub(super) fn for_aws_resource<O: Op>(request: &Request<O>) -> Facts {
    let through_service = !request.caller.via().is_empty();
    Facts::default().one(
        "kms:grantisforawsresource",
        if through_service { "true" } else { "false" },
    )
}

impl Op for CreateGrant {
    type Input = CreateGrantRequest;
    type Output = CreateGrantResponse;
    type Resolved = NamedKey;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "CreateGrant";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedKey, ServiceError> {
        grant_token::check(request.input.grant_tokens.as_deref(), turn)?;
        Asked::read(&request.input)?;
        let name: &str = required(&request.input.key_id, "keyId")?;
        let (caller, meta) = (&request.caller, &request.meta);
        key_name::find(name, Forms::Key, "kms:CreateGrant", caller, meta, turn)
    }

    fn demands(
        request: &Request<Self>,
        named: &NamedKey,
        turn: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        // Nobody is looked up before the caller is allowed to: the decision takes the ARNs alone.
        let unknown = |arn| Ok(GrantPrincipal { arn, id: None });
        let grant = Asked::read(&request.input)?.grant(request, named, turn, unknown)?;
        let facts = for_aws_resource(request)
            .one("kms:granteeprincipal", grant.grantee.arn.as_str())
            .maybe(
                "kms:retiringprincipal",
                grant.retiring.as_ref().map(|r| r.arn.as_str()),
            )
            .many("kms:grantoperations", grant.operations.clone());
        let facts = constraint_facts(
            facts,
            grant.context_equals.as_ref(),
            grant.context_subset.as_ref(),
        );
        let mut demand =
            Demand::new("kms:CreateGrant", Target::Key(Arc::clone(&named.key))).with_facts(facts);
        demand.child_grant = Some(Box::new(grant));
        Ok(vec![demand])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<CreateGrantResponse, Interrupt> {
        let (request, named) = (authorized.request(), authorized.resolved());
        state_check::enabled(&named.key)?;
        let known = |arn| principal(arn, turn);
        let mut grant = Asked::read(&request.input)?.grant(request, named, turn, known)?;
        check_fits(&grant, &named.key)?;
        end_dry_run(request.input.dry_run)?;
        // The same parameters under the same name give the same grant, with a new token.
        let same = grant.name.as_ref().and_then(|_| {
            let place = named.key.place();
            turn.view()
                .grants_of(&place)
                .find(|g| same(g, &grant))
                .cloned()
        });
        if let Some(known) = same {
            grant = Grant::clone(&known);
        } else {
            if turn.view().grants_of(&grant.key).count() >= MOST_PER_KEY {
                return Err(ServiceError::new(
                    &LIMIT_EXCEEDED_EXCEPTION,
                    format!("{} has the most grants it can have.", named.key.arn),
                )
                .into());
            }
            grant.id = GrantId::generate(turn.entropy());
            turn.put(grant.clone());
        }
        Ok(CreateGrantResponse {
            grant_token: Some(grant_token::issue(&grant, turn)?),
            grant_id: Some(grant.id.to_string()),
        })
    }

    fn record(
        request: &Request<Self>,
        named: Option<&NamedKey>,
        output: Option<&CreateGrantResponse>,
    ) -> RecordParts {
        let key = named.map(|n| n.key.as_ref());
        RecordParts {
            parameters: shown(request),
            response: key.zip(output).and_then(|(key, output)| {
                Object::new()
                    .maybe("grantId", output.grant_id.as_ref())
                    .member("keyId", &key.arn)
                    .finish()
            }),
            resources: key.map(key_resource).into_iter().collect(),
            ..RecordParts::default()
        }
    }
}

/// Whether two grants say the same; the order of their operations says nothing.
fn same(known: &Grant, asked: &Grant) -> bool {
    let mut asked = Grant {
        id: known.id.clone(),
        created: known.created,
        ..asked.clone()
    };
    let mut known = known.clone();
    known.operations.sort();
    asked.operations.sort();
    known == asked
}

/// The constraints of a grant as lists show them.
pub(super) fn wire_constraints(grant: &Grant) -> Option<GrantConstraints> {
    if grant.context_equals.is_none() && grant.context_subset.is_none() {
        return None;
    }
    Some(GrantConstraints {
        encryption_context_equals: grant.context_equals.as_ref().map(|c| c.0.clone()),
        encryption_context_subset: grant.context_subset.as_ref().map(|c| c.0.clone()),
        source_arn: None,
    })
}
