//! Numbers, truth values, texts and addresses as values of keys.

use alloc::format;
use alloc::string::{String, ToString};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{Value, Wrong};

macro_rules! integers {
    ($($integer:ident)*) => {$(
        impl Value for $integer {
            const NAME: &'static str = "N";
            const RUST: &'static str = stringify!($integer);

            fn parse(text: &str) -> Result<Self, Wrong> {
                text.parse().map_err(|_| number_between(&Self::MIN, &Self::MAX))
            }

            fn render(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64);

fn number_between(least: &impl ToString, most: &impl ToString) -> Wrong {
    Wrong::expected(format!("a whole number from {} to {}", least.to_string(), most.to_string()))
}

macro_rules! texts {
    ($($type:ty, $name:literal, $rust:literal, $expected:literal;)*) => {$(
        impl Value for $type {
            const NAME: &'static str = $name;
            const RUST: &'static str = $rust;

            fn parse(text: &str) -> Result<Self, Wrong> {
                text.parse().map_err(|_| Wrong::expected($expected))
            }

            fn render(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

texts! {
    String, "TEXT", "String", "a text";
    IpAddr, "IP", "core::net::IpAddr", "an IP address like 10.0.0.1 or fd00::1";
    Ipv4Addr, "IPV4", "core::net::Ipv4Addr", "an IPv4 address like 10.0.0.1";
    Ipv6Addr, "IPV6", "core::net::Ipv6Addr", "an IPv6 address like fd00::1";
    SocketAddr, "IP:PORT", "core::net::SocketAddr",
        "an address and a port like 10.0.0.1:80 or [fd00::1]:80";
}

impl Value for bool {
    const NAME: &'static str = "BOOL";
    const RUST: &'static str = "bool";
    const CHOICES: &'static [&'static str] = &["true", "false"];

    fn parse(text: &str) -> Result<Self, Wrong> {
        text.parse().map_err(|_| Wrong::expected("true or false"))
    }

    fn render(&self) -> String {
        self.to_string()
    }
}

/// Finite numbers only: nothing else equals itself and can be compared.
impl Value for f64 {
    const NAME: &'static str = "NUMBER";
    const RUST: &'static str = "f64";

    fn parse(text: &str) -> Result<Self, Wrong> {
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or(Wrong::expected("a number like 0.5"))
    }

    fn render(&self) -> String {
        format!("{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn comes_back<T: Value + PartialEq + core::fmt::Debug>(value: &T) {
        assert_eq!(T::parse(&value.render()).as_ref(), Ok(value));
    }

    proptest! {
        #[test]
        fn whole_numbers_come_back(small: u8, port: u16, big: u64, size: usize, negative: i64, tiny: i8) {
            comes_back(&small);
            comes_back(&port);
            comes_back(&big);
            comes_back(&size);
            comes_back(&negative);
            comes_back(&tiny);
        }

        #[test]
        fn numbers_texts_and_truth_come_back(
            number in any::<f64>().prop_filter("finite", |number| number.is_finite()),
            text: String,
            truth: bool,
        ) {
            comes_back(&number);
            comes_back(&text);
            comes_back(&truth);
        }

        #[test]
        fn addresses_come_back(v4: u32, v6: u128, port: u16) {
            let (v4, v6) = (Ipv4Addr::from_bits(v4), Ipv6Addr::from_bits(v6));
            comes_back(&v4);
            comes_back(&v6);
            comes_back(&IpAddr::V4(v4));
            comes_back(&IpAddr::V6(v6));
            comes_back(&SocketAddr::new(IpAddr::V4(v4), port));
            comes_back(&SocketAddr::new(IpAddr::V6(v6), port));
        }
    }

    #[test]
    fn a_number_out_of_range_is_told_the_range() {
        let wrong = u16::parse("70000").unwrap_err();
        assert_eq!(wrong.to_string(), "expected a whole number from 0 to 65535");
        assert_eq!(
            i8::parse("-129").unwrap_err().to_string(),
            "expected a whole number from -128 to 127"
        );
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for text in ["nan", "inf", "-inf", "", "one", "1e999"] {
            assert_eq!(f64::parse(text), Err(Wrong::expected("a number like 0.5")), "{text}");
        }
    }

    #[test]
    fn addresses_of_the_other_family_are_refused() {
        assert!(Ipv4Addr::parse("fd00::1").is_err());
        assert!(Ipv6Addr::parse("10.0.0.1").is_err());
        assert!(SocketAddr::parse("10.0.0.1").is_err());
    }
}
