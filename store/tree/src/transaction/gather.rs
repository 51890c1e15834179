//! Parts of large values on their way to the disk: those that lie side by side are written at once.

use alloc::{collections::VecDeque, vec::Vec};

use sarab_device::{Block, Bytes};

use crate::{
    Error,
    disk::{Disk, RUN_PAGES_MAX},
    format::PAGE_BYTES,
};

/// The most bytes that are written at once.
const RUN_BYTES_MAX: usize = RUN_PAGES_MAX * PAGE_BYTES;

/// Parts of large values that are not on the disk yet.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    runs: VecDeque<Run>,
    /// A run that is being written. It stays here until it has been, so that another attempt begins there.
    landing: Option<(u64, Bytes)>,
}

/// Whole pages side by side.
#[derive(Debug, Default)]
struct Run {
    address: u64,
    parts: Vec<Bytes>,
    size_bytes: usize,
}

impl Gathered {
    /// Takes in a part: whole pages from `address` on.
    pub(super) fn add(&mut self, address: u64, part: Bytes) {
        match self.runs.back_mut() {
            Some(run) if run.end() == address && run.size_bytes + part.len() <= RUN_BYTES_MAX => {
                run.size_bytes += part.len();
                run.parts.push(part);
            }
            _ => {
                let size_bytes = part.len();
                self.runs.push_back(Run { address, parts: alloc::vec![part], size_bytes });
            }
        }
    }

    /// Returns whether what was taken in should be written: it is as much as is written at once, or an eighth of
    /// `memory_bytes`.
    pub(super) fn is_enough(&self, memory_bytes: usize) -> bool {
        let size_bytes: usize = self.runs.iter().map(|run| run.size_bytes).sum();
        size_bytes >= RUN_BYTES_MAX.min(memory_bytes / 8)
    }

    /// Writes what was taken in.
    pub(super) async fn land<B: Block + 'static>(
        &mut self,
        disk: &Disk<B>,
    ) -> Result<(), Error<B::Error>> {
        loop {
            if let Some((address, bytes)) = self.landing.clone() {
                disk.write(address, bytes).await?;
                self.landing = None;
            }
            let Some(run) = self.runs.pop_front() else { return Ok(()) };
            self.landing = Some((run.address, run.joined()));
        }
    }

    /// Forgets the part at `address` and those beside it that came later: their pages may be somebody else's from
    /// now on.
    pub(super) fn forget(&mut self, address: u64) {
        let before = |start: u64| (address.checked_sub(start)? as usize).checked_mul(PAGE_BYTES);
        for run in &mut self.runs {
            if let Some(size) = before(run.address) {
                run.truncate(size);
            }
        }
        self.runs.retain(|run| run.size_bytes > 0);
        if let Some((start, bytes)) = &mut self.landing
            && let Some(size) = before(*start)
        {
            bytes.truncate(size);
        }
        self.landing.take_if(|(_, bytes)| bytes.is_empty());
    }
}

impl Run {
    /// Returns the address after it.
    fn end(&self) -> u64 {
        self.address + (self.size_bytes / PAGE_BYTES) as u64
    }

    /// Returns the parts as one; a single one is not copied.
    fn joined(mut self) -> Bytes {
        match self.parts.pop() {
            Some(part) if self.parts.is_empty() => part,
            last => {
                self.parts.extend(last);
                self.parts.concat().into()
            }
        }
    }

    fn truncate(&mut self, size_bytes: usize) {
        while self.size_bytes > size_bytes
            && let Some(part) = self.parts.pop()
        {
            self.size_bytes -= part.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(count: usize) -> Bytes {
        Bytes::from(alloc::vec![7; count * PAGE_BYTES])
    }

    fn runs(gathered: &Gathered) -> Vec<(u64, usize)> {
        gathered.runs.iter().map(|run| (run.address, run.size_bytes / PAGE_BYTES)).collect()
    }

    #[test]
    fn parts_side_by_side_are_gathered_up_to_a_bound() {
        let mut gathered = Gathered::default();
        for (address, count) in [(10, 2), (12, 1), (14, 1), (9, 1), (10, 200), (210, 100)] {
            gathered.add(address, pages(count));
        }
        assert_eq!(runs(&gathered), [(10, 3), (14, 1), (9, 201), (210, 100)]);
        let run = gathered.runs.pop_front().unwrap();
        assert_eq!(run.joined().len(), 3 * PAGE_BYTES);
    }

    #[test]
    fn little_memory_bounds_what_is_gathered() {
        let mut gathered = Gathered::default();
        gathered.add(10, pages(4));
        assert!(gathered.is_enough(32 * PAGE_BYTES) && !gathered.is_enough(64 * PAGE_BYTES));
    }

    #[test]
    fn what_was_forgotten_is_not_written() {
        let mut gathered = Gathered { landing: Some((10, pages(4))), ..Gathered::default() };
        gathered.add(20, pages(2));
        gathered.add(22, pages(3));
        gathered.add(30, pages(1));
        gathered.forget(30);
        gathered.forget(22);
        assert_eq!(runs(&gathered), [(20, 2)]);
        gathered.forget(12);
        assert_eq!(runs(&gathered), [(20, 2)]);
        assert_eq!(gathered.landing.as_ref().map(|(_, bytes)| bytes.len()), Some(2 * PAGE_BYTES));
        gathered.forget(10);
        assert!(gathered.landing.is_none());
    }
}
