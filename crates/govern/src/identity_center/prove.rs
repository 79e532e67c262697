//! Proves by use that the key serves Identity Center and nobody outside: it reads identity data,
//! encrypts and decrypts a probe, and has an outsider try. It changes nothing.

use super::Failed;
use super::error::{Fault, failed};
use super::set_up::describe;
use aws_config::SdkConfig;
use aws_sdk_kms::primitives::Blob;

/// What was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Identity Center says that this key is in use.
    pub enabled: bool,
    /// Identity data could be read: that takes a Decrypt by the service itself and one for the
    /// caller, so both the service principals and the caller can use the key.
    pub identity_data_read: bool,
    /// The calls that the outsider was refused; empty if nobody tried.
    pub outsider_refused: Vec<&'static str>,
}

const CONTEXT: (&str, &str) = ("claviger:purpose", "proof");

/// Proves the key of an instance. With an `outsider`, whose credentials must have no right to the
/// key, it also shows that it is closed.
///
/// # Errors
/// When something that must work does not, or something that must be refused is not.
pub async fn prove(
    sdk: &SdkConfig,
    outsider: Option<&SdkConfig>,
    instance_arn: &str,
    key_arn: &str,
) -> Result<Proof, Fault> {
    let sso = aws_sdk_ssoadmin::Client::new(sdk);
    let instance = describe(&sso, instance_arn).await?;
    let status = &instance.encryption_status;
    if status != "ENABLED" || instance.key_arn.as_deref() != Some(key_arn) {
        return Err(Fault::NotTaken {
            status: status.clone(),
            reason: instance.encryption_status_reason,
        });
    }
    aws_sdk_identitystore::Client::new(sdk)
        .list_users()
        .identity_store_id(&instance.identity_store_id)
        .max_results(1)
        .send()
        .await
        .map_err(failed("ListUsers"))?;
    let outsider_refused = match outsider {
        Some(outsider) => refused(sdk, outsider, key_arn).await?,
        None => Vec::new(),
    };
    Ok(Proof {
        enabled: true,
        identity_data_read: true,
        outsider_refused,
    })
}

async fn refused(
    sdk: &SdkConfig,
    outsider: &SdkConfig,
    key_arn: &str,
) -> Result<Vec<&'static str>, Fault> {
    let (name, value) = CONTEXT;
    let probe = aws_sdk_kms::Client::new(sdk)
        .encrypt()
        .key_id(key_arn)
        .encryption_context(name, value)
        .plaintext(Blob::new("proof"))
        .send()
        .await
        .map_err(failed("Encrypt"))?;
    let kms = aws_sdk_kms::Client::new(outsider);
    let decrypt = kms
        .decrypt()
        .key_id(key_arn)
        .encryption_context(name, value)
        .set_ciphertext_blob(probe.ciphertext_blob)
        .send()
        .await;
    must_be_refused("Decrypt", decrypt.map(drop).map_err(failed("Decrypt")))?;
    let described = kms.describe_key().key_id(key_arn).send().await;
    must_be_refused(
        "DescribeKey",
        described.map(drop).map_err(failed("DescribeKey")),
    )?;
    Ok(vec!["Decrypt", "DescribeKey"])
}

fn must_be_refused(call: &'static str, result: Result<(), Failed>) -> Result<(), Fault> {
    match result {
        Err(error) if error.code.as_deref() == Some("AccessDeniedException") => Ok(()),
        Err(error) => Err(Fault::NotTried {
            call,
            what: error.what,
        }),
        Ok(()) => Err(Fault::NotRefused {
            call,
            what: "it succeeded".to_owned(),
        }),
    }
}
