//! Accounts and organisations that a document names nowhere, so that they stand for strangers
//! whatever it says. It does not ask what the document's patterns make of them.

use crate::document::Document;
use claviger_types::AccountId;

/// So many for a search: more than any patterns have to be told apart by.
const MANY: usize = 40;

/// What a document names: all of its principals, resources and condition values.
pub(crate) struct Unnamed {
    named: String,
}

impl Unnamed {
    /// Everything beside what the document names and what is told.
    pub(crate) fn beside<'t>(document: &Document, told: impl IntoIterator<Item = &'t str>) -> Self {
        let mut named: Vec<&str> = told.into_iter().collect();
        for statement in document.statements() {
            let principals = statement.principals.iter().flat_map(|p| p.entries.iter());
            named.extend(principals.map(|entry| entry.name.text.as_str()));
            let resources = statement.resources.iter().flat_map(|r| r.values.iter());
            named.extend(resources.map(|value| value.text.as_str()));
            let conditions = statement.conditions.iter().flat_map(|c| c.values.iter());
            named.extend(conditions.map(|value| value.text.as_str()));
        }
        Self {
            named: named.join("\n").to_lowercase(),
        }
    }

    /// Whether a text stands in no name of the document.
    pub(crate) fn is_unnamed(&self, text: &str) -> bool {
        !self.named.contains(&text.to_lowercase())
    }

    /// An account, or another in its stead where it is named.
    pub(crate) fn account_like(&self, usual: &str) -> Option<AccountId> {
        let usual = usual.parse().ok();
        let free = usual.filter(|id: &AccountId| self.is_unnamed(id.as_str()));
        free.or_else(|| self.accounts().next())
    }

    /// Accounts with every first digit, and more that have no digit in common by their place.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountId> + '_ {
        let plain = (0..10).rev().map(|digit: u8| digit.to_string().repeat(12));
        let mixed = scattered().map(|n| format!("{:012}", n % 1_000_000_000_000));
        plain
            .chain(mixed)
            .filter(|text| self.is_unnamed(text))
            .filter_map(|text| text.parse().ok())
            .take(MANY)
    }

    /// Organisations likewise.
    pub(crate) fn organizations(&self) -> impl Iterator<Item = String> + '_ {
        let letters = ('a'..='z').rev().chain('0'..='9');
        let plain = letters.map(|letter| letter.to_string().repeat(10));
        let mixed = scattered().map(in_letters);
        plain
            .chain(mixed)
            .map(|rest| format!("o-{rest}"))
            .filter(|id| self.is_unnamed(id))
            .take(MANY + 26)
    }
}

/// Numbers all over their range, always the same (a linear congruential generator with Knuth's
/// constants for 64 bits).
fn scattered() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(1_u64), |last| {
        Some(
            last.wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407),
        )
    })
    .skip(1)
    .map(|n| n >> 16)
}

/// Ten letters and digits of a number.
fn in_letters(mut number: u64) -> String {
    (0..10)
        .map(|_| {
            let digit = u32::try_from(number % 36).unwrap_or_default();
            number /= 36;
            char::from_digit(digit, 36).unwrap_or('0')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Kind, parse};

    #[test]
    fn what_is_named_is_left_out() {
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"\u0039999999\u00399999"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"O-ZZZZZZZZZZ"}}}}"#;
        let document = parse(text, Kind::Resource).unwrap();
        let unnamed = Unnamed::beside(&document, ["888888888888"]);
        let accounts: Vec<String> = unnamed.accounts().map(|a| a.to_string()).collect();
        assert_eq!(accounts[0], "777777777777");
        assert_eq!(accounts.len(), MANY);
        assert_eq!(unnamed.organizations().next().unwrap(), "o-yyyyyyyyyy");
    }

    #[test]
    fn the_usual_account_stands_where_it_is_free() {
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::555566667777:role/App"},"Action":"kms:*","Resource":"*"}}"#;
        let unnamed = Unnamed::beside(&parse(text, Kind::Resource).unwrap(), []);
        for (usual, stands) in [
            ("999900001111", "999900001111"),
            ("555566667777", "999999999999"),
        ] {
            let account = unnamed.account_like(usual).unwrap();
            assert_eq!(account.as_str(), stands, "{usual}");
        }
    }

    #[test]
    fn every_name_is_one() {
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}"#;
        let unnamed = Unnamed::beside(&parse(text, Kind::Resource).unwrap(), []);
        for id in unnamed.organizations() {
            assert_eq!(id.len(), 12, "{id}");
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            assert!(id.bytes().skip(2).all(plain), "{id}");
        }
        let mut accounts: Vec<AccountId> = unnamed.accounts().collect();
        accounts.sort();
        accounts.dedup();
        assert_eq!(accounts.len(), MANY);
    }
}
