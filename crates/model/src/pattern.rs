//! The regular expressions of the models. They are written for Java; here they are turned into what
//! the `regex` crate reads, with the same meaning, and compiled at their first use.

use regex::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// A regular expression of a model, which a whole text must match.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

/// Java's meaning of the classes, which knows ASCII only, and the escapes that `regex` lacks.
const TRANSLATIONS: [(&str, &str); 6] = [
    (r"\w", "[0-9A-Za-z_]"),
    (r"\d", "[0-9]"),
    (r"\s", r"[\t\n\x0B\x0C\r\x20]"),
    (r"\S", r"[^\t\n\x0B\x0C\r\x20]"),
    // The models mean the planes above the first, which takes more digits than `\u` has.
    (r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF"),
    // The same as pairs of surrogates, from the first to the last.
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"),
];

/// The patterns with look-around, which `regex` does not have, and their equals without it.
const WITHOUT_LOOK_AROUND: [(&str, &str); 2] = [
    // No two hyphens in a row. The shape bounds the length, so the count is not repeated.
    (
        "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
        "[a-z0-9]+(?:-[a-z0-9]+)*",
    ),
    // An ISO 8601 duration whose `P` is followed by a number or by `T` and a number.
    (
        r"(-?)P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
        concat!(
            r"-?P(?:",
            r"(?:\d+Y(?:\d+M)?(?:\d+[DW])?|\d+M(?:\d+[DW])?|\d+[DW])",
            r"(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
            r"|T(?:\d+H(?:\d+M)?(?:\d+(?:\.\d+)?S)?|\d+M(?:\d+(?:\.\d+)?S)?|\d+(?:\.\d+)?S)",
            r")"
        ),
    ),
];

impl Pattern {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// The pattern as the model writes it.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Whether the whole text matches. A pattern that cannot be compiled lets every text pass; a
    /// test sees to it that there is none.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.compiled().is_none_or(|regex| regex.is_match(text))
    }

    fn compiled(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| {
                RegexBuilder::new(&translate(self.text))
                    // Java's `.` matches no carriage return.
                    .crlf(true)
                    .build()
                    .ok()
            })
            .as_ref()
    }
}

/// The pattern for the `regex` crate, bound to the whole text.
fn translate(text: &str) -> String {
    let rewritten = WITHOUT_LOOK_AROUND.iter().find(|(java, _)| *java == text);
    let mut rest = rewritten.map_or(text, |(_, own)| own);
    let mut out = String::from(r"\A(?:");
    while let Some(first) = rest.chars().next() {
        let known = TRANSLATIONS.iter().find(|(java, _)| rest.starts_with(java));
        let (taken, written) = match known {
            Some((java, own)) => (java.len(), *own),
            // An escaped character is taken whole, so that `\\w` is a backslash and a `w`.
            None => {
                let escaped = rest.strip_prefix('\\').and_then(|r| r.chars().next());
                let taken = first.len_utf8() + escaped.map_or(0, char::len_utf8);
                (taken, rest.get(..taken).unwrap_or(rest))
            }
        };
        out.push_str(written);
        rest = rest.get(taken..).unwrap_or_default();
    }
    out.push_str(r")\z");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SERVICES, Shape, Structure};

    /// The patterns below a structure, and the structures seen on the way.
    #[derive(Default)]
    struct Found {
        patterns: Vec<&'static Pattern>,
        structures: Vec<&'static Structure>,
    }

    impl Found {
        fn structure(&mut self, structure: &'static Structure) {
            if !self.structures.iter().any(|s| std::ptr::eq(*s, structure)) {
                self.structures.push(structure);
                for member in structure.members {
                    self.shape(member.shape);
                }
            }
        }

        fn shape(&mut self, shape: &'static Shape) {
            match shape {
                Shape::String { pattern, .. } => self.patterns.extend(pattern),
                Shape::List { member, .. } => self.shape(member),
                Shape::Map { key, value, .. } => {
                    self.shape(key);
                    self.shape(value);
                }
                Shape::Structure(structure) => self.structure(structure),
                _ => {}
            }
        }
    }

    #[test]
    fn every_pattern_of_the_models_compiles() {
        let mut found = Found::default();
        for operation in SERVICES.iter().flat_map(|s| s.operations) {
            for structure in [operation.input, operation.output].into_iter().flatten() {
                found.structure(structure);
            }
        }
        assert!(found.patterns.len() > 500, "{} found", found.patterns.len());
        for pattern in found.patterns {
            assert!(pattern.compiled().is_some(), "{}", pattern.text);
        }
    }

    #[test]
    fn matching() {
        let duration = WITHOUT_LOOK_AROUND[1].0;
        let alias = WITHOUT_LOOK_AROUND[0].0;
        for (pattern, text, expect) in [
            (r"[\w+=,.@-]+", "Bob.Jones@example.com", true),
            (r"[\w+=,.@-]+", "Zoë", false),
            (r"[\w+=,.@-]+", "a b", false),
            (r"[\w+=,.@-]*", "", true),
            (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "Zoë 1", true),
            (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "a;b", false),
            (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "a\n\u{ff}", true),
            (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "\u{100}", false),
            (r"[\uE000-\uFFFD\u10000-\u10FFFF]+", "\u{1F511}", true),
            (r"[\uE000-\uFFFD\u10000-\u10FFFF]+", "0", false),
            (r"[\S\s]*", "any\nthing", true),
            (r"[^:=\-\.\s][0-9a-z]+", " ab", false),
            (r"[^:=\-\.\s][0-9a-z]+", "xab", true),
            (r"^a$|^b$", "b", true),
            (r"a|b", "bc", false),
            (r"\d{12}", "١٢٣٤٥٦٧٨٩٠١٢", false),
            (r"x.+$", "xy", true),
            (r"x.+$", "xy\r", false),
            (r"[a\\w]+", "\\aw", true),
            (r"[a\\w]+", "b", false),
            (alias, "a-b-c", true),
            (alias, "a--b", false),
            (alias, "-ab", false),
            (alias, "ab-", false),
            (duration, "PT1H", true),
            (duration, "P1Y2M3DT4H5M6.5S", true),
            (duration, "-P2W", true),
            (duration, "P1DT", true),
            (duration, "P", false),
            (duration, "PT", false),
            (duration, "P1H", false),
        ] {
            let built = Pattern::new(pattern);
            assert!(built.compiled().is_some(), "{pattern}");
            assert_eq!(built.matches(text), expect, "{pattern} on {text:?}");
        }
    }
}
