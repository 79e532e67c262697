//! What `claviger serve` says once it listens.

use crate::directory::{Directory, RunningService};
use crate::exit::Failure;
use crate::output::{Format, print, printable};
use claviger_server::Node;
use serde_json::json;

pub(super) struct Summary<'a> {
    pub(super) directory: &'a Directory,
    pub(super) service: &'a RunningService,
    /// Where the admin endpoints are.
    pub(super) admin: Option<&'a str>,
    pub(super) node: &'a Node,
}

/// The home Region; empty before there is an installation.
pub(super) fn home_region(node: &Node) -> String {
    let snapshot = node.snapshot();
    let home = snapshot.installation().and_then(|i| i.regions.first());
    home.map_or_else(String::new, ToString::to_string)
}

impl Summary<'_> {
    /// Prints it; as JSON in one line, so that a script can read it while the service runs on.
    pub(super) fn print(&self, format: Format) -> Result<(), Failure> {
        match format {
            Format::Table => {
                let lines = self.lines();
                let text: String = lines
                    .iter()
                    .map(|(name, text)| format!("{name:<14} {}\n", printable(text)))
                    .collect();
                print(&format!("{text}listening\n"))
            }
            Format::Json => print(&format!("{}\n", self.json())),
        }
    }

    fn lines(&self) -> [(&'static str, String); 5] {
        let version = env!("CARGO_PKG_VERSION");
        let admin = self.admin.map_or_else(
            || "off".to_owned(),
            |url| format!("{url}/healthz, {url}/readyz, {url}/metrics"),
        );
        [
            ("claviger", version.to_owned()),
            ("directory", self.directory.path().display().to_string()),
            ("installation", self.installation()),
            ("endpoint", self.service.endpoint()),
            ("admin", admin),
        ]
    }

    fn installation(&self) -> String {
        let snapshot = self.node.snapshot();
        let Some(installation) = snapshot.installation() else {
            return "none yet; make one with: claviger bootstrap --management-account ID"
                .to_owned();
        };
        let regions: Vec<_> = installation.regions.iter().map(|r| r.as_str()).collect();
        let account = installation.management_account;
        format!(
            "{} with management account {} in {}",
            installation.organization.as_deref().unwrap_or("-"),
            account.map_or_else(|| "-".to_owned(), |account| account.to_string()),
            regions.join(", ")
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "listening": true,
            "bootstrapped": self.node.snapshot().installation().is_some(),
            "directory": self.directory.path(),
            "endpoint": self.service.endpoint(),
            "admin": self.admin,
            "pid": self.service.pid,
        })
    }
}
