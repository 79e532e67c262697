//! The canonical form of a policy document: one order of members, two spaces, single values outside
//! lists. It works on the JSON alone, so that what AWS would refuse can be laid out too; it changes
//! no decision, and formatting twice is formatting once.

mod print;

use crate::document::json::{self, Json, Node};
use crate::document::{ParseError, ParseErrors, Place, Topic};
pub(crate) use print::compact;

/// Lays a document out.
///
/// # Errors
/// When the text is no JSON object, or gives a name twice in one object.
pub fn format(text: &str) -> Result<String, ParseErrors> {
    let error = |what: String, instead: &str, span: crate::document::Span| {
        ParseErrors(vec![ParseError {
            topic: Topic::Syntax,
            what,
            instead: Some(instead.to_owned()),
            span,
            place: Place::of(text, span.start),
        }])
    };
    let root: Node =
        json::read(text).map_err(|broken| error(broken.what, broken.instead, broken.span))?;
    if !matches!(root.value, Json::Object(_)) {
        return Err(error(
            "a policy document is a JSON object".to_owned(),
            r#"{"Version": "2012-10-17", "Statement": […]}"#,
            root.span,
        ));
    }
    Ok(print::document(&root))
}

#[cfg(test)]
#[path = "format_test.rs"]
mod tests;
