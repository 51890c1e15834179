//! Amounts of memory and storage as values of keys.

use alloc::format;
use alloc::string::String;

use crate::{Value, Wrong};

/// An amount of bytes, written with a unit: `64MiB`, `1500B`, `10MB`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

impl Size {
    /// Returns the size of `bytes` bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Returns the size in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// The units by which a size is rendered come first, largest first.
const UNITS: [(&str, u64); 13] = [
    ("EiB", 1 << 60),
    ("PiB", 1 << 50),
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("", 1),
];

impl Value for Size {
    const NAME: &'static str = "SIZE";
    const RUST: &'static str = "sarab_key::Size";

    fn parse(text: &str) -> Result<Self, Wrong> {
        parse_bytes(text).map(Self).ok_or(Wrong::expected("a size like 64MiB, 10MB or 1500B"))
    }

    fn render(&self) -> String {
        let unit =
            UNITS.iter().find(|(_, bytes)| self.0 >= *bytes && self.0.is_multiple_of(*bytes));
        let (unit, bytes) = unit.unwrap_or(&("B", 1));
        format!("{}{unit}", self.0 / bytes)
    }
}

fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (_, bytes) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sizes_come_back(bytes: u64, shift in 0..64u32) {
            for size in [Size(bytes), Size(bytes >> shift << shift)] {
                prop_assert_eq!(Size::parse(&size.render()), Ok(size));
            }
        }
    }

    #[test]
    fn sizes_are_read_by_their_units() {
        for (text, bytes) in [
            ("64MiB", 64 << 20),
            ("1500", 1500),
            ("1500B", 1500),
            ("10kB", 10_000),
            ("0B", 0),
            ("15EiB", 15 << 60),
        ] {
            assert_eq!(Size::parse(text), Ok(Size(bytes)), "{text}");
        }
        assert_eq!(Size(64 << 20).render(), "64MiB");
        assert_eq!(Size(0).render(), "0B");
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "MiB", "64M", "1.5GiB", "-1B", "16EiB", "64 MiB", "64mib"] {
            assert!(Size::parse(text).is_err(), "{text}");
        }
    }
}
