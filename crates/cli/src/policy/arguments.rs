//! The arguments of `claviger policy` and their help.

use clap::{Args, Subcommand, ValueEnum};
use claviger_policy::Kind;
use claviger_policy::generate::Form;
use claviger_types::{AccountId, RegionName, Timestamp};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Find what AWS would refuse, what does not do what it says, and what does more than it should.
    Lint(Lint),
    /// Print policies in one canonical form, which changes no decision.
    Fmt(Fmt),
    /// Write a policy, proved to do what it should.
    #[command(
        subcommand,
        after_help = "Example:\n  claviger policy generate identity-center --account 111122223333"
    )]
    Generate(Generate),
    /// Run policy cases as tests.
    Test(Test),
    /// Decide policy cases, and compare with the right answer where a case names it.
    Eval(Eval),
}

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyKind {
    /// A KMS key.
    Key,
    /// A user, group, role or permission set.
    Identity,
    /// An account or organisational unit, over its principals (service control policy).
    Scp,
    /// An account or organisational unit, over its resources (resource control policy).
    Rcp,
}

impl From<PolicyKind> for Kind {
    fn from(kind: PolicyKind) -> Self {
        match kind {
            PolicyKind::Key => Self::Resource,
            PolicyKind::Identity => Self::Identity,
            PolicyKind::Scp => Self::ServiceControl,
            PolicyKind::Rcp => Self::ResourceControl,
        }
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    /// IAM Identity Center.
    IdentityCenter,
}

/// Reports of findings for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for build servers.
    Junit,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  claviger policy lint key-policy.json\n  \
                  claviger policy lint key-policy.json --account 111122223333 --organization o-a1b2c3d4e5 \
                  --purpose identity-center\n  \
                  claviger policy lint policies/*.json --format sarif > lint.sarif\n  \
                  claviger policy lint key-policy.json --fix\n  claviger policy lint --rules\n\n\
                  What is not given is read off the policy: a policy that names the services of Identity \
                  Center is linted for them; one without principals counts as an identity policy, or by the \
                  words scp and rcp in the name of its file. Exits with 1 when there are errors or \
                  warnings; notes do not count. docs/reference/lint.md explains every rule.")]
pub(crate) struct Lint {
    /// Files of one policy each; - reads standard input.
    #[arg(required_unless_present = "rules", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What the policies are attached to [default: as each policy says].
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<PolicyKind>,
    /// The account of the key.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,
    /// The organisation, such as o-a1b2c3d4e5.
    #[arg(long, value_name = "ID", value_parser = organization)]
    pub(crate) organization: Option<String>,
    /// The Region of the key.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<RegionName>,
    /// The instance of Identity Center, such as arn:aws:sso:::instance/ssoins-1234567890abcdef.
    #[arg(long, value_name = "ARN", value_parser = instance)]
    pub(crate) instance_arn: Option<String>,
    /// Its identity store, such as d-1234567890.
    #[arg(long, value_name = "ID", value_parser = identity_store)]
    pub(crate) identity_store_id: Option<String>,
    /// An account that administers Identity Center.
    #[arg(long = "delegated-admin", value_name = "ID")]
    pub(crate) delegated: Vec<AccountId>,
    /// What the key is for [default: as the policy says].
    #[arg(long, value_enum, value_name = "PURPOSE")]
    pub(crate) purpose: Option<Purpose>,
    /// Report for another program instead.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<LintFormat>,
    /// Mend in the files what can be mended without asking: nothing more is allowed afterwards, and
    /// nothing less denied.
    #[arg(long, conflicts_with = "rules")]
    pub(crate) fix: bool,
    /// Mend as --fix does, and also where the policy may then allow more or deny less: read the
    /// difference before it is used.
    #[arg(long, conflicts_with_all = ["rules", "fix"])]
    pub(crate) fix_unsafe: bool,
    /// List the rules.
    #[arg(long, conflicts_with_all = ["files", "format"])]
    pub(crate) rules: bool,
}

/// The partitions whose instances have such an ARN.
const PARTITIONS: [&str; 5] = [
    "arn:aws",
    "arn:aws-cn",
    "arn:aws-us-gov",
    "arn:aws-iso",
    "arn:aws-iso-b",
];

/// An organisation's id. Source: Organizations API reference, `Organization`, `Id`.
fn organization(text: &str) -> Result<String, String> {
    let fits = text.strip_prefix("o-").is_some_and(|rest| {
        (10..=32).contains(&rest.len())
            && rest
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    });
    fits.then(|| text.to_owned())
        .ok_or_else(|| "an organisation is o- and 10 to 32 letters and digits".to_owned())
}

/// An instance's ARN. Source: IAM Identity Center API reference, `InstanceMetadata`, `InstanceArn`.
fn instance(text: &str) -> Result<String, String> {
    text.split_once(":sso:::instance/")
        .filter(|(partition, id)| {
            let id = id.strip_prefix("sso").unwrap_or(id);
            let id = id.strip_prefix("ins-").unwrap_or_default();
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
            PARTITIONS.contains(partition) && id.len() == 16 && id.bytes().all(plain)
        })
        .map(|_| text.to_owned())
        .ok_or_else(|| {
            "an instance is an ARN such as arn:aws:sso:::instance/ssoins-1234567890abcdef"
                .to_owned()
        })
}

/// An identity store's id. Source: Identity Store API reference, `IdentityStoreId`.
fn identity_store(text: &str) -> Result<String, String> {
    let is_id = text
        .strip_prefix("d-")
        .is_some_and(|rest| rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_hexdigit()));
    let is_uuid = text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    (is_id || is_uuid)
        .then(|| text.to_owned())
        .ok_or_else(|| "an identity store is d- and ten hexadecimal digits, or a UUID".to_owned())
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger policy fmt key-policy.json\n  claviger policy fmt --check policies/*.json\n  \
                  claviger policy fmt --write policies/*.json\n\n\
                  Members stand in one order, lists of one value become that value, lines are indented by \
                  two spaces. With --check it exits with 1 when a file is laid out otherwise, and names it."
)]
pub(crate) struct Fmt {
    /// Files of one policy each; - or none reads standard input.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Name the files that are laid out otherwise, and print nothing else.
    #[arg(long)]
    pub(crate) check: bool,
    /// Write the files instead of printing them.
    #[arg(long, conflicts_with = "check")]
    pub(crate) write: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Generate {
    /// The key policy of IAM Identity Center: AWS's baseline, for your accounts.
    IdentityCenter(IdentityCenter),
}

/// How the baseline is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyForm {
    /// As AWS publishes it, with policy variables and for every Region.
    Aws,
    /// With fixed values in every condition, as Security Hub's KMS.5 wants them.
    Literal,
    /// With fixed values, for one instance only, each service in statements of its own.
    Pinned,
}

impl From<PolicyForm> for Form {
    fn from(form: PolicyForm) -> Self {
        match form {
            PolicyForm::Aws => Self::Aws,
            PolicyForm::Literal => Self::Literal,
            PolicyForm::Pinned => Self::Pinned,
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger policy generate identity-center --account 111122223333 \
                  --delegated-admin 444455556666 > key-policy.json\n  \
                  claviger policy generate identity-center --account 111122223333 --form literal \
                  --organization o-a1b2c3d4e5 --region eu-central-1\n  \
                  claviger policy generate identity-center --account 111122223333 --form pinned \
                  --organization o-a1b2c3d4e5 --region eu-central-1 --identity-store-id d-1234567890 \
                  --instance-arn arn:aws:sso:::instance/ssoins-1234567890abcdef\n\n\
                  Before it is printed, the policy is linted and proved: every call that Identity Center, its \
                  administrators and applications make is allowed, every near miss is denied. The calls are \
                  in the output with --output json."
)]
pub(crate) struct IdentityCenter {
    /// The management account, where instance and key are.
    #[arg(long, value_name = "ID")]
    pub(crate) account: AccountId,
    /// An account that administers Identity Center.
    #[arg(long = "delegated-admin", value_name = "ID")]
    pub(crate) delegated: Vec<AccountId>,
    /// The organisation, such as o-a1b2c3d4e5; the literal and pinned forms need it.
    #[arg(long, value_name = "ID", value_parser = organization)]
    pub(crate) organization: Option<String>,
    /// The instance of Identity Center; the pinned form needs it.
    #[arg(long, value_name = "ARN", value_parser = instance)]
    pub(crate) instance_arn: Option<String>,
    /// Its identity store; the pinned form needs it.
    #[arg(long, value_name = "ID", value_parser = identity_store)]
    pub(crate) identity_store_id: Option<String>,
    /// A Region of Identity Center; the literal and pinned forms name each, the aws form none.
    #[arg(long = "region", value_name = "REGION", default_value = "us-east-1")]
    pub(crate) regions: Vec<RegionName>,
    /// How to write it.
    #[arg(long, value_enum, value_name = "FORM", default_value = "aws")]
    pub(crate) form: PolicyForm,
}

/// Reports of tests for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// JUnit XML, for build servers.
    Junit,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  claviger policy test cases/*.json\n  \
                  claviger policy test cases/*.json --format junit > policy-tests.xml\n\n\
                  Exits with 1 when an answer is not the one that its case expects. The format is \
                  described in docs/reference/policy-case.md.")]
pub(crate) struct Test {
    /// Files of policy cases; - reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The moment at which cases are decided that name none, such as 2026-01-05T10:00:00Z [default: now].
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// Report for another program instead.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<TestFormat>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  claviger policy eval case.json\n  claviger policy eval cases/*.json --output json\n\n\
                  Exits with 1 when an answer is not the one that its case expects. The format is \
                  described in docs/reference/policy-case.md."
)]
pub(crate) struct Eval {
    /// Files of policy cases; - reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The moment at which cases are decided that name none, such as 2026-01-05T10:00:00Z [default: now].
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
}
