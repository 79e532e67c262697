//! Finding grants without looking at all that a key has: by grantee, by what they ask of a request,
//! by name, by retiring principal. What is found here is a hint; whether a grant is for a request
//! is the policy engine's matter.

use super::grant::{Grant, GrantPrincipal};
use super::{KeyPlace, Snapshot};
use claviger_types::{EncryptionContext, GrantId, RegionName};
use imbl::{OrdMap, OrdSet};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;
use std::sync::Arc;

/// What follows from the table of grants. A clone shares everything with its original.
#[derive(Clone, Default)]
pub(super) struct GrantIndex {
    /// Each grant under everything it is found by. One flat set, because most keys have few grants
    /// and a set of its own for each would cost more than the grants.
    marks: OrdSet<Mark>,
    counts: OrdMap<KeyPlace, usize>,
}

/// The digest of what a grant is found by, and the grant; without one it stands before all others
/// of the digest, for searches to begin at.
type Mark = (u64, Option<(KeyPlace, GrantId)>);

/// What grants are found by.
#[derive(Hash)]
enum FoundBy<'a> {
    /// The name or the unique id of the grantee.
    Grantee(&'a KeyPlace, &'a str),
    /// The grantee, by unique id if that is known, and what the grant asks of a request.
    Asking(&'a KeyPlace, &'a str, &'a Asked),
    /// The grant's name.
    Name(&'a KeyPlace, &'a str),
    /// The retiring principal, by unique id if that is known.
    Retiring(&'a RegionName, &'a str),
}

impl FoundBy<'_> {
    fn digest(&self) -> u64 {
        // Two that share a digest cost a needless look; they decide nothing.
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

/// What a grant asks of a request before anything else, or what a request has to offer. Names of
/// an encryption context in lower case: the engine reads them so, or more strictly (`POL-G2`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// Nothing: the grant has no constraint.
    Nothing,
    /// A source ARN.
    Source(String),
    /// Exactly this encryption context.
    Context(BTreeSet<(String, String)>),
    /// This pair, and perhaps more.
    Pair(String, String),
}

fn lowered(context: &EncryptionContext) -> impl Iterator<Item = (String, String)> {
    let lower = |name: &str| name.chars().flat_map(char::to_lowercase).collect();
    context
        .0
        .iter()
        .map(move |(name, value)| (lower(name), value.clone()))
}

impl Asked {
    fn of(grant: &Grant) -> Self {
        if let Some(equals) = &grant.context_equals {
            return Self::Context(lowered(equals).collect());
        }
        let pair = grant
            .context_subset
            .as_ref()
            .and_then(|subset| lowered(subset).min());
        match (pair, &grant.source_arn) {
            (Some((name, value)), _) => Self::Pair(name, value),
            (None, Some(arn)) => Self::Source(arn.clone()),
            (None, None) => Self::Nothing,
        }
    }

    /// Everything that a grant may ask of a request with these contexts and this source ARN.
    pub(crate) fn met_by(contexts: &[&EncryptionContext], source: Option<&str>) -> Vec<Self> {
        let mut met = vec![Self::Nothing];
        met.extend(source.map(|arn| Self::Source(arn.to_owned())));
        for context in contexts {
            let pairs: BTreeSet<_> = lowered(context).collect();
            met.extend(pairs.iter().cloned().map(|(n, v)| Self::Pair(n, v)));
            met.push(Self::Context(pairs));
        }
        met
    }
}

/// What decides whom a principal's name means: its unique id, or else the name.
fn meant(principal: &GrantPrincipal) -> &str {
    principal
        .id()
        .map_or_else(|| principal.name(), |id| id.as_str())
}

fn marks_of(grant: &Grant) -> Vec<Mark> {
    let (key, grantee) = (&grant.key, meant(&grant.grantee));
    let asked = Asked::of(grant);
    let mut found_by = vec![
        FoundBy::Grantee(key, grant.grantee.name()),
        FoundBy::Asking(key, grantee, &asked),
    ];
    if grant.grantee.id().is_some() {
        found_by.push(FoundBy::Grantee(key, grantee));
    }
    found_by.extend(grant.name.as_ref().map(|name| FoundBy::Name(key, name)));
    let retiring = grant.retiring.as_ref().map(meant);
    found_by.extend(retiring.map(|who| FoundBy::Retiring(&key.region, who)));
    let mark = |by: &FoundBy<'_>| (by.digest(), Some((key.clone(), grant.id.clone())));
    found_by.iter().map(mark).collect()
}

impl GrantIndex {
    pub(super) fn note(&mut self, grant: &Grant) {
        self.marks.extend(marks_of(grant));
        *self.counts.entry(grant.key.clone()).or_insert(0) += 1;
    }

    pub(super) fn forget(&mut self, grant: &Grant) {
        for mark in marks_of(grant) {
            self.marks.remove(&mark);
        }
        let left = self
            .counts
            .get(&grant.key)
            .map_or(0, |n| n.saturating_sub(1));
        if left == 0 {
            self.counts.remove(&grant.key);
        } else {
            self.counts.insert(grant.key.clone(), left);
        }
    }

    /// The grants under a digest, in the order of keys and ids, from a place on.
    fn under(
        &self,
        digest: u64,
        from: Bound<Option<(KeyPlace, GrantId)>>,
    ) -> impl Iterator<Item = &(KeyPlace, GrantId)> {
        let start = from.map(|place| (digest, place));
        self.marks
            .range((start, Bound::Unbounded))
            .take_while(move |(own, _)| *own == digest)
            .filter_map(|(_, place)| place.as_ref())
    }
}

fn start(key: &KeyPlace, after: Option<&GrantId>) -> Bound<(KeyPlace, GrantId)> {
    match after {
        Some(id) => Bound::Excluded((key.clone(), id.clone())),
        None => Bound::Included((key.clone(), GrantId::from_bytes(&[0; 32]))),
    }
}

impl Snapshot {
    /// How many grants a key has.
    #[must_use]
    pub fn grant_count(&self, key: &KeyPlace) -> usize {
        self.grant_index.counts.get(key).copied().unwrap_or(0)
    }

    /// The grants on a key, by id, after one.
    pub fn grants_after<'s, 'k>(
        &'s self,
        key: &'k KeyPlace,
        after: Option<&GrantId>,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'k> {
        self.grants
            .range((start(key, after), Bound::Unbounded))
            .take_while(move |((own, _), _)| own == key)
            .map(|(_, row)| &row.value)
    }

    /// The grants on a key to a grantee, named or by its unique id, by grant id, after one.
    pub fn grants_to<'s, 'k>(
        &'s self,
        key: &'k KeyPlace,
        grantee: &'k str,
        after: Option<&GrantId>,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'k> {
        let by = FoundBy::Grantee(key, grantee);
        self.found(key, &by, after).filter(move |grant| {
            grant.grantee.name() == grantee || meant(&grant.grantee) == grantee
        })
    }

    /// Those among them that ask something of a request. `grantee` is its unique id where the
    /// grant knows one, else its name.
    pub(crate) fn grants_asking<'s, 'k>(
        &'s self,
        key: &'k KeyPlace,
        grantee: &str,
        asked: &Asked,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'k> {
        self.found(key, &FoundBy::Asking(key, grantee, asked), None)
    }

    /// The grants on a key with a name, by id.
    pub fn grants_named<'s, 'k>(
        &'s self,
        key: &'k KeyPlace,
        name: &'k str,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'k> {
        self.found(key, &FoundBy::Name(key, name), None)
            .filter(move |grant| grant.name.as_deref() == Some(name))
    }

    fn found<'s, 'k>(
        &'s self,
        key: &'k KeyPlace,
        by: &FoundBy<'_>,
        after: Option<&GrantId>,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'k> {
        // Of another key's grant, should it share the digest, nothing may be seen here.
        self.grant_index
            .under(by.digest(), start(key, after).map(Some))
            .take_while(move |(own, _)| own == key)
            .filter_map(|place| self.get::<Grant>(place))
    }

    /// The grants in a Region that a principal can retire, by account, key and id, after one.
    pub fn grants_retirable_by<'s, 'p>(
        &'s self,
        region: &'p RegionName,
        principal: &'p GrantPrincipal,
        after: Option<(KeyPlace, GrantId)>,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'p> {
        let digest = FoundBy::Retiring(region, meant(principal)).digest();
        let from = match after {
            Some(place) => Bound::Excluded(Some(place)),
            None => Bound::Included(None),
        };
        self.grant_index
            .under(digest, from)
            .filter_map(|place| self.get::<Grant>(place))
            .filter(move |g| g.key.region == *region && g.retiring.as_ref() == Some(principal))
    }
}
