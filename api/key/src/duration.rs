//! Lengths of time as values of keys.

use alloc::string::{String, ToString};
use core::time::Duration;

use crate::{Value, Wrong};

/// The units, longest first, with their nanoseconds.
const UNITS: [(&str, u128); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

const EXPECTED: &str = "a time like 1m30s or 250ms (units d h m s ms us ns)";

/// Whole numbers with units, longest unit first, no unit twice: `1m30s`, `250ms`, `0s`.
impl Value for Duration {
    const NAME: &'static str = "TIME";
    const RUST: &'static str = "core::time::Duration";

    fn parse(text: &str) -> Result<Self, Wrong> {
        let nanos = parse_nanos(text).filter(|nanos| *nanos <= Self::MAX.as_nanos());
        nanos.map(Self::from_nanos_u128).ok_or_else(|| Wrong::expected(EXPECTED))
    }

    fn render(&self) -> String {
        let mut left = self.as_nanos();
        let mut text = String::new();
        for (unit, nanos) in UNITS {
            if left >= nanos {
                text.extend([(left / nanos).to_string().as_str(), unit]);
                left %= nanos;
            }
        }
        if text.is_empty() { "0s".into() } else { text }
    }
}

fn parse_nanos(text: &str) -> Option<u128> {
    let mut total = 0u128;
    let mut rest = text;
    let mut units = UNITS.iter();
    while !rest.is_empty() || total == 0 && rest.len() == text.len() {
        let (number, after) = split_where(rest, |c| !c.is_ascii_digit());
        let (unit, after) = split_where(after, |c| c.is_ascii_digit());
        let (_, nanos) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u128>().ok()?.checked_mul(*nanos)?)?;
        rest = after;
    }
    Some(total)
}

fn split_where(text: &str, end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(end).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn times_come_back(seconds: u64, nanos in 0..1_000_000_000u32) {
            for time in [
                Duration::new(seconds, nanos),
                Duration::from_secs(seconds),
                Duration::from_nanos(seconds),
            ] {
                prop_assert_eq!(Duration::parse(&time.render()), Ok(time));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = Duration::parse(&text);
        }
    }

    #[test]
    fn times_are_read_by_their_units() {
        for (text, millis) in [
            ("1m30s", 90_000),
            ("250ms", 250),
            ("0s", 0),
            ("2h5ms", 7_200_005),
            ("1d", 86_400_000),
            ("90s", 90_000),
        ] {
            assert_eq!(Duration::parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(Duration::from_secs(90).render(), "1m30s");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "5", "s", "1s1s", "1s1m", "1.5s", "-1s", "1 s", "99999999999999999999d"] {
            assert_eq!(Duration::parse(text), Err(Wrong::expected(EXPECTED)), "{text}");
        }
    }
}
