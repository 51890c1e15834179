//! Where what stands in the memory of a ring.

use super::Shape;

/// Bytes of a descriptor, and of the other entries.
pub(super) const DESCRIPTOR_BYTES: usize = 16;
pub(super) const AVAILABLE_BYTES: usize = 2;
pub(super) const USED_BYTES: usize = 8;
/// Bytes before the entries of the available and the used ring, and of the event behind them.
pub(super) const HEAD_BYTES: usize = 4;
const EVENT_BYTES: usize = 2;

/// What each area begins at a multiple of: a line of the cache, so that the two sides do not write to one.
pub(super) const ALIGN_BYTES: usize = 64;

/// The most descriptors of a split virtqueue (virtio 1.2 section 2.7).
const SIZE_MAX: u16 = 32768;

/// Where what stands in the memory of a ring, in bytes from its start. The descriptors are first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Count of descriptors, a power of two.
    pub(super) size: u16,
    /// Descriptors of a slot.
    parts: u16,
    slots: usize,
    /// Whether those are in a table of the slot's, to which its one descriptor in the ring refers.
    pub(super) is_indirect: bool,
    tables_at: usize,
    scratch_at: usize,
    scratch_bytes: usize,
    pub(super) available_at: usize,
    pub(super) used_at: usize,
    pub(super) total_bytes: usize,
}

impl Layout {
    /// Returns that of a queue that may have `size_max` descriptors; none if that is too few for one slot.
    ///
    /// Tables are used only where they make room for more slots: for a device, looking into another
    /// piece of memory costs more than following a chain.
    pub(super) fn new(size_max: u16, shape: Shape, has_tables: bool) -> Option<Self> {
        let Shape { slots_most, parts_most: parts, scratch_bytes } = shape;
        let size_max = size_max.min(SIZE_MAX);
        let size_max = 1_u16 << size_max.checked_ilog2()?;
        let wanted = usize::from(slots_most) * usize::from(parts);
        let is_indirect = has_tables && parts > 1 && wanted > usize::from(size_max);
        let each = if is_indirect { 1 } else { parts };
        let wanted = (usize::from(slots_most) * usize::from(each)).next_power_of_two();
        let size = u16::try_from(wanted).map_or(size_max, |size| size.min(size_max));
        let slots = usize::from((size / each).min(slots_most));
        if slots == 0 {
            return None;
        }
        let count = usize::from(size);
        let tables_at = count * DESCRIPTOR_BYTES;
        let tables = if is_indirect { slots * usize::from(parts) } else { 0 };
        let available_at = aligned(tables_at + tables * DESCRIPTOR_BYTES);
        let used_at = aligned(available_at + HEAD_BYTES + count * AVAILABLE_BYTES + EVENT_BYTES);
        let scratch_at = aligned(used_at + HEAD_BYTES + count * USED_BYTES + EVENT_BYTES);
        let total_bytes = scratch_at + slots * scratch_bytes;
        Some(Self {
            size,
            parts,
            slots,
            is_indirect,
            tables_at,
            scratch_at,
            scratch_bytes,
            available_at,
            used_at,
            total_bytes,
        })
    }

    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// Returns the slot whose chain begins with the descriptor `id`.
    #[inline]
    pub(super) fn slot(&self, id: u32) -> Option<usize> {
        let each = if self.is_indirect { 1 } else { u32::from(self.parts) };
        let slot = (id / each) as usize;
        (id.is_multiple_of(each) && slot < self.slots).then_some(slot)
    }

    /// Returns the number of the first descriptor of a slot in the ring.
    #[inline]
    pub(super) fn head(&self, slot: usize) -> usize {
        if self.is_indirect { slot } else { slot * usize::from(self.parts) }
    }

    /// Returns where the table of a slot is.
    #[inline]
    pub(super) fn table_at(&self, slot: usize) -> usize {
        self.tables_at + slot * usize::from(self.parts) * DESCRIPTOR_BYTES
    }

    #[inline]
    pub(super) fn scratch_at(&self, slot: usize) -> usize {
        self.scratch_at + slot * self.scratch_bytes
    }

    /// Returns the most descriptors of a chain.
    #[inline]
    pub(super) fn parts(&self) -> usize {
        usize::from(self.parts)
    }

    /// Returns the bytes before and behind the entries of a ring, and of those.
    pub(super) fn event_at(&self, ring_at: usize, entry_bytes: usize) -> usize {
        ring_at + HEAD_BYTES + usize::from(self.size) * entry_bytes
    }
}

fn aligned(at: usize) -> usize {
    at.next_multiple_of(ALIGN_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size_max: u16, slots_most: u16, parts_most: u16, has_tables: bool) -> Option<Layout> {
        Layout::new(size_max, Shape { slots_most, parts_most, scratch_bytes: 40 }, has_tables)
    }

    #[test]
    fn a_ring_has_what_is_wanted_or_what_there_is() {
        for (size_max, slots_most, parts, has_tables, size, slots, is_indirect) in [
            (256, 128, 1, true, 128, 128, false),
            (256, 128, 2, true, 256, 128, false),
            (256, 128, 3, true, 128, 128, true),
            (256, 128, 3, false, 256, 85, false),
            (1024, 128, 3, true, 512, 128, false),
            (100, 128, 1, false, 64, 64, false),
            (u16::MAX, 1, 18, true, 32, 1, false),
            (3, 8, 2, false, 2, 1, false),
            (1, 8, 3, true, 1, 1, true),
        ] {
            let layout = layout(size_max, slots_most, parts, has_tables).expect("a layout");
            assert_eq!((layout.size, layout.slots, layout.is_indirect), (size, slots, is_indirect));
        }
    }

    #[test]
    fn a_queue_too_small_for_one_chain_is_none() {
        assert!(layout(0, 8, 1, true).is_none());
        assert!(layout(2, 8, 3, false).is_none());
    }

    #[test]
    fn areas_lie_behind_each_other() {
        for (size_max, parts, has_tables) in [(256, 3, true), (256, 3, false), (8, 2, true)] {
            let layout = layout(size_max, 128, parts, has_tables).expect("a layout");
            let ends = [
                layout.table_at(0),
                layout.available_at,
                layout.event_at(layout.available_at, AVAILABLE_BYTES) + 2,
                layout.used_at,
                layout.event_at(layout.used_at, USED_BYTES) + 2,
                layout.scratch_at(0),
                layout.scratch_at(layout.slots),
            ];
            assert!(ends.is_sorted(), "{layout:?}");
            assert_eq!(layout.scratch_at(layout.slots), layout.total_bytes);
        }
    }

    #[test]
    fn a_number_tells_its_slot_if_a_chain_begins_with_it() {
        let chains = layout(256, 64, 3, false).expect("a layout");
        assert_eq!([0, 3, 189].map(|id| chains.slot(id)), [Some(0), Some(1), Some(63)]);
        assert_eq!([1, 2, 192, 255, u32::MAX].map(|id| chains.slot(id)), [None; 5]);
        assert!((0..64_u32).all(|slot| chains.head(slot as usize) == slot as usize * 3));
    }
}
