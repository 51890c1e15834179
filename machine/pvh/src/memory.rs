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
    /// Returns where it lies, if it is memory.
    pub(crate) fn memory(&self) -> Option<Range<usize>> {
        let start = usize::try_from(self.start).ok()?;
        let size = usize::try_from(self.size_bytes).ok()?;
        (self.kind == RAM).then(|| start..start.saturating_add(size))
    }
}

/// Returns the largest part of `memory` that overlaps nothing of `taken`.
pub(crate) fn largest_gap(memory: &Range<usize>, taken: &[Range<usize>]) -> Range<usize> {
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

    #[test]
    fn only_memory_is_memory() {
        let region = |kind| Region { start: 4096, size_bytes: u64::MAX, kind, padding: 0 };
        assert_eq!(region(RAM).memory(), Some(4096..usize::MAX));
        assert_eq!(region(2).memory(), None);
    }
}
