//! Whether a statement is about a request: its actions, its resources, its principal, its
//! conditions (`POL-E1`, `POL-E4` … `POL-E6`).

use crate::document::{Listed, Statement};
use crate::judge::{Judge, Rule};
use crate::pattern::{Token, Use, chars, glob};
use crate::principal::Reach;
use crate::request::{Kind, Request};
use claviger_policy::ResourceWildcards;

impl Judge<'_> {
    /// How far a statement reaches for a request; `None` when it does not apply.
    pub(crate) fn applies(&self, s: &Statement, request: &Request, bounded: bool) -> Option<Reach> {
        let actions = s.actions.as_ref()?;
        let resource = match &s.resources {
            Some(resources) => self.resources_match(s, resources, request),
            // A trust policy is about its role; a key policy's statement without resource does
            // nothing.
            None => request.kind == Kind::Role,
        };
        let applies = self.actions_match(actions, request)
            && resource
            && self.conditions_hold(s, &request.keys);
        // POL-P6: a principal with a permissions boundary is never spared.
        let reach = self.reach(s, &request.who, bounded);
        reach.filter(|_| applies)
    }

    /// `POL-E4`: one listed pattern matches, or none does.
    fn any_or_none(&self, listed: &Listed<String>, matches: impl Fn(&String) -> bool) -> bool {
        // POL-E6: an empty list matches nothing, negated or not. Planted: negated, everything.
        if listed.items.is_empty() {
            return listed.negated && self.planted(Rule::E6);
        }
        if !listed.negated {
            return listed.items.iter().any(matches);
        }
        // Planted: it is enough that one listed pattern does not match.
        if self.planted(Rule::E4) {
            return !listed.items.iter().all(matches);
        }
        self.saw(Rule::E4, !listed.items.iter().any(matches))
    }

    // POL-E1: names of actions match whatever their case. Planted: their case counts.
    fn actions_match(&self, listed: &Listed<String>, request: &Request) -> bool {
        let fold = |text: &str| {
            if self.planted(Rule::E1) {
                text.to_owned()
            } else {
                text.to_ascii_lowercase()
            }
        };
        let action = chars(&fold(&request.action));
        self.any_or_none(listed, |pattern| {
            let tokens: Vec<Token> = fold(pattern).chars().map(wildcard).collect();
            self.saw(Rule::E1, glob(&tokens, &action))
        })
    }

    fn resources_match(&self, s: &Statement, listed: &Listed<String>, request: &Request) -> bool {
        let resource = chars(&request.resource);
        self.any_or_none(listed, |pattern| {
            let tokens = self.resource_tokens(pattern, s.variables, request);
            self.saw(Rule::E5, tokens.is_some_and(|t| glob(&t, &resource)))
        })
    }

    // POL-E5: `*` alone is every resource; in the first five segments wildcards stay in their
    // segment, but a `*` that ends one runs over the colons after it, unless the switch says no.
    // Planted: the switch turned.
    fn resource_tokens(
        &self,
        text: &str,
        variables: bool,
        request: &Request,
    ) -> Option<Vec<Token>> {
        let tokens = self.tokens(text, Use::Resource, variables, &request.keys)?;
        if text == "*" {
            return Some(tokens);
        }
        let cross = self.switches.resource_wildcards == ResourceWildcards::CrossSegments;
        let runs = cross != self.planted(Rule::E5);
        let colon = Token::Char(':');
        let mut colons = 0;
        let mut found = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            colons += usize::from(*token == colon);
            let ends_segment = tokens.get(at + 1).is_none_or(|next| *next == colon);
            found.push(match token {
                Token::Star(_) if colons < 5 => Token::Star(runs && ends_segment),
                Token::One(_) if colons < 5 => Token::One(false),
                other => *other,
            });
        }
        Some(found)
    }
}

fn wildcard(c: char) -> Token {
    match c {
        '*' => Token::Star(true),
        '?' => Token::One(true),
        c => Token::Char(c),
    }
}
