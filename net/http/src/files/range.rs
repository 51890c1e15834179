//! Range requests (RFC 9110 §14).

use core::ops::Range;

use crate::{Headers, framing::decimal};

/// Which part of a value is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// These bytes: at least one, and none past the end.
    Bytes(Range<u64>),
    /// Bytes that it does not have: 416.
    Missing,
}

/// Reads the `Range` for a value of `size_bytes`.
///
/// One range is respected. Several at once, another unit or something malformed give the whole
/// value, as a server may do with any range (RFC 9110 §14.2): an answer of many parts costs code
/// and invites amplification (§17.15), and clients that resume or seek ask for one.
pub(crate) fn part(headers: &Headers, size_bytes: u64) -> Part {
    let mut fields = headers.get_all("range");
    let (Some(field), None) = (fields.next(), fields.next()) else { return Part::Whole };
    let Some((unit, set)) = field.split_at_checked(b"bytes=".len()) else { return Part::Whole };
    if !unit.eq_ignore_ascii_case(b"bytes=") {
        return Part::Whole;
    }
    let Some(dash) = set.iter().position(|&byte| byte == b'-') else { return Part::Whole };
    let (first, last) = (set[..dash].trim_ascii(), set[dash + 1..].trim_ascii());
    match (first, last) {
        (b"", length) => decimal(length).map(|length| suffix(length, size_bytes)),
        (first, b"") => decimal(first).map(|first| between(first, size_bytes, size_bytes)),
        (first, last) => match (decimal(first), decimal(last)) {
            (Some(first), Some(last)) if first <= last => {
                Some(between(first, last + 1, size_bytes))
            }
            _ => None,
        },
    }
    .unwrap_or(Part::Whole)
}

fn suffix(length: u64, size_bytes: u64) -> Part {
    match length {
        0 => Part::Missing,
        _ if size_bytes == 0 => Part::Whole, // satisfiable (§14.1.2), but no range names nothing
        length => between(size_bytes.saturating_sub(length), size_bytes, size_bytes),
    }
}

fn between(start: u64, end: u64, size_bytes: u64) -> Part {
    if start < size_bytes { Part::Bytes(start..end.min(size_bytes)) } else { Part::Missing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::tests::headers;

    #[test]
    fn one_range_is_respected_and_anything_else_is_the_whole() {
        for (field, expect) in [
            ("", Part::Whole),
            ("Range: bytes=0-0", Part::Bytes(0..1)),
            ("Range: bytes=0-9", Part::Bytes(0..10)),
            ("Range: bytes=2-", Part::Bytes(2..10)),
            ("Range: bytes=9-", Part::Bytes(9..10)),
            ("Range: bytes=-3", Part::Bytes(7..10)),
            ("Range: bytes=-30", Part::Bytes(0..10)),
            ("Range: bytes=5-3000000000000", Part::Bytes(5..10)),
            ("Range: BYTES= 1-2 ", Part::Bytes(1..3)),
            ("Range: bytes=10-", Part::Missing),
            ("Range: bytes=10-20", Part::Missing),
            ("Range: bytes=-0", Part::Missing),
            ("Range: bytes=3-2", Part::Whole),
            ("Range: bytes=0-1,3-4", Part::Whole),
            ("Range: bytes=-", Part::Whole),
            ("Range: bytes=+1-2", Part::Whole),
            ("Range: bytes=1--2", Part::Whole),
            ("Range: bytes", Part::Whole),
            ("Range: lines=1-2", Part::Whole),
            ("Range: bytes=18446744073709551615-18446744073709551615", Part::Whole),
            ("Range: bytes=0-1\r\nRange: bytes=0-1", Part::Whole),
        ] {
            assert_eq!(part(&headers(field), 10), expect, "{field}");
        }
    }

    #[test]
    fn nothing_has_no_part() {
        for (field, expect) in
            [("bytes=0-", Part::Missing), ("bytes=0-0", Part::Missing), ("bytes=-1", Part::Whole)]
        {
            assert_eq!(part(&headers(&alloc::format!("Range: {field}")), 0), expect);
        }
    }
}
