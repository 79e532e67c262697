//! Finding grants without looking at all that a key has: by grantee, by what they ask of a request,
//! by name, by retiring principal. What is found here is a hint; whether a grant is for a request
//! is the policy engine's matter.

use super::grant::{Grant, GrantPrincipal};
use super::{KeyPlace, Snapshot};
use claviger_types::{EncryptionContext, GrantId, RegionName};
use imbl::{OrdMap, OrdSet};
use smallvec::SmallVec;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;
use std::sync::Arc;

/// Up to so many grants of a key are looked through: that is as quick as an index, and most keys
/// have no more.
pub(crate) const FEW_GRANTS: usize = 32;

/// What follows from the table of grants. A clone shares everything with its original.
#[derive(Clone, Default)]
pub(super) struct GrantIndex {
    /// Each grant under what it is found by: its retiring principal, and where its key has more
    /// than a few grants, everything else. One flat set, because a set of its own for each key
    /// would cost more than the grants.
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
    /// The grant's name and its grantee, by unique id if that is known.
    Name(&'a KeyPlace, &'a str, &'a str),
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

fn mark(grant: &Grant, by: &FoundBy<'_>) -> Mark {
    (by.digest(), Some((grant.key.clone(), grant.id.clone())))
}

/// The mark by which its retiring principal finds a grant on any key.
fn retiring_mark(grant: &Grant) -> Option<Mark> {
    let retiring = grant.retiring.as_ref()?;
    let by = FoundBy::Retiring(&grant.key.region, meant(retiring));
    Some(mark(grant, &by))
}

/// The marks by which a grant is found among the many of its key.
fn key_marks(grant: &Grant) -> SmallVec<[Mark; 4]> {
    let (key, grantee) = (&grant.key, meant(&grant.grantee));
    let mut marks = SmallVec::new();
    let mut add = |by: FoundBy<'_>| marks.push(mark(grant, &by));
    add(FoundBy::Grantee(key, grant.grantee.name()));
    add(FoundBy::Asking(key, grantee, &Asked::of(grant)));
    if grant.grantee.id().is_some() {
        add(FoundBy::Grantee(key, grantee));
    }
    if let Some(name) = &grant.name {
        add(FoundBy::Name(key, name, grantee));
    }
    marks
}

impl GrantIndex {
    fn count(&self, key: &KeyPlace) -> usize {
        self.counts.get(key).copied().unwrap_or(0)
    }

    /// Takes a grant up. `others` are the grants of its key that are there already.
    pub(super) fn note<'g>(&mut self, grant: &Grant, others: impl Iterator<Item = &'g Arc<Grant>>) {
        self.marks.extend(retiring_mark(grant));
        let before = self.count(&grant.key);
        self.counts.insert(grant.key.clone(), before + 1);
        if before < FEW_GRANTS {
            return;
        }
        self.marks.extend(key_marks(grant));
        if before == FEW_GRANTS {
            // They are many from now on.
            self.marks.extend(others.flat_map(|other| key_marks(other)));
        }
    }

    /// Lets a grant go. `all` are the grants of its key, this one among them.
    pub(super) fn forget<'g>(&mut self, grant: &Grant, all: impl Iterator<Item = &'g Arc<Grant>>) {
        if let Some(mark) = retiring_mark(grant) {
            self.marks.remove(&mark);
        }
        let before = self.count(&grant.key);
        match before.saturating_sub(1) {
            0 => self.counts.remove(&grant.key),
            left => self.counts.insert(grant.key.clone(), left),
        };
        let mut remove = |grant: &Grant| {
            for mark in key_marks(grant) {
                self.marks.remove(&mark);
            }
        };
        if before == FEW_GRANTS + 1 {
            // They are few from now on.
            all.for_each(|grant| remove(grant));
        } else if before > FEW_GRANTS {
            remove(grant);
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
        self.grant_index.count(key)
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

    /// Those among them that may ask something of a request; of a key with few grants, any.
    /// `grantee` is its unique id where the grant knows one, else its name.
    pub(crate) fn grants_asking<'s, 'k>(
        &'s self,
        key: &'k KeyPlace,
        grantee: &str,
        asked: &Asked,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'k> {
        self.found(key, &FoundBy::Asking(key, grantee, asked), None)
    }

    /// The grants on a key with a name and a grantee, by id.
    pub fn grants_named<'s, 'k>(
        &'s self,
        key: &'k KeyPlace,
        name: &'k str,
        grantee: &'k GrantPrincipal,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'k> {
        self.found(key, &FoundBy::Name(key, name, meant(grantee)), None)
            .filter(move |grant| grant.name.as_deref() == Some(name) && grant.grantee == *grantee)
    }

    /// The grants of a key that may be found by something; of a key with few grants, all.
    fn found<'s, 'k>(
        &'s self,
        key: &'k KeyPlace,
        by: &FoundBy<'_>,
        after: Option<&GrantId>,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'k> {
        let few = self.grant_count(key) <= FEW_GRANTS;
        let all = few.then(|| self.grants_after(key, after));
        // Of another key's grant, should it share the digest, nothing may be seen here.
        let marked = (!few).then(|| {
            self.grant_index
                .under(by.digest(), start(key, after).map(Some))
                .take_while(move |(own, _)| own == key)
                .filter_map(|place| self.get::<Grant>(place))
        });
        all.into_iter()
            .flatten()
            .chain(marked.into_iter().flatten())
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
