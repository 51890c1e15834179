//! Files in the transactional store.

use std::rc::Rc;

use sarab_crash::{Disk, Failure, Image};
use sarab_device::ErrorKind;
use sarab_tree::{Discard, Format, Options, Tree};
use sarab_treefs::TreeFs;

use super::files::{Volume, start};

/// A file system in a store on a disk of so many pages.
#[derive(Clone, Copy)]
pub(crate) struct TreeVolume {
    pub(crate) pages: u64,
}

const SECTOR_BYTES: u32 = 512;
const OPTIONS: Options = Options { memory_bytes: 0, discard: Discard::Keep };

impl Volume for TreeVolume {
    type Fs = TreeFs<Rc<Disk>>;

    fn name(&self) -> &'static str {
        "treefs"
    }

    fn blank(&self) -> Image {
        Image::new(SECTOR_BYTES, self.pages * 4096 / u64::from(SECTOR_BYTES))
    }

    async fn format(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        let format = Format { log_bytes: Some(16 * 4096), ..Format::new([3; 16]) };
        let tree = Tree::format(disk, &format, OPTIONS).await?;
        let fs = TreeFs::over(tree, || None).await?;
        start(&fs).await?;
        // A damaged disk may show an earlier time: not one before this.
        fs.tree().checkpoint().await?;
        Ok(fs.tree().checkpoint().await?)
    }

    async fn open(&self, disk: Rc<Disk>) -> Result<Self::Fs, Failure> {
        let tree = Tree::mount(disk, OPTIONS).await?;
        Ok(TreeFs::over(tree, || None).await?)
    }

    async fn check(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        let tree = Tree::mount(disk, OPTIONS).await?;
        match tree.check().await?.problems.first() {
            Some(problem) => {
                let text = format!("the check finds {problem:?}");
                Err(Failure::Refused { kind: ErrorKind::Corrupt, text })
            }
            None => Ok(()),
        }
    }

    fn is_checked(&self) -> bool {
        true
    }

    fn room_bytes(&self) -> usize {
        0
    }

    fn is_in_order(&self) -> bool {
        true
    }
}
