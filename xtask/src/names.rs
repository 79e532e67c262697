//! Rust names for the names of the service models. AWS's type names stay as they are but for their
//! first letter, so that they are found by searching for them; members become snake case.

/// The words of a name in camel case: `SAMLProviderARNs` gives `SAML`, `Provider`, `ARNs`.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let at = |i: usize| chars.get(i).copied();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let previous = i.checked_sub(1).and_then(at);
        if !c.is_ascii_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let after_lower = previous.is_some_and(|p| p.is_ascii_lowercase() || p.is_ascii_digit());
        // The last capital of a run starts a word when a lower-case letter follows, unless that
        // letter is the plural `s` of an abbreviation.
        let plural = at(i + 1) == Some('s') && at(i + 2).is_none_or(|n| n.is_ascii_uppercase());
        let ends_run = previous.is_some_and(|p| p.is_ascii_uppercase())
            && at(i + 1).is_some_and(|n| n.is_ascii_lowercase())
            && !plural;
        if c.is_ascii_uppercase() && (after_lower || ends_run) {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    words.retain(|w| !w.is_empty());
    words
}

/// `KeyId` gives `key_id`.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_").to_ascii_lowercase()
}

/// A field: snake case, and a raw identifier where Rust has the word for itself.
pub(crate) fn field(name: &str) -> String {
    let snake = snake(name);
    match snake.as_str() {
        "type" | "use" | "match" | "ref" | "move" | "enum" | "struct" | "impl" | "mod" | "fn"
        | "in" | "where" | "as" | "for" | "loop" | "static" | "const" | "trait" | "async"
        | "await" | "dyn" | "let" | "if" | "else" | "return" | "true" | "false" | "pub"
        | "break" | "continue" | "extern" | "unsafe" | "while" | "abstract" | "become" | "box"
        | "do" | "final" | "macro" | "override" | "priv" | "try" | "typeof" | "unsized"
        | "virtual" | "yield" | "gen" => format!("r#{snake}"),
        _ => snake,
    }
}

/// `NotFoundException` gives `NOT_FOUND_EXCEPTION`.
pub(crate) fn constant(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// A type: the model's name with its first letter a capital.
pub(crate) fn type_name(name: &str) -> String {
    capital(name)
}

/// A variant for an enum value: `ECC_NIST_P256` gives `EccNistP256`, `PendingDeletion` stays.
pub(crate) fn variant(value: &str) -> String {
    let parts = value.split(|c: char| !c.is_ascii_alphanumeric());
    let name: String = parts
        .map(|part| {
            if part.chars().any(|c| c.is_ascii_lowercase()) {
                capital(part)
            } else {
                capital(&part.to_ascii_lowercase())
            }
        })
        .collect();
    match name.chars().next() {
        None => "Empty".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("Value{name}"),
        // `Other` holds what the model does not know; `Self` is Rust's own.
        Some(_) if name == "Self" || name == "Other" => format!("{name}Value"),
        Some(_) => name,
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + chars.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        for (name, expect) in [
            ("KeyId", "key_id"),
            ("AWSAccountId", "aws_account_id"),
            ("SAMLProviderArn", "saml_provider_arn"),
            ("KMSInvalidStateException", "kms_invalid_state_exception"),
            (
                "CustomKeyStoreHasCMKsException",
                "custom_key_store_has_cmks_exception",
            ),
            ("ARNs", "arns"),
            ("message", "message"),
            ("Type", "r#type"),
            ("PublicKeyPKCS8", "public_key_pkcs8"),
        ] {
            assert_eq!(field(name), expect, "{name}");
        }
    }

    #[test]
    fn variants() {
        for (value, expect) in [
            ("RSA_2048", "Rsa2048"),
            ("RSASSA_PKCS1_V1_5_SHA_256", "RsassaPkcs1V15Sha256"),
            ("ECC_NIST_P256", "EccNistP256"),
            ("PendingDeletion", "PendingDeletion"),
            ("SELF", "SelfValue"),
            ("string", "String"),
            ("", "Empty"),
            ("2FA", "Value2fa"),
        ] {
            assert_eq!(variant(value), expect, "{value}");
        }
    }
}
