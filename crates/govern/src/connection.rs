//! A connection to one endpoint with given credentials. It reads neither environment nor profile:
//! whoever wants the standard chain loads it with `aws_config`.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use claviger_types::{RegionName, Secret};

/// An endpoint, and whom to trust there.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its URL, such as `http://127.0.0.1:4599`.
    pub url: String,
    /// The Region that requests are signed for.
    pub region: RegionName,
    /// Whether it is on this machine, so that no proxy leads there.
    pub loopback: bool,
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
        if let Some(client) = self.own_client()? {
            config = config.http_client(client);
        }
        Ok(config.build())
    }

    /// A client for endpoints of this machine: it trusts their own authority, and no proxy of the
    /// environment sees what is said to them. For other endpoints the SDK's own client does.
    fn own_client(&self) -> Result<Option<SharedHttpClient>, NoAuthority> {
        if !self.loopback && self.authority.is_none() {
            return Ok(None);
        }
        let mut context = TlsContext::builder();
        if let Some(authority) = &self.authority {
            let trusted = TrustStore::empty().with_pem_certificate(authority.as_slice());
            context = context.with_trust_store(trusted);
        }
        let context = context.build().map_err(|e| NoAuthority(e.to_string()))?;
        let direct = self.loopback;
        Ok(Some(Builder::new().build_with_connector_fn(
            move |settings, components| {
                let mut connector = Connector::builder()
                    .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                    .tls_context(context.clone());
                connector.set_connector_settings(settings.cloned());
                connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
                if direct {
                    connector.set_proxy_config(Some(ProxyConfig::disabled()));
                }
                connector.build()
            },
        )))
    }
}

/// A certificate authority that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate authority cannot be used: {0}")]
pub struct NoAuthority(String);
