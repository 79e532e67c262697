//! Patterns against a reference that tries every way (`POL-O1`, `POL-E5`, `POL-O3`).

use super::{Form, Pattern, Rules, is_arn};
use crate::request::{Context, ContextKey, Value};
use proptest::prelude::*;

struct Nothing;

impl Context for Nothing {
    fn get(&self, _: &ContextKey) -> Option<Value<'_>> {
        None
    }
}

/// The rules word by word: how far a star of the pattern may reach, tried by recursion.
fn reference(pattern: &[char], at: usize, text: &[char], form: Form, cross: bool) -> bool {
    let whole_star = pattern == ['*'];
    let Some(c) = pattern.get(at) else {
        return text.is_empty();
    };
    let colons = pattern[..at].iter().filter(|c| **c == ':').count();
    let ends_segment = pattern.get(at + 1).is_none_or(|c| *c == ':');
    let over_colons = match form {
        _ if whole_star => true,
        Form::Plain | Form::Glob => true,
        Form::Resource => colons >= 5 || (*c == '*' && ends_segment && cross),
        Form::Arn => colons >= 5,
    };
    match c {
        '*' if form != Form::Plain => (0..=text.len())
            .take_while(|n| over_colons || !text[..*n].contains(&':'))
            .any(|n| reference(pattern, at + 1, &text[n..], form, cross)),
        '?' if form != Form::Plain => {
            text.first().is_some_and(|t| over_colons || *t != ':')
                && reference(pattern, at + 1, &text[1..], form, cross)
        }
        literal => {
            text.first() == Some(literal) && reference(pattern, at + 1, &text[1..], form, cross)
        }
    }
}

/// POL-O3.
#[test]
fn what_is_an_arn() {
    for (text, expect) in [
        ("arn:aws:s3:::bucket", true),
        ("arn:::::", true),
        ("arn:aws:sns:us-east-1:111122223333:topic:sub", true),
        ("arn:aws:s3::bucket", false),
        ("arn:aws:everything", false),
        ("urn:aws:s3:::bucket", false),
        ("arn", false),
        ("*", false),
    ] {
        assert_eq!(is_arn(text), expect, "{text}");
    }
}

/// POL-E5, POL-O3: on both sides of the fifth colon, without and with `cross_segments`.
#[test]
fn segments_end_at_the_fifth_colon() {
    use Form::{Arn, Resource};
    for (form, pattern, text, expect) in [
        (Resource, "a:b:c:d:e:f*", "a:b:c:d:e:fx:y", [true, true]),
        (Resource, "a:b:c:d:e:f*g", "a:b:c:d:e:fx:yg", [true, true]),
        (Resource, "a:b:c:d:e:f?g", "a:b:c:d:e:f:g", [true, true]),
        (Resource, "a:b:c:d:*:f", "a:b:c:d:1:2:f", [false, true]),
        (Resource, "a:b:c:d:*x:f", "a:b:c:d:1:2x:f", [false, false]),
        (Resource, "a:b:c:d:?:f", "a:b:c:d:::f", [false, false]),
        (Resource, "a:b:*", "a:b:c:d:e:f", [false, true]),
        (Resource, "a:b:c*", "a:b:cd", [true, true]),
        (Arn, "a:b:c:d:e:f*", "a:b:c:d:e:fx:y", [true, true]),
        (Arn, "a:b:c:d:e:f?g", "a:b:c:d:e:f:g", [true, true]),
        (Arn, "a:b:c:d:*:f", "a:b:c:d:1:2:f", [false, false]),
        (Arn, "a:b:c:d:?:f", "a:b:c:d:::f", [false, false]),
    ] {
        for (cross_segments, expect) in [false, true].into_iter().zip(expect) {
            let rules = Rules {
                ignore_ascii_case: false,
                cross_segments,
            };
            let found = Pattern::new(pattern, form, true).matches(text, rules, &Nothing);
            assert_eq!(found, expect, "{form:?} {pattern} {text} {cross_segments}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn as_the_reference(pattern in "[ab:*?é]{0,12}", text in "[ab:é]{0,12}", cross: bool) {
        let chars: Vec<char> = pattern.chars().collect();
        let wanted: Vec<char> = text.chars().collect();
        let rules = Rules { ignore_ascii_case: false, cross_segments: cross };
        for form in [Form::Plain, Form::Glob, Form::Resource, Form::Arn] {
            let found = Pattern::new(&pattern, form, true).matches(&text, rules, &Nothing);
            prop_assert_eq!(
                found,
                reference(&chars, 0, &wanted, form, cross),
                "{:?} {} {}", form, pattern, text
            );
        }
    }

    /// Texts made from the pattern, so that most of them match.
    #[test]
    fn as_the_reference_near_a_match(
        pattern in "[ab]{0,2}[*?]?(:[ab]{0,1}[*?]{0,2}[ab]{0,1}){3,6}",
        fill in prop::collection::vec("[ab:]{0,2}", 16),
        cross: bool,
    ) {
        let mut fill = fill.into_iter();
        let text: String = pattern
            .chars()
            .map(|c| if "*?".contains(c) { fill.next().unwrap_or_default() } else { c.to_string() })
            .collect();
        let chars: Vec<char> = pattern.chars().collect();
        let wanted: Vec<char> = text.chars().collect();
        let rules = Rules { ignore_ascii_case: false, cross_segments: cross };
        for form in [Form::Glob, Form::Resource, Form::Arn] {
            let found = Pattern::new(&pattern, form, true).matches(&text, rules, &Nothing);
            prop_assert_eq!(
                found,
                reference(&chars, 0, &wanted, form, cross),
                "{:?} {} {}", form, pattern, text
            );
        }
    }
}
