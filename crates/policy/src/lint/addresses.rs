//! Networks as their first and last address, and the addresses that tell networks apart. Whether an
//! address meets a condition is asked of the engine (`POL-O7`).

use std::net::IpAddr;

/// A network: its first and last address and the length of its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) first: IpAddr,
    pub(super) last: IpAddr,
    pub(super) prefix: u32,
}

/// Reads a single address or a CIDR range.
pub(super) fn network(text: &str) -> Option<Network> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    match address {
        IpAddr::V4(v4) => {
            let prefix = prefix.unwrap_or(32);
            let free = u32::MAX.checked_shr(prefix).unwrap_or(0);
            let bits = v4.to_bits();
            (prefix <= 32).then(|| Network {
                first: IpAddr::V4((bits & !free).into()),
                last: IpAddr::V4((bits | free).into()),
                prefix,
            })
        }
        IpAddr::V6(v6) => {
            let prefix = prefix.unwrap_or(128);
            let free = u128::MAX.checked_shr(prefix).unwrap_or(0);
            let bits = v6.to_bits();
            (prefix <= 128).then(|| Network {
                first: IpAddr::V6((bits & !free).into()),
                last: IpAddr::V6((bits | free).into()),
                prefix,
            })
        }
    }
}

impl Network {
    /// Whether somebody may well own the network alone. Wider ranges are the internet. Source: S3
    /// User Guide, "Blocking public access", the meaning of "public": ranges wider than /8 (IPv4) or
    /// /32 (IPv6).
    fn is_narrow(&self) -> bool {
        self.prefix >= if self.first.is_ipv4() { 8 } else { 32 }
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.first.is_ipv4() == address.is_ipv4() && self.first <= address && address <= self.last
    }

    /// The first and the last address as numbers.
    fn range(&self) -> (u128, u128) {
        let bits = |address| match address {
            IpAddr::V4(v4) => u128::from(v4.to_bits()),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        (bits(self.first), bits(self.last))
    }

    /// Whether none of its addresses is one of the internet. Source: RFC 1918, RFC 4193.
    pub(super) fn is_private(&self) -> bool {
        match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                let same_block = first.octets()[0] == last.octets()[0];
                same_block && first.is_private() && last.is_private()
            }
            (IpAddr::V6(first), _) => self.prefix >= 7 && first.is_unique_local(),
            (IpAddr::V4(_), IpAddr::V6(_)) => false,
        }
    }

    /// The address behind the last one.
    fn behind(&self) -> Option<IpAddr> {
        Some(match self.last {
            IpAddr::V4(v4) => IpAddr::V4(v4.to_bits().checked_add(1)?.into()),
            IpAddr::V6(v6) => IpAddr::V6(v6.to_bits().checked_add(1)?.into()),
        })
    }
}

/// Some addresses of the internet, all over the two families.
const ABOUT: [&str; 9] = [
    "203.0.113.77",
    "198.51.100.77",
    "9.9.9.9",
    "45.45.45.45",
    "100.100.100.100",
    "150.150.150.150",
    "2001:db8::77",
    "2a00:1450::77",
    "::",
];

/// Addresses of which one meets any conditions on addresses that can be met at all: whatever is made
/// of ranges changes only at the first address of one, or behind its last.
pub(super) fn telling(texts: &[&str]) -> Vec<String> {
    let networks = texts.iter().filter_map(|text| network(text));
    let edges = networks.flat_map(|n| std::iter::once(n.first).chain(n.behind()));
    let about = ABOUT.iter().filter_map(|text| text.parse().ok());
    let zero = IpAddr::V4(0.into());
    about
        .chain(edges)
        .chain(std::iter::once(zero))
        .map(|address: IpAddr| address.to_string())
        .collect()
}

/// More than this, in the widest networks that somebody may own, nobody owns together.
const MOST_WIDE: u128 = 16;

/// Whether networks of one family are together more than somebody's own.
fn are_everybodys<'n>(networks: impl Iterator<Item = &'n Network>, bits: u32) -> bool {
    let mut ranges: Vec<(u128, u128)> = networks.map(Network::range).collect();
    ranges.sort_unstable();
    let (mut end, mut held) = (0_u128, 0_u128);
    for (first, last) in ranges {
        let behind = last.saturating_add(1);
        held = held.saturating_add(behind.saturating_sub(first.max(end)));
        end = end.max(behind);
    }
    held > (MOST_WIDE << bits)
}

/// The addresses of those that nobody is meant by: outside every listed network that is narrow enough
/// to be somebody's own, unless there are so many that they are nobody's.
pub(super) fn strange(texts: &[&str]) -> Vec<String> {
    let mut narrow: Vec<Network> = texts
        .iter()
        .filter_map(|text| network(text))
        .filter(Network::is_narrow)
        .collect();
    for v4 in [true, false] {
        let of_family = |n: &&Network| n.first.is_ipv4() == v4;
        if are_everybodys(narrow.iter().filter(of_family), if v4 { 24 } else { 96 }) {
            narrow.retain(|n| n.first.is_ipv4() != v4);
        }
    }
    let mut addresses = telling(texts);
    addresses.retain(|text| {
        text.parse()
            .is_ok_and(|address| !narrow.iter().any(|n| n.contains(address)))
    });
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for (text, first, last) in [
            ("203.0.113.9/24", "203.0.113.0", "203.0.113.255"),
            ("203.0.113.9", "203.0.113.9", "203.0.113.9"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
            ("2001:db8::1/127", "2001:db8::", "2001:db8::1"),
        ] {
            let found = network(text).unwrap();
            let said = (found.first.to_string(), found.last.to_string());
            assert_eq!(said, (first.to_owned(), last.to_owned()), "{text}");
        }
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0/8"] {
            assert_eq!(network(text), None, "{text}");
        }
    }

    #[test]
    fn strangers_are_outside_narrow_networks() {
        let of = |texts: &[&str]| strange(texts);
        assert!(!of(&["203.0.113.0/24"]).contains(&"203.0.113.77".to_owned()));
        assert!(of(&["203.0.113.0/24"]).contains(&"9.9.9.9".to_owned()));
        assert!(of(&["0.0.0.0/1"]).contains(&"9.9.9.9".to_owned()));
    }

    #[test]
    fn networks_that_are_together_the_internet_are_nobodys() {
        let halves = |every: usize| -> Vec<String> {
            let all = (0..=255_u8).flat_map(|a| [0, 128].map(|b| format!("{a}.{b}.0.0/9")));
            all.step_by(every).collect()
        };
        for (every, open) in [(1, true), (2, true), (8, true), (16, false), (64, false)] {
            let texts = halves(every);
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let listed: Vec<Network> = texts.iter().filter_map(|t| network(t)).collect();
            let within = strange(&texts)
                .iter()
                .filter_map(|text| text.parse().ok())
                .any(|address| listed.iter().any(|n| n.contains(address)));
            assert_eq!(within, open, "every {every}th /9");
        }
        // One network many times is one network.
        let texts = ["198.0.0.0/9"; 64];
        assert!(!strange(&texts).contains(&"198.51.100.77".to_owned()));
    }

    #[test]
    fn private_networks() {
        for (text, private) in [
            ("10.0.0.0/8", true),
            ("10.1.2.3", true),
            ("10.0.0.0/7", false),
            ("172.16.0.0/12", true),
            ("172.0.0.0/8", false),
            ("172.32.0.0/12", false),
            ("192.168.0.0/16", true),
            ("192.168.0.0/15", false),
            ("203.0.113.0/24", false),
            ("0.0.0.0/0", false),
            ("fd00::/8", true),
            ("fc00::/7", true),
            ("f800::/5", false),
            ("2001:db8::/32", false),
        ] {
            assert_eq!(network(text).unwrap().is_private(), private, "{text}");
        }
    }
}
