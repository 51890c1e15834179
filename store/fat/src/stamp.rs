//! Dates and times of files.
//!
//! A date is two bytes: bits 0 to 4 the day from 1 on, 5 to 8 the month from 1 on, 9 to 15 the years
//! since 1980. A time is two bytes: bits 0 to 4 half the seconds, 5 to 10 the minutes, 11 to 15 the
//! hours. Times of creation have a byte more, for hundredths of a second from 0 to 199. FAT does not
//! say in which zone its times are; here they are in UTC.

use core::time::Duration;

use sarab_device::WallTime;

/// The first and the last second that can be written: 1980-01-01 and the end of 2107.
const FIRST_S: i64 = datealgo::datetime_to_secs((1980, 1, 1, 0, 0, 0));
const LAST_S: i64 = datealgo::datetime_to_secs((2107, 12, 31, 23, 59, 59));

/// A date and a time as a folder has them. A date of 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) date: u16,
    pub(crate) time: u16,
    pub(crate) hundredths: u8,
}

impl Stamp {
    /// Writes down a moment, or the nearest that can be.
    pub(crate) fn new(moment: Option<WallTime>) -> Self {
        let since = moment.map(WallTime::since_epoch).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(LAST_S).clamp(FIRST_S, LAST_S);
        let (year, month, day, hour, minute, second) = datealgo::secs_to_datetime(seconds);
        let years = u16::try_from(year - 1980).unwrap_or_default();
        let hundredths = u8::try_from(since.subsec_millis() / 10).unwrap_or_default();
        Self {
            date: years << 9 | u16::from(month) << 5 | u16::from(day),
            time: u16::from(hour) << 11 | u16::from(minute) << 5 | u16::from(second / 2),
            hundredths: second % 2 * 100 + hundredths,
        }
    }

    /// Reads a moment; `None` where there is none, or it is no date.
    pub(crate) fn moment(self) -> Option<WallTime> {
        let field = |bits: u16| u8::try_from(bits).unwrap_or_default();
        let (year, month, day) = (
            1980 + i32::from(self.date >> 9),
            field(self.date >> 5 & 0xf),
            field(self.date & 0x1f),
        );
        let (hour, minute) = (field(self.time >> 11), field(self.time >> 5 & 0x3f));
        let second = field(self.time & 0x1f) * 2 + self.hundredths / 100;
        let is_date =
            (1..=12).contains(&month) && (1..=datealgo::days_in_month(year, month)).contains(&day);
        if !is_date || hour > 23 || minute > 59 || second > 59 || self.hundredths > 199 {
            return None;
        }
        let seconds = datealgo::datetime_to_secs((year, month, day, hour, minute, second));
        let millis = u64::from(self.hundredths % 100) * 10;
        let since = Duration::from_secs(u64::try_from(seconds).ok()?);
        Some(WallTime::new(since + Duration::from_millis(millis)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(seconds: i64) -> WallTime {
        WallTime::new(Duration::from_secs(u64::try_from(seconds).unwrap()))
    }

    #[test]
    fn a_moment_is_read_as_it_was_written() {
        for time in [(1980, 1, 1, 0, 0, 0), (2024, 2, 29, 23, 59, 59), (2107, 12, 31, 23, 59, 59)] {
            let seconds = datealgo::datetime_to_secs(time);
            assert_eq!(
                Stamp::new(Some(moment(seconds))).moment(),
                Some(moment(seconds)),
                "{time:?}"
            );
        }
    }

    #[test]
    fn a_moment_that_fat_cannot_say_becomes_the_nearest() {
        assert_eq!(Stamp::new(Some(moment(0))).moment(), Some(moment(FIRST_S)));
        assert_eq!(Stamp::new(Some(moment(LAST_S + 1))).moment(), Some(moment(LAST_S)));
        assert_eq!(Stamp::new(None).moment(), Some(moment(FIRST_S)));
    }

    #[test]
    fn what_is_no_date_is_none() {
        let none = Stamp::default();
        assert_eq!(none.moment(), None);
        for (date, time) in [(0x01a1, 0), (0x005e, 0), (0x0021, 24 << 11), (0x0021, 30)] {
            assert_eq!(Stamp { date, time, hundredths: 0 }.moment(), None, "{date} {time}");
        }
    }
}
