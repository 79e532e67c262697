//! Where a call came from: an address, a network (RFC 4632, RFC 4291 section 2.3), or the name of the
//! service that called.

use std::net::IpAddr;
use std::str::FromStr;

/// Which source addresses are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressFilter {
    /// Those of a network; a single address is one of full length.
    Network {
        /// An address of it.
        address: IpAddr,
        /// How many leading bits make it.
        bits: u32,
    },
    /// The name of a service.
    Name(String),
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no address such as 10.1.2.3, no network such as 10.0.0.0/8, and no service")]
pub struct NoAddress(String);

impl FromStr for AddressFilter {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let refuse = || NoAddress(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| refuse())?)),
            None => (text, None),
        };
        match address.parse::<IpAddr>() {
            Ok(address) => {
                let most = width(address);
                let bits = bits.unwrap_or(most);
                let network = Self::Network { address, bits };
                (bits <= most).then_some(network).ok_or_else(refuse)
            }
            Err(_) if bits.is_none() && text.contains(char::is_alphabetic) => {
                Ok(Self::Name(text.to_owned()))
            }
            Err(_) => Err(refuse()),
        }
    }
}

impl AddressFilter {
    /// Whether a record's `sourceIPAddress` is wanted.
    #[must_use]
    pub fn matches(&self, source: &str) -> bool {
        match self {
            Self::Name(name) => source == name,
            Self::Network { address, bits } => source.parse().is_ok_and(|source| {
                width(source) == width(*address) && {
                    let apart = width(source) - bits;
                    shifted(source, apart) == shifted(*address, apart)
                }
            }),
        }
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The leading bits of an address, all but the last `apart`.
fn shifted(address: IpAddr, apart: u32) -> u128 {
    let bits = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    bits.checked_shr(apart).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_addresses_and_services() {
        for (filter, source, expect) in [
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.9.9.9/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "::1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("2001:db8::1", "2001:0db8:0::1", true),
            ("10.0.0.0/8", "sso.amazonaws.com", false),
            ("sso.amazonaws.com", "sso.amazonaws.com", true),
            ("AWS Internal", "AWS Internal", true),
            ("sso.amazonaws.com", "10.1.2.3", false),
        ] {
            let filter: AddressFilter = filter.parse().unwrap();
            assert_eq!(filter.matches(source), expect, "{filter:?} {source}");
        }
        for bad in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.0/x",
            "sso/8",
            "1.2",
        ] {
            assert!(bad.parse::<AddressFilter>().is_err(), "{bad}");
        }
    }
}
