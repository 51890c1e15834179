//! An open file.

use alloc::rc::Rc;

use sarab_device::{Block, Bytes, File};

use crate::{FsError, shared::Shared, view::View};

/// An open file of a [`TreeFs`](crate::TreeFs). It may outlive the file system's own handle.
#[derive(Debug)]
pub struct TreeFile<B: Block + 'static> {
    shared: Rc<Shared<B>>,
    inode: u64,
    is_writable: bool,
}

impl<B: Block + 'static> TreeFile<B> {
    /// Counts as opened until it is dropped.
    pub(crate) fn new(shared: &Rc<Shared<B>>, inode: u64, is_writable: bool) -> Self {
        shared.handles.opened(inode);
        Self { shared: Rc::clone(shared), inode, is_writable }
    }

    fn writable(&self) -> Result<&Shared<B>, FsError<B::Error>> {
        if self.is_writable { Ok(&self.shared) } else { Err(FsError::ReadOnly) }
    }
}

impl<B: Block + 'static> Drop for TreeFile<B> {
    fn drop(&mut self) {
        self.shared.handles.closed(self.inode);
    }
}

impl<B: Block + 'static> File for TreeFile<B> {
    type Error = FsError<B::Error>;

    async fn size_bytes(&self) -> Result<u64, Self::Error> {
        Ok(self.shared.look().known(self.inode).await?.size_bytes)
    }

    async fn read_at(&self, offset: u64, count: usize) -> Result<Bytes, Self::Error> {
        let mut look = self.shared.look();
        let stat = look.known(self.inode).await?;
        look.read(&stat, offset, count).await
    }

    async fn write_at(&self, offset: u64, data: Bytes) -> Result<(), Self::Error> {
        self.writable()?.write(self.inode, offset, data).await
    }

    async fn set_size(&self, size_bytes: u64) -> Result<(), Self::Error> {
        self.writable()?.set_size(self.inode, size_bytes).await
    }

    async fn sync(&self) -> Result<(), Self::Error> {
        self.shared.sync().await
    }
}
