//! Opening the store on a disk as a device.

use sarab_device::Block;
use sarab_runtime::random;

use crate::{
    Error, Format, Options, Tree,
    disk::Disk,
    tree::{
        create::create,
        mount::{find_superblock, mount},
    },
};

impl<B: Block + 'static> Tree<B> {
    /// Opens the store on `disk` with the usual options. A blank disk gets an empty one.
    pub async fn open(disk: B) -> Result<Self, Error<B::Error>> {
        let disk = Disk::new(disk)?;
        match find_superblock(&disk).await {
            Err(Error::Blank) => {
                let mut uuid = [0; 16];
                random::fill(&mut uuid);
                create(disk, &Format::new(uuid), Options::default()).await
            }
            superblock => mount(disk, superblock?, Options::default()).await,
        }
    }
}
