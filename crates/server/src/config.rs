//! The configuration of `claviger serve`: a TOML file and the environment, typed and checked as a
//! whole before anything is opened. A name that no setting has is refused. It reads no certificates
//! and opens no directory; see [`ServeConfig::tls`] for the former.

mod archive;
mod error;
mod read;
mod reference;
mod setting;

pub use error::{ConfigError, Problem};
pub use read::Source;
pub use reference::reference;
pub use setting::{SETTINGS, Setting};

use crate::edges::SystemClock;
use crate::log::{LogFilter, LogFormat};
use crate::node::ArchiveSettings;
use crate::tls::{Tls, TlsError};
use claviger_core::quotas::Quotas;
use claviger_delivery::forward::{OpenSink, SinkConfigError, open_sinks};
use claviger_types::Clock;
use read::{Values, Written};
use setting::Kind;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where a configuration is looked for when none is named.
pub const CONFIG_FILE: &str = "/etc/claviger/claviger.toml";

/// Longer than any file of these settings, in bytes.
const LONGEST_FILE: u64 = 1024 * 1024;
/// The longest duration that is taken.
const LONGEST_DURATION: Duration = Duration::from_secs(3600);

/// A configuration, checked.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    /// The installation's directory.
    pub directory: PathBuf,
    /// Where the AWS APIs are served.
    pub listen: SocketAddr,
    /// How long requests may take to end.
    pub drain_deadline: Duration,
    /// The most connections.
    pub connections: usize,
    /// Certificate chain and private key.
    pub tls_files: Option<(PathBuf, PathBuf)>,
    /// Where the admin endpoints are served; `None` for nowhere.
    pub admin_listen: Option<SocketAddr>,
    /// Whether KMS's request quotas are enforced.
    pub request_quotas: bool,
    /// How much of something an account may have.
    pub quotas: Quotas,
    /// The file of the sinks that audit records are forwarded to.
    pub sinks: Option<PathBuf>,
    /// Where audit records are delivered to.
    pub archive: Option<ArchiveSettings>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written.
    pub log_filter: LogFilter,
    /// Each setting's text and where it comes from, in the order of [`SETTINGS`].
    pub values: Vec<(&'static str, Option<String>, Source)>,
}

/// A file of TLS that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFileError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others may read the key.
    #[error(
        "the private key {path} has mode {mode:03o}: others could read it; run: chmod 600 '{path}'"
    )]
    OpenKey {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The two are no certificate and key.
    #[error("{certificate} and {key}: {source}")]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong.
        source: TlsError,
    },
}

impl ServeConfig {
    /// Reads a configuration: the file that is named, or [`CONFIG_FILE`] if that is there; and the
    /// environment, which overrides it.
    ///
    /// # Errors
    /// With every problem that it has.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new(CONFIG_FILE));
        let text = match read_file(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound && file.is_none() => String::new(),
            Err(e) => {
                let problem = Problem {
                    place: path.display().to_string(),
                    text: e.to_string(),
                };
                return Err(ConfigError {
                    problems: vec![problem],
                });
            }
        };
        Self::read(path, &text, environment)
    }

    /// The same from the text of a file.
    ///
    /// # Errors
    /// With every problem that it has.
    pub fn read(
        path: &Path,
        text: &str,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut values = read::file(path, text, &mut problems);
        values.extend(read::environment(environment, &mut problems));
        let mut meaning = Meaning {
            values: &values,
            problems: &mut problems,
        };
        match meaning.config() {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigError { problems }),
        }
    }

    /// The TLS of its files; `None` where it has none.
    ///
    /// # Errors
    /// When a file cannot be read or used, and when others may read the key.
    pub fn tls(&self) -> Result<Option<Tls>, TlsFileError> {
        let Some((certificate, key)) = &self.tls_files else {
            return Ok(None);
        };
        let failed = |path: &Path, source| TlsFileError::Io {
            path: path.to_owned(),
            source,
        };
        let metadata = fs::metadata(key).map_err(|e| failed(key, e))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o007 != 0 {
            let path = key.clone();
            return Err(TlsFileError::OpenKey { path, mode });
        }
        let chain = fs::read(certificate).map_err(|e| failed(certificate, e))?;
        let secret = zeroize::Zeroizing::new(fs::read(key).map_err(|e| failed(key, e))?);
        let tls = Tls::from_pem(&chain, &secret).map_err(|source| TlsFileError::Unusable {
            certificate: certificate.clone(),
            key: key.clone(),
            source,
        })?;
        Ok(Some(tls))
    }

    /// The sinks that its file names, ready to send; none where it names no file.
    ///
    /// # Errors
    /// When the file or one of its sinks cannot be used.
    pub fn open_sinks(&self) -> Result<Vec<OpenSink>, SinkConfigError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        self.sinks
            .as_deref()
            .map_or(Ok(Vec::new()), |path| open_sinks(path, &clock))
    }

    /// The settings that differ from another configuration's and need a restart.
    #[must_use]
    pub fn needing_restart(&self, other: &Self) -> Vec<&'static str> {
        let both = SETTINGS.iter().zip(self.values.iter().zip(&other.values));
        // Whether there is TLS at all cannot change while clients are connected.
        let tls = self.tls_files.is_some() != other.tls_files.is_some();
        both.filter(|(setting, ((_, ours, _), (_, theirs, _)))| {
            ours != theirs && (!setting.reloads || tls && setting.name.starts_with("tls."))
        })
        .map(|(setting, _)| setting.name)
        .collect()
    }
}

/// A file as it is; a pipe would wait for its writer and a device might never end.
fn read_file(path: &Path) -> io::Result<String> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if metadata.len() > LONGEST_FILE {
        return Err(io::Error::other("it is larger than any configuration"));
    }
    fs::read_to_string(path)
}

/// Gives the texts their meaning.
struct Meaning<'a> {
    values: &'a Values,
    problems: &'a mut Vec<Problem>,
}

impl Meaning<'_> {
    fn config(&mut self) -> Option<ServeConfig> {
        let directory = self.path(setting::DIRECTORY);
        let listen = self.parsed(setting::LISTEN);
        let drain_deadline = self.duration(setting::DRAIN_DEADLINE);
        let connections = self.number(setting::CONNECTIONS);
        let tls_files = self.tls_files();
        let admin_listen = self.address_or_off(setting::ADMIN_LISTEN);
        let request_quotas = self.request_quotas();
        let (keys, aliases, grants, accounts) = (
            self.number(setting::KEYS),
            self.number(setting::ALIASES_PER_KEY),
            self.number(setting::GRANTS_PER_KEY),
            self.number(setting::ACCOUNTS_PER_ORGANIZATION),
        );
        let sinks = self.path(setting::SINKS);
        let archive = self.archive();
        let log_format = self.parsed(setting::LOG_FORMAT);
        let log_filter = self.parsed(setting::LOG_FILTER);
        if let Some(listen) = listen {
            self.needs_tls(listen, tls_files.is_some());
        }
        Some(ServeConfig {
            directory: directory?,
            listen: listen?,
            drain_deadline: drain_deadline?,
            connections: connections?,
            tls_files,
            admin_listen: admin_listen?,
            request_quotas: request_quotas?,
            quotas: Quotas {
                keys: keys?,
                aliases_per_key: aliases?,
                grants_per_key: grants?,
                accounts_per_organization: accounts?,
            },
            sinks,
            archive: archive?,
            log_format: log_format?,
            log_filter: log_filter?,
            values: SETTINGS.iter().map(|s| self.told(s)).collect(),
        })
    }

    fn told(&self, setting: &'static Setting) -> (&'static str, Option<String>, Source) {
        let name = setting.name;
        match self.values.get(name) {
            Some(written) => (name, Some(written.text.clone()), written.source.clone()),
            None => (name, setting.default.map(str::to_owned), Source::Default),
        }
    }

    /// The text of a setting, or of its default.
    fn text(&self, name: &'static str) -> Option<String> {
        let written = self.values.get(name).map(|written| written.text.clone());
        let default = || setting::find(name)?.default.map(str::to_owned);
        written.or_else(default)
    }

    /// Notes that a value is not what it should be.
    fn refuse<T>(&mut self, name: &'static str) -> Option<T> {
        let wants = setting::find(name).map_or_else(String::new, |s| s.kind.wants());
        let text = self.text(name).unwrap_or_default();
        self.report(name, format!("{name} is {wants}, not \"{text}\""));
        None
    }

    fn report(&mut self, name: &'static str, text: String) {
        let place = self.values.get(name).map(|written| written.place.clone());
        let place = place.unwrap_or_else(|| name.to_owned());
        self.problems.push(Problem { place, text });
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &'static str) -> Option<T> {
        match self.text(name)?.parse() {
            Ok(value) => Some(value),
            Err(_) => self.refuse(name),
        }
    }

    fn duration(&mut self, name: &'static str) -> Option<Duration> {
        match humantime::parse_duration(&self.text(name)?) {
            Ok(value) if value <= LONGEST_DURATION => Some(value),
            _ => self.refuse(name),
        }
    }

    fn number(&mut self, name: &'static str) -> Option<usize> {
        let Some(Kind::Number(from, to)) = setting::find(name).map(|s| s.kind) else {
            return self.refuse(name);
        };
        let number: Option<u64> = self.text(name)?.parse().ok();
        match number.filter(|n| (from..=to).contains(n)) {
            Some(number) => usize::try_from(number).ok(),
            None => self.refuse(name),
        }
    }

    fn request_quotas(&mut self) -> Option<bool> {
        let name = setting::REQUEST_QUOTAS;
        match self.text(name)?.as_str() {
            "off" => Some(false),
            "aws" => Some(true),
            _ => self.refuse(name),
        }
    }

    fn address_or_off(&mut self, name: &'static str) -> Option<Option<SocketAddr>> {
        match self.text(name)?.as_str() {
            "off" => Some(None),
            _ => self.parsed(name).map(Some),
        }
    }

    fn path(&mut self, name: &'static str) -> Option<PathBuf> {
        let text = self.text(name)?;
        if text.is_empty() {
            return self.refuse(name);
        }
        let base = self.values.get(name).map(|written: &Written| &written.base);
        Some(base.map_or_else(|| PathBuf::from(&text), |base| base.join(&text)))
    }

    fn tls_files(&mut self) -> Option<(PathBuf, PathBuf)> {
        let (certificate, key) = (setting::CERTIFICATE, setting::KEY);
        match (self.path(certificate), self.path(key)) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => {
                self.report(certificate, format!("{certificate} needs {key} beside it"));
                None
            }
            (None, Some(_)) => {
                self.report(key, format!("{key} needs {certificate} beside it"));
                None
            }
        }
    }

    fn needs_tls(&mut self, listen: SocketAddr, has_tls: bool) {
        if listen.ip().is_loopback() || has_tls {
            return;
        }
        self.report(
            setting::LISTEN,
            format!(
                "{listen} can be reached from elsewhere, and there is no TLS: set {} and {}, or listen \
                 on 127.0.0.1:{}",
                setting::CERTIFICATE,
                setting::KEY,
                listen.port()
            ),
        );
    }
}

#[cfg(test)]
mod tests;
