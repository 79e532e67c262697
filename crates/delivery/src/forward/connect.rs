//! Connections to sinks: TCP, and TLS with the system's or one's own certificate authorities. Each is
//! given up after a while.

use super::sink::SendError;
use std::fs;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How long one batch may take, connection included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Ends what takes too long.
pub(super) async fn within<T>(
    work: impl Future<Output = Result<T, SendError>>,
) -> Result<T, SendError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => Err(SendError(format!(
            "no answer within {} s",
            PATIENCE.as_secs()
        ))),
    }
}

/// Which servers are trusted.
#[derive(Clone)]
pub(super) struct Trust(TlsConnector);

impl Trust {
    /// From certificates in a PEM file, or the system's.
    pub(super) fn open(ca: Option<&Path>) -> Result<Self, String> {
        let roots = match ca {
            Some(path) => own(path)?,
            None => system()?,
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Connects with TLS 1.2 or 1.3.
    pub(super) async fn connect(
        &self,
        host: &str,
        port: u16,
    ) -> Result<TlsStream<TcpStream>, SendError> {
        let name = ServerName::try_from(host.to_owned()).map_err(SendError::new)?;
        let stream = tcp(host, port).await?;
        self.0.connect(name, stream).await.map_err(SendError::new)
    }
}

async fn tcp(host: &str, port: u16) -> Result<TcpStream, SendError> {
    let stream = TcpStream::connect((host, port)).await;
    let stream = stream.map_err(|e| SendError(format!("{host}:{port}: {e}")))?;
    stream.set_nodelay(true).map_err(SendError::new)?;
    Ok(stream)
}

fn own(path: &Path) -> Result<RootCertStore, String> {
    let failed = |what: String| format!("{}: {what}", path.display());
    let pem = fs::read(path).map_err(|e| failed(e.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|e| failed(format!("{e:?}")))?;
        roots.add(certificate).map_err(|e| failed(e.to_string()))?;
    }
    if roots.is_empty() {
        return Err(failed("there is no certificate in it".to_owned()));
    }
    Ok(roots)
}

fn system() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("the system has no certificate authorities: name them with ca".to_owned());
    }
    Ok(roots)
}

/// Where an HTTP request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// What stands in the Host header.
    pub(super) authority: String,
    /// Path and query.
    pub(super) path: String,
}

impl Url {
    /// Reads `http://…` or `https://…`. Plain HTTP is for this machine alone.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let refuse = |why: &str| format!("url is http://HOST or https://HOST with a path; {why}");
        let uri: http::Uri = text.parse().map_err(|_| refuse("this is none"))?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refuse("its scheme is another")),
        };
        let authority = uri.authority().ok_or_else(|| refuse("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(refuse("it has a user name"));
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let loopback = host == "localhost"
            || host
                .parse()
                .is_ok_and(|a: std::net::IpAddr| a.is_loopback());
        if !tls && !loopback {
            return Err(refuse("to another machine it must be https"));
        }
        Ok(Self {
            tls,
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            authority: authority.to_string(),
            path: uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
            host,
        })
    }
}

/// A connection of either kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects to where a URL leads.
pub(super) async fn connect(url: &Url, trust: &Trust) -> Result<Box<dyn Stream>, SendError> {
    if url.tls {
        Ok(Box::new(trust.connect(&url.host, url.port).await?))
    } else {
        Ok(Box::new(tcp(&url.host, url.port).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let url = |tls, host: &str, port, authority: &str, path: &str| Url {
            tls,
            host: host.to_owned(),
            port,
            authority: authority.to_owned(),
            path: path.to_owned(),
        };
        for (text, expect) in [
            ("https://a.b", Some(url(true, "a.b", 443, "a.b", "/"))),
            (
                "https://a.b:8088/x?y=1",
                Some(url(true, "a.b", 8088, "a.b:8088", "/x?y=1")),
            ),
            (
                "http://127.0.0.1:1/x",
                Some(url(false, "127.0.0.1", 1, "127.0.0.1:1", "/x")),
            ),
            ("http://[::1]:1", Some(url(false, "::1", 1, "[::1]:1", "/"))),
            (
                "http://localhost",
                Some(url(false, "localhost", 80, "localhost", "/")),
            ),
            ("http://a.b", None),
            ("ftp://a.b", None),
            ("a.b", None),
            ("https://u:p@a.b", None),
            ("", None),
        ] {
            assert_eq!(Url::parse(text).ok(), expect, "{text}");
        }
    }
}
