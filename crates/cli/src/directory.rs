//! The directory of a development service, as far as commands read and write it: credentials, the
//! note of the running service, the note of the finished set-up. The database and the seal are the
//! node's own.

use crate::credentials::{self, Profile};
use crate::exit::Failure;
use crate::output::shell_path;
use claviger_govern::Endpoint;
use claviger_server::{
    CA_FILE, CONTROL_SOCKET, SEAL_FILE, STORE_FILE, TLS_FILE, replace_private_file, store_path,
    sync_parent,
};
use claviger_store::{OpenError, SqliteReader, open_read_only};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The access keys.
pub(crate) const CREDENTIALS: &str = "credentials";
/// The access keys of a bootstrap that is not yet committed.
const COMING_CREDENTIALS: &str = "credentials.coming";
const SERVICE: &str = "service.json";
const SET_UP: &str = "set-up.json";
/// Settings for AWS tools, beside the access keys.
pub(crate) const CONFIG: &str = "config";

/// How a note comes back.
const NOTE_AGAIN: &str = "delete the file; claviger up writes it again";

fn damaged(path: &Path, what: &dyn std::fmt::Display, again: &str) -> Failure {
    Failure::new(format_args!("{} is damaged: {what}", path.display())).next(again)
}

/// The directory.
#[derive(Debug, Clone)]
pub(crate) struct Directory(PathBuf);

/// A service that runs, or was killed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunningService {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) pid: u32,
    /// The home Region.
    pub(crate) region: String,
    /// Whether it speaks TLS.
    #[serde(default)]
    pub(crate) tls: bool,
}

impl RunningService {
    /// Whether somebody listens there now.
    pub(crate) fn answers(&self) -> bool {
        // Long enough for a loopback connection, whatever else the machine does.
        let patience = Duration::from_secs(5);
        self.address.ip().is_loopback()
            && TcpStream::connect_timeout(&self.address, patience).is_ok()
    }

    /// The URL of its endpoint.
    pub(crate) fn endpoint(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

/// The set-up of Identity Center's key was finished; it is the operator's from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FinishedSetUp {
    /// The ARN of the key that was set up.
    pub(crate) key_arn: String,
}

impl Directory {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The audit records, to read beside a running service.
    pub(crate) fn records(&self) -> Result<SqliteReader, Failure> {
        let path = store_path(&self.0);
        open_read_only(&path).map_err(|error| match error {
            OpenError::Missing { .. } => Failure::new(format_args!(
                "there is no development service in {}",
                self.0.display()
            ))
            .next(format_args!(
                "start one with: claviger up --dir {}; or name its directory with --dir",
                shell_path(&self.0)
            )),
            other => Failure::new(other),
        })
    }

    /// What may lie here before there is a database: a seal that was put here, and what a start that
    /// was killed early leaves.
    pub(crate) fn early_files(&self) -> Vec<PathBuf> {
        let seal_half = format!("{SEAL_FILE}.new");
        let lock = format!("{STORE_FILE}.lock");
        [SEAL_FILE, &seal_half, &lock]
            .map(|name| self.file(name))
            .to_vec()
    }

    /// The database, its log and its lock, whether they are there or not.
    pub(crate) fn database_files(&self) -> Vec<PathBuf> {
        ["", "-wal", "-shm", ".lock"]
            .map(|end| self.file(&format!("{STORE_FILE}{end}")))
            .to_vec()
    }

    /// The folder that `claviger up` delivers audit records to.
    pub(crate) fn archive(&self) -> PathBuf {
        self.file("archive")
    }

    /// All files that `claviger up` keeps here, whether they are there or not; the archive is a folder
    /// beside them.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let others = [
            SEAL_FILE,
            CREDENTIALS,
            COMING_CREDENTIALS,
            SERVICE,
            SET_UP,
            CONTROL_SOCKET,
            CONFIG,
            CA_FILE,
            TLS_FILE,
        ];
        let half = others.map(|name| format!("{name}.new"));
        let others = others.map(str::to_owned).into_iter().chain(half);
        self.database_files()
            .into_iter()
            .chain(others.map(|name| self.file(&name)))
            .collect()
    }

    /// The access keys, if they were written.
    pub(crate) fn credentials(&self) -> Result<Option<Vec<Profile>>, Failure> {
        self.read_credentials(CREDENTIALS)
    }

    /// Access keys that were written before a bootstrap was committed.
    pub(crate) fn coming_credentials(&self) -> Result<Option<Vec<Profile>>, Failure> {
        self.read_credentials(COMING_CREDENTIALS)
    }

    fn read_credentials(&self, name: &str) -> Result<Option<Vec<Profile>>, Failure> {
        let path = self.file(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Failure::file(&path, &e)),
        };
        credentials::read(&text).map(Some).map_err(|what| {
            Failure::new(format_args!("{}: {what}", path.display()))
                .next("put the file back as claviger up wrote it, or start anew with another --dir")
        })
    }

    /// Keeps access keys that are about to exist.
    pub(crate) fn announce_credentials(&self, profiles: &[Profile]) -> Result<(), Failure> {
        let text = credentials::write(profiles);
        self.replace(COMING_CREDENTIALS, text.expose().as_bytes())
    }

    /// The announced access keys exist.
    pub(crate) fn confirm_credentials(&self) -> Result<(), Failure> {
        let path = self.file(CREDENTIALS);
        fs::rename(self.file(COMING_CREDENTIALS), &path)
            .and_then(|()| sync_parent(&path))
            .map_err(|e| Failure::file(&path, &e))
    }

    /// The note of the service that runs here, if one says so.
    pub(crate) fn service(&self) -> Result<Option<RunningService>, Failure> {
        self.read_json(SERVICE)
    }

    /// The service that answers now.
    pub(crate) fn running_service(&self) -> Result<RunningService, Failure> {
        let service = self.service()?.filter(RunningService::answers);
        service.ok_or_else(|| self.nobody_runs())
    }

    /// A command that needs a running service.
    pub(crate) fn nobody_runs(&self) -> Failure {
        let path = self.0.display();
        Failure::new(format_args!("no development service runs in {path}")).next(format_args!(
            "start it with: claviger up --dir {}",
            shell_path(&self.0)
        ))
    }

    pub(crate) fn note_service(&self, service: &RunningService) -> Result<(), Failure> {
        self.write_json(SERVICE, service)
    }

    /// The endpoint of a service, with whom to trust there.
    pub(crate) fn endpoint(&self, service: &RunningService) -> Result<Endpoint, Failure> {
        let ca = self.file(CA_FILE);
        let authority = service.tls.then(|| fs::read(&ca)).transpose();
        Ok(Endpoint {
            url: service.endpoint(),
            region: service
                .region
                .parse()
                .map_err(|e| damaged(&self.file(SERVICE), &e, NOTE_AGAIN))?,
            loopback: true,
            authority: authority.map_err(|e| Failure::file(&ca, &e))?,
        })
    }

    /// The authority's file as other programs find it from anywhere.
    pub(crate) fn authority_path(&self) -> Result<PathBuf, Failure> {
        let ca = self.file(CA_FILE);
        std::path::absolute(&ca).map_err(|e| Failure::file(&ca, &e))
    }

    /// Writes the file that `AWS_CONFIG_FILE` can name: each profile with its Region and endpoint.
    pub(crate) fn write_config(
        &self,
        service: &RunningService,
        profiles: &[&str],
    ) -> Result<(), Failure> {
        let mut text = String::from("# Written by claviger up at each start.\n");
        for profile in profiles {
            let section = match *profile {
                "default" => "[default]".to_owned(),
                other => format!("[profile {other}]"),
            };
            text.push_str(&format!(
                "\n{section}\nregion = {}\nendpoint_url = {}\n",
                service.region,
                service.endpoint()
            ));
            if service.tls {
                let ca = self.authority_path()?;
                text.push_str(&format!("ca_bundle = {}\n", ca.display()));
            }
        }
        self.replace(CONFIG, text.as_bytes())
    }

    /// Takes the note away; one that is gone already is as good.
    pub(crate) fn forget_service(&self) {
        // A note that stays names a port where nobody answers, which `env` finds out.
        let _ = fs::remove_file(self.file(SERVICE));
    }

    pub(crate) fn finished_set_up(&self) -> Result<Option<FinishedSetUp>, Failure> {
        self.read_json(SET_UP)
    }

    pub(crate) fn note_set_up(&self, done: &FinishedSetUp) -> Result<(), Failure> {
        self.write_json(SET_UP, done)
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        let path = self.file(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Failure::file(&path, &e)),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|e| {
            let again = match name {
                SET_UP => {
                    "write {\"key_arn\":\"<ARN of the key>\"} into it: without it the key gets \
                           the baseline policy again"
                }
                _ => NOTE_AGAIN,
            };
            damaged(&path, &e, again)
        })
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(value).map_err(Failure::defect)?;
        self.replace(name, &text)
    }

    fn replace(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.file(name);
        replace_private_file(&path, content).map_err(|e| Failure::file(&path, &e))
    }
}
