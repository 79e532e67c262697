//! An archive in an S3 bucket. Requests that fail for a moment are repeated by the SDK.

use super::{Fetched, Level, Listed, Objects};
use crate::aws::{AwsOptions, refused};
use crate::exit::Failure;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::types::Object;
use claviger_server::runtime;
use tokio::runtime::Runtime;

/// S3 answers many requests at once, each after tens of milliseconds.
const AT_ONCE: usize = 32;

pub(super) struct Bucket {
    runtime: Runtime,
    client: Client,
    name: String,
}

impl Bucket {
    pub(super) fn open(name: &str, aws: &AwsOptions) -> Result<Self, Failure> {
        let runtime = runtime().map_err(|e| Failure::system(&e))?;
        let config = runtime.block_on(aws.load());
        // Other endpoints than AWS's rarely answer to names of buckets.
        let config = aws_sdk_s3::config::Builder::from(&config)
            .force_path_style(aws.endpoint_url.is_some())
            .build();
        let mut client = Client::from_conf(config);
        if aws.endpoint_url.is_none() && aws.region.is_none() {
            client = runtime.block_on(in_its_region(client, name));
        }
        Ok(Self {
            runtime,
            client,
            name: name.to_owned(),
        })
    }

    fn listed(object: &Object) -> Option<Listed> {
        Some(Listed {
            object: object.key()?.to_owned(),
            version: object.e_tag().unwrap_or_default().to_owned(),
        })
    }
}

/// A client that asks in the bucket's own Region, as far as that can be found out: the first request
/// tells what is wrong otherwise. Source: Amazon S3 API reference, `GetBucketLocation`.
async fn in_its_region(client: Client, bucket: &str) -> Client {
    let Ok(location) = client.get_bucket_location().bucket(bucket).send().await else {
        return client;
    };
    let region = match location.location_constraint().map(|l| l.as_str()) {
        None | Some("") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    };
    let region = Region::new(region.to_owned());
    let config = client.config().to_builder().region(region);
    Client::from_conf(config.build())
}

impl Objects for Bucket {
    fn level(&self, folder: &str) -> Result<Level, Failure> {
        let pages = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(folder)
            .delimiter("/");
        let mut pages = pages.into_paginator().send();
        let mut level = Level::default();
        while let Some(page) = self.runtime.block_on(pages.next()) {
            let page = page.map_err(|e| {
                let call = format!("ListObjectsV2 of s3://{}/{folder}", self.name);
                refused(&call, DisplayErrorContext(&e))
            })?;
            let folders = page.common_prefixes().iter().filter_map(|p| p.prefix());
            level.folders.extend(folders.map(str::to_owned));
            level
                .objects
                .extend(page.contents().iter().filter_map(Self::listed));
        }
        Ok(level)
    }

    fn fetch(&self, object: &str) -> Result<Option<Fetched>, String> {
        let call = self.client.get_object().bucket(&self.name).key(object);
        self.runtime.block_on(async {
            let answer = match call.send().await {
                Ok(answer) => answer,
                Err(e) if e.as_service_error().is_some_and(|e| e.is_no_such_key()) => {
                    return Ok(None);
                }
                Err(e) => return Err(DisplayErrorContext(&e).to_string()),
            };
            let metadata = answer.metadata().into_iter().flatten();
            let metadata = metadata.map(|(k, v)| (k.clone(), v.clone())).collect();
            let bytes = answer.body.collect().await.map_err(|e| e.to_string())?;
            Ok(Some(Fetched {
                bytes: bytes.to_vec(),
                metadata,
            }))
        })
    }

    fn bucket(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn width(&self) -> usize {
        AT_ONCE
    }
}
