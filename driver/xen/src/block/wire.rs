//! Requests and responses of disks, as they lie in the slots of the ring (Xen, `io/blkif.h`).
//!
//! A request to read (0) or write (1), to write all before it through (2), or to flush (3):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | what is to be done |
//! | 1 | 1 | the count of segments, at most 11 |
//! | 2 | 2 | the handle of the disk |
//! | 8 | 8 | a number, which the response has from its request |
//! | 16 | 8 | the first sector, of 512 bytes |
//! | 24 | 88 | the segments |
//!
//! A segment:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 4 | the grant of its page |
//! | 4 | 1 | the first sector of the page |
//! | 5 | 1 | the last sector of the page |
//!
//! A request to forget sectors (5) is the same to byte 16, with 0 at byte 1; at byte 24 stands the count of sectors, in
//! 8 bytes.
//!
//! A request whose segments are elsewhere (6):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | 6 |
//! | 1 | 1 | what is to be done |
//! | 2 | 2 | the count of segments |
//! | 8 | 8 | the number |
//! | 16 | 8 | the first sector |
//! | 24 | 2 | the handle |
//! | 28 | 32 | grants of pages with 512 segments each |
//!
//! A response:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 8 | the number |
//! | 8 | 1 | what was to be done |
//! | 10 | 2 | 0 it is done, -1 it has failed, -2 the back end cannot do that |

use core::mem::offset_of;

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Bytes in a sector of the protocol, whatever those of the disk have.
pub(crate) const SECTOR_BYTES: usize = 512;

/// Slots of a ring of one page, and their size.
pub(crate) const SLOTS: u32 = 32;
pub(crate) const SLOT_BYTES: usize = 112;

/// Segments that fit a request.
pub(crate) const SEGMENTS_MAX: usize = 11;

/// Segments that fit a page.
pub(crate) const INDIRECT_MAX: usize = 512;

pub(crate) const READ: u8 = 0;
pub(crate) const WRITE: u8 = 1;
pub(crate) const BARRIER: u8 = 2;
pub(crate) const FLUSH: u8 = 3;
pub(crate) const DISCARD: u8 = 5;
pub(crate) const INDIRECT: u8 = 6;

/// The status of a request that was done.
pub(crate) const DONE: i16 = 0;
/// That of one that has failed.
pub(crate) const FAILED: i16 = -1;
/// That of one that the back end does not know.
pub(crate) const UNKNOWN: i16 = -2;

/// A request with its segments.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Direct {
    pub(crate) operation: u8,
    pub(crate) segment_count: u8,
    pub(crate) handle: u16,
    pub(crate) pad: u32,
    pub(crate) id: u64,
    pub(crate) sector: u64,
    pub(crate) segments: [Segment; SEGMENTS_MAX],
}

/// A part of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Segment {
    pub(crate) reference: u32,
    pub(crate) first: u8,
    pub(crate) last: u8,
    pub(crate) pad: u16,
}

/// A request to forget sectors.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Discard {
    pub(crate) operation: u8,
    pub(crate) flag: u8,
    pub(crate) handle: u16,
    pub(crate) pad: u32,
    pub(crate) id: u64,
    pub(crate) sector: u64,
    pub(crate) count: u64,
}

/// A request whose segments are elsewhere.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Indirect {
    pub(crate) operation: u8,
    pub(crate) wrapped: u8,
    pub(crate) segment_count: u16,
    pub(crate) pad: u32,
    pub(crate) id: u64,
    pub(crate) sector: u64,
    pub(crate) handle: u16,
    pub(crate) pad_handle: u16,
    pub(crate) tables: [u32; 8],
    pub(crate) pad_end: u32,
}

/// A response.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Response {
    pub(crate) id: u64,
    pub(crate) operation: u8,
    pub(crate) pad: u8,
    pub(crate) status: i16,
    pub(crate) pad_end: u32,
}

impl Direct {
    /// Returns the request with its segments, which fit it.
    pub(crate) fn direct(mut self, segments: &[Segment]) -> Self {
        self.segment_count = u8::try_from(segments.len()).unwrap_or_default();
        self.segments[..segments.len()].copy_from_slice(segments);
        self
    }

    /// Returns the request with its segments in the granted page `table`.
    pub(crate) fn indirect(self, segment_count: usize, table: u32) -> Indirect {
        Indirect {
            operation: INDIRECT,
            wrapped: self.operation,
            segment_count: u16::try_from(segment_count).unwrap_or_default(),
            id: self.id,
            sector: self.sector,
            handle: self.handle,
            tables: [table, 0, 0, 0, 0, 0, 0, 0],
            ..Indirect::default()
        }
    }

    /// Returns the request to forget `count` sectors.
    pub(crate) fn discard(self, count: u64) -> Discard {
        let Self { operation, handle, id, sector, .. } = self;
        Discard { operation, handle, id, sector, count, ..Discard::default() }
    }
}

const _: () = assert!(size_of::<Direct>() == SLOT_BYTES && offset_of!(Direct, segments) == 24);
const _: () = assert!(size_of::<Discard>() == 32 && offset_of!(Discard, count) == 24);
const _: () = assert!(size_of::<Indirect>() == 64 && offset_of!(Indirect, tables) == 28);
const _: () = assert!(size_of::<Response>() == 16 && offset_of!(Response, status) == 10);
