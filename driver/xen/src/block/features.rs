//! What a back end says of its disk.

use sarab_device::Geometry;

use super::wire::{INDIRECT_MAX, SECTOR_BYTES, SEGMENTS_MAX};
use crate::{
    bus::{ConnectError, Front},
    memory::PAGE_BYTES,
};

/// The bit of `info` that says that a disk can only be read.
const READ_ONLY: u64 = 4;

/// How writes are made to survive a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// By a request to flush (`feature-flush-cache`).
    Cache {
        /// Whether it knows barriers, too.
        has_barrier: bool,
    },
    /// By a barrier, which flushes, too (`feature-barrier`).
    Barrier,
    /// Not at all: a back end that offers neither keeps no cache, as Linux's does for a device without one. A flush
    /// is done at once then, and what it promises holds as well as that.
    Absent,
}

/// What a back end can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Features {
    pub(super) flush: Flush,
    pub(super) discards: bool,
    /// The most segments in a request.
    pub(super) segments_max: usize,
}

impl Features {
    /// Those of a back end that is not known yet.
    pub(super) const NONE: Self =
        Self { flush: Flush::Barrier, discards: false, segments_max: SEGMENTS_MAX };

    /// Reads what a back end offers.
    pub(super) fn read(front: &Front) -> Self {
        let has_barrier = front.is_offered("feature-barrier");
        let flush = match (front.is_offered("feature-flush-cache"), has_barrier) {
            (true, has_barrier) => Flush::Cache { has_barrier },
            (false, true) => Flush::Barrier,
            (false, false) => Flush::Absent,
        };
        let indirect = front.number("feature-max-indirect-segments").unwrap_or_default();
        let indirect = usize::try_from(indirect).unwrap_or(INDIRECT_MAX).min(INDIRECT_MAX);
        let segments_max = indirect.max(SEGMENTS_MAX);
        Self { flush, discards: front.is_offered("feature-discard"), segments_max }
    }
}

/// Reads the shape of a disk. Its back end counts in sectors of 512 bytes, whatever those of the disk have.
pub(super) fn geometry(front: &Front) -> Result<Geometry, ConnectError> {
    let wrong = |key| ConnectError::Shape { path: front.path().into(), key };
    let sector_bytes = front.number("sector-size").unwrap_or(SECTOR_BYTES as u64);
    let is_sound = sector_bytes.is_power_of_two()
        && (SECTOR_BYTES as u64..=PAGE_BYTES as u64).contains(&sector_bytes);
    if !is_sound {
        return Err(wrong("sector-size"));
    }
    let sectors = front.number("sectors").ok_or(wrong("sectors"))?;
    if sectors.checked_mul(SECTOR_BYTES as u64).is_none() {
        return Err(wrong("sectors"));
    }
    let info = front.number("info").unwrap_or_default();
    Ok(Geometry {
        sector_bytes: u32::try_from(sector_bytes).unwrap_or_default(),
        sector_count: sectors / (sector_bytes / SECTOR_BYTES as u64),
        is_writable: info & READ_ONLY == 0,
    })
}
