//! How the layers combine: explicit denies, the layers that limit, and the ways to an allow
//! (`POL-L1` … `POL-L7`, `POL-P4`, `POL-P7`, `POL-P8`).

use crate::document::{Place, Statement, Unreadable};
use crate::grants::Grant;
use crate::json::Json;
use crate::judge::{Judge, Rule};
use crate::principal::{Reach, WhoKind};
use crate::request::{Kind, Request, is_member};

/// The layers, in the order in which a refusal is named (`POL-L1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    Rcp,
    Scp,
    Endpoint,
    Resource,
    Grant,
    Identity,
    Boundary,
    Session,
}

impl Layer {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Rcp => "rcp",
            Self::Scp => "scp",
            Self::Endpoint => "endpoint",
            Self::Resource => "resource",
            Self::Grant => "grant",
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
        }
    }
}

/// What a case comes to, in the words of the case format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub decision: &'static str,
    /// The layer that allowed, denied, or failed to allow.
    pub layer: &'static str,
}

/// One way to an allow: the layer that allows, or the first that does not.
pub(crate) type Way = Result<Layer, Layer>;

type Policy = Vec<Statement>;

/// Everything that decides.
pub(crate) struct Layers {
    pub(crate) resource: Option<Policy>,
    pub(crate) identity: Vec<Policy>,
    pub(crate) boundary: Option<Policy>,
    pub(crate) session: Option<Vec<Policy>>,
    pub(crate) scps: Option<Vec<Vec<Policy>>>,
    pub(crate) rcps: Option<Vec<Vec<Policy>>>,
    pub(crate) endpoint: Option<Policy>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) management: Option<String>,
    pub(crate) aws_managed: bool,
}

const ACROSS_ACCOUNTS: [&str; 22] = [
    "Encrypt",
    "Decrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "Sign",
    "Verify",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
    "CreateGrant",
    "DescribeKey",
    "GetKeyRotationStatus",
    "GetPublicKey",
    "ListGrants",
    "RetireGrant",
    "RevokeGrant",
];

impl Judge<'_> {
    /// Reads every document of a case.
    pub(crate) fn layers(&self, case: &Json) -> Result<Layers, Unreadable> {
        let none = Json::Null;
        let policies = case.get("policies").unwrap_or(&none);
        let one = |name: &str, place| match policies.get(name) {
            Some(document) => self.read(document, place).map(Some),
            None => Ok(None),
        };
        let list = |of: &Json, place| -> Result<Vec<Policy>, Unreadable> {
            let documents = of.items().iter();
            documents
                .map(|p| self.read(p.get("document").ok_or(Unreadable)?, place))
                .collect()
        };
        let levels = |name: &str, place| -> Result<Option<Vec<Vec<Policy>>>, Unreadable> {
            let Some(levels) = policies.get(name) else {
                return Ok(None);
            };
            let levels = levels.items().iter();
            let read = |level: &Json| list(level.get("policies").unwrap_or(&none), place);
            levels.map(read).collect::<Result<_, _>>().map(Some)
        };
        let organization = case.get("organization");
        Ok(Layers {
            resource: one("resource", Place::Resource)?,
            identity: list(policies.get("identity").unwrap_or(&none), Place::Identity)?,
            boundary: one("boundary", Place::Boundary)?,
            session: match policies.get("session") {
                Some(session) => Some(list(session, Place::Session)?),
                None => None,
            },
            scps: levels("scps", Place::ServiceControl)?,
            rcps: levels("rcps", Place::ResourceControl)?,
            endpoint: one("endpoint", Place::Endpoint)?,
            grants: self.grants(case).ok_or(Unreadable)?,
            management: organization
                .and_then(|o| o.text_of("managementAccount"))
                .map(str::to_owned),
            aws_managed: case.get("key").and_then(|k| k.text_of("manager")) == Some("AWS"),
        })
    }

    /// The decision.
    pub(crate) fn outcome(&self, case: &Json, request: &Request, layers: &mut Layers) -> Outcome {
        // POL-L7: everyone may ask who they are. Planted: no exception.
        if self.saw(Rule::L7, request.is("sts:GetCallerIdentity")) && !self.planted(Rule::L7) {
            return outcome("allowed", Layer::Identity);
        }
        self.exempt(case, request, layers);
        // POL-L1: an explicit deny in any layer decides. Planted: not one in a boundary.
        let denies = explicit_deny_order(layers).into_iter().find(|(layer, p)| {
            let skipped = *layer == Layer::Boundary && self.planted(Rule::L1);
            !skipped && self.any_applies(p, false, request, layers)
        });
        if self.saw(Rule::L1, denies.is_some())
            && let Some((layer, _)) = denies
        {
            return outcome("explicitDeny", layer);
        }
        match self.allowed(request, layers) {
            Ok(layer) => outcome("allowed", layer),
            Err(layer) => outcome("implicitDeny", layer),
        }
    }

    /// Takes away the layers that do not reach this request.
    fn exempt(&self, case: &Json, request: &Request, layers: &mut Layers) {
        let who = &request.who;
        let is_service = who.kind == WhoKind::Service;
        let retire = is_retire(request);
        let managed = |account: &Option<String>| account.is_some() && *account == layers.management;
        // POL-P8: service-linked roles; the principals of the management account. Planted: SCPs
        // reach service-linked roles.
        let exempt = self.saw(Rule::P8, who.service_linked || managed(&who.account));
        let linked = who.service_linked && !self.planted(Rule::P8);
        let from_scp = (exempt && (linked || managed(&who.account)))
            // POL-P7: services.
            || self.saw(Rule::P7, is_service);
        // POL-L3: AWS managed keys and RetireGrant. Planted: they are reached.
        let l3 = self.saw(Rule::L3, layers.aws_managed || retire) && !self.planted(Rule::L3);
        let from_rcp = who.service_linked
            || managed(&request.account)
            || l3
            // Without a resource there is nothing to protect.
            || (request.kind == Kind::None)
            // POL-P7: RCPs reach services. Planted: they do not.
            || (is_service && self.planted(Rule::P7));
        // POL-L2: an organisation's policies reach its members only.
        let outside = |account: &Option<String>| {
            case.get("organization").is_some_and(|o| {
                let listed = o.get("accounts").is_some_and(|a| !a.members().is_empty());
                listed && !account.as_ref().is_some_and(|a| is_member(o, a))
            })
        };
        if from_scp || outside(&who.account) {
            layers.scps = None;
        }
        if from_rcp || outside(&request.account) {
            layers.rcps = None;
        }
        // POL-G4: key policies have no say in RetireGrant.
        if request.kind == Kind::None || retire {
            layers.resource = None;
        }
        // POL-P7: a service has no policies of its own.
        if is_service {
            layers.identity = Vec::new();
            layers.boundary = None;
            layers.session = None;
        }
    }

    /// Whether a statement that allows, or one that denies, applies.
    fn any_applies(
        &self,
        policies: &[&Policy],
        allows: bool,
        request: &Request,
        layers: &Layers,
    ) -> bool {
        let statements = policies.iter().flat_map(|p| p.iter());
        let mut wanted = statements.filter(|s| s.allows == allows);
        wanted.any(|s| {
            self.applies(s, request, layers.boundary.is_some())
                .is_some()
        })
    }

    fn any_allows(&self, policies: &[Policy], request: &Request, layers: &Layers) -> bool {
        self.any_applies(&policies.iter().collect::<Vec<_>>(), true, request, layers)
    }

    /// What must allow, once nothing denies.
    fn allowed(&self, request: &Request, layers: &Layers) -> Way {
        let endpoint = layers.endpoint.as_ref();
        let open = endpoint.is_none_or(|e| self.any_applies(&[e], true, request, layers));
        if !self.scps_allow(request, layers) {
            // POL-G5: by a switch a grant passes what SCPs leave out.
            let passes = !self.switches.grant_limits.service_control && open;
            let by_grant = if is_retire(request) {
                self.retire(true, request, layers)
            } else {
                self.by_grants(request, layers)
            };
            return by_grant.ok().filter(|_| passes).ok_or(Layer::Scp);
        }
        if !open {
            return Err(Layer::Endpoint);
        }
        if is_retire(request) {
            return self.retire(false, request, layers);
        }
        match request.kind {
            Kind::None => self.without_resource(request, layers),
            _ if request.who.kind == WhoKind::Service => self.service(request, layers),
            Kind::Ordinary if request.account.is_none() || same_account(request) => {
                self.ordinary(request, layers)
            }
            Kind::Key | Kind::Role if same_account(request) => self.own_key(request, layers),
            Kind::Ordinary | Kind::Key | Kind::Role => self.foreign(request, layers),
        }
    }

    // POL-L2: at each level one of the SCPs attached must allow. Planted: at one level.
    fn scps_allow(&self, request: &Request, layers: &Layers) -> bool {
        let Some(levels) = &layers.scps else {
            return true;
        };
        let mut open = levels.iter().map(|l| self.any_allows(l, request, layers));
        let allowed = if self.planted(Rule::L2) {
            open.any(|o| o)
        } else {
            open.all(|o| o)
        };
        self.saw(Rule::L2, allowed)
    }

    /// The reaches of the allowing statements of the resource policy.
    fn reaches(&self, request: &Request, layers: &Layers) -> Vec<Reach> {
        let statements = layers.resource.iter().flatten().filter(|s| s.allows);
        statements
            .filter_map(|s| self.applies(s, request, layers.boundary.is_some()))
            .collect()
    }

    // POL-L6: what boundary and session policies leave out; several session policies are a union.
    // Planted: each session policy must allow.
    pub(crate) fn limits(&self, request: &Request, layers: &Layers) -> Result<(), Layer> {
        if let Some(boundary) = &layers.boundary
            && !self.any_applies(&[boundary], true, request, layers)
        {
            self.saw(Rule::L6, false);
            return Err(Layer::Boundary);
        }
        let Some(session) = &layers.session else {
            return Ok(());
        };
        let mut each = session
            .iter()
            .map(|p| self.any_applies(&[p], true, request, layers));
        let allowed = if self.planted(Rule::L6) {
            each.all(|a| a)
        } else {
            each.any(|a| a)
        };
        if self.saw(Rule::L6, allowed) {
            Ok(())
        } else {
            Err(Layer::Session)
        }
    }

    /// The identity policies; the root user needs none in its account.
    pub(crate) fn identity(&self, request: &Request, layers: &Layers) -> Result<(), Layer> {
        let root = request.who.kind == WhoKind::Root;
        if root || self.any_allows(&layers.identity, request, layers) {
            Ok(())
        } else {
            Err(Layer::Identity)
        }
    }

    /// POL-L6: identity, boundary and session policies together.
    pub(crate) fn own_side(&self, request: &Request, layers: &Layers) -> Result<(), Layer> {
        self.identity(request, layers)?;
        self.limits(request, layers)
    }

    // POL-L4: an action without a resource needs the identity policy. POL-L5: KMS and IAM have
    // nothing that opens such a resource of another account.
    fn without_resource(&self, request: &Request, layers: &Layers) -> Way {
        if request.who.kind == WhoKind::Service {
            return Err(Layer::Identity);
        }
        let foreign = request.account.is_some() && !same_account(request);
        if foreign && (request.of_service("kms") || request.of_service("iam")) {
            return Err(Layer::Resource);
        }
        self.own_side(request, layers)?;
        Ok(Layer::Identity)
    }

    // POL-P7: a service needs the resource policy or a grant, and nothing else.
    fn service(&self, request: &Request, layers: &Layers) -> Way {
        let direct = self.reaches(request, layers);
        let direct = direct.iter().any(|r| *r >= Reach::Limited);
        best([
            if direct {
                Ok(Layer::Resource)
            } else {
                Err(Layer::Resource)
            },
            self.by_grants(request, layers),
        ])
    }

    // POL-L4: in its account a key needs its policy, directly or by delegation, or a grant.
    // Planted: identity policies are enough.
    fn own_key(&self, request: &Request, layers: &Layers) -> Way {
        let reaches = self.reaches(request, layers);
        // POL-P4: who is named is not limited.
        if reaches.contains(&Reach::Unlimited) {
            return Ok(Layer::Resource);
        }
        let direct = if reaches.contains(&Reach::Limited) {
            self.limits(request, layers).map(|()| Layer::Resource)
        } else {
            Err(Layer::Resource)
        };
        let delegated = self.saw(Rule::L4, reaches.contains(&Reach::Delegation));
        // POL-P2: a delegation makes the identity policies count.
        let delegation = if delegated || self.planted(Rule::L4) {
            self.own_side(request, layers).map(|()| Layer::Identity)
        } else {
            Err(Layer::Resource)
        };
        best([direct, self.by_grants(request, layers), delegation])
    }

    // POL-L4: of another resource, either side is enough within the account.
    fn ordinary(&self, request: &Request, layers: &Layers) -> Way {
        let reaches = self.reaches(request, layers);
        if reaches.contains(&Reach::Unlimited) {
            return Ok(Layer::Resource);
        }
        let direct = if reaches.contains(&Reach::Limited) {
            self.limits(request, layers).map(|()| Layer::Resource)
        } else {
            Err(Layer::Resource)
        };
        let own = self.own_side(request, layers).map(|()| Layer::Identity);
        best([direct, own])
    }

    // POL-L5: across accounts both sides must allow, for the operations that work there at all; a
    // grant is a way of its own (POL-G5). Planted: the resource policy is enough.
    fn foreign(&self, request: &Request, layers: &Layers) -> Way {
        let (_, operation) = request.action.split_once(':').unwrap_or_default();
        let kms = request.of_service("kms");
        let listed = ACROSS_ACCOUNTS
            .iter()
            .any(|o| o.eq_ignore_ascii_case(operation));
        if !self.saw(
            Rule::L5,
            if kms {
                listed
            } else {
                !request.of_service("iam")
            },
        ) {
            return Err(Layer::Resource);
        }
        let both = if self.reaches(request, layers).is_empty() {
            Err(Layer::Resource)
        } else if self.planted(Rule::L5) || request.who.kind == WhoKind::Root {
            // The other account's root user needs no identity policy: the resource's speaks.
            self.limits(request, layers).map(|()| Layer::Resource)
        } else {
            self.own_side(request, layers).map(|()| Layer::Identity)
        };
        best([both, self.by_grants(request, layers)])
    }
}

/// `POL-L1`: of several ways the first that allows; if none does, the one that came farthest names
/// the refusal.
pub(crate) fn best(ways: impl IntoIterator<Item = Way>) -> Way {
    let mut refused = Layer::Rcp;
    for way in ways {
        match way {
            Ok(layer) => return Ok(layer),
            Err(layer) => refused = refused.max(layer),
        }
    }
    Err(refused)
}

fn outcome(decision: &'static str, layer: Layer) -> Outcome {
    Outcome {
        decision,
        layer: layer.word(),
    }
}

fn same_account(request: &Request) -> bool {
    request.who.account.is_some() && request.who.account == request.account
}

/// `POL-G4`: a request that grants decide.
pub(crate) fn is_retire(request: &Request) -> bool {
    request.kind == Kind::Key && request.is("kms:RetireGrant")
}

/// The policies of each layer, in the order in which a deny is named.
fn explicit_deny_order(layers: &Layers) -> Vec<(Layer, Vec<&Policy>)> {
    vec![
        (Layer::Rcp, layers.rcps.iter().flatten().flatten().collect()),
        (Layer::Scp, layers.scps.iter().flatten().flatten().collect()),
        (Layer::Endpoint, layers.endpoint.iter().collect()),
        (Layer::Resource, layers.resource.iter().collect()),
        (Layer::Identity, layers.identity.iter().collect()),
        (Layer::Boundary, layers.boundary.iter().collect()),
        (Layer::Session, layers.session.iter().flatten().collect()),
    ]
}
