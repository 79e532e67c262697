//! The arguments of every command, and their help. What the commands do is in their own files.

use crate::aws::AwsOptions;
use crate::output::Format;
use crate::policy::PolicyCommand;
use crate::trail_archive::Location;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use claviger_server::NewAccount;
use claviger_trail::AddressFilter;
use claviger_types::{AccountId, RegionName, Timestamp};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Control over the customer managed KMS keys behind AWS IAM Identity Center.
#[derive(Debug, Parser)]
#[command(
    name = "claviger",
    version,
    propagate_version = true,
    after_help = "Examples:\n  claviger up\n  eval \"$(claviger env)\" && aws kms list-aliases\n  \
                  claviger trail query --event Decrypt --error any\n\n\
                  Exit codes: 0 done and clean, 1 findings or a difference, 2 wrong use, 3 the work failed."
)]
pub(crate) struct Arguments {
    /// How to print data, and failures: for people, or as stable JSON for programs.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "table",
        value_name = "FORMAT"
    )]
    pub(crate) output: Format,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the development service: an organisation, Identity Center, and its key, set up and proved.
    Up(Up),
    /// Run a production installation, as its configuration says.
    Serve(Serve),
    /// Make a production installation with its first administrator, or replace a lost access key.
    Bootstrap(Bootstrap),
    /// Check a configuration of claviger serve, or print what can be set.
    #[command(
        subcommand,
        after_help = "Examples:\n  claviger config reference > claviger.toml\n  \
                      claviger config check --config claviger.toml"
    )]
    Config(ConfigCommand),
    /// Play a story on a service of its own: what is allowed, what is refused and why.
    Demo(Demo),
    /// Wait until a development service is ready.
    Wait(Wait),
    /// Delete a stopped development service, with its keys.
    Reset(Reset),
    /// List what is served, operation by operation.
    #[command(
        after_help = "Example:\n  claviger services --output json | jq '.[] | select(.service == \"kms\")'"
    )]
    Services,
    /// Print what points AWS tools at a running development service.
    Env(Env),
    /// Work with policies.
    #[command(
        subcommand,
        after_help = "Examples:\n  claviger policy lint key-policy.json\n  claviger policy test cases/*.json"
    )]
    Policy(PolicyCommand),
    /// Say why a recent request of a running service was allowed or denied.
    Explain(Explain),
    /// Read the audit trail.
    #[command(
        subcommand,
        after_help = "Examples:\n  claviger trail query --key alias/iic-cmk-prod --error any\n  claviger trail verify"
    )]
    Trail(TrailCommand),
    /// Show or move the virtual clock of a running development service.
    #[command(
        subcommand,
        after_help = "Examples:\n  claviger clock show\n  claviger clock advance 400d"
    )]
    Clock(ClockCommand),
    /// Look after an installation.
    #[command(
        subcommand,
        after_help = "Example:\n  claviger admin backup --dir DIR --to claviger-backup.db"
    )]
    Admin(AdminCommand),
    /// Print a completion script for a shell.
    #[command(
        after_help = "Example:\n  claviger completions bash > /etc/bash_completion.d/claviger"
    )]
    Completions(Completions),
    /// Write the manual pages into a directory.
    #[command(after_help = "Example:\n  claviger man /usr/local/share/man/man1")]
    Man(Man),
}

/// The directory of the development service where none is named.
pub(crate) const DEFAULT_DIRECTORY: &str = ".claviger";

/// Which development service.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The directory of the development service.
    #[arg(
        long,
        value_name = "DIR",
        env = "CLAVIGER_DIR",
        default_value = DEFAULT_DIRECTORY
    )]
    pub(crate) dir: PathBuf,
}

/// An address with its port.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "an address is IP:PORT, such as 127.0.0.1:4599 or [::1]:0".to_owned())
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger up\n  claviger up --dir /tmp/second --listen 127.0.0.1:0\n\n\
                  Started again on the same directory it goes on where it stopped. Ctrl-C stops it \
                  once all requests are answered. CLAVIGER_LOG=debug shows more on standard error."
)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The loopback address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4599", value_parser = listen_address)]
    pub(crate) listen: SocketAddr,
    /// Speak HTTPS, under a certificate authority of its own whose certificate is DIR/ca.pem.
    #[arg(long)]
    pub(crate) tls: bool,
    /// Enforce KMS's request quotas: too many calls in a second are refused with ThrottlingException.
    #[arg(long)]
    pub(crate) request_quotas: bool,
    /// Deliver audit records as one trail of the organisation, below its id, and not as one of each
    /// account.
    #[arg(long)]
    pub(crate) organization_trail: bool,
}

/// Which configuration.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigPlace {
    /// The configuration file [default: /etc/claviger/claviger.toml, if it is there].
    #[arg(long, value_name = "FILE", env = "CLAVIGER_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger serve --config /etc/claviger/claviger.toml\n  \
                  CLAVIGER_SERVE_LISTEN=127.0.0.1:8080 claviger serve\n\n\
                  SIGTERM and SIGINT stop it once all requests are answered, at most drain_deadline \
                  later. SIGHUP has it read certificates, sinks and log filter again. claviger config \
                  reference prints all settings."
)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) config: ConfigPlace,
}

/// An account as `ID=NAME`.
fn new_account(text: &str) -> Result<NewAccount, String> {
    let wanted = "an account is ID=NAME, such as 222233334444=security";
    let (id, name) = text.split_once('=').ok_or(wanted)?;
    Ok(NewAccount {
        id: id.parse().map_err(|_| wanted)?,
        name: name.to_owned(),
    })
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger bootstrap --management-account 111122223333\n  \
                  claviger bootstrap --management-account 111122223333 --member 222233334444=security \
                  --delegated-administrator 222233334444 --region eu-central-1 --region eu-west-1\n  \
                  claviger bootstrap --replace-key\n  \
                  claviger bootstrap --new-administrator rescue\n\n\
                  The secret access key is printed once. The service may be running or not."
)]
pub(crate) struct Bootstrap {
    #[command(flatten)]
    pub(crate) config: ConfigPlace,
    /// The id of the organisation's management account.
    #[arg(long, value_name = "ID")]
    pub(crate) management_account: Option<AccountId>,
    /// The name of the management account.
    #[arg(long, value_name = "NAME", default_value = "management")]
    pub(crate) management_name: String,
    /// Another account of the organisation, with an OrganizationAccountAccessRole.
    #[arg(long = "member", value_name = "ID=NAME", value_parser = new_account)]
    pub(crate) members: Vec<NewAccount>,
    /// A member account that administers Identity Center.
    #[arg(long = "delegated-administrator", value_name = "ID")]
    pub(crate) delegated_administrators: Vec<AccountId>,
    /// A Region to serve; the first is the home Region.
    #[arg(long = "region", value_name = "REGION", default_value = "us-east-1")]
    pub(crate) regions: Vec<RegionName>,
    /// The administrator, an IAM user of the management account.
    #[arg(long, value_name = "NAME", default_value = "admin")]
    pub(crate) user: String,
    /// Give the administrator of an installation a new access key and delete the ones it has.
    #[arg(long, conflicts_with_all = ["management_account", "members", "delegated_administrators"])]
    pub(crate) replace_key: bool,
    /// Make one more administrator of an installation, under a name that is free.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["management_account", "members", "delegated_administrators", "replace_key", "user"])]
    pub(crate) new_administrator: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check a configuration as a whole and show every setting with where it comes from.
    #[command(
        after_help = "Example:\n  claviger config check --config claviger.toml\n\n\
                      Exits with 2 when it cannot be used. It reads the files of tls too and changes nothing."
    )]
    Check(ConfigPlace),
    /// Print a commented configuration with all settings and their defaults.
    #[command(after_help = "Example:\n  claviger config reference > claviger.toml")]
    Reference,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger demo\n  claviger demo --output json\n\n\
                  Every step is checked; exits with 3 when one differs. Nothing of it stays."
)]
pub(crate) struct Demo {}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  eval \"$(claviger env)\"\n  claviger env --profile outsider --output json\n  \
                  export AWS_ENDPOINT_URL=http://127.0.0.1:5000; eval \"$(claviger env --per-service)\""
)]
pub(crate) struct Env {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Whose credentials: default (admin of the management account) or outsider.
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) profile: String,
    /// Set the endpoint of each service that is served, and leave AWS_ENDPOINT_URL to an emulator
    /// of the others.
    #[arg(long)]
    pub(crate) per_service: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example, in a script:\n  claviger up --dir DIR --listen 127.0.0.1:0 > up.log &\n  \
                  claviger wait --dir DIR && eval \"$(claviger env --dir DIR)\""
)]
pub(crate) struct Wait {
    #[command(flatten)]
    pub(crate) place: Place,
    /// How long to wait before giving up.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  claviger reset --dir DIR          # says what would go\n  \
                  claviger reset --dir DIR --yes\n\nNothing that was encrypted under its keys can be read again."
)]
pub(crate) struct Reset {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Really delete.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger explain\n  claviger explain 7bca3a0e-4a4c-4e3c-9a6b-2f1f0c3e6d5a\n  \
                  claviger explain 7bca3a0e-4a4c-4e3c-9a6b-2f1f0c3e6d5a --case > surprise.json\n  \
                  claviger policy eval surprise.json\n\n\
                  The id is in the answer's x-amzn-requestid and in the audit trail (requestID). A \
                  service keeps its newest decisions until it stops."
)]
pub(crate) struct Explain {
    /// The request's id [default: the newest request that was refused].
    #[arg(value_name = "REQUEST-ID")]
    pub(crate) request_id: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Print the decisions as policy cases, which decide the same when they are evaluated.
    #[arg(long)]
    pub(crate) case: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Copy the database of a service, running or stopped, into a new file.
    Backup(Backup),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  claviger admin backup --dir DIR --to claviger-backup.db\n\n\
                  The copy is whole and of one moment; the service goes on meanwhile. Its secrets are sealed: \
                  keep DIR/seal.key elsewhere, without it the copy cannot be opened. To go on from the copy, put \
                  it as claviger.db, with the seal.key, into an empty directory with mode 0700."
)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrailCommand {
    /// List the newest records that fit, oldest first.
    Query(Box<Query>),
    /// Verify the hash chain of all records, or an archive of log files and digests.
    Verify(Box<Verify>),
}

/// Another form than that of --output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    /// One record as JSON in each line.
    Jsonl,
    /// A table for spreadsheets, in which no cell is a formula.
    Csv,
}

/// A pair of an encryption context as KEY=VALUE.
fn context_pair(text: &str) -> Result<(String, String), String> {
    let wanted = "a pair of an encryption context is KEY=VALUE";
    let (key, value) = text.split_once('=').ok_or(wanted)?;
    Ok((key.to_owned(), value.to_owned()))
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger trail query --key alias/iic-cmk-prod\n  \
                  claviger trail query --event Decrypt --error AccessDenied --since 2026-01-05T00:00:00Z\n  \
                  claviger trail query --principal outsider --output json | jq '.[].eventName'\n  \
                  claviger trail query --archive s3://my-logs --account 111122223333 --format csv > calls.csv\n  \
                  claviger trail query --follow --error any\n\n\
                  Records are read from the database of --dir and from the archive of --archive, each once; \
                  without --archive also from the archive that a development service keeps in its directory. \
                  Of an archive, records that were delivered more than a day after --until are not looked \
                  for.\n\n\
                  Exits with 1 when a log file of the archive cannot be read; the others are listed."
)]
pub(crate) struct Query {
    /// The directory of the service whose database to read [default: .claviger, without --archive].
    #[arg(long, value_name = "DIR", env = "CLAVIGER_DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// An archive to read too, CloudTrail's or ours: a directory that holds what is in its bucket, or
    /// s3://BUCKET[/FOLDER].
    #[arg(long, value_name = "ARCHIVE")]
    pub(crate) archive: Option<Location>,
    /// Not before this moment, such as 2026-01-05T10:00:00Z.
    #[arg(long, visible_alias = "from", value_name = "TIME")]
    pub(crate) since: Option<Timestamp>,
    /// Before this moment.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
    /// A text in the ARN, unique id or name of who acted, its role or service; or an account id.
    #[arg(long, value_name = "TEXT")]
    pub(crate) principal: Option<String>,
    /// A key by id, ARN or alias as it was called.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// An alias that the request named.
    #[arg(long, value_name = "ALIAS")]
    pub(crate) alias: Option<String>,
    /// An operation, such as Decrypt.
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<String>,
    /// A service, such as kms.
    #[arg(long, value_name = "SERVICE")]
    pub(crate) source: Option<String>,
    /// An error code; any for all calls that failed, none for those that did not.
    #[arg(long, value_name = "CODE")]
    pub(crate) error: Option<String>,
    /// A pair of the request's encryption context; of several, all must be there.
    #[arg(long = "context", value_name = "KEY=VALUE", value_parser = context_pair)]
    pub(crate) context: Vec<(String, String)>,
    /// Where the call came from: an address, a network such as 10.0.0.0/8, or a service.
    #[arg(long = "source-address", value_name = "ADDRESS")]
    pub(crate) address: Option<AddressFilter>,
    /// The account that received the record.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,
    /// The Region of the record.
    #[arg(long, value_name = "REGION")]
    pub(crate) in_region: Option<RegionName>,
    /// The request's id.
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
    /// The most records to list.
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// Then go on and show records as they are made, until it is stopped; with --output json one in
    /// each line.
    #[arg(long)]
    pub(crate) follow: bool,
    /// Print the records in another form.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<QueryFormat>,
    #[command(flatten)]
    pub(crate) aws: AwsOptions,
}

impl Verify {
    /// Whether something is asked for that only an archive has.
    pub(crate) fn asks_for_an_archive(&self) -> bool {
        let files = [&self.keys, &self.state].into_iter().any(Option::is_some);
        let times = [self.since, self.until].into_iter().any(|t| t.is_some());
        self.bucket.is_some()
            || files
            || times
            || !self.accounts.is_empty()
            || !self.regions.is_empty()
    }
}

impl Query {
    /// The directory of the service.
    pub(crate) fn directory(&self) -> &Path {
        self.dir.as_deref().unwrap_or(Path::new(DEFAULT_DIRECTORY))
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger trail verify\n  claviger trail verify --head WRITER:NUMBER:HASH\n  \
                  claviger trail verify --archive s3://my-logs --since 2026-01-01T00:00:00Z\n  \
                  claviger trail verify --archive ./copy --keys keys.json --output json\n\n\
                  The chain of a database has no key: who can rewrite all of it is found out only by a head \
                  that was kept elsewhere. Keep the heads that this command prints and give one back later.\n\n\
                  Of an archive every digest is proved and compared with the one before it, every log file \
                  that digests name is read, and log files that none names are told. docs/reference/trail-findings.md has every \
                  finding.\n\n\
                  Exits with 1 when something is not what was written."
)]
pub(crate) struct Verify {
    /// The directory of the service whose database to verify [default: .claviger, without --archive].
    #[arg(long, value_name = "DIR", env = "CLAVIGER_DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// A head, as this command printed it before, that the chain must pass through.
    #[arg(long = "head", value_name = "HEAD")]
    pub(crate) heads: Vec<String>,
    /// An archive to verify, CloudTrail's or ours: a directory that holds what is in its bucket, or
    /// s3://BUCKET[/FOLDER] [default: the one that a development service keeps in its directory].
    #[arg(long, value_name = "ARCHIVE")]
    pub(crate) archive: Option<Location>,
    /// The bucket that a directory is a copy of [default: the one that the newest digest names].
    #[arg(long, value_name = "NAME")]
    pub(crate) bucket: Option<String>,
    /// The public keys of the digests, as aws cloudtrail list-public-keys prints them [default:
    /// CloudTrail is asked].
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Of the archive, what was delivered since this moment, such as 2026-01-05T10:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Timestamp>,
    /// Of the archive, what was delivered until this moment.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
    /// Of the archive, this account only.
    #[arg(long = "account", value_name = "ID")]
    pub(crate) accounts: Vec<AccountId>,
    /// Of the archive, this Region only.
    #[arg(long = "in-region", value_name = "REGION")]
    pub(crate) regions: Vec<RegionName>,
    /// A file that notes which log files are done, so that the same command goes on where it was
    /// interrupted; it is deleted at the end.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) aws: AwsOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    /// Show virtual and real time.
    #[command(after_help = "Example:\n  claviger clock show --output json")]
    Show(Place),
    /// Move virtual time on; everything that falls due is done, in order, before it returns.
    #[command(
        after_help = "Examples:\n  claviger clock advance 400d\n  claviger clock advance '1h 30m'\n\n\
                      Time never goes back. Sessions and waiting periods end as time passes; the dates \
                      of signatures stay real."
    )]
    Advance(Advance),
}

#[derive(Debug, Args)]
pub(crate) struct Advance {
    /// How far, such as 400d, 12h or '1d 6h'.
    #[arg(value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(crate) by: Duration,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The directory, which must be there.
    #[arg(value_name = "DIR")]
    pub(crate) out: PathBuf,
}
