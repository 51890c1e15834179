//! An open file.

use alloc::rc::Rc;

use sarab_device::{Block, Bytes, File};
use sarab_disk::Owned;

use crate::{
    FatError,
    node::Node,
    volume::{Outcome, Volume},
};

/// The most bytes of a file.
pub(crate) const SIZE_BYTES_MAX: u64 = u32::MAX as u64;

/// An open file of a [`Fat`](crate::Fat).
///
/// Reads of one file may run at the same time; a change of it waits for them, and they for it.
#[derive(Debug)]
pub struct FatFile<B: Block + 'static> {
    volume: Rc<Volume<Owned<B>>>,
    node: Rc<Node>,
    is_writable: bool,
}

impl<B: Block + 'static> FatFile<B> {
    pub(crate) fn new(volume: &Rc<Volume<Owned<B>>>, node: Rc<Node>, is_writable: bool) -> Self {
        node.handles.set(node.handles.get() + 1);
        Self { volume: Rc::clone(volume), node, is_writable }
    }

    fn size(&self) -> u64 {
        u64::from(self.node.state.borrow().size_bytes)
    }

    fn check_size(&self, size_bytes: Option<u64>) -> Outcome<u64, Owned<B>> {
        if !self.is_writable {
            return Err(FatError::ReadOnly);
        }
        match size_bytes {
            Some(size_bytes @ ..=SIZE_BYTES_MAX) => Ok(size_bytes),
            _ => Err(FatError::TooLarge { size_bytes: size_bytes.unwrap_or(u64::MAX) }),
        }
    }

    /// Sees to it that the file has clusters for `size_bytes`.
    async fn reserve(&self, size_bytes: u64) -> Outcome<(), Owned<B>> {
        if size_bytes <= self.size() {
            return self.volume.reach(&self.node, size_bytes).await;
        }
        self.volume.reach_end(&self.node).await?;
        self.volume.reach(&self.node, self.size()).await?; // a chain that is short stays so
        let has_room = {
            let clusters = self.node.state.borrow().runs.len();
            clusters >= self.volume.layout.clusters_for(size_bytes)
        };
        if has_room {
            return Ok(()); // without waiting for who changes or syncs other files
        }
        let turn = self.volume.turn().await?;
        self.volume.extend(&turn, &self.node, size_bytes).await
    }

    fn set_size_now(&self, size_bytes: u64) {
        let mut state = self.node.state.borrow_mut();
        state.size_bytes = u32::try_from(size_bytes).unwrap_or(u32::MAX);
        state.touch(self.volume.now());
    }
}

impl<B: Block + 'static> Drop for FatFile<B> {
    fn drop(&mut self) {
        self.volume.closed(&self.node);
    }
}

impl<B: Block + 'static> File for FatFile<B> {
    type Error = FatError<B::Error>;

    async fn size_bytes(&self) -> Result<u64, Self::Error> {
        Ok(self.size())
    }

    async fn read_at(&self, offset: u64, count: usize) -> Result<Bytes, Self::Error> {
        let _turn = self.node.lock.look().await;
        let end = offset.saturating_add(count as u64).min(self.size());
        if offset >= end {
            return Ok(Bytes::new());
        }
        self.volume.reach(&self.node, end).await?;
        self.volume.read_data(&self.node, offset..end).await
    }

    async fn write_at(&self, offset: u64, data: Bytes) -> Result<(), Self::Error> {
        if data.is_empty() && self.is_writable {
            return Ok(());
        }
        let end = self.check_size(offset.checked_add(data.len() as u64))?;
        if !self.volume.is_writable() {
            return Err(FatError::ReadOnly);
        }
        let _turn = self.node.lock.change().await;
        self.reserve(end).await?;
        let size = self.size();
        if offset > size {
            self.volume.write_zeroes(&self.node, size..offset).await?;
        }
        self.volume.write_data(&self.node, offset, &data, size).await?;
        self.set_size_now(size.max(end));
        Ok(())
    }

    async fn set_size(&self, size_bytes: u64) -> Result<(), Self::Error> {
        let size_bytes = self.check_size(Some(size_bytes))?;
        if !self.volume.is_writable() {
            return Err(FatError::ReadOnly);
        }
        let _turn = self.node.lock.change().await;
        let size = self.size();
        if size_bytes > size {
            self.reserve(size_bytes).await?;
            self.volume.write_zeroes(&self.node, size..size_bytes).await?;
            self.set_size_now(size_bytes);
        } else {
            self.volume.reach_end(&self.node).await?;
            let _turn = self.volume.turn().await?;
            self.volume.shorten(&self.node, size_bytes);
            self.set_size_now(size_bytes);
        }
        Ok(())
    }

    async fn sync(&self) -> Result<(), Self::Error> {
        if !self.volume.is_writable() {
            return Ok(());
        }
        let turn = self.volume.change.change().await;
        self.volume.commit(&turn).await
    }
}
