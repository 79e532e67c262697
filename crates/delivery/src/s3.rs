//! An archive in an S3 bucket, of AWS or of anything that speaks S3. Credentials come from where AWS
//! tools find them. What the bucket keeps, and for how long, its owner decides there.

use crate::target::{Listed, Object, Pending, Signature, StoredObject, Target, TargetError};
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use claviger_types::Timestamp;
use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long one call may take, retries included.
const CALL_TIME: Duration = Duration::from_secs(60);
/// The metadata of a digest.
const SIGNATURE: &str = "signature";
const ALGORITHM: &str = "signature-algorithm";

/// Where a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    /// Its name.
    pub bucket: String,
    /// Its Region; where none is given, AWS's settings say it.
    pub region: Option<String>,
    /// The endpoint of another service than AWS. Buckets are then named in the path.
    pub endpoint: Option<String>,
}

/// A bucket.
#[derive(Debug)]
pub struct S3 {
    place: S3Place,
    /// Made with the first call: it looks for credentials.
    client: OnceCell<Client>,
}

impl S3 {
    /// The archive in a bucket. Nothing is asked of it yet.
    #[must_use]
    pub fn new(place: S3Place) -> Self {
        Self {
            place,
            client: OnceCell::new(),
        }
    }

    /// The archive in a bucket, through a client that is configured elsewhere.
    #[must_use]
    pub fn with_client(bucket: String, client: Client) -> Self {
        let place = S3Place {
            bucket,
            region: None,
            endpoint: None,
        };
        Self {
            place,
            client: OnceCell::new_with(Some(client)),
        }
    }

    async fn client(&self) -> &Client {
        self.client.get_or_init(|| connect(&self.place)).await
    }

    fn error<E: ProvideErrorMetadata + Error + 'static, R: std::fmt::Debug + 'static>(
        &self,
        error: &SdkError<E, R>,
    ) -> TargetError {
        let what = match (error.code(), error.message()) {
            (Some(code), Some(text)) => format!("{code}: {text}"),
            (Some(code), None) => code.to_owned(),
            _ => DisplayErrorContext(error).to_string(),
        };
        self.broken(what)
    }

    fn broken(&self, what: String) -> TargetError {
        TargetError {
            place: format!("s3://{}", self.place.bucket),
            what,
        }
    }

    async fn write(&self, object: Object) -> Result<(), TargetError> {
        let client = self.client().await;
        let mut request = client
            .put_object()
            .bucket(&self.place.bucket)
            .key(object.name)
            .content_type("application/json")
            .content_encoding("gzip")
            .body(ByteStream::from(object.bytes));
        if let Some(signature) = object.signature {
            request = request
                .metadata(SIGNATURE, signature.signature)
                .metadata(ALGORITHM, signature.algorithm);
        }
        let sent = request.send().await;
        sent.map(drop).map_err(|error| self.error(&error))
    }

    async fn read(&self, name: String) -> Result<Option<StoredObject>, TargetError> {
        let client = self.client().await;
        let request = client.get_object().bucket(&self.place.bucket).key(name);
        let found = match request.send().await {
            Ok(found) => found,
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            Err(error) => return Err(self.error(&error)),
        };
        let (signature, modified) = (signature(found.metadata()), time(found.last_modified()));
        let body = found.body.collect().await;
        let body = body.map_err(|error| self.broken(error.to_string()))?;
        Ok(Some(StoredObject {
            bytes: body.to_vec(),
            signature,
            modified,
        }))
    }

    async fn listed(
        &self,
        prefix: String,
        mut after: String,
        limit: usize,
    ) -> Result<Vec<Listed>, TargetError> {
        let mut listed = Vec::new();
        while listed.len() < limit {
            let client = self.client().await;
            let request = client
                .list_objects_v2()
                .bucket(&self.place.bucket)
                .prefix(&prefix)
                .start_after(&after);
            let page = request.send().await.map_err(|error| self.error(&error))?;
            let objects = page.contents();
            let Some(last) = objects.last().and_then(|object| object.key()) else {
                break;
            };
            after = last.to_owned();
            listed.extend(objects.iter().filter_map(|object| {
                Some(Listed {
                    name: object.key()?.to_owned(),
                    size: u64::try_from(object.size()?).ok()?,
                    modified: time(object.last_modified()),
                })
            }));
        }
        listed.truncate(limit);
        Ok(listed)
    }

    async fn take_away(&self, name: String) -> Result<(), TargetError> {
        let client = self.client().await;
        let request = client.delete_object().bucket(&self.place.bucket).key(name);
        let sent = request.send().await;
        sent.map(drop).map_err(|error| self.error(&error))
    }
}

async fn connect(place: &S3Place) -> Client {
    let times = TimeoutConfig::builder()
        .operation_timeout(CALL_TIME)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(times);
    if let Some(region) = &place.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let shared = loader.load().await;
    let mut config = aws_sdk_s3::config::Builder::from(&shared);
    if let Some(endpoint) = &place.endpoint {
        config = config.endpoint_url(endpoint).force_path_style(true);
    }
    Client::from_conf(config.build())
}

fn signature(metadata: Option<&HashMap<String, String>>) -> Option<Signature> {
    let metadata = metadata?;
    Some(Signature {
        signature: metadata.get(SIGNATURE)?.clone(),
        algorithm: metadata.get(ALGORITHM)?.clone(),
    })
}

fn time(moment: Option<&DateTime>) -> Timestamp {
    let millis = moment.and_then(|moment| moment.to_millis().ok());
    Timestamp::from_millis(millis.unwrap_or_default())
}

impl Target for S3 {
    fn put(&self, object: Object) -> Pending<'_, ()> {
        Box::pin(self.write(object))
    }

    fn get(&self, name: String) -> Pending<'_, Option<StoredObject>> {
        Box::pin(self.read(name))
    }

    fn list(&self, prefix: String, after: String, limit: usize) -> Pending<'_, Vec<Listed>> {
        Box::pin(self.listed(prefix, after, limit))
    }

    fn remove(&self, name: String) -> Pending<'_, ()> {
        Box::pin(self.take_away(name))
    }
}
