//! Opening a file system that has a disk to itself.

use alloc::rc::Rc;

use sarab_device::Block;
use sarab_runtime::{random, wall_clock};
use sarab_tree::{Error, Format, Options, Tree};

use crate::{FsError, TreeFs};

impl<B: Block + 'static> TreeFs<Rc<B>> {
    /// Opens the file system in the store on `disk`. A blank disk, one of zeroes, gets an empty one.
    ///
    /// Times of files come from the machine's clock.
    ///
    /// # Panics
    ///
    /// If no runtime runs here; [`over`](TreeFs::over) needs none.
    pub async fn open(disk: B) -> Result<Self, FsError<B::Error>> {
        let disk = Rc::new(disk);
        let tree = match Tree::mount(Rc::clone(&disk), Options::default()).await {
            Err(Error::Blank) => {
                let mut uuid = [0; 16];
                random::fill(&mut uuid);
                Tree::format(disk, &Format::new(uuid), Options::default()).await?
            }
            mounted => mounted?,
        };
        Self::over(tree, wall_clock).await
    }
}
