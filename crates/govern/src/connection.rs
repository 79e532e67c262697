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
        let key = credentials(access_key_id, secret_access_key, session_token);
        let config = config(&self.url, self.region.as_str(), key);
        Ok(match self.own_client()? {
            Some(client) => config.into_builder().http_client(client).build(),
            None => config,
        })
    }

    /// A client that trusts the endpoint's own authority. For endpoints elsewhere under the system's
    /// authorities the SDK's own client does.
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
        Ok(Some(client(context, self.loopback)))
    }
}

/// An endpoint of this machine that speaks plain HTTP: nothing about it can be wrong beforehand.
#[derive(Debug, Clone)]
pub struct LoopbackEndpoint {
    /// Its URL, such as `http://127.0.0.1:4599`.
    pub url: String,
}

impl LoopbackEndpoint {
    /// As [`Endpoint::sdk`], for requests signed for `region`. Each configuration has connections of
    /// its own.
    #[must_use]
    pub fn sdk(
        &self,
        region: &str,
        access_key_id: &str,
        secret_access_key: &Secret<String>,
        session_token: Option<&str>,
    ) -> SdkConfig {
        let key = credentials(access_key_id, secret_access_key, session_token);
        config(&self.url, region, key)
            .into_builder()
            .http_client(client(TlsContext::default(), true))
            .build()
    }
}

fn credentials(id: &str, secret: &Secret<String>, token: Option<&str>) -> Credentials {
    let token = token.map(str::to_owned);
    Credentials::new(id, secret.expose().as_str(), token, None, "claviger")
}

fn config(url: &str, region: &str, credentials: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// A client of its own. One that is `direct` asks no proxy of the environment: none leads to this
/// machine, and none shall see what is said to it.
fn client(context: TlsContext, direct: bool) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        if direct {
            connector.set_proxy_config(Some(ProxyConfig::disabled()));
        }
        connector.build()
    })
}

/// A certificate authority that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate authority cannot be used: {0}")]
pub struct NoAuthority(String);
