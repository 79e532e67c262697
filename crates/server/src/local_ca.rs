//! A certificate authority for one directory: it signs one certificate, for the loopback names, and
//! its key is then forgotten, so that nobody can sign another with it.

use crate::private_file::replace_private_file;
use crate::tls::{Tls, TlsError};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The authority's certificate, for clients to trust.
pub const CA_FILE: &str = "ca.pem";
/// The service's certificate and its key.
pub const TLS_FILE: &str = "tls.pem";
/// The names that the certificate is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// No certificate.
#[derive(Debug, thiserror::Error)]
pub enum LocalCaError {
    /// It cannot be made.
    #[error("the local certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// What is there cannot be used.
    #[error("{path}: {source}; delete it and {CA_FILE}, then both are made anew")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: TlsError,
    },
}

/// The TLS of a directory: what lies there, or a new authority and certificate.
///
/// # Errors
/// When files cannot be read, written or used.
pub fn local_tls(directory: &Path) -> Result<Tls, LocalCaError> {
    let (ca, tls) = (directory.join(CA_FILE), directory.join(TLS_FILE));
    if !(ca.exists() && tls.exists()) {
        make(&ca, &tls)?;
    }
    let both = fs::read(&tls).map_err(|source| LocalCaError::Io {
        path: tls.clone(),
        source,
    })?;
    Tls::from_pem(&both, &both).map_err(|source| LocalCaError::Unusable { path: tls, source })
}

fn make(ca_path: &Path, tls_path: &Path) -> Result<(), LocalCaError> {
    let mut authority = CertificateParams::new(Vec::<String>::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let name = "Claviger development service, this directory only";
    authority.distinguished_name.push(DnType::CommonName, name);
    let authority_key = KeyPair::generate()?;
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);
    let mut service = CertificateParams::new(NAMES.map(str::to_owned))?;
    service
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    service.use_authority_key_identifier_extension = true;
    let service_key = KeyPair::generate()?;
    let certificate = service.signed_by(&service_key, &issuer)?;
    let both = format!("{}{}", certificate.pem(), service_key.serialize_pem());
    // The authority comes last: with only one of the two, both are made anew.
    write(tls_path, both.as_bytes())?;
    write(ca_path, authority_certificate.pem().as_bytes())
}

fn write(path: &Path, content: &[u8]) -> Result<(), LocalCaError> {
    replace_private_file(path, content).map_err(|source| LocalCaError::Io {
        path: path.to_owned(),
        source,
    })
}
