//! Sizes as people write them.

use sarab_key::{Size, Value};

/// Reads a size: `64M` and `64MiB` are the same, `64MB` is a million a piece.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let binary = text.strip_suffix(['K', 'M', 'G', 'T', 'P']);
    let is_short = binary.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let text = if is_short { format!("{text}iB") } else { text.to_owned() };
    let size =
        Size::parse(&text).map_err(|_| "expected a size like 64M, 1G or 1500K".to_owned())?;
    Ok(size.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_disks_are_sold_or_made() {
        for (text, bytes) in [
            ("64M", 64 << 20),
            ("64MiB", 64 << 20),
            ("64MB", 64_000_000),
            ("1500K", 1500 << 10),
            ("2T", 2 << 40),
            ("512", 512),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "M", "64m", "-1M", "1.5G", "99999999999G", "64Mi"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
