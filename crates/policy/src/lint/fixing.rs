//! Applies fixes one after another, reading the text anew after each, so that no fix works on a text
//! that another has changed. It writes no file.

use super::{Finding, Options, lint};

/// A text with its fixes applied.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// What was mended, in order.
    pub mended: Vec<Finding>,
    /// What is left.
    pub left: Vec<Finding>,
}

/// No document has so many findings; a guard against two fixes that undo each other.
const MOST: usize = 1000;

/// Applies every fix there is.
#[must_use]
pub fn fix(text: &str, options: &Options) -> Fixed {
    let mut fixed = Fixed {
        text: text.to_owned(),
        mended: Vec::new(),
        left: lint(text, options),
    };
    while fixed.mended.len() < MOST {
        let Some(at) = fixed.left.iter().position(|f| f.fix.is_some()) else {
            break;
        };
        let finding = fixed.left.swap_remove(at);
        let Some(text) = finding.fix.as_ref().map(|fix| fix.apply(&fixed.text)) else {
            break;
        };
        if text == fixed.text {
            break;
        }
        fixed.left = lint(&text, options);
        fixed.text = text;
        fixed.mended.push(finding);
    }
    fixed
}
