//! A connection to one endpoint with given credentials. It reads neither environment nor profile:
//! whoever wants the standard chain loads it with `aws_config`.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use claviger_types::{RegionName, Secret};

/// An endpoint, and whom to trust there.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its URL, such as `http://127.0.0.1:4599`.
    pub url: String,
    /// The Region that requests are signed for.
    pub region: RegionName,
    /// The certificate authority of an HTTPS endpoint in PEM; the system's where there is none.
    pub authority: Option<Vec<u8>>,
}

impl Endpoint {
    /// The configuration of SDK clients that speak to the endpoint as the owner of an access key;
    /// temporary credentials come with a session token.
    ///
    /// # Errors
    /// When the authority is no PEM.
    pub fn sdk(
        &self,
        access_key_id: &str,
        secret_access_key: &Secret<String>,
        session_token: Option<&str>,
    ) -> Result<SdkConfig, NoAuthority> {
        let credentials = Credentials::new(
            access_key_id,
            secret_access_key.expose().as_str(),
            session_token.map(str::to_owned),
            None,
            "claviger",
        );
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.url)
            .region(Region::new(self.region.as_str().to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        if let Some(authority) = &self.authority {
            let trusted = TrustStore::empty().with_pem_certificate(authority.as_slice());
            let context = TlsContext::builder().with_trust_store(trusted).build();
            let client = Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(context.map_err(|e| NoAuthority(e.to_string()))?)
                .build_https();
            config = config.http_client(client);
        }
        Ok(config.build())
    }
}

/// A certificate authority that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate authority cannot be used: {0}")]
pub struct NoAuthority(String);
