//! The sinks of a service: a TOML file of `[[sink]]` tables. What is not known is refused, names are
//! unique, secrets stand in files of their own.

use super::connect::{Trust, Url};
use super::file::FileSink;
use super::hec::HecSink;
use super::sink::Sink;
use super::syslog::SyslogSink;
use super::webhook::WebhookSink;
use claviger_types::{Clock, Secret};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest name of a sink.
const LONGEST_NAME: usize = 64;
/// The facility of audit logs (RFC 5424, table 1).
const LOG_AUDIT: u8 = 13;

/// Sinks that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SinkConfigError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is no TOML of this form.
    #[error("{path}: {text}")]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong, and where.
        text: String,
    },
    /// A sink is not what it should be.
    #[error("the sink {name}: {text}")]
    Sink {
        /// Which.
        name: String,
        /// What is wrong.
        text: String,
    },
}

/// One sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkConfig {
    /// Its name: its cursor is kept under it.
    pub name: String,
    /// Where it sends.
    pub kind: SinkKind,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sinks {
    #[serde(default)]
    sink: Vec<Table>,
}

/// A table with its name; what is left belongs to the kind.
#[derive(Debug, Deserialize)]
struct Table {
    name: String,
    #[serde(flatten)]
    rest: toml::Table,
}

/// Where a sink sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SinkKind {
    /// JSON lines at the end of a file.
    File {
        /// The file; a relative path is taken from the directory of the configuration.
        path: PathBuf,
    },
    /// JSON lines on standard output.
    Stdout {},
    /// Syslog (RFC 5424) over TLS (RFC 5425).
    Syslog {
        /// `HOST:PORT`; the port of syslog over TLS is 6514.
        address: String,
        /// Certificate authorities in PEM; the system's where there is none.
        ca: Option<PathBuf>,
        /// From 0 to 23; 13, audit, where there is none.
        facility: Option<u8>,
        /// Who the messages say that they come from; nobody where there is none.
        hostname: Option<String>,
    },
    /// Splunk's HTTP Event Collector.
    SplunkHec {
        /// Such as `https://splunk.example.com:8088`.
        url: String,
        /// A file with the token.
        token_file: PathBuf,
        /// Certificate authorities in PEM; the system's where there is none.
        ca: Option<PathBuf>,
        /// The index; the token's where there is none.
        index: Option<String>,
        /// The source type; `aws:cloudtrail` where there is none.
        sourcetype: Option<String>,
    },
    /// Signed POST requests.
    Webhook {
        /// Such as `https://example.com/claviger`.
        url: String,
        /// A file with the secret of the signatures.
        secret_file: PathBuf,
        /// Certificate authorities in PEM; the system's where there is none.
        ca: Option<PathBuf>,
    },
}

/// Reads the sinks of a file.
///
/// # Errors
/// [`SinkConfigError`].
pub fn read_sinks(path: &Path) -> Result<Vec<SinkConfig>, SinkConfigError> {
    let text = fs::read_to_string(path).map_err(|source| SinkConfigError::Io {
        path: path.to_owned(),
        source,
    })?;
    let form = |text: String| SinkConfigError::Form {
        path: path.to_owned(),
        text,
    };
    let sinks: Sinks = toml::from_str(&text).map_err(|e| form(e.to_string()))?;
    let base = path.parent().unwrap_or(Path::new(""));
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for Table { name, rest } in sinks.sink {
        let wrong = |text: String| SinkConfigError::Sink {
            name: name.clone(),
            text,
        };
        check_name(&name).map_err(wrong)?;
        if !names.insert(name.clone()) {
            return Err(wrong("another sink has the same name".to_owned()));
        }
        let kind: SinkKind = rest.try_into().map_err(|e: toml::de::Error| {
            let text = e.message().to_owned();
            wrong(text)
        })?;
        let kind = kind.based_on(base);
        kind.check().map_err(wrong)?;
        found.push(SinkConfig { name, kind });
    }
    Ok(found)
}

/// A name stands in metrics and as the key of a row.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
        return Err(format!(
            "a name has 1 to {LONGEST_NAME} of the characters a-z, A-Z, 0-9, '-', '_' and '.'"
        ));
    }
    Ok(())
}

impl SinkKind {
    /// Relative paths taken from a directory.
    fn based_on(mut self, base: &Path) -> Self {
        let own = |path: &mut PathBuf| *path = base.join(&path);
        match &mut self {
            Self::File { path } => own(path),
            Self::Stdout {} => {}
            Self::Syslog { ca, .. } => ca.iter_mut().for_each(own),
            Self::SplunkHec { token_file, ca, .. } => {
                own(token_file);
                ca.iter_mut().for_each(own);
            }
            Self::Webhook {
                secret_file, ca, ..
            } => {
                own(secret_file);
                ca.iter_mut().for_each(own);
            }
        }
        self
    }

    fn check(&self) -> Result<(), String> {
        match self {
            Self::File { .. } | Self::Stdout {} => Ok(()),
            Self::Syslog {
                address, facility, ..
            } => {
                if facility.is_some_and(|facility| facility > 23) {
                    return Err("facility is a number from 0 to 23".to_owned());
                }
                host_and_port(address).map(drop)
            }
            Self::SplunkHec { url, .. } | Self::Webhook { url, .. } => Url::parse(url).map(drop),
        }
    }
}

/// `HOST:PORT`, the host without the brackets of an IPv6 address.
fn host_and_port(address: &str) -> Result<(String, u16), String> {
    let refuse =
        || format!("address is HOST:PORT, such as siem.example.com:6514, not \"{address}\"");
    let (host, port) = address.rsplit_once(':').ok_or_else(refuse)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = port.parse().map_err(|_| refuse())?;
    if host.is_empty() {
        return Err(refuse());
    }
    Ok((host.to_owned(), port))
}

impl SinkConfig {
    /// The sink, ready to send. It reads certificates and secrets and opens no connection.
    ///
    /// # Errors
    /// When one of its files cannot be used.
    pub fn open(&self, clock: &Arc<dyn Clock>) -> Result<Box<dyn Sink>, SinkConfigError> {
        let wrong = |text: String| SinkConfigError::Sink {
            name: self.name.clone(),
            text,
        };
        let trust = |ca: &Option<PathBuf>| Trust::open(ca.as_deref()).map_err(wrong);
        Ok(match &self.kind {
            SinkKind::File { path } => Box::new(FileSink::open(path).map_err(wrong)?),
            SinkKind::Stdout {} => Box::new(FileSink::stdout()),
            SinkKind::Syslog {
                address,
                ca,
                facility,
                hostname,
            } => {
                let (host, port) = host_and_port(address).map_err(wrong)?;
                let facility = facility.unwrap_or(LOG_AUDIT);
                let sink = SyslogSink::new(host, port, trust(ca)?, facility, hostname.as_deref());
                Box::new(sink)
            }
            SinkKind::SplunkHec {
                url,
                token_file,
                ca,
                index,
                sourcetype,
            } => {
                let url = Url::parse(url).map_err(wrong)?;
                let token = secret(token_file).map_err(wrong)?;
                let (index, sourcetype) = (index.clone(), sourcetype.clone());
                Box::new(HecSink::new(url, trust(ca)?, token, index, sourcetype))
            }
            SinkKind::Webhook {
                url,
                secret_file,
                ca,
            } => {
                let url = Url::parse(url).map_err(wrong)?;
                let secret = secret(secret_file).map_err(wrong)?;
                Box::new(WebhookSink::new(url, trust(ca)?, secret, Arc::clone(clock)))
            }
        })
    }
}

/// The first line of a file that is closed to others.
fn secret(path: &Path) -> Result<Secret<String>, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        let path = path.display();
        return Err(format!(
            "the secret {path} has mode {mode:03o}: others could read it; run: chmod 600 '{path}'"
        ));
    }
    let text = Secret::new(fs::read_to_string(path).map_err(failed)?);
    let line = text.expose().lines().next().unwrap_or_default().trim();
    if line.is_empty() || !line.is_ascii() || line.contains(|c: char| c.is_ascii_control()) {
        return Err(format!(
            "{} must hold the secret in its first line, in printable ASCII",
            path.display()
        ));
    }
    Ok(Secret::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<SinkConfig>, SinkConfigError> {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("sinks.toml");
        fs::write(&path, text).unwrap();
        read_sinks(&path)
    }

    #[test]
    fn every_kind_is_read() {
        let sinks = read(
            r#"
            [[sink]]
            name = "lines"
            kind = "file"
            path = "records.jsonl"
            [[sink]]
            name = "out"
            kind = "stdout"
            [[sink]]
            name = "siem"
            kind = "syslog"
            address = "[::1]:6514"
            ca = "/etc/ca.pem"
            facility = 10
            hostname = "kms-1"
            [[sink]]
            name = "splunk"
            kind = "splunk-hec"
            url = "https://splunk.example.com:8088"
            token_file = "token"
            index = "kms"
            [[sink]]
            name = "hook"
            kind = "webhook"
            url = "http://127.0.0.1:1/x"
            secret_file = "secret"
            "#,
        )
        .unwrap();
        let names: Vec<&str> = sinks.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["lines", "out", "siem", "splunk", "hook"]);
        let SinkKind::File { path } = &sinks[0].kind else {
            panic!()
        };
        assert!(path.is_absolute() && path.ends_with("records.jsonl"));
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, problem) in [
            ("sinks = 1", "unknown field `sinks`"),
            ("[[sink]]\nkind = \"stdout\"", "missing field `name`"),
            ("[[sink]]\nname = \"a\"", "the sink a: missing field `kind`"),
            (
                "[[sink]]\nname = \"a\"\nkind = \"kafka\"",
                "unknown variant `kafka`",
            ),
            (
                "[[sink]]\nname = \"a\"\nkind = \"stdout\"\npath = \"x\"",
                "unknown field `path`",
            ),
            (
                "[[sink]]\nname = \"a b\"\nkind = \"stdout\"",
                "a name has 1 to 64",
            ),
            (
                "[[sink]]\nname = \"a\"\nkind = \"stdout\"\n[[sink]]\nname = \"a\"\nkind = \"stdout\"",
                "another sink has the same name",
            ),
            (
                "[[sink]]\nname = \"a\"\nkind = \"syslog\"\naddress = \"x\"",
                "address is HOST:PORT",
            ),
            (
                "[[sink]]\nname = \"a\"\nkind = \"syslog\"\naddress = \"x:1\"\nfacility = 24",
                "facility is a number from 0 to 23",
            ),
            (
                "[[sink]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"ftp://x\"\nsecret_file = \"s\"",
                "url is http://",
            ),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn secrets_are_closed_to_others() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("token");
        for (text, mode, problem) in [
            ("t0ken\n", 0o600, None),
            ("t0ken\n", 0o644, Some("others could read it")),
            ("\n", 0o600, Some("must hold the secret")),
            ("a\u{7f}b", 0o600, Some("must hold the secret")),
        ] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            match (secret(&path), problem) {
                (Ok(secret), None) => assert_eq!(secret.expose(), "t0ken"),
                (Err(error), Some(problem)) => assert!(error.contains(problem), "{error}"),
                (found, _) => panic!("{text:?} {mode:o}: {}", found.is_ok()),
            }
        }
    }
}
