//! The date, from the clock that a PC keeps while it is off (Motorola MC146818A).

use datealgo::datetime_to_secs;

use crate::port::Port;

/// The port that says which register is meant, and the port of its value.
// SAFETY: the clock has a few bytes of its own, which these show; it reaches no memory.
const SELECT: Port = unsafe { Port::new(0x70) };
// SAFETY: as above.
const VALUE: Port = unsafe { Port::new(0x71) };

/// Returns the nanoseconds since 1970, if there is such a clock.
pub(super) fn read_ns() -> Option<u64> {
    // Register D: the clock is valid. Where there is no clock, all bits are ones.
    let valid = register(0x0d);
    if valid & 0x80 == 0 || valid == 0xff {
        return None;
    }
    // Read until two looks agree, so that none is of the moment in which the clock moves on.
    let mut last = look();
    for _ in 0..4 {
        let next = look();
        if next == last {
            return seconds(next, register(0x0b)).map(|seconds| seconds * 1_000_000_000);
        }
        last = next;
    }
    None
}

/// Second, minute, hour, day, month, year, century.
fn look() -> [u8; 7] {
    [0, 2, 4, 7, 8, 9, 0x32].map(register)
}

fn register(number: u8) -> u8 {
    SELECT.write8(number);
    VALUE.read8()
}

/// Returns the seconds since 1970; `form` is register B, which says how numbers are written.
fn seconds(look: [u8; 7], form: u8) -> Option<u64> {
    let (is_binary, is_24_hours) = (form & 4 != 0, form & 2 != 0);
    let number = |byte: u8| if is_binary { byte } else { (byte >> 4) * 10 + (byte & 15) };
    let [second, minute, hour, day, month, year, century] = look;
    let is_afternoon = !is_24_hours && hour & 0x80 != 0;
    let hour = match (is_24_hours, number(hour & 0x7f)) {
        (true, hour) => hour,
        (false, hour) => hour % 12 + if is_afternoon { 12 } else { 0 },
    };
    let century = if century == 0 { 20 } else { number(century) };
    let year = i32::from(century) * 100 + i32::from(number(year));
    let [month, day, minute, second] = [month, day, minute, second].map(number);
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    let is_time = hour < 24 && minute < 60 && second <= 60;
    let date = (year, month, day, hour, minute, second);
    u64::try_from(datetime_to_secs((is_date && is_time).then_some(date)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_either_form() {
        let expected = Some(1_456_704_000 - 86_400 + 13 * 3600 + 5 * 60 + 59);
        for (look, form) in [
            ([59, 5, 13, 28, 2, 16, 20], 6),
            ([0x59, 5, 0x13, 0x28, 2, 0x16, 0x20], 2),
            ([0x59, 5, 0x81, 0x28, 2, 0x16, 0x20], 0),
            ([59, 5, 0x81, 28, 2, 16, 0], 4),
        ] {
            assert_eq!(seconds(look, form), expected);
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        assert_eq!(seconds([0, 0, 0, 1, 13, 0, 20], 6), None);
        assert_eq!(seconds([0xff; 7], 6), None);
        assert_eq!(seconds([0, 0, 0, 1, 1, 69, 19], 6), None);
    }
}
