//! The public keys of an archive's digests: from a file, or from CloudTrail.

use crate::aws::{AwsOptions, refused};
use crate::exit::Failure;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::Region;
use aws_sdk_cloudtrail::error::DisplayErrorContext;
use aws_sdk_cloudtrail::primitives::DateTime;
use claviger_delivery::{Book, COLLECTION};
use claviger_server::runtime;
use claviger_store::SqliteReader;
use claviger_trail::archive::{DigestPublicKey, PublicKey, PublicKeys};
use claviger_types::{RegionName, Timestamp};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What `aws cloudtrail list-public-keys` printed.
pub(super) fn from_file(path: &Path) -> Result<PublicKeys, Failure> {
    let text = fs::read(path).map_err(|e| Failure::file(path, &e))?;
    PublicKeys::from_json(&text).map_err(|e| {
        Failure::wrong_use(format_args!("{}: {e}", path.display()))
            .next("write it with: aws cloudtrail list-public-keys --start-time … --end-time …")
    })
}

/// The keys that a service has signed its own digests with, from its database.
pub(super) fn of_database(source: &mut SqliteReader) -> Result<PublicKeys, Failure> {
    let mut book = Book::default();
    for (name, version, value) in source.rows(COLLECTION).map_err(Failure::new)? {
        book.load(&name, version, &value).map_err(Failure::new)?;
    }
    let mut keys = PublicKeys::default();
    for key in book.all_public_keys() {
        keys.add(PublicKey {
            fingerprint: key.key.fingerprint(),
            key: key.key,
            from: key.from,
            until: key.until,
        });
    }
    Ok(keys)
}

/// Asks CloudTrail in each Region for the keys of a time.
pub(super) fn from_cloudtrail(
    aws: &AwsOptions,
    regions: &BTreeSet<RegionName>,
    (from, until): (Timestamp, Timestamp),
) -> Result<PublicKeys, Failure> {
    let runtime = runtime().map_err(|e| Failure::system(&e))?;
    let mut keys = PublicKeys::default();
    runtime.block_on(async {
        let config = aws.load().await;
        for region in regions {
            let region = Region::new(region.as_str().to_owned());
            let config = aws_sdk_cloudtrail::config::Builder::from(&config).region(region);
            let client = Client::from_conf(config.build());
            list(&client, from, until, &mut keys).await?;
        }
        Ok(keys)
    })
}

async fn list(
    client: &Client,
    from: Timestamp,
    until: Timestamp,
    keys: &mut PublicKeys,
) -> Result<(), Failure> {
    let call = client
        .list_public_keys()
        .start_time(DateTime::from_millis(from.millis()))
        .end_time(DateTime::from_millis(until.millis()));
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| refused("ListPublicKeys", DisplayErrorContext(&e)))?;
        for key in page.public_key_list() {
            if let Some(key) = public_key(key) {
                keys.add(key);
            }
        }
    }
    Ok(())
}

/// A key whose members are all there; one that is not whole verifies nothing.
fn public_key(key: &aws_sdk_cloudtrail::types::PublicKey) -> Option<PublicKey> {
    let moment = |time: &DateTime| time.to_millis().ok().map(Timestamp::from_millis);
    Some(PublicKey {
        fingerprint: key.fingerprint()?.to_owned(),
        key: DigestPublicKey(key.value()?.as_ref().to_vec()),
        from: moment(key.validity_start_time()?)?,
        until: moment(key.validity_end_time()?)?,
    })
}
