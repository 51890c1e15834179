//! The records of an extended header (POSIX.1-2017, `pax`, "pax Extended Header").

use alloc::vec::Vec;
use core::time::Duration;

use sarab_device::WallTime;

use super::error::What;

/// What records say in place of a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size_bytes: Option<u64>,
    pub(super) modified: Option<WallTime>,
}

impl Records {
    /// Reads records over these: `LENGTH KEY=VALUE`, each ended by a newline, where the length is
    /// that of the whole record. A value that is empty takes an earlier one back.
    pub(super) fn read(&mut self, mut text: &[u8]) -> Result<(), What> {
        while !text.is_empty() {
            let (record, rest) = split(text).ok_or(What::Extension)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or(What::Extension)?;
            self.set(&record[..equals], &record[equals + 1..])?;
            text = rest;
        }
        Ok(())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), What> {
        let bytes = (!value.is_empty()).then_some(value);
        match key {
            b"path" => self.path = bytes.map(<[u8]>::to_vec),
            b"linkpath" => self.link = bytes.map(<[u8]>::to_vec),
            b"size" => self.size_bytes = bytes.map(decimal).transpose()?,
            b"mtime" => self.modified = bytes.and_then(time),
            _ if key.starts_with(b"GNU.sparse.") => return Err(What::Type),
            _ => {}
        }
        Ok(())
    }
}

/// Splits the first record off, without its length and its newline.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = text.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(&text[..space]).ok()?).ok()?;
    let (record, rest) = text.split_at_checked(length)?;
    Some((record.get(space + 1..)?.strip_suffix(b"\n")?, rest))
}

fn decimal(digits: &[u8]) -> Result<u64, What> {
    let is_decimal = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let text = core::str::from_utf8(digits).ok().filter(|_| is_decimal);
    text.and_then(|text| text.parse().ok()).ok_or(What::Number)
}

/// Reads seconds since 1970 with a fraction; `None` for a time before, or none at all.
fn time(text: &[u8]) -> Option<WallTime> {
    let mut parts = text.splitn(2, |byte| *byte == b'.');
    let seconds = decimal(parts.next()?).ok()?;
    let fraction = parts.next().unwrap_or_default();
    let digits = fraction.iter().chain(core::iter::repeat(&b'0')).take(9);
    let nanoseconds =
        digits.fold(0, |sum, digit| sum * 10 + u32::from(digit.wrapping_sub(b'0') % 10));
    Some(WallTime::new(Duration::new(seconds, nanoseconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Records, What> {
        let mut records = Records::default();
        records.read(text).map(|()| records)
    }

    #[test]
    fn known_records_are_read_and_others_passed_over() {
        let records =
            read(b"30 mtime=1350244992.023960108\n19 SCHILY.dev=2049\n9 path=a\n").unwrap();
        assert_eq!(records.path.as_deref(), Some(&b"a"[..]));
        assert_eq!(records.modified, Some(WallTime::new(Duration::new(1_350_244_992, 23_960_108))));
    }

    #[test]
    fn a_value_may_hold_newlines_and_equals_signs() {
        assert_eq!(read(b"14 path=a\nb=c\n").unwrap().path.as_deref(), Some(&b"a\nb=c"[..]));
    }

    #[test]
    fn an_empty_value_takes_an_earlier_one_back() {
        assert_eq!(read(b"9 path=a\n8 path=\n").unwrap().path, None);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for wrong in [
            "9 path=a",
            "8 path=a\n",
            "path=a\n",
            "99 path=a\n",
            "0 \n",
            "-1 a=b\n",
            "2 \n",
            "5 ab\n",
            " ",
        ] {
            assert_eq!(read(wrong.as_bytes()), Err(What::Extension), "{wrong:?}");
        }
        assert_eq!(read(b"9 size=x\n"), Err(What::Number));
        assert_eq!(read(b"29 size=99999999999999999999\n").err(), Some(What::Number));
    }

    #[test]
    fn a_sparse_file_is_refused() {
        assert_eq!(read(b"22 GNU.sparse.major=1\n"), Err(What::Type));
    }
}
