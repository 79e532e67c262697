//! Who plays: clients of the AWS SDK for the administrator, the outsider and the workload account,
//! and the key of the story.

use super::story::{Refusal, Told, told};
use crate::credentials::Profile;
use crate::development::{Development, identity_center};
use crate::directory::Directory;
use crate::exit::Failure;
use aws_sdk_kms::primitives::Blob;
use claviger_core::bootstrap::WORKLOAD_ACCOUNT;
use claviger_govern::{Endpoint, SdkConfig};
use claviger_types::Secret;

pub(super) struct Cast {
    pub(super) admin: SdkConfig,
    pub(super) kms: aws_sdk_kms::Client,
    pub(super) outsider: aws_sdk_kms::Client,
    endpoint: Endpoint,
    /// The ARN of the key of the story, a key of its own beside Identity Center's.
    pub(super) key: String,
    /// The ARN of Identity Center's key.
    pub(super) center_key: String,
    pub(super) identity_store: String,
}

impl Cast {
    pub(super) async fn gather(
        directory: &Directory,
        running: &Development,
    ) -> Result<Self, Failure> {
        let (service, organization) = (&running.service, &running.organization);
        let center = identity_center::ensure(directory, running).await?;
        let endpoint = directory.endpoint(service)?;
        let admin = sdk(&endpoint, &organization.admin)?;
        let kms = aws_sdk_kms::Client::new(&admin);
        let made = told(
            kms.create_key()
                .description("the key of the story")
                .send()
                .await,
        );
        let made = made.map_err(unexpected("CreateKey"))?;
        let key = made
            .key_metadata()
            .and_then(|m| m.arn())
            .unwrap_or_default();
        Ok(Self {
            outsider: aws_sdk_kms::Client::new(&sdk(&endpoint, &organization.outsider)?),
            key: key.to_owned(),
            center_key: center.instance.key_arn.unwrap_or_default(),
            identity_store: center.instance.identity_store_id,
            endpoint,
            kms,
            admin,
        })
    }

    /// KMS as a session of the access role of the workload account, narrowed by a session policy if
    /// there is one.
    pub(super) async fn workload(
        &self,
        session_policy: Option<&str>,
    ) -> Result<aws_sdk_kms::Client, Failure> {
        let assumed = aws_sdk_sts::Client::new(&self.admin)
            .assume_role()
            .role_arn(workload_role())
            .role_session_name("demo")
            .set_policy(session_policy.map(str::to_owned))
            .send()
            .await;
        let assumed = told(assumed).map_err(unexpected("AssumeRole"))?;
        let credentials = assumed
            .credentials()
            .ok_or_else(|| Failure::defect("AssumeRole answered without credentials"))?;
        let sdk = self.endpoint.sdk(
            credentials.access_key_id(),
            &Secret::new(credentials.secret_access_key().to_owned()),
            Some(credentials.session_token()),
        );
        Ok(aws_sdk_kms::Client::new(&sdk.map_err(Failure::defect)?))
    }

    /// Encrypts `hello` under the key of the story.
    pub(super) async fn encrypt(&self, kms: &aws_sdk_kms::Client) -> Told<Blob> {
        let call = kms
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new("hello"));
        told(call.send().await).map(|reply| reply.ciphertext_blob.unwrap_or_else(|| Blob::new("")))
    }

    /// Decrypts under the key of the story; the plaintext as text.
    pub(super) async fn decrypt(&self, kms: &aws_sdk_kms::Client, blob: &Blob) -> Told<String> {
        let call = kms
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(blob.clone());
        told(call.send().await).map(|reply| text(reply.plaintext))
    }
}

pub(super) fn text(plaintext: Option<Blob>) -> String {
    let bytes = plaintext.map(Blob::into_inner).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn workload_role() -> String {
    format!("arn:aws:iam::{WORKLOAD_ACCOUNT}:role/OrganizationAccountAccessRole")
}

fn sdk(endpoint: &Endpoint, profile: &Profile) -> Result<SdkConfig, Failure> {
    endpoint
        .sdk(&profile.access_key_id, &profile.secret_access_key, None)
        .map_err(Failure::defect)
}

/// A call that sets the scene and must not fail.
pub(super) fn unexpected(call: &'static str) -> impl Fn(Refusal) -> Failure {
    move |refusal| Failure::defect(format_args!("{call}: {refusal}"))
}
