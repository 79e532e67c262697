//! A connection to one endpoint with given credentials. It reads neither environment nor profile:
//! whoever wants the standard chain loads it with `aws_config`.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use claviger_types::{RegionName, Secret};

/// The configuration of SDK clients that speak to `endpoint` (`http://127.0.0.1:4599`) as the owner
/// of an access key.
#[must_use]
pub fn connection(
    endpoint: &str,
    region: &RegionName,
    access_key_id: &str,
    secret_access_key: &Secret<String>,
) -> SdkConfig {
    with_token(endpoint, region, access_key_id, secret_access_key, None)
}

/// The same for temporary credentials, which come with a session token.
#[must_use]
pub fn session_connection(
    endpoint: &str,
    region: &RegionName,
    access_key_id: &str,
    secret_access_key: &Secret<String>,
    session_token: &str,
) -> SdkConfig {
    let token = Some(session_token.to_owned());
    with_token(endpoint, region, access_key_id, secret_access_key, token)
}

fn with_token(
    endpoint: &str,
    region: &RegionName,
    access_key_id: &str,
    secret_access_key: &Secret<String>,
    session_token: Option<String>,
) -> SdkConfig {
    let credentials = Credentials::new(
        access_key_id,
        secret_access_key.expose().as_str(),
        session_token,
        None,
        "claviger",
    );
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(region.as_str().to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}
