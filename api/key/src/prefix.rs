//! Addresses with the length of their network, as values of keys.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Value, Wrong};

/// An IPv4 address and the length of its network: `10.0.0.2/24`.
pub type Ipv4Prefix = Prefix<Ipv4Addr>;

/// An IPv6 address and the length of its network: `fd00::2/64`.
pub type Ipv6Prefix = Prefix<Ipv6Addr>;

/// An address of either family and the length of its network.
pub type IpPrefix = Prefix<IpAddr>;

/// An address and the length of its network in bits (RFC 4632 section 3.1, RFC 4291 section 2.3).
///
/// The bits after the prefix are kept: `10.0.0.2/24` is the host 2 of the network `10.0.0.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix<A> {
    address: A,
    length: u8,
}

/// An address that a [`Prefix`] can be made of.
pub trait Address: Copy + Eq + fmt::Debug + fmt::Display + Value {
    /// What stands for a prefix in a help text.
    const PREFIX_NAME: &'static str;
    /// The type of a prefix as a path that generated code can use.
    const PREFIX_RUST: &'static str;
    /// What a text that is no prefix should have been.
    const PREFIX_EXPECTED: &'static str;

    /// Returns how many bits the address has.
    fn bits(self) -> u8;

    /// Returns the address with all bits after the first `length` cleared.
    #[must_use]
    fn network(self, length: u8) -> Self;
}

impl<A: Address> Prefix<A> {
    /// Joins an address and a length in bits; `None` if the address has fewer bits.
    pub fn new(address: A, length: u8) -> Option<Self> {
        (length <= address.bits()).then_some(Self { address, length })
    }

    /// Returns the address, host bits included.
    #[must_use]
    pub fn address(self) -> A {
        self.address
    }

    /// Returns the length of the network part in bits.
    #[must_use]
    pub fn length(self) -> u8 {
        self.length
    }

    /// Returns the first address of the network.
    #[must_use]
    pub fn network(self) -> A {
        self.address.network(self.length)
    }

    /// Tells whether `address` is in the same network.
    pub fn contains(self, address: A) -> bool {
        address.bits() == self.address.bits() && address.network(self.length) == self.network()
    }
}

impl<A: Address> fmt::Display for Prefix<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl<A: Address> Value for Prefix<A> {
    const NAME: &'static str = A::PREFIX_NAME;
    const RUST: &'static str = A::PREFIX_RUST;

    fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong::expected(A::PREFIX_EXPECTED);
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        let address = A::parse(address).map_err(|_| wrong())?;
        let length = u8::parse(length).map_err(|_| wrong())?;
        Self::new(address, length).ok_or_else(|| too_long(address))
    }

    fn render(&self) -> String {
        self.to_string()
    }
}

fn too_long(address: impl Address) -> Wrong {
    Wrong::expected(format!("a length from 0 to {} after the slash", address.bits()))
}

impl Address for Ipv4Addr {
    const PREFIX_NAME: &'static str = "IPV4/LENGTH";
    const PREFIX_RUST: &'static str = "sarab_key::Ipv4Prefix";
    const PREFIX_EXPECTED: &'static str = "an IPv4 address and a length like 10.0.0.2/24";

    fn bits(self) -> u8 {
        32
    }

    fn network(self, length: u8) -> Self {
        let mask = u32::MAX.checked_shl(u32::from(32 - length)).unwrap_or(0);
        Self::from_bits(self.to_bits() & mask)
    }
}

impl Address for Ipv6Addr {
    const PREFIX_NAME: &'static str = "IPV6/LENGTH";
    const PREFIX_RUST: &'static str = "sarab_key::Ipv6Prefix";
    const PREFIX_EXPECTED: &'static str = "an IPv6 address and a length like fd00::2/64";

    fn bits(self) -> u8 {
        128
    }

    fn network(self, length: u8) -> Self {
        let mask = u128::MAX.checked_shl(u32::from(128 - length)).unwrap_or(0);
        Self::from_bits(self.to_bits() & mask)
    }
}

impl Address for IpAddr {
    const PREFIX_NAME: &'static str = "IP/LENGTH";
    const PREFIX_RUST: &'static str = "sarab_key::IpPrefix";
    const PREFIX_EXPECTED: &'static str = "an address and a length like 10.0.0.2/24 or fd00::2/64";

    fn bits(self) -> u8 {
        match self {
            Self::V4(address) => address.bits(),
            Self::V6(address) => address.bits(),
        }
    }

    fn network(self, length: u8) -> Self {
        match self {
            Self::V4(address) => Self::V4(address.network(length)),
            Self::V6(address) => Self::V6(address.network(length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn comes_back<A: Address>(address: A, length: u8) {
        let prefix = Prefix::new(address, length % (address.bits() + 1)).unwrap();
        assert_eq!(Prefix::parse(&prefix.render()), Ok(prefix));
        assert!(prefix.contains(prefix.address()));
        assert!(prefix.contains(prefix.network()));
    }

    proptest! {
        #[test]
        fn prefixes_come_back(v4: u32, v6: u128, length: u8) {
            comes_back(Ipv4Addr::from_bits(v4), length);
            comes_back(Ipv6Addr::from_bits(v6), length);
            comes_back(IpAddr::V4(Ipv4Addr::from_bits(v4)), length);
            comes_back(IpAddr::V6(Ipv6Addr::from_bits(v6)), length);
        }
    }

    #[test]
    fn a_prefix_keeps_its_host_bits_and_knows_its_network() {
        let prefix = Ipv4Prefix::parse("10.0.7.2/22").unwrap();
        assert_eq!(prefix.address(), Ipv4Addr::new(10, 0, 7, 2));
        assert_eq!(prefix.network(), Ipv4Addr::new(10, 0, 4, 0));
        assert!(prefix.contains(Ipv4Addr::new(10, 0, 5, 9)));
        assert!(!prefix.contains(Ipv4Addr::new(10, 0, 8, 0)));
    }

    #[test]
    fn the_whole_internet_is_one_network() {
        let all = IpPrefix::parse("0.0.0.0/0").unwrap();
        assert!(all.contains(IpAddr::V4(Ipv4Addr::BROADCAST)));
        assert!(!all.contains(IpAddr::V6(Ipv6Addr::LOCALHOST)));
    }

    #[test]
    fn what_is_no_prefix_is_refused() {
        for text in ["", "10.0.0.2", "10.0.0.2/", "/24", "10.0.0/24", "10.0.0.2/24/8", "fd00::/64"]
        {
            let wrong = Ipv4Prefix::parse(text).unwrap_err();
            assert!(wrong.to_string().contains("like 10.0.0.2/24"), "{text}: {wrong}");
        }
        let wrong = Ipv4Prefix::parse("10.0.0.2/33").unwrap_err();
        assert_eq!(wrong.to_string(), "expected a length from 0 to 32 after the slash");
        assert!(Ipv6Prefix::parse("fd00::/129").is_err());
    }
}
