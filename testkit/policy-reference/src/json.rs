//! A small JSON reader and printer that keeps the order of members and the spelling of numbers, so
//! that a case can be generated, cut down and printed. It keeps no places and refuses little: what
//! it is given was made by a generator or stands in the repository.

use std::fmt;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is spelled.
    Number(String),
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in the order of its members.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value; `None` when the text is not one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (value, rest) = value(text)?;
        blanks(rest).is_empty().then_some(value)
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A list of texts.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// An object.
    pub fn object<N: Into<String>>(members: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(n, v)| (n.into(), v)).collect())
    }

    /// A member of an object; nothing when it is `null`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.members()
            .iter()
            .find(|(n, value)| n == name && *value != Self::Null)
            .map(|(_, value)| value)
    }

    /// The members of an object; none of anything else.
    #[must_use]
    pub fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a member.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    /// A text, number or Boolean as the text that conditions compare.
    #[must_use]
    pub fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// `POL-E3`: one value is a list of one.
    #[must_use]
    pub fn one_or_many(&self) -> Vec<&Self> {
        match self {
            Self::List(items) => items.iter().collect(),
            one => vec![one],
        }
    }
}

fn blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

fn value(text: &str) -> Option<(Json, &str)> {
    let text = blanks(text);
    match text.chars().next()? {
        '{' => members(blanks(&text[1..])),
        '[' => items(blanks(&text[1..])),
        '"' => string(text).map(|(text, rest)| (Json::Text(text), rest)),
        _ => {
            let end = text
                .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
                .unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            let value = match word {
                "null" => Json::Null,
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                number if number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                    Json::Number(number.to_owned())
                }
                _ => return None,
            };
            Some((value, rest))
        }
    }
}

fn string(text: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == '"' && !escaped {
            let (token, rest) = text.split_at(at + 1);
            return Some((serde_json::from_str(token).ok()?, rest));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

fn items(mut text: &str) -> Option<(Json, &str)> {
    let mut found = Vec::new();
    if let Some(rest) = text.strip_prefix(']') {
        return Some((Json::List(found), rest));
    }
    loop {
        let (item, rest) = value(text)?;
        found.push(item);
        let rest = blanks(rest);
        if let Some(rest) = rest.strip_prefix(']') {
            return Some((Json::List(found), rest));
        }
        text = rest.strip_prefix(',')?;
    }
}

fn members(mut text: &str) -> Option<(Json, &str)> {
    let mut found = Vec::new();
    if let Some(rest) = text.strip_prefix('}') {
        return Some((Json::Object(found), rest));
    }
    loop {
        let (name, rest) = string(blanks(text))?;
        let (member, rest) = value(blanks(rest).strip_prefix(':')?)?;
        found.push((name, member));
        let rest = blanks(rest);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((Json::Object(found), rest));
        }
        text = rest.strip_prefix(',')?;
    }
}

/// `{}` prints on one line, `{:#}` as the case files are laid out.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pretty = f.alternate();
        print(self, f, pretty.then_some(0))
    }
}

fn print(value: &Json, f: &mut fmt::Formatter<'_>, depth: Option<usize>) -> fmt::Result {
    let line = |f: &mut fmt::Formatter<'_>, deeper: usize| match depth {
        Some(depth) => write!(f, "\n{}", "  ".repeat(depth + deeper)),
        None => Ok(()),
    };
    let inner = depth.map(|depth| depth + 1);
    let comma = |at: usize| if at == 0 { "" } else { "," };
    match value {
        Json::Null => f.write_str("null"),
        Json::Bool(value) => write!(f, "{value}"),
        Json::Number(text) => f.write_str(text),
        Json::Text(text) => write!(f, "{}", quoted(text)),
        Json::List(items) if items.is_empty() => f.write_str("[]"),
        Json::List(items) => {
            f.write_str("[")?;
            for (at, item) in items.iter().enumerate() {
                f.write_str(comma(at))?;
                line(f, 1)?;
                print(item, f, inner)?;
            }
            line(f, 0)?;
            f.write_str("]")
        }
        Json::Object(members) if members.is_empty() => f.write_str("{}"),
        Json::Object(members) => {
            f.write_str("{")?;
            for (at, (name, member)) in members.iter().enumerate() {
                f.write_str(comma(at))?;
                line(f, 1)?;
                let blank = if depth.is_some() { " " } else { "" };
                write!(f, "{}:{blank}", quoted(name))?;
                print(member, f, inner)?;
            }
            line(f, 0)?;
            f.write_str("}")
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
