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
use std::path::Path;
use support::{Running, place, records_of, told_json};

fn sdk(running: &Running, credentials: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(running.text("endpoint"))
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // The SDK's own client would ask the proxy of whoever runs the tests.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
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

/// Moves time and expects so many pieces of due work.
fn advance(directory: &Path, by: &str, done: u64) {
    let dir = directory.to_str().unwrap();
    let told = told_json(&["clock", "advance", by, "--dir", dir, "--output", "json"]);
    assert_eq!(told["done"], done, "{by}");
}

#[tokio::test]
async fn time_moves_and_what_falls_due_is_done() {
    let (_outer, directory) = place();
    let running = Running::start(&directory);
    let admin = profile(&running, "default");
    let kms = aws_sdk_kms::Client::new(&admin);
    let made = kms.create_key().send().await.unwrap().key_metadata.unwrap();
    let key = made.key_id();
    kms.enable_key_rotation().key_id(key).send().await.unwrap();
    let sealed = kms
        .encrypt()
        .key_id(key)
        .plaintext(Blob::new("old"))
        .send()
        .await
        .unwrap();
    let sealed = sealed.ciphertext_blob.unwrap();
    let member = session(&running, &admin).await;
    for _ in 0..10 {
        advance(&directory, "365days", 1);
    }
    let rotations = kms.list_key_rotations().key_id(key).send().await.unwrap();
    assert_eq!(rotations.rotations().len(), 10);
    let opened = kms.decrypt().ciphertext_blob(sealed).send().await.unwrap();
    assert_eq!(opened.plaintext.unwrap().as_ref(), b"old");
    let who = aws_sdk_sts::Client::new(&member)
        .get_caller_identity()
        .send()
        .await;
    assert_eq!(who.unwrap_err().code(), Some("ExpiredToken"));
    ends_with_its_window(&kms, &directory).await;
    advance(&directory, "36500days", 100);
    assert!(running.interrupt().success());
    // Time stays where it was moved to.
    let running = Running::start(&directory);
    let shown = told_json(&[
        "clock",
        "show",
        "--dir",
        running.text("directory"),
        "--output",
        "json",
    ]);
    assert!(shown["aheadSeconds"].as_i64().unwrap() > 110 * 365 * 86_400);
}

async fn ends_with_its_window(kms: &aws_sdk_kms::Client, directory: &Path) {
    let made = kms.create_key().send().await.unwrap().key_metadata.unwrap();
    let key = made.key_id();
    let alias = kms
        .create_alias()
        .alias_name("alias/gone")
        .target_key_id(key);
    alias.send().await.unwrap();
    let schedule = kms
        .schedule_key_deletion()
        .key_id(key)
        .pending_window_in_days(7);
    schedule.send().await.unwrap();
    advance(directory, "6d", 0);
    assert!(kms.describe_key().key_id(key).send().await.is_ok());
    advance(directory, "1d", 1);
    for name in [key, "alias/gone"] {
        let gone = kms.describe_key().key_id(name).send().await.unwrap_err();
        assert!(gone.into_service_error().is_not_found_exception(), "{name}");
    }
    let dir = directory.to_str().unwrap();
    let events = records_of(dir, "DeleteKey");
    assert_eq!(events.len(), 1);
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

/// A session of the access role of the workload account.
async fn session(running: &Running, admin: &SdkConfig) -> SdkConfig {
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
    sdk(running, credentials)
}

async fn acts_as_a_member(running: &Running, admin: &SdkConfig) {
    let member = session(running, admin).await;
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

/// Every AWS client of this machine that is pointed at an HTTPS endpoint by settings alone.
#[tokio::test]
async fn https_under_an_authority_of_its_own() {
    let (_outer, directory) = place();
    let running = Running::start_with(&directory, &["--tls"]);
    assert!(running.text("endpoint").starts_with("https://127.0.0.1:"));
    assert_eq!(running.said["proof"]["complete"], true);
    let dir = directory.to_str().unwrap();
    let settings = told_json(&["env", "--dir", dir, "--output", "json"]);
    let bundle = settings["AWS_CA_BUNDLE"].as_str().unwrap();
    assert!(
        std::fs::read_to_string(bundle)
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    let recorded = records_of(dir, "CreateKey");
    let tls = &recorded[0]["tlsDetails"];
    assert_eq!(tls["tlsVersion"], "TLSv1.3");
    assert!(tls["cipherSuite"].as_str().unwrap().starts_with("TLS_"));
    assert!(
        running
            .text("endpoint")
            .ends_with(tls["clientProvidedHostHeader"].as_str().unwrap())
    );
    // Calls of services for the caller have none.
    let nested = records_of(dir, "GenerateDataKeyWithoutPlaintext");
    assert!(nested[0].get("tlsDetails").is_none());
    assert!(running.interrupt().success());
    // The authority stays, so that clients that trust it go on.
    let before = std::fs::read(bundle).unwrap();
    let again = Running::start_with(&directory, &["--tls"]);
    assert_eq!(std::fs::read(bundle).unwrap(), before);
    assert!(again.interrupt().success());
    // Without the option it is plain HTTP again, and nobody is told of the authority.
    let plain = Running::start(&directory);
    assert!(plain.text("endpoint").starts_with("http://"));
    let settings = told_json(&["env", "--dir", dir, "--output", "json"]);
    assert!(settings.get("AWS_CA_BUNDLE").is_none());
}

/// Whatever an operator does to keys, permissions and credentials, the service starts again, says
/// what does not work, and can be mended through it.
#[tokio::test]
async fn a_careless_operator_gets_in_again() {
    let (_outer, directory) = place();
    let running = Running::start(&directory);
    let admin = profile(&running, "default");
    let (kms, key) = (
        aws_sdk_kms::Client::new(&admin),
        running.text("keyArn").to_owned(),
    );
    let closed = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}]}"#;
    let put = kms.put_key_policy().key_id(&key).policy(closed);
    put.bypass_policy_lockout_safety_check(true)
        .send()
        .await
        .unwrap();
    assert!(running.interrupt().success());
    let running = Running::start(&directory);
    assert_eq!(running.said["proof"]["complete"], false);
    let why = running.said["proof"]["failure"].as_str().unwrap();
    assert!(why.contains("AccessDeniedException"), "{why}");
    assert_eq!(running.text("keyArn"), key);
    // The key is lost, as at AWS; Identity Center takes another.
    let admin = profile(&running, "default");
    let kms = aws_sdk_kms::Client::new(&admin);
    assert!(kms.describe_key().key_id(&key).send().await.is_err());
    assert!(kms.create_key().multi_region(true).send().await.is_ok());
    assert!(running.interrupt().success());

    // An access key that is no longer the administrator's.
    let path = directory.join("credentials");
    let text = std::fs::read_to_string(&path).unwrap();
    let id = text.split("aws_access_key_id = ").nth(1).unwrap()[..20].to_owned();
    std::fs::write(&path, text.replace(&id, "AKIAIOSFODNN7EXAMPLE")).unwrap();
    let running = Running::start(&directory);
    let why = running.said["proof"]["failure"].as_str().unwrap();
    assert!(why.contains("no longer valid; put a valid one"), "{why}");
    drop(running);
    std::fs::write(&path, text).unwrap();
    let running = Running::start(&directory);
    assert!(
        running.said["proof"]["failure"]
            .as_str()
            .unwrap()
            .contains("AccessDenied")
    );
}
