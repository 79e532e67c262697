//! Patterns: a text becomes a row of tokens, variables are put in, and the row is matched by plain
//! recursion (`POL-E5`, `POL-O1`, `POL-O3`, `POL-V1` … `POL-V4`).

use crate::judge::{Judge, Rule};
use crate::request::Keys;

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// This character.
    Char(char),
    /// Any characters; with `false`, no colon among them.
    Star(bool),
    /// One character; with `false`, no colon.
    One(bool),
}

/// What a pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// A text compared as it is: no wildcards.
    Plain,
    /// Wildcards match any characters.
    Wild,
    /// A `Resource` or `NotResource`.
    Resource,
}

/// Whether the whole text matches the tokens.
pub(crate) fn glob(tokens: &[Token], text: &[char]) -> bool {
    let Some((first, rest)) = tokens.split_first() else {
        return text.is_empty();
    };
    let (head, tail) = match text.split_first() {
        Some((head, tail)) => (Some(*head), tail),
        None => (None, text),
    };
    let taken = |colons: bool| head.is_some_and(|c| colons || c != ':');
    match first {
        Token::Char(own) => head == Some(*own) && glob(rest, tail),
        Token::One(colons) => taken(*colons) && glob(rest, tail),
        Token::Star(colons) => glob(rest, text) || (taken(*colons) && glob(tokens, tail)),
    }
}

/// The characters of a text.
pub(crate) fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

impl Judge<'_> {
    /// The tokens of a pattern with its variables put in; `None` when one has no value or stands
    /// where none may, and then the pattern matches nothing.
    pub(crate) fn tokens(
        &self,
        pattern: &str,
        what: Use,
        variables: bool,
        keys: &Keys,
    ) -> Option<Vec<Token>> {
        let mut tokens = Vec::new();
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            let inside = rest.strip_prefix("${").and_then(|r| r.split_once('}'));
            if variables && let Some((inside, after)) = inside {
                rest = after;
                // POL-V3: the three characters that have a variable of their own.
                if ["*", "?", "$"].contains(&inside) {
                    tokens.extend(inside.chars().map(Token::Char));
                    continue;
                }
                if what == Use::Resource && !self.variable_may_stand(&tokens) {
                    return None;
                }
                tokens.extend(self.variable(inside, what, keys)?);
                continue;
            }
            rest = &rest[c.len_utf8()..];
            tokens.push(match c {
                '*' if what != Use::Plain => Token::Star(true),
                '?' if what != Use::Plain => Token::One(true),
                _ => Token::Char(c),
            });
        }
        Some(tokens)
    }

    // POL-V1: in a resource after the fifth colon only. Planted: anywhere.
    fn variable_may_stand(&self, before: &[Token]) -> bool {
        let colons = before.iter().filter(|t| **t == Token::Char(':')).count();
        self.saw(Rule::V1, colons >= 5) || self.planted(Rule::V1)
    }

    /// The tokens a variable stands for.
    fn variable(&self, inside: &str, what: Use, keys: &Keys) -> Option<Vec<Token>> {
        let value = self.variable_value(inside, keys);
        // POL-V2: a variable without value matches nothing. Planted: it is the empty text.
        self.saw(Rule::V2, value.is_none());
        let value = match value {
            None if self.planted(Rule::V2) => String::new(),
            value => value?,
        };
        // POL-V4: what a variable holds is data. Planted: wildcards in it count.
        let wild = |c: char| what != Use::Plain && matches!(c, '*' | '?');
        let held = |c: char| match c {
            '*' if self.planted(Rule::V4) && wild(c) => Token::Star(true),
            _ => Token::Char(c),
        };
        self.saw(Rule::V4, value.chars().any(wild));
        Some(value.chars().map(held).collect())
    }

    // POL-V3: `${key}` or `${key, 'default'}`. Planted: defaults are not read.
    fn variable_value(&self, inside: &str, keys: &Keys) -> Option<String> {
        let (name, default) = match inside.split_once(',') {
            Some((name, rest)) => (name.trim(), Some(rest.trim().trim_matches('\''))),
            None => (inside.trim(), None),
        };
        let values = self.present(name, keys);
        let used = values.is_none() && default.is_some();
        self.saw(Rule::V3, used);
        match values {
            // POL-V1: a multivalued key cannot be a variable.
            Some(values) => values.single().map(str::to_owned),
            None if self.planted(Rule::V3) => None,
            None => default.map(str::to_owned),
        }
    }
}
