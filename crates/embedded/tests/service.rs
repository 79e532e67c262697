//! What a test does with an embedded service: calls of the unmodified AWS SDK, other accounts and
//! Regions, Identity Center, the clock, the trail, several services at once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ProvideErrorMetadata as _;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::RotationType;
use claviger_embedded::{
    Claviger, Error, MANAGEMENT_ACCOUNT, OUTSIDE_ACCOUNT, REGIONS, SdkConfig, WORKLOAD_ACCOUNT,
};
use serde_json::Value;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(86_400);

/// A service without the key that most of these tests have no use for.
async fn quick() -> Claviger {
    let builder = Claviger::builder().without_identity_center_key();
    builder.start().await.unwrap()
}

async fn make_key(sdk: &SdkConfig) -> String {
    let made = Client::new(sdk).create_key().send().await.unwrap();
    made.key_metadata.unwrap().arn.unwrap()
}

async fn encrypt(sdk: &SdkConfig, key: &str, text: &str) -> Blob {
    let call = Client::new(sdk).encrypt().key_id(key);
    let sealed = call.plaintext(Blob::new(text)).send().await.unwrap();
    sealed.ciphertext_blob.unwrap()
}

async fn describe_error(sdk: &SdkConfig, key: &str) -> Option<String> {
    let described = Client::new(sdk).describe_key().key_id(key).send().await;
    described.unwrap_err().code().map(str::to_owned)
}

fn named<'a>(records: &'a [Value], event: &str) -> Vec<&'a Value> {
    records.iter().filter(|r| r["eventName"] == event).collect()
}

#[tokio::test]
async fn a_refused_decrypt_has_code_text_and_record() {
    let claviger = Claviger::start().await.unwrap();
    let admin = claviger.sdk_config();
    let key = make_key(&admin).await;
    let sealed = encrypt(&admin, &key, "secret").await;
    let before = claviger.records().unwrap().len();
    let refused = Client::new(&claviger.outsider_sdk_config())
        .decrypt()
        .ciphertext_blob(sealed.clone())
        .send()
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some("AccessDeniedException"));
    let text = format!(
        "User: arn:aws:iam::{OUTSIDE_ACCOUNT}:user/outsider is not authorized to perform: \
         kms:Decrypt on the resource associated with this ciphertext because no resource-based \
         policy allows the kms:Decrypt action"
    );
    assert_eq!(refused.message(), Some(text.as_str()));

    let opened = Client::new(&admin).decrypt().ciphertext_blob(sealed);
    let opened = opened.send().await.unwrap();
    assert_eq!(opened.plaintext.unwrap().as_ref(), b"secret");

    let records = claviger.records().unwrap();
    let decrypts = named(&records[before..], "Decrypt");
    assert_eq!(decrypts.len(), 2, "one refused and one allowed, in order");
    assert_eq!(decrypts[0]["errorCode"], "AccessDenied");
    assert_eq!(decrypts[0]["errorMessage"], text);
    assert_eq!(decrypts[0]["userIdentity"]["accountId"], OUTSIDE_ACCOUNT);
    assert_eq!(decrypts[0]["resources"][0]["ARN"], key.as_str());
    assert!(decrypts[1].get("errorCode").is_none());
    assert_eq!(decrypts[1]["userIdentity"]["accountId"], MANAGEMENT_ACCOUNT);
    claviger.stop().await.unwrap();
}

#[tokio::test]
async fn the_trail_begins_with_the_organisation() {
    let claviger = Claviger::start().await.unwrap();
    let records = claviger.records().unwrap();
    assert_eq!(records[0]["eventName"], "CreateOrganization");
    let times: Vec<_> = records.iter().map(|r| r["eventTime"].as_str()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let made = named(&records, "CreateKey");
    assert_eq!(made.len(), 1);
    let arn = made[0]["responseElements"]["keyMetadata"]["arn"].as_str();
    assert_eq!(arn, claviger.key_arn());
}

#[tokio::test]
async fn services_side_by_side_do_not_see_each_other() {
    let (one, other) = tokio::join!(Claviger::start(), Claviger::start());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one.endpoint_url(), other.endpoint_url());
    assert_ne!(one.directory(), other.directory());
    assert_ne!(one.key_arn(), other.key_arn());
    let key = make_key(&one.sdk_config()).await;
    let missing = describe_error(&other.sdk_config(), &key).await;
    assert_eq!(missing.as_deref(), Some("NotFoundException"));
    // An access key of the one is none of the other's.
    let endpoint = other.endpoint_url();
    let astray = one.sdk_config().into_builder().endpoint_url(endpoint);
    let unknown = describe_error(&astray.build(), &key).await;
    assert_eq!(unknown.as_deref(), Some("UnrecognizedClientException"));

    let before = other.now();
    one.advance_clock(1000 * DAY).await.unwrap();
    assert!(one.now() > before + 999 * DAY);
    assert!(other.now() < before + DAY);
    let theirs = other.records().unwrap();
    assert_eq!(named(&theirs, "CreateKey").len(), 1);

    one.stop().await.unwrap();
    // The end of the one is nothing to the other.
    make_key(&other.sdk_config()).await;
    other.stop().await.unwrap();
}

#[tokio::test]
async fn time_moves_and_keys_rotate_on_the_way() {
    let claviger = quick().await;
    let admin = claviger.sdk_config();
    let (rotating, resting) = (make_key(&admin).await, make_key(&admin).await);
    let kms = Client::new(&admin);
    let enable = kms.enable_key_rotation().key_id(&rotating);
    enable.send().await.unwrap();
    let sealed = encrypt(&admin, &rotating, "old").await;
    let before = claviger.now();

    assert_eq!(claviger.advance_clock(364 * DAY).await.unwrap(), 0);
    assert_eq!(claviger.advance_clock(36 * DAY).await.unwrap(), 1);

    assert!(claviger.now() >= before + 400 * DAY);
    for (key, expect) in [(&rotating, 1), (&resting, 0)] {
        let listed = kms.list_key_rotations().key_id(key).send().await.unwrap();
        let rotations = listed.rotations();
        assert_eq!(rotations.len(), expect, "{key}");
        let scheduled = |r: &aws_sdk_kms::types::RotationsListEntry| {
            r.rotation_type() == Some(&RotationType::Automatic)
        };
        assert!(rotations.iter().all(scheduled));
    }
    let opened = kms.decrypt().ciphertext_blob(sealed).send().await.unwrap();
    assert_eq!(opened.plaintext.unwrap().as_ref(), b"old");
    assert_eq!(named(&claviger.records().unwrap(), "RotateKey").len(), 1);
}

#[tokio::test]
async fn the_clock_has_its_limits() {
    let claviger = quick().await;
    let before = claviger.now();
    for (by, expect) in [
        (36_526 * DAY, "time moves by at most 100 years at once"),
        (Duration::MAX, "time moves by at most 100 years at once"),
    ] {
        let refused = claviger.advance_clock(by).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Clock(why) if why == expect),
            "{refused}"
        );
    }
    assert!(claviger.now() < before + DAY);
    assert_eq!(claviger.advance_clock(Duration::ZERO).await.unwrap(), 0);
}

/// To give up waiting for time to move does not leave it half way.
#[tokio::test]
async fn a_clock_that_nobody_waits_for_arrives() {
    let claviger = quick().await;
    let admin = claviger.sdk_config();
    let key = make_key(&admin).await;
    let kms = Client::new(&admin);
    kms.enable_key_rotation().key_id(key).send().await.unwrap();
    let before = claviger.now();
    {
        // A rotation lies between here and there.
        let mut moving = pin!(claviger.advance_clock(400 * DAY));
        let mut context = Context::from_waker(Waker::noop());
        let _ = moving.as_mut().poll(&mut context);
    }
    // Moves stand in line.
    let rest = claviger.advance_clock(Duration::ZERO).await.unwrap();
    assert_eq!(rest, 0);
    assert!(claviger.now() >= before + 400 * DAY);
}

#[tokio::test]
async fn every_region_answers_at_the_same_endpoint() {
    let claviger = quick().await;
    for region in REGIONS {
        let sdk = claviger.sdk_config_in(region);
        let key = make_key(&sdk).await;
        let start = format!("arn:aws:kms:{region}:{MANAGEMENT_ACCOUNT}:key/");
        assert!(key.starts_with(&start), "{key}");
        let found = Client::new(&sdk).list_keys().send().await.unwrap();
        assert_eq!(found.keys().len(), 1, "{region}");
    }
    let unserved = claviger.sdk_config_in("ap-southeast-2");
    assert!(Client::new(&unserved).list_keys().send().await.is_err());
}

#[tokio::test]
async fn a_session_of_another_account() {
    let claviger = quick().await;
    let assumed = aws_sdk_sts::Client::new(&claviger.sdk_config())
        .assume_role()
        .role_arn(format!(
            "arn:aws:iam::{WORKLOAD_ACCOUNT}:role/OrganizationAccountAccessRole"
        ))
        .role_session_name("test")
        .send()
        .await
        .unwrap();
    let session = assumed.credentials.unwrap();
    let (id, secret) = (session.access_key_id(), session.secret_access_key());
    let member = claviger.sdk_config_for(id, secret, Some(session.session_token()));
    let key = make_key(&member).await;
    assert!(key.contains(WORKLOAD_ACCOUNT), "{key}");
    let tokenless = claviger.sdk_config_for(id, secret, None);
    assert!(describe_error(&tokenless, &key).await.is_some());
}

#[tokio::test]
async fn identity_center_lies_under_the_key() {
    let claviger = Claviger::start().await.unwrap();
    let admin = claviger.sdk_config();
    let described = aws_sdk_ssoadmin::Client::new(&admin)
        .describe_instance()
        .instance_arn(claviger.instance_arn())
        .send()
        .await
        .unwrap();
    let store = claviger.identity_store_id();
    assert_eq!(described.identity_store_id(), Some(store));
    let encryption = described.encryption_configuration_details().unwrap();
    assert_eq!(encryption.kms_key_arn(), claviger.key_arn());
    let key = claviger.key_arn().unwrap();
    let users = aws_sdk_identitystore::Client::new(&admin);
    let list = || users.list_users().identity_store_id(store).send();
    assert!(list().await.unwrap().users().is_empty());
    let disable = Client::new(&admin).disable_key().key_id(key);
    disable.send().await.unwrap();
    let unreadable = list().await.unwrap_err();
    assert_eq!(unreadable.code(), Some("ValidationException"));
}

#[tokio::test]
async fn without_the_key_there_is_none() {
    let claviger = quick().await;
    assert_eq!(claviger.key_arn(), None);
    let admin = claviger.sdk_config();
    let keys = Client::new(&admin).list_keys().send().await.unwrap();
    assert!(keys.keys().is_empty());
    let described = aws_sdk_ssoadmin::Client::new(&admin)
        .describe_instance()
        .instance_arn(claviger.instance_arn())
        .send()
        .await
        .unwrap();
    let encryption = described.encryption_configuration_details().unwrap();
    assert_eq!(encryption.kms_key_arn(), None);
}

/// A test without a runtime has one only around the calls of the SDK.
#[test]
fn a_test_without_a_runtime() {
    let claviger = Claviger::start_blocking().unwrap();
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let key = runtime().block_on(make_key(&claviger.sdk_config()));
    let enable = Client::new(&claviger.sdk_config())
        .enable_key_rotation()
        .key_id(&key);
    runtime().block_on(enable.send()).unwrap();
    let before: SystemTime = claviger.now();
    assert_eq!(claviger.advance_clock_blocking(400 * DAY).unwrap(), 1);
    assert!(claviger.now() >= before + 400 * DAY);
    let too_far = claviger.advance_clock_blocking(Duration::MAX).unwrap_err();
    assert!(matches!(too_far, Error::Clock(_)), "{too_far}");
    assert_eq!(named(&claviger.records().unwrap(), "RotateKey").len(), 1);
    claviger.stop_blocking().unwrap();
}

#[tokio::test]
async fn records_move_on_to_an_archive_that_is_asked_for() {
    let builder = Claviger::builder().without_identity_center_key();
    let claviger = builder.with_archive().start().await.unwrap();
    make_key(&claviger.sdk_config()).await;
    let before = claviger.records().unwrap();
    assert_eq!(named(&before, "CreateKey").len(), 1);
    claviger
        .advance_clock(Duration::from_secs(7200))
        .await
        .unwrap();
    assert!(claviger.records().unwrap().is_empty());
    let folder = claviger
        .directory()
        .join("archive/AWSLogs")
        .join(MANAGEMENT_ACCOUNT);
    for kind in ["CloudTrail", "CloudTrail-Digest"] {
        assert!(folder.join(kind).join("us-east-1").is_dir(), "{kind}");
    }
    claviger.stop().await.unwrap();
}
