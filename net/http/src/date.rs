//! The dates of header fields (RFC 9110 §5.6.7).
//!
//! The calendar is the crate `datealgo`; the three forms of text are here, because the crate for
//! them (`httpdate`) needs the standard library.

use core::time::Duration;

use sarab_device::WallTime;

const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The year that two digits are read against where the machine does not know the date.
const YEAR_UNKNOWN: i32 = 2020;

/// Bytes in a date of the preferred form.
pub(crate) const LENGTH: usize = 29;

/// Writes `at` as `Sun, 06 Nov 1994 08:49:37 GMT`, the form that is always sent.
///
/// A year after 9999 is written as 9999.
pub(crate) fn write(at: WallTime) -> [u8; LENGTH] {
    let (year, month, day, hour, minute, second) = datealgo::secs_to_datetime(seconds(at));
    let weekday = datealgo::date_to_weekday((year, month, day));
    let mut text = *b"Day, 00 Mon 0000 00:00:00 GMT";
    text[..3].copy_from_slice(&DAYS[usize::from(weekday) - 1].as_bytes()[..3]);
    text[8..11].copy_from_slice(MONTHS[usize::from(month) - 1].as_bytes());
    let year = u16::try_from(year).unwrap_or(u16::MAX).min(9999);
    put_two(&mut text[5..7], u16::from(day));
    put_two(&mut text[12..14], year / 100);
    put_two(&mut text[14..16], year % 100);
    put_two(&mut text[17..19], u16::from(hour));
    put_two(&mut text[20..22], u16::from(minute));
    put_two(&mut text[23..25], u16::from(second));
    text
}

fn put_two(place: &mut [u8], number: u16) {
    for (byte, digit) in place.iter_mut().zip([number / 10, number % 10]) {
        *byte = b'0' + u8::try_from(digit % 10).unwrap_or(0);
    }
}

/// Returns the whole seconds from 1970 to `at`, up to the last of the year 9999.
pub(crate) fn seconds(at: WallTime) -> i64 {
    const LAST: i64 = datealgo::datetime_to_secs((9999, 12, 31, 23, 59, 59));
    i64::try_from(at.since_epoch().as_secs()).unwrap_or(LAST).min(LAST)
}

/// Reads a date in any of the three forms.
///
/// `now` decides the century of a year of two digits: more than 50 years ahead is the past
/// (RFC 9110 §5.6.7). A date before 1970 is none.
pub(crate) fn parse(text: &[u8], now: Option<WallTime>) -> Option<WallTime> {
    let text = core::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    let (weekday, rest) = text.split_once(' ')?;
    let short = DAYS.map(|name| &name[..3]);
    let date = match weekday.strip_suffix(',') {
        Some(day) if short.contains(&day) => fixed(rest)?,
        Some(day) if DAYS.contains(&day) => rfc850(rest, now)?,
        None if short.contains(&weekday) => asctime(rest)?,
        _ => return None,
    };
    moment(date)
}

/// Year, month, day, hour, minute, second.
type Civil = (i32, u8, u8, u8, u8, u8);

/// Reads `06 Nov 1994 08:49:37 GMT`.
fn fixed(text: &str) -> Option<Civil> {
    let [day, month, year, time, "GMT"] = parts(text, ' ')? else { return None };
    civil(number(year, 4)?, month, number(day, 2)?, time)
}

/// Reads `06-Nov-94 08:49:37 GMT`.
fn rfc850(text: &str, now: Option<WallTime>) -> Option<Civil> {
    let [date, time, "GMT"] = parts(text, ' ')? else { return None };
    let [day, month, year] = parts(date, '-')?;
    civil(century(number(year, 2)?, now), month, number(day, 2)?, time)
}

/// Reads `Nov  6 08:49:37 1994`.
fn asctime(text: &str) -> Option<Civil> {
    let (month, rest) = text.split_once(' ')?;
    let (day, rest) = rest.split_at_checked(2)?;
    let [time, year] = parts(rest.strip_prefix(' ')?, ' ')?;
    let day = match day.strip_prefix(' ') {
        Some(digit) => number(digit, 1)?,
        None => number(day, 2)?,
    };
    civil(number(year, 4)?, month, day, time)
}

fn civil(year: i32, month: &str, day: i32, time: &str) -> Option<Civil> {
    let month = 1 + MONTHS.iter().position(|name| *name == month)?;
    let [hour, minute, second] = parts(time, ':')?;
    let small = |number: i32| u8::try_from(number).ok();
    Some((
        year,
        u8::try_from(month).ok()?,
        small(day)?,
        small(number(hour, 2)?)?,
        small(number(minute, 2)?)?,
        small(number(second, 2)?)?,
    ))
}

/// Checks that the date exists and returns the moment. A leap second counts as the one before it.
fn moment((year, month, day, hour, minute, second): Civil) -> Option<WallTime> {
    let is_day = (1..=datealgo::days_in_month(year, month)).contains(&day);
    if !is_day || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = datealgo::datetime_to_secs((year, month, day, hour, minute, second.min(59)));
    u64::try_from(seconds).ok().map(|seconds| WallTime::new(Duration::from_secs(seconds)))
}

/// Returns the year that ends in `digits` and is at most 50 years ahead.
fn century(digits: i32, now: Option<WallTime>) -> i32 {
    let year = now.map_or(YEAR_UNKNOWN, |now| datealgo::secs_to_datetime(seconds(now)).0);
    let guess = year - year % 100 + digits;
    if guess > year + 50 { guess - 100 } else { guess }
}

/// Splits `text` into exactly `N` parts.
fn parts<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    let mut parts = text.split(separator);
    let mut found = [""; N];
    for part in &mut found {
        *part = parts.next()?;
    }
    parts.next().is_none().then_some(found)
}

/// Reads a number of exactly `length` digits.
fn number(text: &str, length: usize) -> Option<i32> {
    let is_number = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> WallTime {
        WallTime::new(Duration::from_secs(seconds))
    }

    #[test]
    fn dates_are_written_in_the_preferred_form() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(core::str::from_utf8(&write(at(seconds))), Ok(text));
        }
    }

    #[test]
    fn all_three_forms_are_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(parse(text.as_bytes(), Some(at(1_700_000_000))), Some(at(784_111_777)));
        }
    }

    #[test]
    fn every_day_is_read_as_it_was_written() {
        for day in (0..40_000).chain(2_932_000..2_932_896) {
            let moment = at(day * 86_400 + day % 86_400);
            assert_eq!(parse(&write(moment), None), Some(moment));
        }
    }

    #[test]
    fn two_digits_are_the_nearest_century_at_most_50_years_ahead() {
        let year = |text: &str, now| {
            parse(text.as_bytes(), Some(at(now))).map(|at| &write(at)[12..16] == b"2070")
        };
        assert_eq!(year("Wednesday, 01-Jan-70 00:00:00 GMT", 1_600_000_000), Some(true));
        assert_eq!(year("Wednesday, 01-Jan-70 00:00:00 GMT", 1_500_000_000), Some(false));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "Sun",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Xyz, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "\u{ff}",
        ] {
            assert_eq!(parse(text.as_bytes(), None), None, "{text}");
        }
    }
}
