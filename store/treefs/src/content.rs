//! Reading and writing what is in a file.

use alloc::vec::Vec;
use core::ops::Range;

use sarab_device::{Block, Bytes};
use sarab_tree::{Large, Reader, Value};

use crate::{
    FsError,
    chunk::{self, CHUNK, parts, patched, trimmed},
    inode::{SIZE_BYTES_MAX, Stat},
    key,
    shared::Shared,
    view::{Change, Look, View},
};

/// The most bytes that are written in one transaction, so that a long write takes little memory.
const WRITE_BYTES_MAX: usize = 4 << 20;

impl<B: Block + 'static> Look<'_, B> {
    /// Reads `count` bytes of a file from `offset` on, fewer where it ends sooner.
    pub(crate) async fn read(
        &mut self,
        file: &Stat,
        offset: u64,
        count: usize,
    ) -> Result<Bytes, FsError<B::Error>> {
        let left = file.size_bytes.saturating_sub(offset);
        let count = usize::try_from(left).map_or(count, |left| left.min(count));
        let mut data = zeroes(count)?;
        let Some(last) = count.checked_sub(1) else { return Ok(Bytes::new()) };
        let (first, _) = chunk::split(offset);
        let (last, _) = chunk::split(offset + last as u64);
        let bounds = (key::chunk(file.inode, first), key::chunk(file.inode, last));
        let mut chunks = self.reader.range(self.files, &bounds.0[..]..=&bounds.1[..]);
        let mut batch = Batch::default();
        while let Some(item) = chunks.next().await? {
            let damaged = FsError::Damaged { inode: file.inode };
            let start = key::chunk_number(item.key).and_then(chunk::start).ok_or(damaged)?;
            let window = Window::new(start, offset, count);
            match item.value {
                Value::Inline(bytes) => window.fill(&mut data, bytes),
                Value::Large(large) => batch.add(large, &window),
            }
            if batch.ranges.len() == BATCH_MAX {
                batch.read(&self.reader, &mut data).await?;
            }
        }
        batch.read(&self.reader, &mut data).await?;
        Ok(Bytes::from(data))
    }
}

/// So many chunks with pages of their own are read together.
const BATCH_MAX: usize = 64;

/// Chunks with pages of their own that are to be read.
#[derive(Default)]
struct Batch {
    ranges: Vec<(Large, Range<u64>)>,
    /// Where the next bytes of each come to lie in what is read.
    places: Vec<usize>,
}

impl Batch {
    fn add(&mut self, large: Large, window: &Window) {
        let end = window.skip + window.place.len();
        self.ranges.push((large, window.skip as u64..end as u64));
        self.places.push(window.place.start);
    }

    /// Reads them into `data`.
    async fn read<B: Block + 'static>(
        &mut self,
        reader: &Reader<'_, B>,
        data: &mut [u8],
    ) -> Result<(), FsError<B::Error>> {
        let places = &mut self.places;
        let take = |index: usize, bytes: Bytes| {
            let start = places[index];
            places[index] += bytes.len();
            data[start..start + bytes.len()].copy_from_slice(&bytes);
        };
        reader.read_together(&self.ranges, take).await?;
        self.ranges.clear();
        self.places.clear();
        Ok(())
    }
}

/// Where the bytes of a chunk come to lie in what is read.
struct Window {
    /// Bytes of the chunk before those that are asked for.
    skip: usize,
    place: Range<usize>,
}

impl Window {
    /// `start` is where the chunk begins in the file, `offset` where the `count` bytes do that are read.
    fn new(start: u64, offset: u64, count: usize) -> Self {
        let clamp = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let skip = clamp(offset.saturating_sub(start)).min(CHUNK);
        let from = clamp(start.saturating_sub(offset)).min(count);
        let size = (CHUNK - skip).min(count - from);
        Self { skip, place: from..from + size }
    }

    fn fill(&self, data: &mut [u8], chunk: &[u8]) {
        let bytes = chunk.get(self.skip..).unwrap_or_default();
        let size = bytes.len().min(self.place.len());
        data[self.place.start..self.place.start + size].copy_from_slice(&bytes[..size]);
    }
}

impl<B: Block + 'static> Shared<B> {
    /// Writes `data` into a file, a part in each transaction where it is long.
    pub(crate) async fn write(
        &self,
        inode: u64,
        offset: u64,
        mut data: Bytes,
    ) -> Result<(), FsError<B::Error>> {
        let end = offset.checked_add(data.len() as u64).filter(|end| *end <= SIZE_BYTES_MAX);
        end.ok_or(FsError::NoSpace)?;
        let mut offset = offset;
        while !data.is_empty() {
            // Parts end where a chunk does, so that none is written twice.
            let (_, within) = chunk::split(offset);
            let part = data.split_to(data.len().min(WRITE_BYTES_MAX - within));
            self.write_part(inode, offset, &part).await?;
            offset += part.len() as u64;
        }
        Ok(())
    }

    async fn write_part(
        &self,
        inode: u64,
        offset: u64,
        data: &[u8],
    ) -> Result<(), FsError<B::Error>> {
        let mut change = self.change().await?;
        let mut stat = change.known(inode).await?;
        for part in parts(offset, data.len()) {
            let (key, bytes) = (key::chunk(inode, part.number), &data[part.request]);
            if bytes.len() == CHUNK {
                change.put_chunk(&key, bytes).await?;
            } else {
                let old = change.value(&key).await?.unwrap_or_default();
                change.put_chunk(&key, &patched(&old, part.within.start, bytes)).await?;
            }
        }
        stat.size_bytes = stat.size_bytes.max(offset + data.len() as u64);
        stat.touch(self.now());
        change.put_stat(&stat).await?;
        change.commit().await
    }

    /// Makes a file `size_bytes` long.
    pub(crate) async fn set_size(
        &self,
        inode: u64,
        size_bytes: u64,
    ) -> Result<(), FsError<B::Error>> {
        if size_bytes > SIZE_BYTES_MAX {
            return Err(FsError::NoSpace);
        }
        let mut change = self.change().await?;
        let mut stat = change.known(inode).await?;
        if size_bytes < stat.size_bytes {
            change.transaction.use_reserve();
            change.cut(inode, size_bytes).await?;
        }
        stat.size_bytes = size_bytes;
        stat.touch(self.now());
        change.put_stat(&stat).await?;
        change.commit().await
    }
}

impl<B: Block + 'static> Change<'_, B> {
    async fn put_chunk(&mut self, key: &[u8], bytes: &[u8]) -> Result<(), FsError<B::Error>> {
        match trimmed(bytes) {
            [] => self.remove(key).await,
            bytes => self.put(key, bytes).await,
        }
    }

    /// Removes what is in a file past its new end.
    async fn cut(&mut self, inode: u64, end: u64) -> Result<(), FsError<B::Error>> {
        let (number, within) = chunk::split(end);
        let whole = if within == 0 { number } else { number + 1 };
        self.remove_range(key::chunks(inode, whole)).await?;
        let key = key::chunk(inode, number);
        match self.value(&key).await? {
            Some(old) if old.len() > within => self.put_chunk(&key, &old[..within]).await,
            _ => Ok(()),
        }
    }
}

fn zeroes<E>(count: usize) -> Result<Vec<u8>, FsError<E>> {
    let mut data = Vec::new();
    data.try_reserve_exact(count).map_err(|_| FsError::NoSpace)?;
    data.resize(count, 0);
    Ok(data)
}
