//! The AWS SDK for Rust, unmodified, against the real binary: one way through each service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_kms::error::ProvideErrorMetadata as _;
use aws_sdk_kms::primitives::Blob;
use support::{Running, place, told_json};

fn sdk(running: &Running, credentials: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(running.text("endpoint"))
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

fn profile(running: &Running, name: &str) -> SdkConfig {
    let dir = running.text("directory");
    let settings = told_json(&["env", "--dir", dir, "--profile", name, "--output", "json"]);
    let text = |member: &str| settings[member].as_str().unwrap().to_owned();
    let id = text("AWS_ACCESS_KEY_ID");
    let credentials = Credentials::new(id, text("AWS_SECRET_ACCESS_KEY"), None, None, "test");
    sdk(running, credentials)
}

#[tokio::test]
async fn one_way_through_each_service() {
    let (_outer, directory) = place();
    let running = Running::start(&directory);
    let admin = profile(&running, "default");
    uses_a_key(
        &admin,
        &profile(&running, "outsider"),
        running.text("keyArn"),
    )
    .await;
    acts_as_a_member(&running, &admin).await;
    has_users(&admin, running.text("instanceArn")).await;
    assert!(running.interrupt().success());
}

async fn uses_a_key(admin: &SdkConfig, outsider: &SdkConfig, key: &str) {
    let kms = aws_sdk_kms::Client::new(admin);
    let encrypted = kms
        .encrypt()
        .key_id("alias/iic-cmk-prod")
        .plaintext(Blob::new("hello"))
        .encryption_context("tenant", "a")
        .send()
        .await
        .unwrap();
    let blob = encrypted.ciphertext_blob.unwrap();
    let decrypt = kms.decrypt().ciphertext_blob(blob.clone());
    let opened = decrypt
        .encryption_context("tenant", "a")
        .send()
        .await
        .unwrap();
    assert_eq!(opened.plaintext.unwrap().as_ref(), b"hello");
    assert_eq!(opened.key_id.as_deref(), Some(key));
    let other = kms
        .decrypt()
        .ciphertext_blob(blob.clone())
        .send()
        .await
        .unwrap_err();
    assert!(other.into_service_error().is_invalid_ciphertext_exception());
    let theirs = aws_sdk_kms::Client::new(outsider)
        .decrypt()
        .ciphertext_blob(blob);
    let refused = theirs
        .encryption_context("tenant", "a")
        .send()
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some("AccessDeniedException"));
    let missing = kms
        .describe_key()
        .key_id("alias/none")
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_not_found_exception());
}

async fn acts_as_a_member(running: &Running, admin: &SdkConfig) {
    let assumed = aws_sdk_sts::Client::new(admin)
        .assume_role()
        .role_arn("arn:aws:iam::333344445555:role/OrganizationAccountAccessRole")
        .role_session_name("rust")
        .send()
        .await
        .unwrap();
    let session = assumed.credentials.unwrap();
    let token = Some(session.session_token);
    let credentials = Credentials::new(
        session.access_key_id,
        session.secret_access_key,
        token,
        None,
        "test",
    );
    let member = sdk(running, credentials);
    let identity = aws_sdk_sts::Client::new(&member)
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(
        identity.arn.as_deref(),
        Some("arn:aws:sts::333344445555:assumed-role/OrganizationAccountAccessRole/rust")
    );
    let made = aws_sdk_kms::Client::new(&member)
        .create_key()
        .send()
        .await
        .unwrap();
    assert_eq!(
        made.key_metadata.unwrap().aws_account_id.as_deref(),
        Some("333344445555")
    );
}

async fn has_users(admin: &SdkConfig, instance: &str) {
    let described = aws_sdk_ssoadmin::Client::new(admin)
        .describe_instance()
        .instance_arn(instance)
        .send();
    let store = described.await.unwrap().identity_store_id.unwrap();
    let users = aws_sdk_identitystore::Client::new(admin);
    let name = aws_sdk_identitystore::types::Name::builder()
        .given_name("Ford")
        .family_name("Prefect")
        .build();
    let made = users
        .create_user()
        .identity_store_id(&store)
        .user_name("ford")
        .display_name("Ford Prefect")
        .name(name)
        .send()
        .await
        .unwrap();
    let found = users
        .describe_user()
        .identity_store_id(&store)
        .user_id(&made.user_id);
    assert_eq!(
        found.send().await.unwrap().user_name.as_deref(),
        Some("ford")
    );
    let listed = users
        .list_users()
        .identity_store_id(&store)
        .into_paginator()
        .items()
        .send();
    assert_eq!(
        listed.collect::<Result<Vec<_>, _>>().await.unwrap().len(),
        1
    );
}
