//! Bytes as hexadecimal text. It knows nothing of secrets: what is printed here may be seen.

/// The bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// The `N` bytes that lower- or upper-case hexadecimal digits spell.
pub(crate) fn from_hex<const N: usize>(digits: impl Iterator<Item = u8>) -> Option<[u8; N]> {
    let mut out = [0_u8; N];
    let mut digits = digits.map(|d| char::from(d).to_digit(16));
    for byte in &mut out {
        let high = digits.next()??;
        let low = digits.next()??;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    digits.next().is_none().then_some(out)
}

/// Takes the first `N` bytes off a slice.
pub(crate) fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(first)
}
