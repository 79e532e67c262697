//! `Decrypt`, and how the key of a ciphertext is found from its header. The header is a hint:
//! first resolve, then authorise, then open.

use super::key_name::{self, Forms, NamedKey};
use super::parameters::{
    encryption_algorithm, end_dry_run, key_resource, material_data, material_text, missing,
    no_recipient,
};
use super::{cipher, request_facts, rsa_cipher, state_check, usage_check};
use crate::caller::Caller;
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, RequestMeta, ServiceError,
    Turn,
};
use crate::state::{Key, KeyPlace};
use claviger_crypto::{EncryptionAlgorithm, KeySpec, KeyUsage};
use claviger_model::kms::error::INCORRECT_KEY_EXCEPTION;
use claviger_model::kms::{
    DecryptRequest, DecryptResponse, DryRunModifierType, EncryptionAlgorithmSpec,
};
use claviger_model::{Blob, KMS, SecretBlob, Service};
use claviger_types::{KeyId, MaterialId, Secret};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Decrypts a ciphertext made under a key.
pub struct Decrypt;

/// A key, and whether only the ciphertext named it.
#[derive(Debug, Clone)]
pub struct CiphertextKey {
    pub(super) named: NamedKey,
    /// The caller did not name the key, so its texts must not either.
    pub(super) by_ciphertext: bool,
}

/// The parts of a request that lead from a ciphertext to its key.
pub(super) struct Source<'a> {
    pub(super) key_id: Option<&'a str>,
    pub(super) blob: Option<&'a Blob>,
    pub(super) algorithm: Option<&'a EncryptionAlgorithmSpec>,
    pub(super) ignore_ciphertext: bool,
    pub(super) action: &'static str,
    /// The path of the member that names the key.
    pub(super) member: &'static str,
}

/// Whether a dry run asked to leave the ciphertext out.
pub(super) fn ignores_ciphertext(
    dry_run: Option<bool>,
    modifiers: Option<&[DryRunModifierType]>,
) -> bool {
    dry_run == Some(true)
        && modifiers.is_some_and(|m| m.contains(&DryRunModifierType::IgnoreCiphertext))
}

impl Source<'_> {
    /// Finds the key: the one named, else the one whose id the header carries.
    pub(super) fn find(
        &self,
        caller: &Caller,
        meta: &RequestMeta,
        turn: &Turn<'_>,
    ) -> Result<CiphertextKey, ServiceError> {
        if let Some(name) = self.key_id {
            let named = match self.foreign_by_header(name, caller, meta, turn) {
                Some(named) => named,
                None => key_name::find(name, Forms::KeyOrAlias, self.action, caller, meta, turn)?,
            };
            return Ok(CiphertextKey {
                named,
                by_ciphertext: false,
            });
        }
        if self.ignore_ciphertext {
            return Err(missing(self.member));
        }
        self.check_symmetric()?;
        let blob = self.blob.ok_or_else(|| missing("ciphertextBlob"))?;
        let hint = cipher::key_hint(&blob.0)?;
        let key = key_of_header(&hint, meta, turn).ok_or_else(unknown_ciphertext_key)?;
        Ok(CiphertextKey {
            named: NamedKey { key, alias: None },
            by_ciphertext: true,
        })
    }

    /// A ciphertext of an asymmetric key does not tell its key, so the request must (KMS API
    /// reference, `Decrypt`, `KeyId`). AWS's text is not known.
    fn check_symmetric(&self) -> Result<(), ServiceError> {
        match self.algorithm {
            None | Some(EncryptionAlgorithmSpec::SymmetricDefault) => Ok(()),
            Some(algorithm) => Err(ServiceError::validation(
                KMS,
                format!("KeyId is required for algorithm {}.", algorithm.as_str()),
            )),
        }
    }

    /// Another account's bare key id is taken where the ciphertext itself names that key (KMS API
    /// reference, `Decrypt`, cross-account use).
    fn foreign_by_header(
        &self,
        name: &str,
        caller: &Caller,
        meta: &RequestMeta,
        turn: &Turn<'_>,
    ) -> Option<NamedKey> {
        let id: KeyId = name.parse().ok()?;
        if cipher::key_hint(&self.blob?.0).ok()? != id {
            return None;
        }
        let own = KeyPlace {
            account: caller.trail_account(),
            region: meta.region.clone(),
            id: id.clone(),
        };
        if turn.view().get::<Key>(&own).is_some() {
            return None;
        }
        let key = key_of_header(&id, meta, turn)?;
        Some(NamedKey { key, alias: None })
    }

    /// A named key must be the ciphertext's; that of an asymmetric key does not say whose it is.
    pub(super) fn check_match(&self, key: &Key) -> Result<(), ServiceError> {
        if self.ignore_ciphertext || key.spec != KeySpec::SymmetricDefault {
            return Ok(());
        }
        let blob = self.blob.ok_or_else(|| missing("ciphertextBlob"))?;
        if cipher::key_hint(&blob.0)? == *key.arn.key_id() {
            return Ok(());
        }
        Err(ServiceError::new(
            &INCORRECT_KEY_EXCEPTION,
            "The key ID in the request does not identify a CMK that can perform this operation.",
        ))
    }
}

fn key_of_header(id: &KeyId, meta: &RequestMeta, turn: &Turn<'_>) -> Option<Arc<Key>> {
    let place = turn.view().key_place(&meta.region, id)?;
    turn.view().get::<Key>(&place).cloned()
}

fn unknown_ciphertext_key() -> ServiceError {
    ServiceError::access_denied(
        KMS,
        "The ciphertext refers to a customer master key that does not exist, does not exist in \
         this region, or you are not allowed to access.",
    )
}

/// What a ciphertext held, and under which material of a symmetric key.
pub(super) struct Opened {
    pub(super) plaintext: Secret<Vec<u8>>,
    pub(super) material: Option<MaterialId>,
}

impl Opened {
    /// Decrypts with a key of either kind.
    pub(super) fn of<O: Op>(
        authorized: &Authorized<O>,
        turn: &mut Turn<'_>,
        key: &Key,
        algorithm: EncryptionAlgorithm,
        blob: &[u8],
        context: Option<&BTreeMap<String, String>>,
    ) -> Result<Self, Interrupt> {
        if algorithm != EncryptionAlgorithm::SymmetricDefault {
            return Ok(Self {
                plaintext: rsa_cipher::decrypt(authorized, turn, key, algorithm, blob)?,
                material: None,
            });
        }
        let context = request_facts::context(context);
        let (plaintext, material) = cipher::decrypt(authorized, turn, key, blob, &context)?;
        Ok(Self {
            plaintext,
            material: Some(material),
        })
    }
}

fn source(input: &DecryptRequest) -> Source<'_> {
    Source {
        key_id: input.key_id.as_deref(),
        blob: input.ciphertext_blob.as_ref(),
        algorithm: input.encryption_algorithm.as_ref(),
        ignore_ciphertext: ignores_ciphertext(input.dry_run, input.dry_run_modifiers.as_deref()),
        action: "kms:Decrypt",
        member: "keyId",
    }
}

impl Op for Decrypt {
    type Input = DecryptRequest;
    type Output = DecryptResponse;
    type Resolved = CiphertextKey;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "Decrypt";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<CiphertextKey, ServiceError> {
        // What is wrong with the request alone is told before any key is looked up, so that it
        // does not tell whether one exists.
        let input = &request.input;
        let contexts = [input.encryption_context.as_ref()];
        request_facts::check(input.grant_tokens.as_deref(), &contexts, turn)?;
        source(&request.input).find(&request.caller, &request.meta, turn)
    }

    fn demands(
        request: &Request<Self>,
        resolved: &CiphertextKey,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let input = &request.input;
        Ok(vec![
            request_facts::cryptographic(
                "kms:Decrypt",
                &resolved.named,
                input.encryption_algorithm.as_ref(),
                input.encryption_context.as_ref(),
            )
            .unnamed(resolved.by_ciphertext),
        ])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<DecryptResponse, Interrupt> {
        let input = authorized.input();
        let key = &authorized.resolved().named.key;
        state_check::enabled(key)?;
        usage_check::usage(key, KeyUsage::EncryptDecrypt, "Decrypt")?;
        let algorithm = encryption_algorithm(key, input.encryption_algorithm.as_ref())?;
        no_recipient(input.recipient.as_ref())?;
        source(input).check_match(key)?;
        let sent = input.encryption_context.as_ref();
        rsa_cipher::no_context(algorithm, sent)?;
        if source(input).ignore_ciphertext {
            end_dry_run(input.dry_run)?;
        }
        let blob = input
            .ciphertext_blob
            .as_ref()
            .ok_or_else(|| missing("ciphertextBlob"))?;
        let opened = Opened::of(authorized, turn, key, algorithm, &blob.0, sent)?;
        end_dry_run(input.dry_run)?;
        Ok(DecryptResponse {
            key_id: Some(key.arn.to_string()),
            plaintext: Some(SecretBlob::from(opened.plaintext.expose().clone())),
            encryption_algorithm: Some(algorithm.as_str().into()),
            key_material_id: opened.material.as_ref().and_then(material_text),
            ..DecryptResponse::default()
        })
    }

    fn uses(authorized: &Authorized<Self>) -> Vec<KeyPlace> {
        vec![authorized.resolved().named.key.place()]
    }

    fn record(
        request: &Request<Self>,
        resolved: Option<&CiphertextKey>,
        output: Option<&DecryptResponse>,
    ) -> RecordParts {
        let input = &request.input;
        let algorithm = input
            .encryption_algorithm
            .as_ref()
            .unwrap_or(&EncryptionAlgorithmSpec::SymmetricDefault);
        RecordParts {
            parameters: Object::new()
                .maybe("keyId", input.key_id.as_deref())
                .maybe("encryptionContext", input.encryption_context.as_ref())
                .member("encryptionAlgorithm", algorithm.as_str())
                .maybe("dryRun", input.dry_run.as_ref())
                .finish(),
            additional: material_data(output.and_then(|o| o.key_material_id.as_deref())),
            resources: resolved
                .map(|r| key_resource(&r.named.key))
                .into_iter()
                .collect(),
            ..RecordParts::default()
        }
    }
}
