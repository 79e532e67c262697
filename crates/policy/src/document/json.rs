//! A JSON reader (RFC 8259) that keeps the place of every value and refuses a name given twice.
//! It knows nothing of policies.

use super::place::Span;

/// Deeper nesting than this is refused; policies need five levels.
const DEEPEST: usize = 32;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Json,
    pub(crate) span: Span,
}

/// A JSON value. Numbers keep their text, because `7.00` and `7` may differ to who reads them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// A name and value of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) name_span: Span,
    pub(crate) node: Node,
}

impl Json {
    /// The kind of value, for error texts.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a Boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// What stopped the reader, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) what: String,
    /// What to write instead.
    pub(crate) instead: &'static str,
    pub(crate) span: Span,
}

/// Reads one JSON text.
pub(crate) fn read(text: &str) -> Result<Node, Broken> {
    let mut reader = Reader { text, at: 0 };
    let node = reader.value(0)?;
    reader.blanks();
    if reader.peek().is_some() {
        return Err(reader.broken(
            "text after the end of the document",
            "one JSON object and nothing after it",
        ));
    }
    Ok(node)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn broken(&self, what: impl Into<String>, instead: &'static str) -> Broken {
        Broken {
            what: what.into(),
            instead,
            span: Span {
                start: self.at,
                end: (self.at + 1).min(self.text.len()),
            },
        }
    }

    /// Reads a value, blanks before it included.
    fn value(&mut self, depth: usize) -> Result<Node, Broken> {
        self.blanks();
        if depth > DEEPEST {
            return Err(self.broken(
                "the document is nested too deeply",
                "at most five levels, which is all that policies need",
            ));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Json::Text(self.text_value()?),
            Some(b't') => self.word("true", Json::Bool(true))?,
            Some(b'f') => self.word("false", Json::Bool(false))?,
            Some(b'n') => self.word("null", Json::Null)?,
            Some(b'-' | b'0'..=b'9') => Json::Number(self.number()?),
            Some(_) => {
                return Err(self.broken(
                    "not JSON: a value was expected here",
                    "a text in double quotes, a list or an object",
                ));
            }
            None => {
                return Err(self.broken(
                    "the document ends where a value was expected",
                    "a value, and the closing brackets after it",
                ));
            }
        };
        Ok(Node {
            value,
            span: Span {
                start,
                end: self.at,
            },
        })
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, Broken> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.broken(
                "not JSON: a value was expected here",
                "a text in double quotes, a list or an object",
            ))
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<String, Broken> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return Err(self.broken(
                "not a JSON number",
                "a number such as 7 or 0.5, or a text in double quotes",
            ));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.broken(
                    "not a JSON number",
                    "a number such as 7 or 0.5, or a text in double quotes",
                ));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.broken(
                    "not a JSON number",
                    "a number such as 7 or 0.5, or a text in double quotes",
                ));
            }
        }
        Ok(self.text.get(start..self.at).unwrap_or_default().to_owned())
    }

    fn text_value(&mut self) -> Result<String, Broken> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => {
                    return Err(self.broken(
                        "a control character inside a text",
                        "an escape such as \\n, or nothing",
                    ));
                }
                None => {
                    return Err(self.broken(
                        "the document ends inside a text",
                        "the closing double quote",
                    ));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Broken> {
        self.at += 1;
        let letter = self.peek();
        let plain = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => {
                return Err(self.broken(
                    "an unknown escape inside a text",
                    "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u; a backslash itself is \\\\",
                ));
            }
        };
        self.at += 1;
        Ok(plain)
    }

    /// The four digits after `\u`, with the second half of a surrogate pair where one is due.
    fn unicode(&mut self) -> Result<char, Broken> {
        let first = self.hex4()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if !rest.starts_with("\\u") {
                return Err(self.broken(
                    "half of a surrogate pair inside a text",
                    "both halves, as in \\ud83d\\ude00, or the character itself",
                ));
            }
            self.at += 2;
            let second = self.hex4()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.broken(
                    "half of a surrogate pair inside a text",
                    "both halves, as in \\ud83d\\ude00, or the character itself",
                ));
            }
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| {
            self.broken(
                "half of a surrogate pair inside a text",
                "both halves, as in \\ud83d\\ude00, or the character itself",
            )
        })
    }

    fn hex4(&mut self) -> Result<u32, Broken> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|d| u32::from_str_radix(d, 16).ok())
            .ok_or_else(|| {
                self.broken(
                    "four hexadecimal digits were expected",
                    "four hexadecimal digits after \\u",
                )
            })?;
        self.at += 4;
        Ok(digits)
    }

    fn list(&mut self, depth: usize) -> Result<Json, Broken> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::List(items));
                }
                _ => {
                    return Err(self.broken(
                        "a comma or ] was expected here",
                        "a comma before the next value, or ] at the end of the list",
                    ));
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Broken> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            let member = self.member(depth)?;
            if members.iter().any(|m| m.name == member.name) {
                return Err(Broken {
                    what: format!("the name '{}' is given twice", member.name),
                    instead: "one member of that name that holds all its values",
                    span: member.name_span,
                });
            }
            members.push(member);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(members));
                }
                _ => {
                    return Err(self.broken(
                        "a comma or } was expected here",
                        "a comma before the next name, or } at the end of the object",
                    ));
                }
            }
        }
    }

    fn member(&mut self, depth: usize) -> Result<Member, Broken> {
        self.blanks();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.broken(
                "a name in quotes was expected here",
                "a name in double quotes; no comma stands before }",
            ));
        }
        let name = self.text_value()?;
        let name_span = Span {
            start,
            end: self.at,
        };
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.broken(
                "a colon was expected here",
                "a colon between name and value",
            ));
        }
        self.at += 1;
        let node = self.value(depth + 1)?;
        Ok(Member {
            name,
            name_span,
            node,
        })
    }
}

#[cfg(test)]
#[path = "json_test.rs"]
mod tests;
