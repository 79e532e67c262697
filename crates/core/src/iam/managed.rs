//! Managed policies as decisions and operations find them by their ARNs: AWS's own as data,
//! customers' as the state has them. Source of each of AWS's: AWS Managed Policy Reference Guide.

use crate::state::{EntityPlace, ManagedPolicy, Snapshot, entity_place};
use claviger_policy as policy;
use claviger_types::{AccountId, SeededEntropy, Timestamp, UniqueId};
use std::sync::{Arc, OnceLock};

/// The policy that allows everything.
pub(crate) const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// How the ARNs of AWS's policies begin.
const OF_AWS: &str = "arn:aws:iam::aws:policy";

/// One AWS managed policy, in its default version.
pub(crate) struct AwsManaged {
    /// Its path, `/` for most.
    pub(crate) path: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// Its default version, the only one that is known here.
    pub(crate) version: &'static str,
    created: &'static str,
    updated: &'static str,
    /// Its document.
    pub(crate) document: &'static str,
    compiled: OnceLock<Option<policy::Policy>>,
}

macro_rules! document {
    ($name:literal) => {
        include_str!(concat!("../../data/aws-managed-policies/", $name, ".json"))
    };
}

impl AwsManaged {
    const fn new(
        path: &'static str,
        name: &'static str,
        version: &'static str,
        (created, updated): (&'static str, &'static str),
        document: &'static str,
    ) -> Self {
        Self {
            path,
            name,
            version,
            created,
            updated,
            document,
            compiled: OnceLock::new(),
        }
    }

    /// `arn:aws:iam::aws:policy<path><name>`.
    pub(crate) fn arn(&self) -> String {
        format!("{OF_AWS}{}{}", self.path, self.name)
    }

    /// Its unique id. AWS does not list these: here it is made of the name.
    pub(crate) fn id(&self) -> UniqueId {
        let mut seed = [0_u8; 32];
        for (at, byte) in self.name.bytes().enumerate() {
            if let Some(place) = seed.get_mut(at % 32) {
                *place = place.rotate_left(3) ^ byte;
            }
        }
        UniqueId::generate("ANPA", &mut SeededEntropy::new(seed))
    }

    /// When AWS made it.
    pub(crate) fn created(&self) -> Timestamp {
        moment(self.created)
    }

    /// When AWS last changed it.
    pub(crate) fn updated(&self) -> Timestamp {
        moment(self.updated)
    }

    fn compiled(&self) -> Option<&policy::Policy> {
        let compile = || {
            let document = policy::parse(self.document, policy::Kind::Identity).ok()?;
            Some(document.compile(&self.arn(), &policy::NoIds))
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// The dates in the table below are whole: a test reads each of them.
fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| Timestamp::from_seconds(0))
}

/// The policies that this installation knows, by name.
pub(crate) static AWS_MANAGED: [AwsManaged; 29] = [
    AwsManaged::new(
        "/",
        "AWSCloudTrail_FullAccess",
        "v3",
        ("2020-10-08T23:41:15Z", "2021-02-22T19:01:00Z"),
        document!("AWSCloudTrail_FullAccess"),
    ),
    AwsManaged::new(
        "/",
        "AWSCloudTrail_ReadOnlyAccess",
        "v1",
        ("2022-06-14T17:19:05Z", "2022-06-14T17:19:05Z"),
        document!("AWSCloudTrail_ReadOnlyAccess"),
    ),
    AwsManaged::new(
        "/",
        "AWSDenyAll",
        "v2",
        ("2019-05-01T22:36:14Z", "2023-12-18T16:42:05Z"),
        document!("AWSDenyAll"),
    ),
    AwsManaged::new(
        "/",
        "AWSIAMIdentityCenterAllowListForIdentityContext",
        "v12",
        ("2023-11-08T15:21:33Z", "2024-10-01T14:19:12Z"),
        document!("AWSIAMIdentityCenterAllowListForIdentityContext"),
    ),
    AwsManaged::new(
        "/service-role/",
        "AWSIdentityCenterExternalManagementPolicy",
        "v6",
        ("2025-11-22T00:34:08Z", "2026-02-12T17:57:38Z"),
        document!("AWSIdentityCenterExternalManagementPolicy"),
    ),
    AwsManaged::new(
        "/aws-service-role/",
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
        "v2",
        ("2018-11-14T20:10:53Z", "2023-11-10T19:03:34Z"),
        document!("AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"),
    ),
    AwsManaged::new(
        "/aws-service-role/",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
        "v2",
        ("2021-06-16T15:37:37Z", "2024-11-13T22:53:54Z"),
        document!("AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"),
    ),
    AwsManaged::new(
        "/",
        "AWSKeyManagementServicePowerUser",
        "v2",
        ("2015-02-06T18:40:40Z", "2017-03-07T00:55:11Z"),
        document!("AWSKeyManagementServicePowerUser"),
    ),
    AwsManaged::new(
        "/",
        "AWSOrganizationsFullAccess",
        "v9",
        ("2018-11-06T20:31:57Z", "2026-02-12T17:59:07Z"),
        document!("AWSOrganizationsFullAccess"),
    ),
    AwsManaged::new(
        "/",
        "AWSOrganizationsReadOnlyAccess",
        "v6",
        ("2018-11-06T20:32:38Z", "2024-06-07T21:32:16Z"),
        document!("AWSOrganizationsReadOnlyAccess"),
    ),
    AwsManaged::new(
        "/aws-service-role/",
        "AWSOrganizationsServiceTrustPolicy",
        "v3",
        ("2017-10-10T23:04:07Z", "2026-03-05T19:12:09Z"),
        document!("AWSOrganizationsServiceTrustPolicy"),
    ),
    AwsManaged::new(
        "/",
        "AWSSSODirectoryAdministrator",
        "v7",
        ("2018-10-31T23:54:00Z", "2026-02-12T17:58:23Z"),
        document!("AWSSSODirectoryAdministrator"),
    ),
    AwsManaged::new(
        "/",
        "AWSSSODirectoryReadOnly",
        "v7",
        ("2018-10-31T23:49:32Z", "2026-02-12T17:58:41Z"),
        document!("AWSSSODirectoryReadOnly"),
    ),
    AwsManaged::new(
        "/",
        "AWSSSOMasterAccountAdministrator",
        "v13",
        ("2018-06-27T20:36:51Z", "2026-02-12T18:01:23Z"),
        document!("AWSSSOMasterAccountAdministrator"),
    ),
    AwsManaged::new(
        "/",
        "AWSSSOMemberAccountAdministrator",
        "v11",
        ("2018-06-27T20:45:42Z", "2026-02-12T18:00:22Z"),
        document!("AWSSSOMemberAccountAdministrator"),
    ),
    AwsManaged::new(
        "/",
        "AWSSSOReadOnly",
        "v12",
        ("2018-06-27T20:24:34Z", "2026-02-12T17:59:03Z"),
        document!("AWSSSOReadOnly"),
    ),
    AwsManaged::new(
        "/aws-service-role/",
        "AWSSSOServiceRolePolicy",
        "v18",
        ("2017-12-05T18:36:15Z", "2025-02-11T18:37:06Z"),
        document!("AWSSSOServiceRolePolicy"),
    ),
    AwsManaged::new(
        "/",
        "AdministratorAccess",
        "v1",
        ("2015-02-06T18:39:46Z", "2015-02-06T18:39:46Z"),
        document!("AdministratorAccess"),
    ),
    AwsManaged::new(
        "/aws-service-role/",
        "CloudTrailServiceRolePolicy",
        "v3",
        ("2018-10-24T21:21:44Z", "2023-11-27T01:18:10Z"),
        document!("CloudTrailServiceRolePolicy"),
    ),
    AwsManaged::new(
        "/",
        "IAMAccessAnalyzerFullAccess",
        "v1",
        ("2019-12-02T17:12:40Z", "2019-12-02T17:12:40Z"),
        document!("IAMAccessAnalyzerFullAccess"),
    ),
    AwsManaged::new(
        "/",
        "IAMAccessAnalyzerReadOnlyAccess",
        "v4",
        ("2019-12-02T17:12:53Z", "2024-07-18T17:49:04Z"),
        document!("IAMAccessAnalyzerReadOnlyAccess"),
    ),
    AwsManaged::new(
        "/",
        "IAMFullAccess",
        "v2",
        ("2015-02-06T18:40:38Z", "2019-06-21T19:40:00Z"),
        document!("IAMFullAccess"),
    ),
    AwsManaged::new(
        "/",
        "IAMReadOnlyAccess",
        "v4",
        ("2015-02-06T18:40:39Z", "2018-01-25T19:11:27Z"),
        document!("IAMReadOnlyAccess"),
    ),
    AwsManaged::new(
        "/",
        "IAMUserChangePassword",
        "v5",
        ("2016-11-15T00:25:16Z", "2026-02-12T17:58:57Z"),
        document!("IAMUserChangePassword"),
    ),
    AwsManaged::new(
        "/",
        "PowerUserAccess",
        "v12",
        ("2015-02-06T18:39:47Z", "2026-02-12T17:59:14Z"),
        document!("PowerUserAccess"),
    ),
    AwsManaged::new(
        "/",
        "ReadOnlyAccess",
        "v190",
        ("2015-02-06T18:39:48Z", "2026-09-24T17:37:08Z"),
        document!("ReadOnlyAccess"),
    ),
    AwsManaged::new(
        "/",
        "SecretsManagerReadWrite",
        "v6",
        ("2018-04-04T18:05:29Z", "2026-08-25T23:37:10Z"),
        document!("SecretsManagerReadWrite"),
    ),
    AwsManaged::new(
        "/",
        "SecurityAudit",
        "v94",
        ("2015-02-06T18:41:01Z", "2026-09-30T20:27:08Z"),
        document!("SecurityAudit"),
    ),
    AwsManaged::new(
        "/job-function/",
        "ViewOnlyAccess",
        "v46",
        ("2016-11-10T17:20:15Z", "2026-09-30T20:27:08Z"),
        document!("ViewOnlyAccess"),
    ),
];

/// A managed policy that there is.
#[derive(Clone)]
pub(crate) enum Managed<'v> {
    /// One of AWS's.
    Aws(&'static AwsManaged),
    /// A customer's.
    Customer(&'v Arc<ManagedPolicy>),
}

impl<'v> Managed<'v> {
    /// The compiled default version; `None` when its stored text no longer parses.
    pub(crate) fn compiled(&self) -> Option<&'v policy::Policy> {
        match self {
            Self::Aws(known) => known.compiled(),
            Self::Customer(policy) => policy
                .default_version()
                .and_then(|v| v.document.compiled())
                .map(Arc::as_ref),
        }
    }

    /// The text of the default version.
    pub(crate) fn text(&self) -> Option<&'v str> {
        match self {
            Self::Aws(known) => Some(known.document),
            Self::Customer(policy) => policy.default_version().map(|v| v.document.text.as_str()),
        }
    }
}

/// One of AWS's policies by its ARN.
pub(crate) fn aws_managed(arn: &str) -> Option<&'static AwsManaged> {
    let (path, name) = split(arn.strip_prefix(OF_AWS)?)?;
    let at = AWS_MANAGED.binary_search_by(|known| known.name.cmp(name));
    let known = at.ok().and_then(|at| AWS_MANAGED.get(at))?;
    (known.path == path).then_some(known)
}

/// The policy of an ARN, if there is one.
pub(crate) fn managed<'v>(arn: &str, view: &'v Snapshot) -> Option<Managed<'v>> {
    if let Some((account, rest)) = customer_arn(arn) {
        let (path, name) = split(rest)?;
        let policy = view.get::<ManagedPolicy>(&entity_place(account, name))?;
        let same = policy.path == path && policy.name == name;
        return same.then_some(Managed::Customer(policy));
    }
    aws_managed(arn).map(Managed::Aws)
}

/// The compiled policy that allows everything.
pub(crate) fn administrator_access() -> Option<&'static policy::Policy> {
    aws_managed(ADMINISTRATOR_ACCESS)?.compiled()
}

/// Where the customer managed policy of an ARN would be.
pub(crate) fn customer_policy_place(arn: &str) -> Option<EntityPlace> {
    let (account, rest) = customer_arn(arn)?;
    let (_, name) = split(rest)?;
    Some(entity_place(account, name))
}

/// Account, and path with name, of the ARN of a customer managed policy.
pub(crate) fn customer_arn(arn: &str) -> Option<(AccountId, &str)> {
    let (account, rest) = arn.strip_prefix("arn:aws:iam::")?.split_once(":policy")?;
    Some((account.parse().ok()?, rest))
}

/// Path and name of what stands behind `policy` in an ARN.
pub(crate) fn split(rest: &str) -> Option<(&str, &str)> {
    let name_at = rest.rfind('/')? + 1;
    Some((rest.get(..name_at)?, rest.get(name_at..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_managed_policies_are_whole() {
        assert!(AWS_MANAGED.is_sorted_by_key(|known| known.name));
        for known in &AWS_MANAGED {
            let parsed = policy::parse(known.document, policy::Kind::Identity);
            assert!(parsed.is_ok(), "{}: {parsed:?}", known.name);
            assert!(aws_managed(&known.arn()).is_some(), "{}", known.arn());
            assert!(
                known.created() > Timestamp::from_seconds(0),
                "{}",
                known.name
            );
            assert!(known.updated() >= known.created(), "{}", known.name);
        }
        let ids: std::collections::BTreeSet<_> = AWS_MANAGED.iter().map(AwsManaged::id).collect();
        assert_eq!(ids.len(), AWS_MANAGED.len());
        for unknown in [
            "arn:aws:iam::aws:policy/Nothing",
            "arn:aws:iam::aws:policy/job-function/AdministratorAccess",
            "arn:aws:iam::aws:policy",
            "arn:aws:iam::111122223333:policy/AdministratorAccess",
            "AdministratorAccess",
        ] {
            assert!(aws_managed(unknown).is_none(), "{unknown}");
        }
    }
}
