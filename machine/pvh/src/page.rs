//! Tables of pages (Intel SDM volume 3, section 4.5).
//!
//! An entry of a table:
//!
//! | bit | means |
//! | --- | --- |
//! | 0 | it is there |
//! | 1 | it can be written |
//! | 3, 4 | it is not cached: memory of devices |
//! | 7 | it is a page of 2 MiB, not a table |
//! | 12-51 | the address |
//! | 63 | it cannot be executed |

mod map;

pub use map::{MapError, map_device, map_shared};
pub(crate) use map::{give, map_memory, protect, remove_null, tables_bytes};

use core::{iter::StepBy, ops::Range};

/// Bytes of a small page.
pub(crate) const SMALL_BYTES: usize = 4096;
/// Bytes of a large page.
pub(crate) const LARGE_BYTES: usize = 2 << 20;

/// A table of pages.
#[derive(Clone, Copy)]
#[repr(C, align(4096))]
pub(crate) struct Table(pub(crate) [u64; 512]);

/// What may be done with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing.
    None,
    /// It is executed.
    Execute,
    /// It is read.
    Read,
    /// It is read and written.
    Write,
    /// It is the memory of a device.
    Device,
}

const PRESENT: u64 = 1;
const WRITE: u64 = 1 << 1;
const UNCACHED: u64 = 3 << 3;
const LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

impl Access {
    const fn bits(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Execute => PRESENT,
            Self::Read => PRESENT | NO_EXECUTE,
            Self::Write => PRESENT | WRITE | NO_EXECUTE,
            Self::Device => PRESENT | WRITE | UNCACHED | NO_EXECUTE,
        }
    }
}

/// Where addresses end that a table leads to and that are no negative ones: the half of them with bit 47 clear.
const ADDRESSES_END: usize = 1 << 47;

/// Returns the large pages that something lies in, if there is something, and addresses reach it.
fn pages(start: usize, size_bytes: usize) -> Option<StepBy<Range<usize>>> {
    let end = start.checked_add(size_bytes)?;
    let is_there = size_bytes > 0 && end <= ADDRESSES_END;
    is_there.then(|| (start & !(LARGE_BYTES - 1)..end).step_by(LARGE_BYTES))
}

/// Fills the table of the small pages from `start` on: each part of `parts` has its own access, and
/// everything else can be written.
fn fill(table: &mut Table, start: usize, parts: &[(Range<usize>, Access)]) {
    let mut address = start;
    for entry in &mut table.0 {
        *entry = address as u64 | Access::Write.bits();
        address += SMALL_BYTES;
    }
    for (part, access) in parts {
        let first = part.start.max(start).min(address);
        let last = part.end.max(start).min(address);
        let places = (first - start) / SMALL_BYTES..(last - start) / SMALL_BYTES;
        let mut page = first;
        for entry in table.0.get_mut(places).unwrap_or_default() {
            let bits = access.bits();
            *entry = if bits == 0 { 0 } else { page as u64 | bits };
            page += SMALL_BYTES;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::{vec, vec::Vec};

    use super::*;

    #[test]
    fn pages_are_those_that_something_lies_in() {
        let starts = |start, size_bytes| Some(pages(start, size_bytes)?.collect::<Vec<_>>());
        assert_eq!(starts(0xfee0_0000, 4096), Some(vec![0xfee0_0000]));
        assert_eq!(starts(0x3f_ffff, 2), Some(vec![0x20_0000, 0x40_0000]));
        let last = ADDRESSES_END - LARGE_BYTES;
        assert_eq!(starts(last, LARGE_BYTES), Some(vec![last]));
        for (start, size_bytes) in
            [(4096, 0), (last, LARGE_BYTES + 1), (usize::MAX, 1), (1, usize::MAX)]
        {
            assert_eq!(starts(start, size_bytes), None, "{start:#x} {size_bytes:#x}");
        }
    }

    #[test]
    fn each_part_has_its_own_access_and_the_rest_can_be_written() {
        let parts = [
            (0..0x1000, Access::None),
            (0x1000..0x3000, Access::Execute),
            (0x3000..0x4000, Access::Read),
            (0x1f_f000..0x40_1000, Access::None),
        ];
        let mut table = Table([0; 512]);
        fill(&mut table, 0, &parts);
        assert_eq!(table.0[..5], [0, 0x1001, 0x2001, (1 << 63) | 0x3001, (1 << 63) | 0x4003]);
        assert_eq!(table.0[510..], [(1 << 63) | 0x1f_e003, 0]);
        fill(&mut table, LARGE_BYTES, &parts);
        assert_eq!(table.0.iter().filter(|entry| **entry != 0).count(), 0);
        fill(&mut table, 2 * LARGE_BYTES, &parts);
        assert_eq!(table.0[..2], [0, (1 << 63) | 0x40_1003]);
    }
}
