//! Grants as ways to an allow (`POL-G1` … `POL-G5`). A grant never denies.

use crate::json::Json;
use crate::judge::{Judge, Rule};
use crate::layers::{Layer, Layers, Way, best};
use crate::principal::{Cover, WhoKind, account_of, named};
use crate::request::{Keys, Kind, Request, Values};
use claviger_policy::ConstraintNames;

type Pairs = Vec<(String, String)>;

/// A grant on the key of the request.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    id: String,
    grantee: String,
    retiring: Option<String>,
    issuing: String,
    operations: Vec<String>,
    equals: Option<Pairs>,
    subset: Option<Pairs>,
    source_arn: Option<String>,
}

/// The operations whose requests carry an encryption context; CreateGrant's is its constraint
/// (`POL-G3`). Source: KMS Developer Guide, `kms:EncryptionContext:context-key`.
const WITH_CONTEXT: [&str; 8] = [
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
];

impl Judge<'_> {
    /// The grants of a case that are on the key of its request; `None` when one names no account.
    pub(crate) fn grants(&self, case: &Json) -> Option<Vec<Grant>> {
        let key = case.get("request")?.text_of("resource")?;
        let listed = case.get("policies").and_then(|p| p.get("grants"));
        let entries = listed.map_or(&[][..], Json::items);
        let on_key = entries.iter().filter(|g| is_on(g, key));
        on_key.map(|g| grant(g, key)).collect()
    }

    // POL-G1: a grant to this principal, for this operation, whose constraints hold. Planted: the
    // operation is not looked at.
    pub(crate) fn by_grants(&self, request: &Request, layers: &Layers) -> Way {
        // A missing grant reads as a resource policy that does not allow.
        let refused = Layer::Resource;
        if request.kind != Kind::Key {
            return Err(refused);
        }
        let (_, operation) = request.action.split_once(':').unwrap_or_default();
        let ways = layers.grants.iter().map(|grant| {
            let granted = grants_operation(grant, operation) || self.planted(Rule::G1);
            let cover = self.covered(&grant.grantee, request).filter(|_| granted);
            let fits = cover.filter(|_| self.constraints_hold(grant, operation, request));
            self.saw(Rule::G1, fits.is_some());
            match fits {
                Some(cover) => self.carried(cover, request, layers).map(|()| Layer::Grant),
                None => Err(refused),
            }
        });
        best(ways).map_err(|layer| layer.max(refused))
    }

    fn covered(&self, name: &str, request: &Request) -> Option<Cover> {
        self.covers(&named(name)?, &request.who)
    }

    fn constraints_hold(&self, grant: &Grant, operation: &str, request: &Request) -> bool {
        // POL-G2: the source ARN, for every operation.
        let source = grant.source_arn.as_ref().is_none_or(|wanted| {
            request.keys.get("aws:SourceArn") == Some(&Values::One(wanted.clone()))
        });
        if operation.eq_ignore_ascii_case("CreateGrant") {
            return source && self.child_fits(grant, &request.keys);
        }
        // POL-G2: encryption-context constraints, for operations that carry one. Planted: for all.
        let carries = WITH_CONTEXT
            .iter()
            .any(|o| o.eq_ignore_ascii_case(operation));
        if !carries && !self.planted(Rule::G2) {
            return source;
        }
        let context = request.keys.encryption_context();
        let equals = grant.equals.as_ref();
        let subset = grant.subset.as_ref();
        let holds = equals.is_none_or(|wanted| self.same_pairs(&context, wanted))
            && subset.is_none_or(|wanted| self.contains(&context, wanted));
        self.saw(Rule::G2, holds) && source
    }

    // POL-G3: a child grant has at most the parent's operations under an at least equally strict
    // constraint. Planted: operations are not compared.
    fn child_fits(&self, grant: &Grant, keys: &Keys) -> bool {
        let operations = match keys.get("kms:GrantOperations") {
            Some(Values::Many(operations)) => operations.clone(),
            _ => Vec::new(),
        };
        let known = |o: &&String| is_grantable(o);
        let covered = operations
            .iter()
            .filter(known)
            .all(|o| grants_operation(grant, o));
        let text = |name: &str| keys.get(name).and_then(Values::single);
        let pairs = keys.encryption_context();
        let is_equals = text("kms:GrantConstraintType") == Some("EncryptionContextEquals");
        let equals = grant
            .equals
            .as_ref()
            .is_none_or(|wanted| is_equals && !pairs.is_empty() && self.same_pairs(&pairs, wanted));
        let subset = grant
            .subset
            .as_ref()
            .is_none_or(|wanted| !pairs.is_empty() && self.contains(&pairs, wanted));
        let source = grant.source_arn.as_deref();
        let source =
            source.is_none_or(|wanted| text("kms:GrantConstraintSourceArn") == Some(wanted));
        let fits = (covered || self.planted(Rule::G3)) && equals && subset && source;
        self.saw(Rule::G3, fits)
    }

    fn same_pairs(&self, a: &Pairs, b: &Pairs) -> bool {
        a.len() == b.len() && self.contains(a, b) && self.contains(b, a)
    }

    /// `POL-G2`: names ignore case unless the switch says otherwise, values do not.
    fn contains(&self, context: &Pairs, wanted: &Pairs) -> bool {
        let exact = self.switches.constraint_names == ConstraintNames::Exact;
        let same_name =
            |a: &str, b: &str| a == b || (!exact && a.to_lowercase() == b.to_lowercase());
        wanted.iter().all(|(name, value)| {
            let mut own = context.iter();
            own.any(|(n, v)| v == value && same_name(n, name))
        })
    }

    // POL-G5: what must allow beside the grant. Planted: a grantee in another account needs an
    // identity policy as well.
    fn carried(&self, cover: Cover, request: &Request, layers: &Layers) -> Result<(), Layer> {
        if request.who.kind == WhoKind::Service {
            return Ok(());
        }
        let limits = self.switches.grant_limits;
        let foreign = self.saw(Rule::G5, request.who.account != request.account);
        let across = limits.identity_across_accounts != self.planted(Rule::G5);
        if cover == Cover::Account || (foreign && across) {
            self.identity(request, layers)?;
        }
        if limits.boundary_and_session {
            self.limits(request, layers)?;
        }
        Ok(())
    }

    /// `POL-G4`: who may retire a grant; `alone` leaves the ways by identity policies out.
    pub(crate) fn retire(&self, alone: bool, request: &Request, layers: &Layers) -> Way {
        let named = layers.grants.iter().filter(|g| {
            let wanted = request.grant.as_ref();
            wanted.is_none_or(|id| *id == g.id)
        });
        let ways = named.map(|g| self.retire_one(g, alone, request, layers));
        best(ways).map_err(|layer| layer.max(Layer::Grant))
    }

    // POL-G4. Planted: the retiring principal is not looked at.
    fn retire_one(&self, grant: &Grant, alone: bool, request: &Request, layers: &Layers) -> Way {
        let lists = grants_operation(grant, "RetireGrant");
        let retiring = grant.retiring.as_ref().filter(|_| !self.planted(Rule::G4));
        let as_retiring = retiring.and_then(|name| self.covered(name, request));
        let as_grantee = self.covered(&grant.grantee, request).filter(|_| lists);
        let covers = [as_retiring, as_grantee];
        // POL-G3: a role covers its sessions.
        let itself = covers
            .iter()
            .flatten()
            .any(|c| matches!(c, Cover::Named | Cover::Through));
        let own = request.who.account.as_deref();
        let issued = own == Some(grant.issuing.as_str());
        let root = issued && request.who.kind == WhoKind::Root;
        if self.saw(Rule::G4, itself || root) {
            let by_grant = self.carried(Cover::Named, request, layers);
            return by_grant.map(|()| Layer::Grant);
        }
        let of_retiring = retiring.and_then(|name| account_of(name)).as_deref() == own;
        let of_key = request.account.as_deref() == own;
        let delegated = of_key || issued || of_retiring || as_grantee == Some(Cover::Account);
        if own.is_none() || !delegated || alone {
            return Err(Layer::Grant);
        }
        self.own_side(request, layers).map(|()| Layer::Identity)
    }
}

/// The operations that can be granted. Source: KMS API reference, `CreateGrant`.
const GRANTABLE: [&str; 19] = [
    "CreateGrant",
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetPublicKey",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
    "Sign",
    "Verify",
    "VerifyMac",
];

fn is_grantable(operation: &str) -> bool {
    GRANTABLE.iter().any(|o| o.eq_ignore_ascii_case(operation))
}

fn grants_operation(grant: &Grant, operation: &str) -> bool {
    let mut listed = grant.operations.iter();
    is_grantable(operation) && listed.any(|o| o.eq_ignore_ascii_case(operation))
}

/// A grant is on one key; an entry that does not say which is on the request's.
fn is_on(grant: &Json, key: &str) -> bool {
    let id = grant.text_of("KeyId");
    id.is_none_or(|id| id == key || key.ends_with(&format!(":key/{id}")))
}

fn grant(grant: &Json, key: &str) -> Option<Grant> {
    let text = |name: &str| grant.text_of(name).map(str::to_owned);
    let constraints = grant.get("Constraints");
    let pairs = |name: &str| -> Option<Pairs> {
        let pairs = constraints?.get(name)?.members();
        let pair = |(n, v): &(String, Json)| Some((n.clone(), v.scalar()?));
        pairs.iter().map(pair).collect()
    };
    let issuing = text("IssuingAccount");
    Some(Grant {
        id: text("GrantId").unwrap_or_default(),
        grantee: text("GranteePrincipal")
            .or(text("GranteeServicePrincipal"))
            .unwrap_or_default(),
        retiring: text("RetiringPrincipal").or(text("RetiringServicePrincipal")),
        issuing: account_of(issuing.as_deref().unwrap_or(key))?,
        operations: grant
            .get("Operations")
            .map_or(&[][..], Json::items)
            .iter()
            .filter_map(Json::scalar)
            .collect(),
        equals: pairs("EncryptionContextEquals"),
        subset: pairs("EncryptionContextSubset"),
        source_arn: constraints
            .and_then(|c| c.text_of("SourceArn"))
            .map(str::to_owned),
    })
}
