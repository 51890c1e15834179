//! Short names: eight characters, a dot, and three.

use alloc::{string::String, vec::Vec};

use crate::name;

/// The characters of bytes from 80h on, as in code page 437, which Linux and `mkfs.fat` take.
const HIGH: [char; 128] = [
    '\u{c7}', '\u{fc}', '\u{e9}', '\u{e2}', '\u{e4}', '\u{e0}', '\u{e5}', '\u{e7}', '\u{ea}',
    '\u{eb}', '\u{e8}', '\u{ef}', '\u{ee}', '\u{ec}', '\u{c4}', '\u{c5}', '\u{c9}', '\u{e6}',
    '\u{c6}', '\u{f4}', '\u{f6}', '\u{f2}', '\u{fb}', '\u{f9}', '\u{ff}', '\u{d6}', '\u{dc}',
    '\u{a2}', '\u{a3}', '\u{a5}', '\u{20a7}', '\u{192}', '\u{e1}', '\u{ed}', '\u{f3}', '\u{fa}',
    '\u{f1}', '\u{d1}', '\u{aa}', '\u{ba}', '\u{bf}', '\u{2310}', '\u{ac}', '\u{bd}', '\u{bc}',
    '\u{a1}', '\u{ab}', '\u{bb}', '\u{2591}', '\u{2592}', '\u{2593}', '\u{2502}', '\u{2524}',
    '\u{2561}', '\u{2562}', '\u{2556}', '\u{2555}', '\u{2563}', '\u{2551}', '\u{2557}', '\u{255d}',
    '\u{255c}', '\u{255b}', '\u{2510}', '\u{2514}', '\u{2534}', '\u{252c}', '\u{251c}', '\u{2500}',
    '\u{253c}', '\u{255e}', '\u{255f}', '\u{255a}', '\u{2554}', '\u{2569}', '\u{2566}', '\u{2560}',
    '\u{2550}', '\u{256c}', '\u{2567}', '\u{2568}', '\u{2564}', '\u{2565}', '\u{2559}', '\u{2558}',
    '\u{2552}', '\u{2553}', '\u{256b}', '\u{256a}', '\u{2518}', '\u{250c}', '\u{2588}', '\u{2584}',
    '\u{258c}', '\u{2590}', '\u{2580}', '\u{3b1}', '\u{df}', '\u{393}', '\u{3c0}', '\u{3a3}',
    '\u{3c3}', '\u{b5}', '\u{3c4}', '\u{3a6}', '\u{398}', '\u{3a9}', '\u{3b4}', '\u{221e}',
    '\u{3c6}', '\u{3b5}', '\u{2229}', '\u{2261}', '\u{b1}', '\u{2265}', '\u{2264}', '\u{2320}',
    '\u{2321}', '\u{f7}', '\u{2248}', '\u{b0}', '\u{2219}', '\u{b7}', '\u{221a}', '\u{207f}',
    '\u{b2}', '\u{25a0}', '\u{a0}',
];

/// Bits of an entry that say which part of its short name is in lower case.
const LOWER_BASE: u8 = 0x08;
const LOWER_ENDING: u8 = 0x10;

/// Returns how a short name is shown, as a segment of a path.
pub(crate) fn text(name: &[u8; 11], case: u8) -> String {
    let (base, ending) = name.split_at(8);
    let mut text = String::new();
    push(&mut text, base, case & LOWER_BASE != 0);
    if let Some(0x05) = name.first() {
        text = text.replacen('\u{5}', "\u{3c3}", 1); // E5h, which would mean a free entry
    }
    if ending != b"   " {
        text.push('.');
        push(&mut text, ending, case & LOWER_ENDING != 0);
    }
    if matches!(text.as_str(), "" | "." | "..") { "_".into() } else { text }
}

fn push(text: &mut String, bytes: &[u8], is_lower: bool) {
    let end = bytes.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    text.extend(bytes[..end].iter().map(|byte| match byte {
        0 | b'/' => '_', // cannot be in a path
        0x80.. => HIGH[usize::from(byte - 0x80)],
        _ if is_lower => char::from(byte.to_ascii_lowercase()),
        _ => char::from(*byte),
    }));
}

/// Returns the short name, and the bits for its case, that say all that `text` does: no long name
/// is needed then.
pub(crate) fn exact(text: &str) -> Option<([u8; 11], u8)> {
    let (base, ending) = text.rsplit_once('.').unwrap_or((text, ""));
    let is_whole = !base.is_empty() && base.len() <= 8 && ending.len() <= 3;
    let has_dot = text.contains('.');
    if !is_whole
        || (has_dot && ending.is_empty())
        || !(base.bytes().chain(ending.bytes()).all(is_plain))
    {
        return None;
    }
    let case = (case(base)? * LOWER_BASE) | (case(ending)? * LOWER_ENDING);
    Some((join(base.as_bytes(), ending.as_bytes()), case))
}

/// Returns 1 for lower case, 0 for upper case, and `None` for a mixture.
fn case(part: &str) -> Option<u8> {
    let has_lower = part.bytes().any(|byte| byte.is_ascii_lowercase());
    let has_upper = part.bytes().any(|byte| byte.is_ascii_uppercase());
    (!(has_lower && has_upper)).then_some(u8::from(has_lower))
}

/// Returns the short names that `text`, a long name, may have, until one is free: `NAME~1.TXT`.
///
/// From the fifth on they carry a hash of the long name, so that thousands of names that begin alike
/// are no trouble.
pub(crate) fn candidates(text: &str) -> impl Iterator<Item = [u8; 11]> {
    let text = text.trim_start_matches(['.', ' ']);
    let (base, ending) = text.rsplit_once('.').unwrap_or((text, ""));
    let (base, ending) = (plain(base), plain(ending));
    let hash = name::hash(text);
    (1..=u32::from(u16::MAX)).map(move |number| {
        let mut short = base.clone();
        let tail = if number <= 4 {
            alloc::format!("~{number}")
        } else {
            let mixed = (hash ^ u64::from(number / 9)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
            short.truncate(2);
            alloc::format!("{mixed:04X}~{}", number % 9 + 1)
        };
        short.truncate(8 - tail.len());
        short.extend_from_slice(tail.as_bytes());
        join(&short, &ending[..ending.len().min(3)])
    })
}

/// Returns the bytes of a short name that are nearest to `part`.
fn plain(part: &str) -> Vec<u8> {
    let letters = part.chars().filter(|letter| !matches!(letter, ' ' | '.'));
    let mut bytes: Vec<u8> = letters
        .map(|letter| u8::try_from(letter).ok().filter(|byte| is_plain(*byte)).unwrap_or(b'_'))
        .collect();
    bytes.make_ascii_uppercase();
    bytes
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'()-@^_`{}~".contains(&byte)
}

fn join(base: &[u8], ending: &[u8]) -> [u8; 11] {
    let mut name = [b' '; 11];
    name[..base.len()].copy_from_slice(base);
    name[8..8 + ending.len()].copy_from_slice(ending);
    name.make_ascii_uppercase();
    name
}

/// Returns the eleven bytes for the name of a volume, or `None` where it cannot be one.
pub(crate) fn label(text: &str) -> Option<[u8; 11]> {
    let mut label = [b' '; 11];
    let is_right = |byte: u8| is_plain(byte) || byte == b' ';
    if text.is_empty()
        || text.len() > label.len()
        || text.starts_with(' ')
        || !text.bytes().all(is_right)
    {
        return None;
    }
    label[..text.len()].copy_from_slice(text.as_bytes());
    label.make_ascii_uppercase();
    Some(label)
}

/// Returns the name of a volume as text.
pub(crate) fn label_text(label: &[u8; 11]) -> String {
    let mut text = String::new();
    push(&mut text, label, false);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_says_all_where_each_part_has_one_case() {
        for (text_, name, case) in [
            ("README.TXT", b"README  TXT", 0),
            ("readme.txt", b"README  TXT", 0x18),
            ("readme.TXT", b"README  TXT", 0x08),
            ("README.txt", b"README  TXT", 0x10),
            ("a", b"A          ", 0x08),
            ("12345678.123", b"12345678123", 0),
            ("~$-_!", b"~$-_!      ", 0),
        ] {
            assert_eq!(exact(text_), Some((*name, case)), "{text_}");
            assert_eq!(text(name, case), text_);
        }
        for long in
            ["Readme.txt", "a.b.c", ".a", "a b", "123456789", "a.1234", "a+b", "\u{e9}", "a."]
        {
            assert_eq!(exact(long), None, "{long}");
        }
    }

    #[test]
    fn a_long_name_gets_a_number() {
        let first = |text: &str| candidates(text).next().unwrap();
        assert_eq!(&first("The quick brown.fox"), b"THEQUI~1FOX");
        assert_eq!(&first(".profile"), b"PROFIL~1   ");
        assert_eq!(&first("a+b=c.tar.gz"), b"A_B_CT~1GZ ");
        assert_eq!(&first("\u{e9}t\u{e9}"), b"_T_~1      ");
        assert_eq!(&first("+"), b"_~1        ");
    }

    #[test]
    fn candidates_differ() {
        let mut all: Vec<_> = candidates("name that is long.txt").take(2000).collect();
        all.sort_unstable();
        all.dedup();
        assert!(all.len() > 1900, "{}", all.len());
    }

    #[test]
    fn any_bytes_are_shown_as_a_segment() {
        for byte in 0..=255 {
            let text = text(&[byte; 11], 0);
            assert!(sarab_device::key::is_segment(&text), "{byte}: {text:?}");
        }
        assert_eq!(text(b".          ", 0), "_");
        assert_eq!(text(b"\x05BC        ", 0), "\u{3c3}BC");
    }
}
