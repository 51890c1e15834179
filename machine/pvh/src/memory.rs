//! The map of the memory, and what of it is free.

use core::ops::Range;

/// A piece of the machine's address space, as the monitor describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Region {
    start: u64,
    size_bytes: u64,
    kind: u32,
    padding: u32,
}

/// What the kind of memory is called.
const RAM: u32 = 1;

impl Region {
    /// Returns where it lies, as far as addresses reach.
    fn span(&self) -> Range<usize> {
        let start = usize::try_from(self.start).unwrap_or(usize::MAX);
        start..start.saturating_add(usize::try_from(self.size_bytes).unwrap_or(usize::MAX))
    }
}

/// The memory, and what of it is in use.
#[derive(Debug)]
pub(crate) struct Memory {
    all: Ranges,
    taken: Ranges,
}

impl Memory {
    /// Reads the map that a monitor makes. What it says is memory and something else, too, is no memory.
    ///
    /// # Panics
    ///
    /// If there are more pieces of something else than are kept, as [`take`](Memory::take) does.
    pub(crate) fn read(regions: impl Iterator<Item = Region>) -> Self {
        let mut memory = Self { all: Ranges::new(), taken: Ranges::new() };
        for region in regions {
            if region.kind == RAM {
                // What there is no room for is not used.
                let _ = memory.all.add(region.span());
            } else {
                memory.take(region.span());
            }
        }
        memory
    }

    /// Takes a piece out of what is free.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    pub(crate) fn take(&mut self, range: Range<usize>) {
        let has_room = self.taken.add(range);
        assert!(has_room, "the map of the memory has more than {RANGES} pieces in use");
    }

    /// Returns the pieces of memory, none of which touches another.
    pub(crate) fn pieces(&self) -> &[Range<usize>] {
        self.all.get()
    }

    /// Returns the largest part of `piece` that is free.
    pub(crate) fn largest_gap(&self, piece: &Range<usize>) -> Range<usize> {
        largest_gap(piece, self.taken.get())
    }
}

/// The most ranges that are kept.
const RANGES: usize = 64;

/// Ranges of addresses in no order, none of which touches another.
#[derive(Debug)]
struct Ranges {
    ranges: [Range<usize>; RANGES],
    count: usize,
}

impl Ranges {
    const fn new() -> Self {
        Self { ranges: [const { 0..0 }; RANGES], count: 0 }
    }

    fn get(&self) -> &[Range<usize>] {
        self.ranges.get(..self.count).unwrap_or_default()
    }

    /// Adds a range, as one with those that it overlaps or touches; tells whether there was room.
    fn add(&mut self, mut range: Range<usize>) -> bool {
        if range.is_empty() {
            return true;
        }
        let touches = |it: &Range<usize>, range: &Range<usize>| {
            it.start <= range.end && range.start <= it.end
        };
        while let Some(place) = self.get().iter().position(|it| touches(it, &range)) {
            self.count -= 1;
            self.ranges.swap(place, self.count);
            let other = &self.ranges[self.count];
            range = range.start.min(other.start)..range.end.max(other.end);
        }
        let room = self.ranges.get_mut(self.count);
        let has_room = room.is_some();
        if let Some(room) = room {
            *room = range;
            self.count += 1;
        }
        has_room
    }
}

/// Returns the largest part of `memory` that overlaps nothing of `taken`.
fn largest_gap(memory: &Range<usize>, taken: &[Range<usize>]) -> Range<usize> {
    // A gap begins where memory does, or behind something, and ends at whatever comes next.
    let starts = taken.iter().map(|it| it.end).chain([memory.start]);
    let starts = starts.filter(|start| memory.contains(start));
    let is_taken = |at: usize| taken.iter().any(|it| it.start <= at && at < it.end);
    let gaps = starts.filter(|start| !is_taken(*start)).map(|start| {
        let next = taken.iter().map(|it| it.start).filter(|next| *next >= start).min();
        start..next.unwrap_or(memory.end).min(memory.end)
    });
    gaps.max_by_key(ExactSizeIterator::len).unwrap_or(memory.start..memory.start)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_largest_gap_is_between_what_is_taken() {
        for (taken, gap) in [
            (&[][..], 0..100),
            (&[0..5, 5..10], 10..100),
            (&[90..95, 95..100], 0..90),
            (&[10..20, 15..40, 90..95], 40..90),
            (&[0..60, 50..200], 0..0),
            (&[200..300, 300..400], 0..100),
            (&[0..5, 5..6, 3..4], 6..100),
        ] {
            assert_eq!(largest_gap(&(0..100), taken), gap, "{taken:?}");
        }
    }

    fn memory(regions: &[(u64, u64, u32)]) -> Memory {
        let region = |&(start, size_bytes, kind)| Region { start, size_bytes, kind, padding: 0 };
        Memory::read(regions.iter().map(region))
    }

    /// Returns where the pieces start and end.
    fn pieces(regions: &[(u64, u64, u32)]) -> Vec<(usize, usize)> {
        memory(regions).pieces().iter().map(|it| (it.start, it.end)).collect()
    }

    #[test]
    fn only_memory_is_memory() {
        assert_eq!(pieces(&[(4096, u64::MAX, RAM)]), [(4096, usize::MAX)]);
        assert!(memory(&[(4096, u64::MAX, 2), (8192, 0, RAM)]).pieces().is_empty());
    }

    #[test]
    fn pieces_that_overlap_or_touch_are_one() {
        let all = [(0, 10, RAM), (30, 10, RAM), (12, 8, RAM), (5, 7, RAM), (19, 11, RAM)];
        assert_eq!(pieces(&all), [(0, 40)]);
        assert_eq!(pieces(&[(0, 10, RAM), (11, 9, RAM)]), [(0, 10), (11, 20)]);
        assert_eq!(pieces(&[(5, 5, RAM), (0, 20, RAM), (6, 1, RAM)]), [(0, 20)]);
    }

    #[test]
    fn what_is_something_else_as_well_is_not_free() {
        let mut memory = memory(&[(0, 100, RAM), (40, 10, 2), (45, 15, 3)]);
        assert_eq!(memory.largest_gap(&(0..100)), 0..40);
        memory.take(0..5);
        assert_eq!(memory.largest_gap(&(0..100)), 60..100);
    }

    #[test]
    fn memory_that_there_is_no_room_for_is_not_used() {
        let pieces: [_; RANGES + 1] = core::array::from_fn(|index| (index as u64 * 10, 5, RAM));
        assert_eq!(memory(&pieces).pieces().len(), RANGES);
    }
}
