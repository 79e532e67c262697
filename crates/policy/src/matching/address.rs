//! IP addresses and ranges (`POL-O7`). The two families never mix.

use std::net::{IpAddr, Ipv6Addr};

/// A range of addresses of one family; bits after the prefix are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    address: IpAddr,
    prefix: u8,
}

/// The address of a request; an IPv4 address in IPv6 form is the IPv4 address.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

impl Range {
    /// Reads a single address or a CIDR range.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => {
                let plain = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
                (address, Some(plain.then(|| prefix.parse().ok()).flatten()?))
            }
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        (prefix <= longest).then(|| Self { address, prefix }.canonical())
    }

    /// A range wholly inside the IPv4-mapped part of IPv6 is the IPv4 range.
    fn canonical(self) -> Self {
        match self.address.to_canonical() {
            IpAddr::V4(v4) if self.address.is_ipv6() && self.prefix >= 96 => Self {
                address: IpAddr::V4(v4),
                prefix: self.prefix - 96,
            },
            _ => self,
        }
    }

    /// Whether an address lies in the range.
    pub(crate) fn contains(&self, ip: IpAddr) -> bool {
        // Both families as 128 bits with the prefix counted from the top of their own width.
        let (own, other, width) = match (self.address, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                (u128::from(a.to_bits()), u128::from(b.to_bits()), 32)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => (bits(a), bits(b), 128),
            _ => return false,
        };
        let shift = width - u32::from(self.prefix);
        own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
    }
}

fn bits(address: Ipv6Addr) -> u128 {
    address.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// POL-O7.
    #[test]
    fn ranges() {
        for (range, ip, inside) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.9.9.9/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "10.0.0.1", false),
            ("2001:DB8::/32", "2001:0db8:0:0::5", true),
            ("2001:db8::/32", "2001:db9::5", false),
            ("2001:db8::5", "2001:db8::6", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("::ffff:10.0.0.0/104", "10.1.1.1", true),
            ("::ffff:10.0.0.0/104", "11.1.1.1", false),
            ("::ffff:0.0.0.0/96", "198.51.100.1", true),
            // A range that reaches beyond the mapped part is one of IPv6.
            ("::ffff:0.0.0.0/95", "198.51.100.1", false),
            ("::ffff:0.0.0.0/95", "::fffe:0:1", true),
        ] {
            let found = Range::parse(range).unwrap().contains(address(ip).unwrap());
            assert_eq!(found, inside, "{range} {ip}");
        }
        for text in [
            "",
            "10.0.0/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "::/129",
            "a",
        ] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
