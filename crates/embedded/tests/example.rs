//! The example of the README, run as it stands there. It shows the way in; what holds in detail is
//! tested beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[test]
fn the_readme_shows_it() {
    let (_, example) = include_str!("example.rs")
        .split_once("// The example.\n\n")
        .unwrap();
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&format!("```rust\n{example}```\n")));
}

// The example.

use aws_sdk_kms::{Client, error::ProvideErrorMetadata as _, primitives::Blob};
use claviger_embedded::Claviger;
use std::{error::Error, time::Duration};

#[tokio::test]
async fn a_secret_stays_closed_and_outlives_rotation() -> Result<(), Box<dyn Error>> {
    let claviger = Claviger::start().await?; // its own port, directory, organisation and clock
    let kms = Client::new(&claviger.sdk_config());
    let key = claviger.key_arn().expect("Identity Center's key");
    let encrypt = kms.encrypt().key_id(key).plaintext(Blob::new("secret"));
    let sealed = encrypt.send().await?.ciphertext_blob.unwrap();

    let outsider = Client::new(&claviger.outsider_sdk_config());
    let decrypt = outsider.decrypt().ciphertext_blob(sealed.clone());
    let refused = decrypt.send().await.unwrap_err();
    assert_eq!(refused.code(), Some("AccessDeniedException"));
    let records = claviger.records()?; // as CloudTrail writes them, oldest first
    assert_eq!(records.last().unwrap()["errorCode"], "AccessDenied");

    kms.enable_key_rotation().key_id(key).send().await?;
    let days = Duration::from_secs(400 * 86_400);
    assert_eq!(claviger.advance_clock(days).await?, 1); // one rotation
    let opened = kms.decrypt().ciphertext_blob(sealed).send().await?;
    assert_eq!(opened.plaintext.unwrap().as_ref(), b"secret");
    Ok(claviger.stop().await?)
}
