//! Putting a large value, part by part.

use alloc::vec::Vec;
use core::fmt;

use sarab_device::{Block, Bytes};

use super::Transaction;
use crate::{
    Error,
    format::{
        PAGE_BYTES, PAGE_BYTES_U64,
        extent::{self, Extent, LARGE, LARGE_BYTES},
        pages_of,
    },
    keyspace::{EXTENTS, INLINE_BYTES_MAX},
    large::EXTENT_BYTES_MAX,
    pages::Fault,
    space::{Claim, Freed},
    state::State,
};

/// A large value on its way to the disk. Dropping it gives up.
///
/// **Cancellation.** After the future of a [`write`](Self::write) was dropped nobody knows how much of its bytes the
/// value has taken, so the writer should be dropped, too.
pub struct ValueWriter<'x, 't, B: Block + 'static> {
    transaction: &'x mut Transaction<'t, B>,
    key: Vec<u8>,
    /// What was given and has no pages yet.
    rest: Vec<u8>,
    placed: Vec<Extent>,
}

impl<'x, 't, B: Block + 'static> ValueWriter<'x, 't, B> {
    pub(super) fn new(transaction: &'x mut Transaction<'t, B>, key: Vec<u8>) -> Self {
        Self { transaction, key, rest: Vec::new(), placed: Vec::new() }
    }

    /// Appends `bytes` to the value.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error<B::Error>> {
        let mut bytes = bytes;
        while !bytes.is_empty() {
            let room = EXTENT_BYTES_MAX as usize - self.rest.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.rest.extend_from_slice(now);
            bytes = later;
            if self.rest.len() == EXTENT_BYTES_MAX as usize {
                self.place_rest().await?;
            }
        }
        Ok(())
    }

    /// Puts the value under its key, in place of what was there.
    pub async fn finish(mut self) -> Result<(), Error<B::Error>> {
        let is_small = self.key.len() + self.rest.len() <= INLINE_BYTES_MAX;
        if self.placed.is_empty() && is_small {
            let word = self.rest.len() as u16;
            self.transaction.batch.put([&self.key[..2], &self.key[2..]], word, &self.rest);
            return self.transaction.settle_if_full().await;
        }
        self.place_rest().await?;
        let number = self.take_number();
        let mut offset = 0;
        let batch = &mut self.transaction.batch;
        for extent in self.placed.drain(..) {
            let key = extent::key(number, offset);
            batch.put([&EXTENTS, &key[2..]], extent::EXTENT_BYTES as u16, &extent.bytes());
            offset += u64::from(extent.size_bytes);
        }
        let word = LARGE | LARGE_BYTES as u16;
        batch.put([&self.key[..2], &self.key[2..]], word, &extent::large(number, offset));
        self.transaction.settle_if_full().await
    }

    /// Gives what is left pages of its own, in one run where there is one.
    async fn place_rest(&mut self) -> Result<(), Error<B::Error>> {
        while !self.rest.is_empty() {
            let (address, pages) = self.allocate(pages_of(self.rest.len() as u64)).await?;
            let size = self.rest.len().min(pages as usize * PAGE_BYTES);
            let later = self.rest.split_off(size);
            let part = core::mem::replace(&mut self.rest, later);
            self.place(address, part.into());
            self.land_if_enough().await?;
        }
        Ok(())
    }

    fn place(&mut self, address: u64, part: Bytes) {
        let extent = {
            let state = self.transaction.tree.state.borrow();
            let birth = state.open.as_ref().map_or(0, |open| open.edit.birth);
            let checksum = state.pages.seal.sum_at(&part, address);
            Extent { address, size_bytes: part.len() as u32, birth, checksum }
        };
        self.placed.push(extent);
        self.transaction.has_extents = true;
        self.transaction.gathered.add(address, padded(part));
    }

    async fn land_if_enough(&mut self) -> Result<(), Error<B::Error>> {
        let Transaction { tree, gathered, .. } = &mut *self.transaction;
        if gathered.is_enough(tree.options.memory_bytes) {
            gathered.land(&tree.disk).await?;
        }
        Ok(())
    }

    /// Takes up to `wanted` pages.
    async fn allocate(&mut self, wanted: u64) -> Result<(u64, u64), Error<B::Error>> {
        let tree = self.transaction.tree;
        for _ in 0..3 {
            let taken = take(&mut tree.state.borrow_mut(), wanted);
            match taken {
                Ok(run) => return Ok(run),
                Err(Fault::NoSpace) if tree.has_pending() => tree.checkpoint().await?,
                Err(fault) => tree.cure(fault).await?,
            }
        }
        Err(Error::NoSpace)
    }

    fn take_number(&mut self) -> u64 {
        let mut state = self.transaction.tree.state.borrow_mut();
        let number = state.next_value;
        state.next_value = number.saturating_add(1);
        number
    }
}

impl<B: Block + 'static> Drop for ValueWriter<'_, '_, B> {
    fn drop(&mut self) {
        let mut state = self.transaction.tree.state.borrow_mut();
        let State { pages, open, .. } = &mut *state;
        let Some(open) = open else { return };
        for extent in self.placed.drain(..) {
            let (address, count, birth) = (extent.address, extent.pages(), extent.birth);
            self.transaction.gathered.forget(address);
            pages.drop_extent(&mut open.edit, Freed { address, pages: count, birth });
        }
    }
}

impl<B: Block + 'static> fmt::Debug for ValueWriter<'_, '_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueWriter").field("parts", &self.placed.len()).finish_non_exhaustive()
    }
}

/// Takes up to `wanted` pages for the open transaction.
fn take(state: &mut State, wanted: u64) -> Result<(u64, u64), Fault> {
    let State { pages, open, .. } = state;
    if pages.space.available(Claim::Put) < wanted {
        return Err(Fault::NoSpace);
    }
    let (address, count) = pages.space.allocate_run(wanted).ok_or(Fault::NoSpace)?;
    pages.space.set_fresh(address, count);
    if let Some(open) = open {
        open.has_written = true;
    }
    Ok((address, count))
}

/// Fills `part` up to whole pages.
fn padded(part: Bytes) -> Bytes {
    if (part.len() as u64).is_multiple_of(PAGE_BYTES_U64) {
        return part;
    }
    let mut bytes = Vec::with_capacity(part.len().next_multiple_of(PAGE_BYTES));
    bytes.extend_from_slice(&part);
    bytes.resize(part.len().next_multiple_of(PAGE_BYTES), 0);
    bytes.into()
}
