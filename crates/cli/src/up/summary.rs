//! What `claviger up` says once it is ready: what is there, that it works, how to use it.

use crate::development::audit::Audit;
use crate::development::identity_center::Center;
use crate::development::organization::Organization;
use crate::directory::{CREDENTIALS, Directory, RunningService};
use crate::exit::Failure;
use crate::output::{Format, print, printable, shell_path, shell_quoted};
use crate::paint::{Look, Paint};
use claviger_core::bootstrap::{
    MANAGEMENT_ACCOUNT, ORGANIZATION, OUTSIDE_ACCOUNT, REGIONS, SECURITY_ACCOUNT, WORKLOAD_ACCOUNT,
};
use claviger_govern::identity_center::ALIAS;
use serde_json::json;
use std::path::Path;

/// How the line about the key begins when it does not do what it must.
const NOT_PROVED: &str = "NOT PROVED:";

pub(super) struct Summary<'a> {
    pub(super) directory: &'a Directory,
    pub(super) service: &'a RunningService,
    pub(super) organization: &'a Organization,
    pub(super) center: &'a Center,
    pub(super) audit: &'a Audit,
}

impl Summary<'_> {
    /// Prints it; as JSON in one line, so that a script can read it while the service runs on.
    pub(super) fn print(&self, format: Format) -> Result<(), Failure> {
        match format {
            Format::Table => {
                let paint = Paint::of_output();
                let lines = self.lines();
                let text: String = lines
                    .iter()
                    .map(|(name, text)| line(name, text, paint))
                    .collect();
                print(&format!("{text}{}\n", paint.with(Look::Good, "ready")))
            }
            Format::Json => print(&format!("{}\n", self.json())),
        }
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let Self {
            directory,
            service,
            center,
            audit,
            ..
        } = self;
        let place = directory.path().display();
        let dir = dir_option(directory.path());
        let program = program();
        let key = match &center.instance.key_arn {
            Some(arn) if !center.is_new => arn,
            _ => ALIAS,
        };
        vec![
            (
                "claviger",
                format!(
                    "{} development service in {place} ({})",
                    env!("CARGO_PKG_VERSION"),
                    if self.organization.is_new {
                        "new"
                    } else {
                        "goes on"
                    }
                ),
            ),
            (
                "organization",
                format!(
                    "{ORGANIZATION}: {MANAGEMENT_ACCOUNT} management, {SECURITY_ACCOUNT} security, {WORKLOAD_ACCOUNT} workload"
                ),
            ),
            ("outside", format!("{OUTSIDE_ACCOUNT} standalone")),
            (
                "endpoint",
                format!("{} in {}", service.endpoint(), REGIONS.join(", ")),
            ),
            (
                "identity center",
                format!(
                    "{} {}",
                    center.instance.arn, center.instance.identity_store_id
                ),
            ),
            ("key", self.key()),
            ("use of the key", self.uses()),
            ("outsider", self.outsider()),
            (
                "audit trail",
                format!(
                    "{} records, chain intact; {program} trail query{dir}",
                    audit.records
                ),
            ),
            (
                "credentials",
                format!(
                    "{} (default, outsider)",
                    directory.file(CREDENTIALS).display()
                ),
            ),
            (
                "try it",
                format!("eval \"$({program} env{dir})\"; aws kms describe-key --key-id {key}"),
            ),
            (
                "stop it",
                "Ctrl-C; the same command goes on where it stopped".to_owned(),
            ),
        ]
    }

    fn key(&self) -> String {
        match &self.center.instance.key_arn {
            Some(arn) if self.center.is_new => {
                format!("{arn} ({ALIAS}, multi-Region, baseline policy)")
            }
            Some(arn) => arn.clone(),
            None => "owned by AWS".to_owned(),
        }
    }

    fn uses(&self) -> String {
        if let Err(what) = &self.center.proof {
            return format!("{NOT_PROVED} {what}");
        }
        let uses: Vec<_> = self
            .audit
            .uses
            .iter()
            .map(|u| format!("{} {} at {}", u.service, u.event, u.time))
            .collect();
        uses.join(", ")
    }

    fn outsider(&self) -> String {
        match &self.center.proof {
            Ok(refused) => format!("refused: {}", refused.join(", ")),
            Err(_) => "not tried".to_owned(),
        }
    }

    fn json(&self) -> serde_json::Value {
        let center = self.center;
        json!({
            "ready": true,
            "new": self.organization.is_new,
            "directory": self.directory.path(),
            "endpoint": self.service.endpoint(),
            "pid": self.service.pid,
            "region": self.service.region,
            "instanceArn": center.instance.arn,
            "identityStoreId": center.instance.identity_store_id,
            "keyArn": center.instance.key_arn,
            "proof": {
                "complete": center.proof.is_ok(),
                "failure": center.proof.as_ref().err(),
                "outsiderRefused": center.proof.as_ref().ok(),
                "serviceUses": self.audit.uses,
            },
            "records": self.audit.records,
        })
    }
}

/// A line of the summary, with what stands out in it.
fn line(name: &str, text: &str, paint: Paint) -> String {
    let name = paint.with(Look::Head, &format!("{name:<16}"));
    let text = printable(text);
    match text.strip_prefix(NOT_PROVED) {
        Some(why) => format!("{name} {}{why}\n", paint.with(Look::Bad, NOT_PROVED)),
        None => format!("{name} {text}\n"),
    }
}

/// How this program was called, so that the lines can be copied as they are.
fn program() -> String {
    let called = std::env::args().next();
    called.map_or_else(|| "claviger".to_owned(), |called| shell_quoted(&called))
}

/// The `--dir` that further commands need: none for the default.
fn dir_option(path: &Path) -> String {
    if path == Path::new(".claviger") {
        String::new()
    } else {
        format!(" --dir {}", shell_path(path))
    }
}
