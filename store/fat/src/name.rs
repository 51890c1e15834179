//! Names of files: which there can be, and which are the same.
//!
//! A name has up to 255 units of UTF-16. Characters below the space and `" * / : < > ? \ |` are not
//! in it; dots and spaces at its end are dropped. Two names are the same if they are so in upper
//! case, where a character counts that has one counterpart in upper case and takes one unit, as in
//! the tables of Windows.

use alloc::{string::String, vec::Vec};

/// The most units of a name.
pub(crate) const UNITS_MAX: usize = 255;

/// Returns `text` without what is dropped at the end of a name.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_end_matches(['.', ' '])
}

/// Returns the units of the name that `text` stands for, or `None` if it cannot be one.
pub(crate) fn units(text: &str) -> Option<Vec<u16>> {
    let text = trim(text);
    let is_forbidden = |letter: char| letter < ' ' || "\"*/:<>?\\|".contains(letter);
    if text.is_empty() || text.contains(is_forbidden) {
        return None;
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    (units.len() <= UNITS_MAX).then_some(units)
}

/// Returns the text of a name on a disk, such that it can be a segment of a path.
///
/// `None` where it cannot: the short name stands for it then. Half a surrogate is shown as U+FFFD.
pub(crate) fn text(units: &[u16]) -> Option<String> {
    let text: String = char::decode_utf16(units.iter().copied())
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    sarab_device::key::is_segment(&text).then_some(text)
}

/// Returns whether two names are the same.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    folded(one).eq(folded(other))
}

/// Returns a number that is the same for names that are the same (FNV-1a).
pub(crate) fn hash(text: &str) -> u64 {
    folded(text).fold(0xcbf2_9ce4_8422_2325, |hash, letter| {
        (hash ^ u64::from(u32::from(letter))).wrapping_mul(0x0100_0000_01b3)
    })
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    trim(text).chars().map(upper)
}

/// Returns a character in upper case, where that is one character of one unit.
pub(crate) fn upper(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_uppercase();
    }
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) if letter.len_utf16() == 1 && one.len_utf16() == 1 => one,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_ignored_where_a_letter_has_one_counterpart() {
        for (one, other) in
            [("README", "readme"), ("\u{e4}\u{e9}", "\u{c4}\u{c9}"), ("\u{43f}", "\u{41f}")]
        {
            assert!(is_same(one, other), "{one} {other}");
            assert_eq!(hash(one), hash(other));
        }
        for (one, other) in [("stra\u{df}e", "strasse"), ("\u{10428}", "\u{10400}"), ("a", "b")] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        for wrong in
            ["", ".", "...", "  ", "a:b", "a\\b", "a?", "a*", "\"", "<", ">", "|", "a\u{1f}"]
        {
            assert_eq!(units(wrong), None, "{wrong:?}");
        }
        assert!(units(&"x".repeat(255)).is_some());
        assert!(units(&"x".repeat(256)).is_none());
        assert!(units(&"\u{1f600}".repeat(128)).is_none()); // two units each
        assert_eq!(units(" a. b. .").map(|units| units.len()), Some(5));
    }

    #[test]
    fn a_name_from_a_disk_is_a_segment_or_nothing() {
        let of = |text_: &str| text(&text_.encode_utf16().collect::<Vec<_>>());
        assert_eq!(of("a/b"), None);
        assert_eq!(of(".."), None);
        assert_eq!(of("\u{1f600}"), Some("\u{1f600}".into()));
        assert_eq!(text(&[0xd800, 0x61]), Some("\u{fffd}a".into()));
    }
}
