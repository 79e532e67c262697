//! The condition keys that a document asks for: in its conditions, and by its variables. What a
//! request must bring to be decided by it; nothing is looked up here.

use super::{Document, Statement, Version};

impl Document {
    /// Every condition key the document may read, as it is written there; some more than once.
    pub fn context_keys(&self) -> impl Iterator<Item = &str> {
        let variables = self.version() == Version::Current;
        self.statements().iter().flat_map(move |statement| {
            let keys = statement.conditions.iter().map(|c| c.key.text.as_str());
            let texts = texts(statement).filter(move |_| variables);
            keys.chain(texts.flat_map(variable_names))
        })
    }
}

/// Where variables may stand: resources and the values of conditions (`POL-V1`).
fn texts(statement: &Statement) -> impl Iterator<Item = &str> {
    let resources = statement.resources.iter().flat_map(|names| &names.values);
    let values = statement.conditions.iter().flat_map(|c| &c.values);
    resources.chain(values).map(|placed| placed.text.as_str())
}

/// The names in `${name}` and `${name, 'default'}`; `${*}`, `${?}` and `${$}` name nothing
/// (`POL-V3`).
fn variable_names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| {
        let inside = rest.split('}').next()?;
        let name = inside.split(',').next()?.trim();
        (!matches!(name, "" | "*" | "?" | "$")).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use crate::{Kind, parse};

    #[test]
    fn keys_of_conditions_and_variables() {
        for (version, keys) in [
            (
                "2012-10-17",
                vec![
                    "aws:SourceArn",
                    "kms:CallerAccount",
                    "aws:PrincipalTag/team",
                    "aws:username",
                ],
            ),
            ("2008-10-17", vec!["aws:SourceArn", "kms:CallerAccount"]),
        ] {
            let text = format!(
                r#"{{"Version":"{version}","Statement":{{"Effect":"Allow","Action":"kms:*",
                "Resource":"arn:aws:kms:*:*:key/${{aws:PrincipalTag/team, 'none'}}${{*}}",
                "Condition":{{"ArnLike":{{"aws:SourceArn":"arn:aws:sso:::${{aws:username}}"}},
                "Null":{{"kms:CallerAccount":"false"}}}}}}}}"#
            );
            let document = parse(&text, Kind::Identity).unwrap();
            let found: Vec<&str> = document.context_keys().collect();
            assert_eq!(found, keys, "{version}");
        }
    }
}
