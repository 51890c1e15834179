//! Where new partitions go.

use alloc::{string::String, vec::Vec};
use core::ops::Range;

use sarab_device::Geometry;
use uguid::Guid;

use super::{Entry, PlanError, Scheme, Table, Type, gpt, mbr::FIRST_LOGICAL};

/// A partition that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    /// What it is for.
    pub kind: Type,
    /// Its size in bytes, made up to whole sectors; `None` for all that is left, in the last one.
    pub size_bytes: Option<u64>,
    /// Its name, in a GPT.
    pub name: String,
    /// Its GUID, in a GPT; random ones are made by [`Guid::from_random_bytes`].
    pub guid: Option<Guid>,
}

/// Where partitions begin on disks that are large enough: what suits every disk that is sold.
const ALIGNMENT_BYTES: u64 = 1 << 20;
/// Where they begin on small ones.
const SMALL_ALIGNMENT_BYTES: u64 = 4096;
/// Disks from this size on are large enough.
const LARGE_BYTES: u64 = 32 << 20;
/// Primary partitions of an MBR that also has logical ones.
const PRIMARY_MAX: usize = 3;

impl Table {
    /// Plans a table of `new` partitions for a disk, one behind the other.
    ///
    /// They begin at whole mebibytes, on disks of less than 32 MiB at 4096 bytes. An MBR of more than
    /// four has the fourth and all further ones as logical ones.
    ///
    /// # Errors
    /// Where they do not fit.
    pub fn plan(scheme: Scheme, geometry: Geometry, new: &[New]) -> Result<Self, PlanError> {
        if new.iter().rev().skip(1).any(|new| new.size_bytes.is_none()) {
            return Err(PlanError::RestNotLast);
        }
        let mut free = free(scheme, geometry).ok_or(PlanError::TooSmall)?;
        let mut entries = Vec::new();
        for (number, new) in numbers(scheme, new.len()).zip(new) {
            // The sector before a logical partition is its link in the chain.
            let link = u64::from(is_logical(scheme, number));
            free.start = (free.start + link).next_multiple_of(alignment(geometry));
            entries.push(place(new, number, &mut free, geometry)?);
        }
        Ok(Self { scheme, entries, warnings: Vec::new() })
    }
}

/// Returns the sectors that partitions may have.
fn free(scheme: Scheme, geometry: Geometry) -> Option<Range<u64>> {
    match scheme {
        Scheme::Gpt { .. } => gpt::usable(geometry),
        Scheme::Mbr { .. } => Some(1..geometry.sector_count.min(u64::from(u32::MAX))),
    }
}

/// Returns the sectors that partitions begin at multiples of.
fn alignment(geometry: Geometry) -> u64 {
    let is_large = geometry.size_bytes() >= LARGE_BYTES;
    let bytes = if is_large { ALIGNMENT_BYTES } else { SMALL_ALIGNMENT_BYTES };
    (bytes / u64::from(geometry.sector_bytes)).max(1)
}

/// Returns the numbers of `count` partitions.
fn numbers(scheme: Scheme, count: usize) -> impl Iterator<Item = u32> {
    let has_logical = matches!(scheme, Scheme::Mbr { .. }) && count > 4;
    let primary = if has_logical { PRIMARY_MAX } else { count };
    (1..).take(primary).chain(FIRST_LOGICAL..)
}

fn is_logical(scheme: Scheme, number: u32) -> bool {
    matches!(scheme, Scheme::Mbr { .. }) && number >= FIRST_LOGICAL
}

/// Takes a partition from the front of what is `free`.
fn place(
    new: &New,
    number: u32,
    free: &mut Range<u64>,
    geometry: Geometry,
) -> Result<Entry, PlanError> {
    let left = free.end.saturating_sub(free.start);
    let sectors = |bytes: u64| bytes.div_ceil(u64::from(geometry.sector_bytes));
    let count = new.size_bytes.map_or(left, sectors);
    if count == 0 || count > left {
        let left_bytes = left * u64::from(geometry.sector_bytes);
        return Err(PlanError::NoRoom { number, left_bytes });
    }
    let first = free.start;
    free.start += count;
    let (kind, name, guid) = (new.kind, new.name.clone(), new.guid);
    Ok(Entry { number, first, count, kind, name, guid, attributes: 0 })
}
