//! Opening a file system that has a disk to itself.

use sarab_device::Block;
use sarab_runtime::wall_clock;
use sarab_tree::Tree;

use crate::{FsError, TreeFs};

impl<B: Block + 'static> TreeFs<B> {
    /// Opens the file system in the store on `disk`. A blank disk, one of zeroes, gets an empty one.
    ///
    /// Times of files come from the machine's clock.
    ///
    /// # Panics
    ///
    /// If no runtime runs here; [`over`](TreeFs::over) needs none.
    pub async fn open(disk: B) -> Result<Self, FsError<B::Error>> {
        Self::over(Tree::open(disk).await?, wall_clock).await
    }
}
