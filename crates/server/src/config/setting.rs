//! The settings of a service, one row each: everything else about the configuration (what is
//! accepted, the environment's names, the reference) follows from this table.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A path; a relative one is taken from the directory of the file that names it.
    Path,
    /// IP address and port.
    Address,
    /// IP address and port, or `off`.
    AddressOrOff,
    /// A duration in words, such as `10s` or `2m`.
    Duration,
    /// A whole number, from and to.
    Number(u64, u64),
    /// One of these.
    Choice(&'static [&'static str]),
    /// A filter of log lines.
    Filter,
    /// The name of a bucket.
    Bucket,
    /// The name of a Region.
    Region,
    /// The URL of an endpoint.
    Url,
    /// What names of objects begin with.
    Prefix,
    /// The name of a trail.
    Trail,
    /// A number of days, or `forever`.
    DaysOrForever,
}

impl Kind {
    /// What a user has to write.
    pub(super) fn wants(self) -> String {
        match self {
            Self::Path => "a path".to_owned(),
            Self::Address => "an IP address and a port, such as \"127.0.0.1:4599\"".to_owned(),
            Self::AddressOrOff => {
                "an IP address and a port, such as \"127.0.0.1:9464\", or \"off\"".to_owned()
            }
            Self::Duration => "a duration of at most an hour, such as \"10s\" or \"2m\"".to_owned(),
            Self::Number(from, to) => format!("a whole number from {from} to {to}"),
            Self::Choice(choices) => {
                let quoted: Vec<String> = choices.iter().map(|c| format!("\"{c}\"")).collect();
                quoted.join(" or ")
            }
            Self::Bucket => {
                "the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens".to_owned()
            }
            Self::Region => "the name of a Region, such as \"eu-west-1\"".to_owned(),
            Self::Url => "an http or https URL, such as \"https://minio.internal:9000\"".to_owned(),
            Self::Prefix => {
                "up to 200 letters, digits and the signs -_.!'()/ without slashes at its ends".to_owned()
            }
            Self::Trail => {
                "the name of a trail: 3 to 128 letters, digits, dots, underscores and hyphens".to_owned()
            }
            Self::DaysOrForever => {
                "a number of days from 1 to 36500, such as \"400d\", or \"forever\"".to_owned()
            }
            Self::Filter => {
                "a level (error, warn, info, debug, trace), or target=level pairs separated by commas"
                    .to_owned()
            }
        }
    }
}

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name, with the table before the dot.
    pub name: &'static str,
    pub(super) kind: Kind,
    /// What holds where it is not set.
    pub default: Option<&'static str>,
    /// An example, for those without a default.
    pub(super) example: &'static str,
    /// Whether SIGHUP takes it over; the others need a restart.
    pub reloads: bool,
    /// What it is, in sentences.
    pub help: &'static str,
}

impl Setting {
    /// The environment variable that overrides it.
    #[must_use]
    pub fn variable(&self) -> String {
        let name = self.name.replace('.', "_").to_uppercase();
        format!("{PREFIX}{name}")
    }
}

/// What the names of all environment variables begin with.
pub(super) const PREFIX: &str = "CLAVIGER_SERVE_";

pub(super) const DIRECTORY: &str = "directory";
pub(super) const LISTEN: &str = "listen";
pub(super) const DRAIN_DEADLINE: &str = "drain_deadline";
pub(super) const CONNECTIONS: &str = "connections";
pub(super) const SINKS: &str = "sinks";
pub(super) const CERTIFICATE: &str = "tls.certificate";
pub(super) const KEY: &str = "tls.key";
pub(super) const ADMIN_LISTEN: &str = "admin.listen";
pub(super) const REQUEST_QUOTAS: &str = "quotas.requests";
pub(super) const KEYS: &str = "quotas.keys";
pub(super) const ALIASES_PER_KEY: &str = "quotas.aliases_per_key";
pub(super) const GRANTS_PER_KEY: &str = "quotas.grants_per_key";
pub(super) const ACCOUNTS_PER_ORGANIZATION: &str = "quotas.accounts_per_organization";
pub(super) const ARCHIVE_DIRECTORY: &str = "archive.directory";
pub(super) const ARCHIVE_BUCKET: &str = "archive.bucket";
pub(super) const ARCHIVE_REGION: &str = "archive.region";
pub(super) const ARCHIVE_ENDPOINT: &str = "archive.endpoint";
pub(super) const ARCHIVE_PREFIX: &str = "archive.prefix";
pub(super) const ARCHIVE_TRAIL: &str = "archive.trail";
pub(super) const ARCHIVE_LAYOUT: &str = "archive.layout";
pub(super) const ARCHIVE_INTERVAL: &str = "archive.interval";
pub(super) const ARCHIVE_RETENTION: &str = "archive.retention";
pub(super) const LOG_FORMAT: &str = "log.format";
pub(super) const LOG_FILTER: &str = "log.filter";

const FIXED: Setting = Setting {
    name: "",
    kind: Kind::Path,
    default: None,
    example: "",
    reloads: false,
    help: "",
};

/// All settings: first those without a table, then table by table.
pub static SETTINGS: [Setting; 24] = [
    Setting {
        name: DIRECTORY,
        default: Some("/var/lib/claviger"),
        help: "Where the installation lies: its database, the root key file seal.key and the socket \
               for local commands. It must be closed to others (mode 0700) and belong to whoever \
               runs the service.",
        ..FIXED
    },
    Setting {
        name: LISTEN,
        kind: Kind::Address,
        default: Some("127.0.0.1:4599"),
        help: "Where the AWS APIs are served. Any other address than a loopback one needs TLS. Port \
               0 takes a free one.",
        ..FIXED
    },
    Setting {
        name: DRAIN_DEADLINE,
        kind: Kind::Duration,
        default: Some("10s"),
        help: "How long requests may take to end once the service was told to stop. What was \
               received whole is answered and recorded; the rest is cut off.",
        ..FIXED
    },
    Setting {
        name: CONNECTIONS,
        kind: Kind::Number(1, 65_536),
        default: Some("1024"),
        help: "The most connections at one time; the next ones wait to be taken. Each may hold a \
               request of 1 MB.",
        ..FIXED
    },
    Setting {
        name: SINKS,
        example: "/etc/claviger/sinks.toml",
        reloads: true,
        help: "A file with a [[sink]] table for each SIEM that audit records are forwarded to: files, \
               syslog over TLS, Splunk, webhooks; docs/trail.md has all of it. Records stay in the \
               database until every sink has them.",
        ..FIXED
    },
    Setting {
        name: CERTIFICATE,
        example: "/etc/claviger/tls/certificate.pem",
        reloads: true,
        help: "The certificate chain in PEM, the service's own certificate first. With it and the \
               key the service speaks TLS 1.2 and 1.3 and nothing else.",
        ..FIXED
    },
    Setting {
        name: KEY,
        example: "/etc/claviger/tls/key.pem",
        reloads: true,
        help: "The private key of the certificate in PEM, closed to others.",
        ..FIXED
    },
    Setting {
        name: ADMIN_LISTEN,
        kind: Kind::AddressOrOff,
        default: Some("127.0.0.1:9464"),
        help: "Where /healthz, /readyz and /metrics are served, over plain HTTP and to whoever asks: \
               they tell no secrets and no names of keys or principals. \"off\" serves them nowhere.",
        ..FIXED
    },
    Setting {
        name: REQUEST_QUOTAS,
        kind: Kind::Choice(&["off", "aws"]),
        default: Some("off"),
        help: "Whether KMS's request quotas are enforced: for each account and Region so many calls of \
               an operation in a second as AWS allows by default, the next ones are refused with \
               ThrottlingException and recorded.",
        ..FIXED
    },
    Setting {
        name: KEYS,
        kind: Kind::Number(1, 1_000_000),
        default: Some("100000"),
        help: "The most customer managed keys of an account in a Region. What is there already stays.",
        ..FIXED
    },
    Setting {
        name: ALIASES_PER_KEY,
        kind: Kind::Number(1, 10_000),
        default: Some("50"),
        help: "The most aliases of a key. kms:ResourceAliases has all of them, however many.",
        ..FIXED
    },
    Setting {
        name: GRANTS_PER_KEY,
        kind: Kind::Number(1, 10_000_000),
        default: Some("50000"),
        help: "The most grants on a key.",
        ..FIXED
    },
    Setting {
        name: ACCOUNTS_PER_ORGANIZATION,
        kind: Kind::Number(1, 100_000),
        default: Some("10"),
        help: "The most accounts that the organisation may come to by CreateAccount.",
        ..FIXED
    },
    Setting {
        name: ARCHIVE_DIRECTORY,
        example: "/var/lib/claviger/archive",
        help: "Where audit records are delivered to, as log files and digests in CloudTrail's layout: \
               they leave the database once they are there. Without this and archive.bucket they stay \
               in the database, which then grows with every call.",
        ..FIXED
    },
    Setting {
        name: ARCHIVE_BUCKET,
        kind: Kind::Bucket,
        example: "example-audit-logs",
        help: "The S3 bucket that records are delivered to; where archive.directory is set, the name \
               that digests call that directory by (claviger-audit-logs unless this is set). Credentials \
               come from where AWS tools find them: the environment, the shared files, the instance. \
               They need s3:PutObject, and s3:GetObject and s3:ListBucket for CloudTrail's LookupEvents.",
        ..FIXED
    },
    Setting {
        name: ARCHIVE_REGION,
        kind: Kind::Region,
        example: "eu-west-1",
        help: "The Region of the bucket, unless AWS's own settings say it.",
        ..FIXED
    },
    Setting {
        name: ARCHIVE_ENDPOINT,
        kind: Kind::Url,
        example: "https://minio.internal:9000",
        help: "The endpoint of the bucket, where it is not AWS's.",
        ..FIXED
    },
    Setting {
        name: ARCHIVE_PREFIX,
        kind: Kind::Prefix,
        example: "audit",
        help: "What names of files begin with, before AWSLogs.",
        ..FIXED
    },
    Setting {
        name: ARCHIVE_TRAIL,
        kind: Kind::Trail,
        default: Some("claviger"),
        help: "The name of the trail: a part of the names of digests, and of the trail's ARN. With \
               another name the chains of digests begin anew in validate-logs, which looks for digests \
               by their names.",
        ..FIXED
    },
    Setting {
        name: ARCHIVE_LAYOUT,
        kind: Kind::Choice(&["account", "organization"]),
        default: Some("account"),
        help: "Whether each account has a trail of its own (AWSLogs/ACCOUNT/…), or the accounts of an \
               organisation share one of their management account (AWSLogs/o-…/ACCOUNT/…). AWS's \
               validate-logs asks AWS Organizations for the id of the latter.",
        ..FIXED
    },
    Setting {
        name: ARCHIVE_INTERVAL,
        kind: Kind::Duration,
        default: Some("5m"),
        help: "How often log files are delivered at most; where there are many records they are \
               delivered at once. Digests come every hour.",
        ..FIXED
    },
    Setting {
        name: ARCHIVE_RETENTION,
        kind: Kind::DaysOrForever,
        default: Some("forever"),
        help: "For how long files stay in archive.directory. Each day those that are older are taken \
               away, and the log says how many. A bucket has lifecycle rules for this.",
        ..FIXED
    },
    Setting {
        name: LOG_FORMAT,
        kind: Kind::Choice(&["text", "json"]),
        default: Some("text"),
        help: "How log lines are written on standard error: for people, or one JSON object a line.",
        ..FIXED
    },
    Setting {
        name: LOG_FILTER,
        kind: Kind::Filter,
        default: Some("info"),
        reloads: true,
        help: "Which log lines are written: a level, or target=level pairs separated by commas. \
               \"info,claviger_server::request=debug\" has a line for each request.",
        ..FIXED
    },
];

/// The setting of a name.
pub(super) fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// The setting whose name comes nearest, if any is near: by its whole name, or by the part behind
/// the dot for one that stands in the wrong table.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let last = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    let distance = |known: &'static str| {
        let whole = strsim::damerau_levenshtein(name, known);
        let part =
            strsim::damerau_levenshtein(name.rsplit('.').next().unwrap_or(name), last(known));
        // A slip in the table's name is nearer than a setting of another table.
        whole.min(part.saturating_add(1))
    };
    let names = SETTINGS.iter().map(|setting| setting.name);
    // Of two that are as near the plainer one is meant.
    let measured = names.map(|known| (distance(known), known.len(), known));
    let (near, _, known) = measured.min()?;
    (near <= 1 + name.chars().count() / 4).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        for (name, near) in [
            ("lisen", Some("listen")),
            ("directry", Some("directory")),
            ("drain-deadline", Some("drain_deadline")),
            ("tls.certificat", Some("tls.certificate")),
            ("tsl.certificate", Some("tls.certificate")),
            ("certificate", Some("tls.certificate")),
            ("admin.port", None),
            ("log.format", Some("log.format")),
            ("log.filters", Some("log.filter")),
            ("server.listen", Some("listen")),
            ("database", None),
            ("x", None),
        ] {
            assert_eq!(nearest(name), near, "{name}");
        }
    }

    #[test]
    fn names_and_variables_are_unique() {
        for (nth, setting) in SETTINGS.iter().enumerate() {
            let others = SETTINGS.iter().take(nth);
            for other in others {
                assert_ne!(other.name, setting.name);
                assert_ne!(other.variable(), setting.variable());
            }
            assert!(find(setting.name).is_some());
        }
    }
}
