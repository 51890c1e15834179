//! Bytes with places for all and memory only for those that were written.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use sarab_device::Bytes;

/// Bytes that are allocated together.
const CHUNK: usize = 64 << 10;

/// A run of bytes that are zero until they are written.
#[derive(Debug, Default)]
pub(crate) struct Sparse {
    chunks: BTreeMap<u64, Box<[u8]>>,
}

/// There is no memory for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoMemory;

impl Sparse {
    /// Returns `count` bytes from `offset` on.
    pub(crate) fn read(&self, offset: u64, count: usize) -> Result<Bytes, NoMemory> {
        let mut data = zeroes(count)?;
        for part in parts(offset, count) {
            if let Some(chunk) = self.chunks.get(&part.chunk) {
                data[part.from..][..part.size].copy_from_slice(&chunk[part.within..][..part.size]);
            }
        }
        Ok(Bytes::from(data))
    }

    /// Puts `data` at `offset`; what comes before the place where memory ends is put.
    pub(crate) fn write(&mut self, offset: u64, data: &[u8]) -> Result<(), NoMemory> {
        for part in parts(offset, data.len()) {
            let chunk = self.chunk(part.chunk)?;
            chunk[part.within..][..part.size].copy_from_slice(&data[part.from..][..part.size]);
        }
        Ok(())
    }

    /// Makes everything from `start` up to `end` zero, and frees the memory that was for it alone.
    pub(crate) fn clear(&mut self, start: u64, end: u64) {
        let (first, last) = (start / CHUNK as u64, end.div_ceil(CHUNK as u64));
        let touched = self.chunks.range(first..last.max(first)).map(|(number, _)| *number);
        for number in touched.collect::<Vec<_>>() {
            let base = number * CHUNK as u64;
            let within = |at: u64| {
                usize::try_from(at.saturating_sub(base)).map_or(CHUNK, |at| at.min(CHUNK))
            };
            let (from, to) = (within(start), within(end));
            if to - from == CHUNK {
                self.chunks.remove(&number);
            } else if let Some(chunk) = self.chunks.get_mut(&number) {
                chunk[from..to].fill(0);
            }
        }
    }

    fn chunk(&mut self, number: u64) -> Result<&mut [u8], NoMemory> {
        use alloc::collections::btree_map::Entry;
        Ok(match self.chunks.entry(number) {
            Entry::Occupied(chunk) => chunk.into_mut(),
            Entry::Vacant(place) => place.insert(zeroes(CHUNK)?.into_boxed_slice()),
        })
    }
}

/// What a request touches of one chunk.
struct Part {
    chunk: u64,
    /// Bytes of the chunk before it.
    within: usize,
    /// Bytes of the request before it.
    from: usize,
    size: usize,
}

fn parts(offset: u64, count: usize) -> impl Iterator<Item = Part> {
    let mut from = 0;
    core::iter::from_fn(move || {
        let at = offset + from as u64;
        let within = usize::try_from(at % CHUNK as u64).unwrap_or_default();
        let size = (CHUNK - within).min(count - from);
        let part = Part { chunk: at / CHUNK as u64, within, from, size };
        from += size;
        (size > 0).then_some(part)
    })
}

fn zeroes(count: usize) -> Result<Vec<u8>, NoMemory> {
    let mut data = Vec::new();
    data.try_reserve_exact(count).map_err(|_| NoMemory)?;
    data.resize(count, 0);
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: u64 = 1 << 50;

    #[test]
    fn what_was_never_written_is_zero_and_costs_nothing() {
        let mut sparse = Sparse::default();
        sparse.write(FAR - 1, b"abc").unwrap();
        assert_eq!(&sparse.read(FAR - 2, 6).unwrap()[..], b"\0abc\0\0");
        assert_eq!(sparse.chunks.len(), 2);
    }

    #[test]
    fn clearing_frees_whole_chunks_and_keeps_what_is_beside() {
        let mut sparse = Sparse::default();
        sparse.write(0, &alloc::vec![7; 4 * CHUNK]).unwrap();
        sparse.clear(10, 3 * CHUNK as u64 + 1);
        assert_eq!(sparse.chunks.len(), 2);
        assert_eq!(&sparse.read(9, 2).unwrap()[..], [7, 0]);
        assert_eq!(&sparse.read(3 * CHUNK as u64, 2).unwrap()[..], [0, 7]);
    }

    #[test]
    fn more_than_there_is_memory_for_is_refused() {
        assert_eq!(Sparse::default().read(0, usize::MAX), Err(NoMemory));
    }
}
