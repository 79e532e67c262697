//! TLS for the listener: rustls with aws-lc-rs, versions 1.2 and 1.3, HTTP/1.1 alone. It makes no
//! certificates; see [`crate::local_ca`].

use arc_swap::ArcSwap;
use claviger_trail::TlsDetails;
use std::borrow::Cow;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{
    self, CipherSuite, NamedGroup, ProtocolVersion, ServerConfig, ServerConnection,
};

/// A certificate and key that a listener cannot use.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate chain is no PEM.
    #[error("the certificate cannot be read: {0:?}")]
    Certificate(pem::Error),
    /// The key is no PEM.
    #[error("the private key cannot be read: {0:?}")]
    Key(pem::Error),
    /// They do not fit each other, or are of no kind that is known.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// What a listener needs to speak TLS. Clones share it, and what [`Tls::replace`] puts in its
/// place.
#[derive(Clone)]
pub struct Tls(Arc<ArcSwap<ServerConfig>>);

impl Tls {
    /// From a certificate chain and a private key, both in PEM.
    ///
    /// # Errors
    /// When they cannot be read or do not fit.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<Vec<_>, _>>()
            .map_err(TlsError::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Key)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(ArcSwap::from_pointee(config))))
    }

    /// Takes over another's certificate and key: connections from now on have them, those that are
    /// open keep what they have.
    pub fn replace(&self, other: &Self) {
        self.0.store(other.0.load_full());
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.load_full())
    }
}

/// What a record says of a connection, but for the host that each request names. Source: CloudTrail
/// User Guide, "Record contents", `tlsDetails`.
pub(crate) fn details(connection: &ServerConnection) -> TlsDetails {
    let group = connection.negotiated_key_exchange_group();
    TlsDetails {
        tls_version: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3".into(),
            _ => "TLSv1.2".into(),
        },
        cipher_suite: connection
            .negotiated_cipher_suite()
            .map_or(Cow::Borrowed(""), |suite| cipher_suite(suite.suite())),
        client_provided_host_header: String::new(),
        key_exchange: group.map(|group| match group.name() {
            NamedGroup::X25519 => "x25519".into(),
            NamedGroup::secp256r1 => "secp256r1".into(),
            NamedGroup::secp384r1 => "secp384r1".into(),
            NamedGroup::X25519MLKEM768 => "X25519MLKEM768".into(),
            other => format!("{other:?}").into(),
        }),
    }
}

/// The names that CloudTrail prints: the standard's for TLS 1.3, OpenSSL's for TLS 1.2.
fn cipher_suite(suite: CipherSuite) -> Cow<'static, str> {
    match suite {
        CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => {
            "ECDHE-ECDSA-CHACHA20-POLY1305"
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
        other => return format!("{other:?}").into(),
    }
    .into()
}
