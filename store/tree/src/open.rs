//! Opening the store on a disk as a device.

use sarab_device::Block;
use sarab_runtime::random;

use crate::{Error, Format, Options, Tree, disk::Disk, tree::mount::find_superblock};

impl<B: Block> Tree<B> {
    /// Opens the store on `disk` with the usual options. A blank disk gets an empty one.
    pub async fn open(disk: B) -> Result<Self, Error<B::Error>> {
        let is_blank = match Disk::new(&disk) {
            Ok(disk) => matches!(find_superblock(&disk).await, Err(Error::Blank)),
            Err(_) => false,
        };
        if !is_blank {
            return Self::mount(disk, Options::default()).await;
        }
        let mut uuid = [0; 16];
        random::fill(&mut uuid);
        Self::format(disk, &Format::new(uuid), Options::default()).await
    }
}
