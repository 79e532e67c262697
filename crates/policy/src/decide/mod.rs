//! The decision over all layers: explicit denies first, then everything that must allow
//! (`POL-L1` … `POL-L7`, `POL-P1` … `POL-P8`, `POL-G1` … `POL-G5`). Matching one statement is
//! `compiled`'s; here is only how statements, grants and accounts combine.

mod decision;
mod grants;
mod layers;
mod paths;

pub use decision::{Decision, Effect, Layer, StatementRef};
pub(crate) use grants::{GrantParts, parts as grant_parts};
pub use layers::{Level, Stack};

use crate::compiled::{Keys, Scene};
use crate::request::{Grant, Request, ResourceRules};
use crate::switches::Switches;
use layers::Exemptions;

/// Decides a request against everything that applies to it. Pure and total: no I/O, no clock, no
/// panic. Allocates only to name the statements that decided.
#[must_use]
pub fn decide(request: &Request<'_>, stack: &Stack<'_>, switches: &Switches) -> Decision {
    // POL-L7: whoever has credentials may ask who they are, whatever the policies say.
    if request.is("sts:getcalleridentity") {
        return Decision::new(Effect::Allowed, Layer::Identity, request.rules);
    }
    let scene = scene(request, stack, switches);
    let exempt = Exemptions::of(request);
    layers::explicit_deny(&scene, stack, &exempt)
        .unwrap_or_else(|| paths::decide_allows(&scene, stack, &exempt))
}

/// Whether a grant is for this request: grantee, operation and constraints (`POL-G1`, `POL-G2`).
/// What else must allow beside it is not asked. For whoever picks the grants that a decision reads.
#[must_use]
pub fn grant_fits(request: &Request<'_>, grant: &Grant<'_>, switches: &Switches) -> bool {
    grants::is_for(&scene(request, &Stack::default(), switches), grant)
}

/// A request as statements see it.
pub(crate) fn scene<'a>(
    request: &'a Request<'a>,
    stack: &Stack<'_>,
    switches: &'a Switches,
) -> Scene<'a> {
    Scene {
        request,
        switches,
        keys: Keys {
            context: request.context,
            empty_text: switches.empty_text,
        },
        // POL-P7: a service has no policies of its own, a boundary among them.
        has_boundary: stack.boundary.is_some() && !request.principal.is_service(),
    }
}

/// The key operations that another account may call (`POL-L5`). Source: KMS Developer Guide,
/// "Allowing users in other accounts to use a KMS key".
const ACROSS_ACCOUNTS: [&str; 22] = [
    "kms:decrypt",
    "kms:encrypt",
    "kms:generatedatakey",
    "kms:generatedatakeywithoutplaintext",
    "kms:generatedatakeypair",
    "kms:generatedatakeypairwithoutplaintext",
    "kms:reencryptfrom",
    "kms:reencryptto",
    "kms:sign",
    "kms:verify",
    "kms:generatemac",
    "kms:verifymac",
    "kms:derivesharedsecret",
    "kms:encapsulate",
    "kms:decapsulate",
    "kms:creategrant",
    "kms:describekey",
    "kms:getkeyrotationstatus",
    "kms:getpublickey",
    "kms:listgrants",
    "kms:retiregrant",
    "kms:revokegrant",
];

/// Whether a permission can be used on another account's resource at all (`POL-L5`): of KMS the
/// published list, of IAM nothing, of other services whatever their policies say.
#[must_use]
pub fn works_across_accounts(action: &str) -> bool {
    let of = |service: &str| {
        action
            .get(..service.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(service))
    };
    if of("kms:") {
        ACROSS_ACCOUNTS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(action))
    } else {
        !of("iam:")
    }
}

/// Whether the request is the one whose permission comes from the grant alone (`POL-G4`).
pub(crate) fn is_retire_grant(request: &Request<'_>) -> bool {
    request.rules == ResourceRules::KeyPolicy && request.is("kms:retiregrant")
}
