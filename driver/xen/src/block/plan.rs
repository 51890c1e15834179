//! How a request is cut into parts, and memory into pages.

use sarab_queue::disk::{Kind, Memory, Request};

use super::wire::SECTOR_BYTES;
use crate::memory::PAGE_BYTES;

/// A part of a request, which fits a slot of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The first sector of 512 bytes.
    pub(super) sector: u64,
    /// How many.
    pub(super) count: u64,
    pub(super) memory: Memory,
}

/// A part of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The address of the page.
    pub(super) page: usize,
    /// The first sector of it.
    pub(super) first: u8,
    /// The last sector of it.
    pub(super) last: u8,
}

/// Cuts a request on a disk whose sectors have `sector_bytes` into parts of at most `segments_max` pages.
pub(super) fn spans(
    request: &Request,
    sector_bytes: u32,
    segments_max: usize,
) -> impl Iterator<Item = Span> {
    let scale = u64::from(sector_bytes) / SECTOR_BYTES as u64;
    let start = request.first.saturating_mul(scale);
    let count = request.count.saturating_mul(scale);
    let Memory { address, size_bytes } = request.memory;
    let has_data = matches!(request.kind, Kind::Read | Kind::Write | Kind::WriteThrough);
    let whole = Span { sector: start, count, memory: request.memory };
    let mut at = 0;
    let parts = core::iter::from_fn(move || {
        let rest = size_bytes - at;
        let lead = (address + at) % PAGE_BYTES;
        let size = rest.min(segments_max * PAGE_BYTES - lead);
        let span = Span {
            sector: start + (at / SECTOR_BYTES) as u64,
            count: (size / SECTOR_BYTES) as u64,
            memory: Memory { address: address + at, size_bytes: size },
        };
        at += size;
        (has_data && size > 0).then_some(span)
    });
    (!has_data).then_some(whole).into_iter().chain(parts)
}

/// Cuts memory, which begins and ends at sectors, into pages; nothing at address 0 into none.
pub(super) fn pieces(memory: Memory) -> impl Iterator<Item = Piece> {
    let end = memory.address + memory.size_bytes;
    let first_page = memory.address / PAGE_BYTES * PAGE_BYTES;
    (first_page..end).step_by(PAGE_BYTES).map(move |page| {
        let start = memory.address.max(page) - page;
        let last = (end - page).min(PAGE_BYTES) - 1;
        Piece { page, first: sector_of(start), last: sector_of(last) }
    })
}

fn sector_of(place: usize) -> u8 {
    u8::try_from(place / SECTOR_BYTES).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn request(kind: Kind, address: usize, sectors: u64) -> Request {
        let size_bytes = usize::try_from(sectors).unwrap() * 512;
        Request { kind, first: 100, count: sectors, memory: Memory { address, size_bytes } }
    }

    fn cut(address: usize, sectors: u64, segments_max: usize) -> Vec<(u64, u64, usize)> {
        let request = request(Kind::Read, address, sectors);
        let spans = spans(&request, 512, segments_max);
        spans.map(|it| (it.sector, it.count, it.memory.address)).collect()
    }

    #[test]
    fn parts_end_at_pages_and_leave_nothing_out() {
        assert_eq!(cut(0x1000, 8, 11), [(100, 8, 0x1000)]);
        assert_eq!(cut(0x1000, 88, 11), [(100, 88, 0x1000)]);
        assert_eq!(cut(0x1000, 89, 11), [(100, 88, 0x1000), (188, 1, 0xc000)]);
        assert_eq!(cut(0x1e00, 88, 11), [(100, 81, 0x1e00), (181, 7, 0xc000)]);
        assert_eq!(cut(0x1e00, 88, 12), [(100, 88, 0x1e00)]);
    }

    #[test]
    fn sectors_of_a_disk_are_counted_in_512_bytes() {
        let memory = Memory { address: 0x1000, size_bytes: 8192 };
        let request = Request { kind: Kind::Write, first: 3, count: 2, memory };
        let spans: Vec<_> = spans(&request, 4096, 11).collect();
        assert_eq!(spans, [Span { sector: 24, count: 16, memory }]);
    }

    #[test]
    fn what_has_no_memory_is_one_part() {
        for kind in [Kind::Flush, Kind::Discard] {
            let request = Request { memory: Memory::default(), ..request(kind, 0, 5) };
            let spans: Vec<_> = spans(&request, 512, 11).collect();
            let memory = Memory::default();
            assert_eq!(spans, [Span { sector: 100, count: 5, memory }]);
        }
    }

    #[test]
    fn pages_have_the_sectors_that_the_memory_covers() {
        let cut = |address, size_bytes| {
            let pieces = pieces(Memory { address, size_bytes });
            pieces.map(|it| (it.page, it.first, it.last)).collect::<Vec<_>>()
        };
        assert_eq!(cut(0x1000, 512), [(0x1000, 0, 0)]);
        assert_eq!(cut(0x1000, 4096), [(0x1000, 0, 7)]);
        assert_eq!(cut(0x1e00, 1024), [(0x1000, 7, 7), (0x2000, 0, 0)]);
        assert_eq!(cut(0x1200, 0x2000), [(0x1000, 1, 7), (0x2000, 0, 7), (0x3000, 0, 0)]);
    }
}
