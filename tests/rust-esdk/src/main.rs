//! The AWS Encryption SDK for Rust, unmodified, against a running service: it knows nothing of
//! Claviger but the environment that `claviger env` gives it. Makes its own keys; prints one line
//! for each thing tried and ends with status 1 at the first that comes out wrong.
//!
//!     claviger up --dir DIR &
//!     eval "$(claviger env --dir DIR)"; cargo run --manifest-path tests/rust-esdk/Cargo.toml

use aws_config::{BehaviorVersion, Region};
use aws_esdk::client::Client as Esdk;
use aws_esdk::material_providers::client::Client as Providers;
use aws_esdk::material_providers::types::keyring::KeyringRef;
use aws_esdk::material_providers::types::material_providers_config::MaterialProvidersConfig;
use aws_esdk::types::aws_encryption_sdk_config::AwsEncryptionSdkConfig;
use aws_sdk_kms::Client as Kms;
use aws_sdk_kms::types::{EncryptionAlgorithmSpec, KeySpec, KeyUsageType};
use aws_smithy_types::Blob;
use std::collections::HashMap;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PLAINTEXT: &[u8] = b"what only those who may use the key can read";

struct Place {
    esdk: Esdk,
    providers: Providers,
    kms: Kms,
    other_region: Kms,
}

fn context(tenant: &str) -> HashMap<String, String> {
    HashMap::from([
        ("purpose".to_owned(), "test".to_owned()),
        ("tenant".to_owned(), tenant.to_owned()),
    ])
}

impl Place {
    async fn new() -> Result<Self, Failure> {
        let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let other = sdk.to_builder().region(Region::new("us-west-2")).build();
        Ok(Self {
            esdk: Esdk::from_conf(AwsEncryptionSdkConfig::builder().build()?)?,
            providers: Providers::from_conf(MaterialProvidersConfig::builder().build()?)?,
            kms: Kms::new(&sdk),
            other_region: Kms::new(&other),
        })
    }

    async fn key(&self, multi_region: bool) -> Result<String, Failure> {
        let made = self
            .kms
            .create_key()
            .multi_region(multi_region)
            .send()
            .await?;
        let metadata = made.key_metadata.ok_or("no metadata")?;
        Ok(metadata.arn.ok_or("no ARN")?)
    }

    async fn is_enabled(&self, replica: &str) -> Result<bool, Failure> {
        let shown = self
            .other_region
            .describe_key()
            .key_id(replica)
            .send()
            .await?;
        Ok(shown.key_metadata.is_some_and(|metadata| metadata.enabled))
    }

    async fn keyring(&self, key: &str) -> Result<KeyringRef, Failure> {
        let made = self.providers.create_aws_kms_keyring();
        Ok(made
            .kms_key_id(key)
            .kms_client(self.kms.clone())
            .send()
            .await?)
    }

    async fn multi_region_keyring(&self, key: &str, kms: &Kms) -> Result<KeyringRef, Failure> {
        let made = self.providers.create_aws_kms_mrk_keyring();
        Ok(made.kms_key_id(key).kms_client(kms.clone()).send().await?)
    }

    async fn rsa_keyring(&self) -> Result<KeyringRef, Failure> {
        let made = self.kms.create_key().key_spec(KeySpec::Rsa2048);
        let made = made.key_usage(KeyUsageType::EncryptDecrypt).send().await?;
        let key = made.key_metadata.and_then(|m| m.arn).ok_or("no ARN")?;
        let public = self.kms.get_public_key().key_id(&key).send().await?;
        let der = public.public_key.ok_or("no public key")?;
        let made = self.providers.create_aws_kms_rsa_keyring();
        let made = made
            .kms_key_id(key)
            .public_key(Blob::new(pem(der.as_ref())));
        let algorithm = EncryptionAlgorithmSpec::RsaesOaepSha256;
        let made = made
            .encryption_algorithm(algorithm)
            .kms_client(self.kms.clone());
        Ok(made.send().await?)
    }

    async fn encrypt(&self, keyring: &KeyringRef, rsa: bool) -> Result<Blob, Failure> {
        let mut call = self
            .esdk
            .encrypt()
            .plaintext(PLAINTEXT)
            .keyring(keyring.clone());
        call = call.encryption_context(context("t1"));
        if rsa {
            // An RSA keyring cannot carry the signature key of the default suite.
            use aws_esdk::material_providers::types::EsdkAlgorithmSuiteId as Suite;
            call = call.algorithm_suite_id(Suite::AlgAes256GcmHkdfSha512CommitKey);
        }
        let made = call.send().await?;
        Ok(made.ciphertext.ok_or("no ciphertext")?)
    }

    async fn opens(
        &self,
        keyring: &KeyringRef,
        message: &Blob,
        tenant: &str,
    ) -> Result<bool, String> {
        let call = self
            .esdk
            .decrypt()
            .ciphertext(message.clone())
            .keyring(keyring.clone());
        match call.encryption_context(context(tenant)).send().await {
            Ok(opened) => Ok(opened.plaintext.is_some_and(|p| p.as_ref() == PLAINTEXT)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// RFC 7468: the label of a SubjectPublicKeyInfo, lines of 64 characters.
fn pem(der: &[u8]) -> String {
    let text = aws_smithy_types::base64::encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .filter_map(|at| text.get(at..text.len().min(at + 64)))
        .collect();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        lines.join("\n")
    )
}

fn told(what: &str, holds: bool) -> Result<(), Failure> {
    println!("{} {what}", if holds { "ok  " } else { "FAIL" });
    if holds { Ok(()) } else { Err(what.into()) }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let place = Place::new().await?;
    let (one, two) = (place.key(false).await?, place.key(false).await?);
    let (one_ring, two_ring) = (place.keyring(&one).await?, place.keyring(&two).await?);
    let message = place.encrypt(&one_ring, false).await?;
    told(
        "a message opens with its key",
        place.opens(&one_ring, &message, "t1").await == Ok(true),
    )?;
    told(
        "not with another key",
        place.opens(&two_ring, &message, "t1").await.is_err(),
    )?;
    told(
        "not with another context",
        place.opens(&one_ring, &message, "t2").await.is_err(),
    )?;
    let mut altered = message.as_ref().to_vec();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let altered = Blob::new(altered);
    told(
        "not when it was altered",
        place.opens(&one_ring, &altered, "t1").await.is_err(),
    )?;
    place.kms.disable_key().key_id(&one).send().await?;
    told(
        "not while the key is disabled",
        place.opens(&one_ring, &message, "t1").await.is_err(),
    )?;

    let primary = place.key(true).await?;
    place
        .kms
        .replicate_key()
        .key_id(&primary)
        .replica_region("us-west-2")
        .send()
        .await?;
    let replica = primary.replace("us-east-1", "us-west-2");
    // A new replica is in the state Creating for a while, as with AWS.
    while !place.is_enabled(&replica).await? {}
    let here = place.multi_region_keyring(&primary, &place.kms).await?;
    let there = place
        .multi_region_keyring(&replica, &place.other_region)
        .await?;
    let message = place.encrypt(&here, false).await?;
    told(
        "a multi-Region message opens in the other Region",
        place.opens(&there, &message, "t1").await == Ok(true),
    )?;

    let rsa = place.rsa_keyring().await?;
    let message = place.encrypt(&rsa, true).await?;
    told(
        "a message under an RSA key opens",
        place.opens(&rsa, &message, "t1").await == Ok(true),
    )?;
    Ok(())
}
