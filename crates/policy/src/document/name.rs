//! The forms of action names and resource ARNs that AWS stores (`POL-E5`, `POL-E6`).

use super::Placed;
use super::error::Findings;

/// `*`, or a service prefix, a colon and a name with wildcards.
pub(super) fn check_action(name: &Placed, findings: &mut Findings<'_>) {
    let text = &name.text;
    let fits = text == "*"
        || text.split_once(':').is_some_and(|(service, action)| {
            let word = |w: &str, extra: &[u8]| {
                !w.is_empty()
                    && w.bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'*' || extra.contains(&b))
            };
            word(service, b"-?") && word(action, b"?-_.")
        });
    if !fits {
        findings.add(
            name.span,
            format!("'{text}' is not an action"),
            "a service prefix and a name, such as kms:Decrypt or kms:*",
        );
    }
}

/// `*`, or an ARN whose service is spelled out.
pub(super) fn check_resource(name: &Placed, findings: &mut Findings<'_>) {
    let text = &name.text;
    if text == "*" {
        return;
    }
    let mut parts = text.splitn(6, ':');
    let is_arn = parts.next() == Some("arn") && parts.next().is_some();
    if !is_arn {
        findings.add(
            name.span,
            format!("'{text}' is not a resource"),
            r#"an ARN, or "*""#,
        );
        return;
    }
    if parts
        .next()
        .is_some_and(|service| service.contains(['*', '?']))
    {
        findings.add(
            name.span,
            format!("the service of '{text}' has a wildcard"),
            "the service spelled out, as in arn:aws:kms:*:*:key/*",
        );
    }
}

/// `POL-V3`: every `${` is closed and names something.
pub(super) fn check_variables(name: &Placed, findings: &mut Findings<'_>) {
    let mut rest = name.text.as_str();
    while let Some(at) = rest.find("${") {
        let after = rest.get(at + 2..).unwrap_or_default();
        match after.find('}') {
            Some(end) if !after.get(..end).unwrap_or_default().trim().is_empty() => {
                rest = after.get(end + 1..).unwrap_or_default();
            }
            _ => {
                findings.add(
                    name.span,
                    format!("a policy variable in '{}' is not complete", name.text),
                    "a variable such as ${aws:PrincipalAccount}",
                );
                return;
            }
        }
    }
}
