//! Form parameters (`application/x-www-form-urlencoded`), from a body or a query string: names and
//! values as text, no name twice. It knows no operation and no schema.

use percent_encoding::percent_decode;
use std::collections::BTreeMap;

/// More parameters than any operation takes; what is beyond is not read.
const MOST_PARAMETERS: usize = 10_000;

/// Why bytes are no form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadForm {
    /// A `%` without two hexadecimal digits after it.
    #[error("the request holds an incomplete percent-encoding")]
    Escape,
    /// Decoded bytes that are not UTF-8.
    #[error("the request is not encoded in UTF-8")]
    NotUtf8,
    /// A name that is there twice.
    #[error("the parameter '{0}' occurs more than once")]
    Repeated(String),
    /// Too many parameters.
    #[error("the request has too many parameters")]
    TooMany,
}

/// So much of a stranger's text is repeated back, and no more.
const ECHO: usize = 128;

/// The beginning of a text, to be shown to whoever sent it.
pub(super) fn echo(text: &str) -> String {
    text.chars().take(ECHO).collect()
}

/// Parameters by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// Adds the parameters of one body or query string.
    ///
    /// # Errors
    /// See [`BadForm`].
    pub fn read(&mut self, encoded: &[u8]) -> Result<(), BadForm> {
        for pair in encoded
            .split(|b| *b == b'&')
            .filter(|pair| !pair.is_empty())
        {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if self.0.len() >= MOST_PARAMETERS {
                return Err(BadForm::TooMany);
            }
            if self.0.contains_key(&name) {
                return Err(BadForm::Repeated(echo(&name)));
            }
            self.0.insert(name, value);
        }
        Ok(())
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All parameters in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn decode(encoded: &[u8]) -> Result<String, BadForm> {
    if !escapes_are_whole(encoded) {
        return Err(BadForm::Escape);
    }
    let spaced: Vec<u8> = encoded
        .iter()
        .map(|b| if *b == b'+' { b' ' } else { *b })
        .collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    String::from_utf8(bytes).map_err(|_| BadForm::NotUtf8)
}

fn escapes_are_whole(encoded: &[u8]) -> bool {
    encoded.split(|b| *b == b'%').skip(1).all(|after| {
        after
            .iter()
            .take(2)
            .filter(|b| b.is_ascii_hexdigit())
            .count()
            == 2
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let check = |encoded: &str, expect: Result<&[(&str, &str)], BadForm>| {
            let mut form = Form::default();
            let read = form
                .read(encoded.as_bytes())
                .map(|()| form.iter().collect::<Vec<_>>());
            assert_eq!(read, expect.map(<[_]>::to_vec), "{encoded}");
        };
        check("", Ok(&[]));
        check("&&", Ok(&[]));
        check("a=1&b", Ok(&[("a", "1"), ("b", "")]));
        check("a=1=2", Ok(&[("a", "1=2")]));
        check("a=x+y%2Bz%20%c3%BC", Ok(&[("a", "x y+z ü")]));
        check("%61=1&a=2", Err(BadForm::Repeated("a".to_owned())));
        let long = "n".repeat(10_000);
        let cut = "n".repeat(ECHO);
        check(&format!("{long}=1&{long}=2"), Err(BadForm::Repeated(cut)));
        check("a=%", Err(BadForm::Escape));
        check("a=%2", Err(BadForm::Escape));
        check("a=%zz", Err(BadForm::Escape));
        check("a=%2&b=1", Err(BadForm::Escape));
        check("a=%ff", Err(BadForm::NotUtf8));
        let many: String = (0..=MOST_PARAMETERS).map(|i| format!("{i}&")).collect();
        check(&many, Err(BadForm::TooMany));
    }
}
