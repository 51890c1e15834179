//! Sectors in pages, and how many there may be.

use core::ops::Range;

use sarab_device::Geometry;

/// Bytes in a page, unless a sector is larger.
const PAGE_BYTES: u32 = 4096;
/// The fewest pages that a cache has.
const PAGES_MIN: usize = 16;
/// The longest write that is made of shorter ones.
const RUN_BYTES_MAX: usize = 256 << 10;
/// The furthest that is read ahead.
const AHEAD_BYTES_MAX: usize = 256 << 10;

/// How sectors lie in pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) sector_bytes: usize,
    /// A power of two, at most 8.
    pub(super) page_sectors: u64,
}

/// Sectors of one page, as a part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The page.
    pub(super) page: u64,
    /// Its sectors, one bit each.
    pub(super) bits: u8,
    /// Their bytes in the page.
    pub(super) inside: Range<usize>,
    /// Their bytes in the request.
    pub(super) outside: Range<usize>,
}

impl Layout {
    pub(super) fn new(geometry: Geometry) -> Self {
        let page_sectors = u64::from((PAGE_BYTES / geometry.sector_bytes).max(1));
        Self { sector_bytes: geometry.sector_bytes as usize, page_sectors }
    }

    pub(super) fn page_bytes(self) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "it is at most 8")]
        let sectors = self.page_sectors as usize;
        self.sector_bytes * sectors
    }

    /// Returns how many sectors these bytes are.
    pub(super) fn sectors(self, bytes: usize) -> u64 {
        (bytes / self.sector_bytes) as u64
    }

    /// Returns the pages that these sectors lie in.
    pub(super) fn pages(self, sectors: &Range<u64>) -> Range<u64> {
        sectors.start / self.page_sectors..sectors.end.div_ceil(self.page_sectors)
    }

    /// Cuts a request at the borders of pages.
    pub(super) fn pieces(self, sectors: Range<u64>) -> impl Iterator<Item = Piece> {
        let pages = if sectors.is_empty() { 0..0 } else { self.pages(&sectors) };
        pages.map(move |page| {
            let base = page * self.page_sectors;
            let (start, end) = (sectors.start.max(base), sectors.end.min(base + self.page_sectors));
            let bytes = |sector: u64| usize::try_from(sector).unwrap_or(0) * self.sector_bytes;
            let inside = bytes(start - base)..bytes(end - base);
            let outside = bytes(start - sectors.start)..bytes(end - sectors.start);
            Piece { page, bits: bits(start - base..end - base), inside, outside }
        })
    }
}

/// Returns a mask of these sectors of a page.
pub(super) fn bits(sectors: Range<u64>) -> u8 {
    sectors.fold(0, |bits, sector| bits | 1 << sector)
}

/// How much a cache may hold and do at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Pages kept.
    pub(super) pages: usize,
    /// Pages of them that are not yet written.
    pub(super) unclean: usize,
    /// Pages that a write takes at once.
    pub(super) chunk: usize,
    /// Sectors in a write to the disk.
    pub(super) run: u64,
    /// Writes to the disk at once.
    pub(super) flights: usize,
    /// Sectors read ahead.
    pub(super) ahead: u64,
}

impl Limits {
    /// Shares out the memory: seven eighths for pages, one for copies on their way.
    pub(super) fn new(memory_bytes: u64, layout: Layout) -> Self {
        let memory = usize::try_from(memory_bytes).unwrap_or(usize::MAX);
        let pages = (memory / 8 * 7 / layout.page_bytes()).max(PAGES_MIN);
        let unclean = pages / 4 * 3;
        let run_bytes =
            (memory / 32).clamp(layout.page_bytes(), RUN_BYTES_MAX.max(layout.page_bytes()));
        let ahead_bytes = (memory / 16).min(AHEAD_BYTES_MAX);
        Self {
            pages,
            unclean,
            chunk: (unclean / 4).max(1),
            run: layout.sectors(run_bytes),
            flights: (memory / 8 / run_bytes).clamp(1, 16),
            ahead: layout.sectors(ahead_bytes),
        }
    }
}
