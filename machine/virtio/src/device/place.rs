//! What a monitor says of a device that it has placed in memory: `SIZE@ADDRESS:INTERRUPT` (Linux,
//! `Documentation/admin-guide/kernel-parameters.txt`).

/// Where a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The address of its registers.
    pub(crate) address: usize,
    /// How many bytes of them there are.
    pub(crate) size_bytes: usize,
    /// The number of its interrupt.
    pub(crate) interrupt: u8,
}

impl Place {
    /// Reads a place.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (size, rest) = text.split_once('@')?;
        // What may follow is a number that Linux gives the device.
        let mut rest = rest.split(':');
        let address = number(rest.next()?)?;
        let interrupt = rest.next()?.parse().ok()?;
        Some(Self { address, size_bytes: size_bytes(size)?, interrupt })
    }
}

/// Reads a number; in hexadecimal digits, where it says so.
fn number(text: &str) -> Option<usize> {
    match text.strip_prefix("0x") {
        Some(digits) => usize::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Reads a size, which may be in units of 1024 or 1048576 bytes.
fn size_bytes(text: &str) -> Option<usize> {
    let units = [('k', 1 << 10), ('K', 1 << 10), ('m', 1 << 20), ('M', 1 << 20)];
    let unit =
        units.into_iter().find_map(|(letter, unit)| Some((text.strip_suffix(letter)?, unit)));
    let (digits, unit) = unit.unwrap_or((text, 1));
    number(digits)?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn places_are_read_as_monitors_write_them() {
        for (text, place) in [
            ("512@0xfeb00e00:12", Some((0xfeb0_0e00, 512, 12))),
            ("4K@0xd0000000:5", Some((0xd000_0000, 4096, 5))),
            ("0x200@4096:7:3", Some((4096, 512, 7))),
            ("512@0xfeb00e00", None),
            ("512", None),
            ("@:", None),
            ("1@0x:300", None),
            ("99999999999999999999M@0:1", None),
        ] {
            let read = Place::read(text);
            let parts = read.map(|it| (it.address, it.size_bytes, it.interrupt));
            assert_eq!(parts, place, "{text}");
        }
    }
}
