//! Parts of large values on their way to the disk: those that lie side by side are written at once.

use alloc::vec::Vec;

use sarab_device::{Block, Bytes};

use crate::{Error, disk::Disk, format::PAGE_BYTES};

/// The most bytes that are written at once.
const RUN_BYTES_MAX: usize = 1 << 20;

/// Parts of large values that are not on the disk yet.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Parts side by side.
    run: Run,
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
    /// Takes in a part, whole pages from `address` on, unless what was taken in must be written before.
    pub(super) fn add(&mut self, address: u64, part: &Bytes) -> bool {
        let run = &mut self.run;
        if run.parts.is_empty() {
            run.address = address;
        }
        let is_next = run.address + (run.size_bytes / PAGE_BYTES) as u64 == address;
        let fits = run.parts.is_empty() || run.size_bytes + part.len() <= RUN_BYTES_MAX;
        if is_next && fits {
            run.size_bytes += part.len();
            run.parts.push(part.clone());
        }
        is_next && fits
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
            if self.run.parts.is_empty() {
                return Ok(());
            }
            let run = core::mem::take(&mut self.run);
            self.landing = Some((run.address, run.joined()));
        }
    }

    /// Forgets the part at `address` and those after it: their pages may be somebody else's from now on.
    pub(super) fn forget(&mut self, address: u64) {
        let before = |start: u64| (address.checked_sub(start)? as usize).checked_mul(PAGE_BYTES);
        if let Some(size) = before(self.run.address) {
            self.run.truncate(size);
        }
        if let Some((start, bytes)) = &mut self.landing
            && let Some(size) = before(*start)
        {
            bytes.truncate(size);
        }
        self.landing.take_if(|(_, bytes)| bytes.is_empty());
    }
}

impl Run {
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

    #[test]
    fn parts_side_by_side_are_gathered_up_to_a_bound() {
        let mut gathered = Gathered::default();
        assert!(gathered.add(10, &pages(2)));
        assert!(gathered.add(12, &pages(1)));
        assert!(!gathered.add(14, &pages(1)), "a page lies between");
        assert!(!gathered.add(9, &pages(1)), "it lies before");
        assert!(gathered.add(13, &pages(200)));
        assert!(!gathered.add(213, &pages(100)), "it is too much");
        assert_eq!(gathered.run.joined().len(), 203 * PAGE_BYTES);
    }

    #[test]
    fn what_was_forgotten_is_not_written() {
        let mut gathered = Gathered { landing: Some((10, pages(4))), ..Gathered::default() };
        gathered.add(20, &pages(2));
        gathered.add(22, &pages(3));
        gathered.forget(22);
        assert_eq!(gathered.run.size_bytes, 2 * PAGE_BYTES);
        gathered.forget(12);
        assert!(gathered.run.parts.is_empty() || gathered.run.address > 12);
        assert_eq!(gathered.landing.as_ref().map(|(_, bytes)| bytes.len()), Some(2 * PAGE_BYTES));
        gathered.forget(10);
        assert!(gathered.landing.is_none());
    }
}
