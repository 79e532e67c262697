//! The proof by cases for a key policy of IAM Identity Center: every call that the services, the
//! administrators and the applications make, and the near misses beside them, decided by the
//! engine. It knows the calls; what a wrong answer means is the reader's matter.
//!
//! Sources: IAM Identity Center User Guide, "Baseline KMS key policy", "Advanced KMS key policy",
//! "Encryption at rest"; IAM User Guide, "Forward access sessions".

use super::call::{Bench, Call, Caller, Held, Keys};
use super::unnamed::Unnamed;
use crate::compiled::NoIds;
use crate::document::Document;
use crate::request::ContextKey;
use claviger_types::{AccountId, RegionName, Timestamp};
use serde::Serialize;

/// What the calls are made of.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The account of the key and of the instance.
    pub account: AccountId,
    /// Delegated administrators.
    pub delegated: Vec<AccountId>,
    /// The organisation, `o-a1b2c3d4e5`.
    pub organization: String,
    /// The Region of the key.
    pub region: RegionName,
    /// `arn:aws:sso:::instance/ssoins-…`.
    pub instance_arn: String,
    /// `arn:aws:identitystore::<account>:identitystore/d-…`.
    pub identity_store_arn: String,
    /// Whether the policy should hold for this instance only.
    pub pinned: bool,
}

/// What a call is an example of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Group {
    /// Needed: the two services on their own behalf.
    Services,
    /// Needed: administrators, through the services and directly.
    Administrators,
    /// Needed: principals of the organisation, through the services.
    Organization,
    /// Needed: managed applications, through the services.
    Applications,
    /// Near miss: somebody or something of another organisation, or of none.
    OtherOrganization,
    /// Near miss: the services on behalf of another account.
    OtherAccount,
    /// Near miss: not through the two services.
    NotThroughServices,
    /// Near miss: without the encryption context of Identity Center.
    NoContext,
    /// Near miss: another instance.
    OtherInstance,
    /// Near miss: an operation that nobody of them makes.
    OtherOperation,
}

impl Group {
    /// Whether its calls must be allowed; the others must be denied.
    #[must_use]
    pub const fn is_needed(self) -> bool {
        matches!(
            self,
            Self::Services | Self::Administrators | Self::Organization | Self::Applications
        )
    }
}

/// One call and its answer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofCase {
    /// What the call is an example of.
    pub group: Group,
    /// Who calls what, for people.
    pub name: String,
    /// The permission.
    pub action: &'static str,
    /// The service that calls, or through which the call comes.
    pub service: &'static str,
    /// Whether it was allowed.
    pub allowed: bool,
    /// The indexes of the key policy's statements that decided.
    pub statements: Vec<usize>,
}

impl ProofCase {
    /// Whether the answer is the one that should be.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.allowed == self.group.is_needed()
    }
}

/// All calls and their answers.
#[derive(Debug, Clone, Serialize)]
pub struct Proof {
    /// The cases, needed calls first.
    pub cases: Vec<ProofCase>,
}

impl Proof {
    /// Whether every answer is right.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.cases.iter().all(ProofCase::is_right)
    }

    /// The cases with a wrong answer.
    pub fn wrong(&self) -> impl Iterator<Item = &ProofCase> {
        self.cases.iter().filter(|case| !case.is_right())
    }
}

/// Decides every call under a key policy.
#[must_use]
pub fn prove(document: &Document, setting: &Setting) -> Proof {
    let policy = document.compile("default", &NoIds);
    let bench = Bench::new(setting.account, setting.region.as_str(), &policy);
    on_bench(&bench, document, setting)
}

/// The same for a key whose ARN is known, at some moment.
pub(crate) fn prove_at(
    document: &Document,
    setting: &Setting,
    key_arn: &str,
    now: Timestamp,
) -> Proof {
    let policy = document.compile("default", &NoIds);
    let mut bench = Bench::new(setting.account, setting.region.as_str(), &policy);
    key_arn.clone_into(&mut bench.key_arn);
    bench.now = Some(now);
    on_bench(&bench, document, setting)
}

fn on_bench(bench: &Bench<'_>, document: &Document, setting: &Setting) -> Proof {
    let cases = Calls::of(document, setting).all();
    let cases = cases.into_iter().map(|(group, service, name, call)| {
        let decision = bench.decide(&call);
        let own = decision
            .statements
            .iter()
            .chain(&decision.supporting)
            .filter(|s| s.layer == crate::decide::Layer::Resource);
        ProofCase {
            group,
            name: format!("{name}: {}", call.action),
            action: call.action,
            service,
            allowed: decision.is_allowed(),
            statements: own.map(|s| s.index).collect(),
        }
    });
    Proof {
        cases: cases.collect(),
    }
}

const SSO: &str = "sso.amazonaws.com";
const IDENTITY_STORE: &str = "identitystore.amazonaws.com";
const USE: [&str; 4] = [
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKeyWithoutPlaintext",
];

type Example = (Group, &'static str, String, Call);

/// One of the two services with the context it sends.
#[derive(Clone, Copy)]
struct Service<'s> {
    name: &'static str,
    prefix: &'static str,
    context: [(&'s str, &'s str); 2],
}

struct Calls<'s> {
    setting: &'s Setting,
    services: [Service<'s>; 2],
    /// An account of the organisation that no policy names.
    member: AccountId,
    /// An account outside, and its organisation.
    foreign: AccountId,
    other: String,
}

/// Another instance.
const FOREIGN_CONTEXT: [[(&str, &str); 2]; 2] = [
    [
        (
            "aws:sso:instance-arn",
            "arn:aws:sso:::instance/ssoins-fedcba0987654321",
        ),
        ("tenant-key-id", "ssoins-fedcba0987654321"),
    ],
    [
        (
            "aws:identitystore:identitystore-arn",
            "arn:aws:identitystore::999900001111:identitystore/d-0987654321",
        ),
        ("tenant-key-id", "87654321-4321-4321-4321-210987654321"),
    ],
];

impl<'s> Calls<'s> {
    fn of(document: &Document, setting: &'s Setting) -> Self {
        let account = setting.account;
        let told = std::iter::once(&account).chain(&setting.delegated);
        let told = told.map(AccountId::as_str);
        let told = told.chain([setting.organization.as_str()]);
        let unnamed = Unnamed::beside(document, told.clone());
        // There are more accounts than a document can name.
        let member = unnamed.account_like("555566667777").unwrap_or(account);
        let others = Unnamed::beside(document, told.chain([member.as_str()]));
        let foreign = others.account_like("999900001111").unwrap_or(account);
        Self {
            setting,
            services: [
                Service {
                    name: SSO,
                    prefix: "sso",
                    context: [
                        ("aws:sso:instance-arn", &setting.instance_arn),
                        ("tenant-key-id", tail(&setting.instance_arn)),
                    ],
                },
                Service {
                    name: IDENTITY_STORE,
                    prefix: "identitystore",
                    context: [
                        (
                            "aws:identitystore:identitystore-arn",
                            &setting.identity_store_arn,
                        ),
                        ("tenant-key-id", "12345678-1234-1234-1234-123456789012"),
                    ],
                },
            ],
            member,
            foreign,
            other: unnamed.organizations().next().unwrap_or_default(),
        }
    }

    fn all(&self) -> Vec<Example> {
        let mut all = Vec::new();
        for (service, foreign) in self.services.into_iter().zip(FOREIGN_CONTEXT) {
            all.extend(self.by_service(service));
            all.extend(self.by_administrators(service));
            all.extend(self.through(service));
            all.extend(self.near_misses(service, foreign));
        }
        all.push(self.key_administration());
        all
    }

    /// A call of a service by itself for an account.
    fn own_call(
        &self,
        service: Service<'_>,
        action: &'static str,
        account: AccountId,
        context: &[(&str, &str)],
    ) -> Call {
        Call {
            action,
            caller: Caller::Service(service.name.to_owned()),
            keys: self
                .base()
                .with("aws:SourceAccount", account.as_str())
                .with_context(context),
        }
    }

    /// The keys that every call on the key carries.
    fn base(&self) -> Keys {
        Keys::default()
            .with("aws:ResourceAccount", self.setting.account.as_str())
            .with("aws:ResourceOrgID", self.setting.organization.as_str())
            .with("aws:RequestedRegion", self.setting.region.as_str())
    }

    fn via(&self, prefix: &str) -> String {
        format!("{prefix}.{}.amazonaws.com", self.setting.region)
    }

    fn by_service(&self, service: Service<'_>) -> Vec<Example> {
        let account = self.setting.account;
        let describe = self.own_call(service, "kms:DescribeKey", account, &[]);
        let used = USE.map(|action| self.own_call(service, action, account, &service.context));
        std::iter::once(describe)
            .chain(used)
            .map(|call| {
                (
                    Group::Services,
                    service.name,
                    format!("{} for the instance", service.name),
                    call,
                )
            })
            .collect()
    }

    /// A role of an account, through a service.
    fn session(
        &self,
        account: AccountId,
        organization: Option<&str>,
        action: &'static str,
        via: Option<String>,
        context: &[(&str, &str)],
    ) -> Call {
        let mut keys = self.base().with_context(context);
        if let Some(organization) = organization {
            keys = keys.with("aws:PrincipalOrgID", organization).hold(
                &ContextKey::new("aws:PrincipalOrgPaths"),
                path_in(organization),
            );
        }
        if let Some(via) = via {
            keys = keys
                .with("kms:ViaService", via)
                .with("aws:ViaAWSService", "true");
        }
        Call {
            action,
            caller: Caller::Role(account, format!("arn:aws:iam::{account}:role/Workflow")),
            keys,
        }
    }

    fn by_administrators(&self, service: Service<'_>) -> Vec<Example> {
        let accounts = std::iter::once(&self.setting.account).chain(&self.setting.delegated);
        let mut calls = Vec::new();
        for account in accounts {
            let organization = Some(self.setting.organization.as_str());
            for action in [
                "kms:Decrypt",
                "kms:Encrypt",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:DescribeKey",
            ] {
                let context: &[_] = match action {
                    "kms:DescribeKey" => &[],
                    _ => &service.context,
                };
                let via = Some(self.via(service.prefix));
                calls.push((
                    Group::Administrators,
                    service.name,
                    format!("an administrator in {account} through {}", service.name),
                    self.session(*account, organization, action, via, context),
                ));
            }
        }
        calls
    }

    /// The management account's administrator, who alone can repair the key policy.
    fn key_administration(&self) -> Example {
        let account = self.setting.account;
        let organization = Some(self.setting.organization.as_str());
        (
            Group::Administrators,
            SSO,
            format!("an administrator in {account}"),
            self.session(account, organization, "kms:PutKeyPolicy", None, &[]),
        )
    }

    /// A managed application, which calls by its own service principal.
    fn application(
        &self,
        organization: &str,
        via: Option<String>,
        context: &[(&str, &str)],
    ) -> Call {
        let mut keys = self
            .base()
            .with("aws:SourceAccount", self.member.as_str())
            .with("aws:SourceOrgID", organization)
            .hold(
                &ContextKey::new("aws:SourceOrgPaths"),
                path_in(organization),
            )
            .with_context(context);
        if let Some(via) = via {
            keys = keys.with("kms:ViaService", via);
        }
        Call {
            action: "kms:Decrypt",
            caller: Caller::Service("elasticmapreduce.amazonaws.com".to_owned()),
            keys,
        }
    }

    fn through(&self, service: Service<'_>) -> Vec<Example> {
        let own = self.setting.organization.as_str();
        let via = || Some(self.via(service.prefix));
        vec![
            (
                Group::Organization,
                service.name,
                format!("a principal of the organisation through {}", service.name),
                self.session(
                    self.member,
                    Some(own),
                    "kms:Decrypt",
                    via(),
                    &service.context,
                ),
            ),
            (
                Group::Applications,
                service.name,
                format!("a managed application through {}", service.name),
                self.application(own, via(), &service.context),
            ),
        ]
    }

    fn near_misses(&self, service: Service<'_>, foreign: [(&str, &str); 2]) -> Vec<Example> {
        let own = self.setting.organization.as_str();
        let via = || Some(self.via(service.prefix));
        let context = &service.context;
        let only_tenant = &[service.context[1]];
        let session = |organization, action, via, context: &[(&str, &str)]| {
            let account = match organization {
                Some(id) if id == own => self.member,
                _ => self.foreign,
            };
            self.session(account, organization, action, via, context)
        };
        let used = |action, account, context: &[(&str, &str)]| {
            self.own_call(service, action, account, context)
        };
        let account = self.setting.account;
        let other = Some(self.other.as_str());
        let decrypt = "kms:Decrypt";
        let mut misses = vec![
            (
                Group::OtherOrganization,
                "a principal of another organisation, through the service",
                session(other, decrypt, via(), context),
            ),
            (
                Group::OtherOrganization,
                "a principal of no organisation, through the service",
                session(None, decrypt, via(), context),
            ),
            (
                Group::OtherOrganization,
                "a managed application of another organisation, through the service",
                self.application(&self.other, via(), context),
            ),
            (
                Group::NotThroughServices,
                "a principal of the organisation, directly",
                session(Some(own), decrypt, None, context),
            ),
            (
                Group::NotThroughServices,
                "a principal of the organisation, through S3",
                session(Some(own), decrypt, Some(self.via("s3")), context),
            ),
            (
                Group::NotThroughServices,
                "a managed application, directly",
                self.application(own, None, context),
            ),
            (
                Group::NoContext,
                "a principal of the organisation, through the service, without context",
                session(Some(own), decrypt, via(), &[]),
            ),
            (
                Group::NoContext,
                "a principal of the organisation, through the service, with another context",
                session(Some(own), decrypt, via(), only_tenant),
            ),
            (
                Group::NoContext,
                "a managed application, through the service, without context",
                self.application(own, via(), &[]),
            ),
            (
                Group::NoContext,
                "the service without context",
                used(decrypt, account, &[]),
            ),
            (
                Group::OtherAccount,
                "the service for another account",
                used(decrypt, self.foreign, context),
            ),
            (
                Group::OtherAccount,
                "the service for another account",
                used("kms:GenerateDataKeyWithoutPlaintext", self.foreign, context),
            ),
            (
                Group::OtherOperation,
                "the service, an operation it does not use",
                used("kms:Encrypt", account, context),
            ),
            (
                Group::OtherOperation,
                "the service, an operation it does not use",
                used("kms:GenerateDataKey", account, context),
            ),
            (
                Group::OtherOperation,
                "the service, an operation it does not use",
                used("kms:CreateGrant", account, context),
            ),
            (
                Group::OtherOperation,
                "the service, an operation it does not use",
                used("kms:PutKeyPolicy", account, &[]),
            ),
            (
                Group::OtherOperation,
                "a principal of the organisation, through the service",
                session(Some(own), "kms:Encrypt", via(), context),
            ),
            (
                Group::OtherOperation,
                "a principal of the organisation, through the service",
                session(Some(own), "kms:CreateGrant", via(), context),
            ),
        ];
        if self.setting.pinned {
            misses.extend([
                (
                    Group::OtherInstance,
                    "the service for another instance",
                    used(decrypt, account, &foreign),
                ),
                (
                    Group::OtherInstance,
                    "a principal of the organisation, for another instance",
                    session(Some(own), decrypt, via(), &foreign),
                ),
                (
                    Group::OtherInstance,
                    "a managed application, for another instance",
                    self.application(own, via(), &foreign),
                ),
            ]);
        }
        misses
            .into_iter()
            .map(|(group, what, call)| {
                let name = if what.contains("the service") {
                    what.replace("the service", service.name)
                } else {
                    format!("{what}, with the context of {}", service.name)
                };
                (group, service.name, name, call)
            })
            .collect()
    }
}

/// The path of an account in an organisation.
fn path_in(organization: &str) -> Option<Held> {
    let path = format!("{organization}/r-ab12/ou-ab12-11111111/");
    Some(Held::Many(vec![path]))
}

/// What stands after the last slash.
fn tail(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}
