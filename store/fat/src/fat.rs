//! A FAT volume.

use alloc::rc::Rc;

use sarab_device::{Block, WallTime};
use sarab_disk::Owned;

use crate::{FatError, Format, Info, Report, check, folder::ROOT, format, short, volume::Volume};

/// Tells the date, where it is known.
pub type Clock = fn() -> Option<WallTime>;

/// A mounted FAT volume.
///
/// **Names** are found whatever their case is, as everywhere on FAT, and shown as they were
/// written. Dots and spaces at the end of a name are not part of it. As a
/// [`KvRead`](sarab_device::KvRead) it finds a value under the very name that it shows.
///
/// **Durability.** Changes of folders and of the table are kept in memory until
/// [`sync`](Self::sync) or [`File::sync`](sarab_device::File::sync), or until there are many. A
/// volume that is dropped without a `sync` is on the disk as the last one left it, or a later
/// moment.
///
/// **Cancellation.** What was begun on the disk belongs to the volume, and is finished before anything
/// else is written there.
#[derive(Debug)]
pub struct Fat<B: Block + 'static> {
    pub(crate) volume: Rc<Volume<Owned<B>>>,
}

impl<B: Block + 'static> Fat<B> {
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
        let mut volume = Volume::open(Owned::new(block), clock).await?;
        volume.intent_place = volume.find_intent_place().await?;
        volume.finish_move().await?;
        if volume.was_dirty {
            log::warn!("the FAT volume was not unmounted; clusters may be lost until a repair");
        }
        Ok(Self { volume: Rc::new(volume) })
    }

    /// Makes an empty volume on all of `block`; what was on it is lost.
    ///
    /// # Errors
    /// Where a volume cannot be like that, or the disk fails.
    pub async fn format(block: &B, options: &Format) -> Result<(), FatError<B::Error>> {
        format::format(block, options).await
    }

    /// Looks for what is wrong with the volume on `block`, which must not be mounted. Nothing is
    /// written.
    ///
    /// # Errors
    /// Where there is no volume on it, or the disk fails. What is wrong with a volume is no error.
    pub async fn check(block: &B) -> Result<Report, FatError<B::Error>> {
        check::check(block).await
    }

    /// Looks for what is wrong with the volume on `block`, which must not be mounted, and puts it
    /// right. Returns what was found.
    ///
    /// # Errors
    /// As for [`check`](Self::check).
    pub async fn repair(block: &B) -> Result<Report, FatError<B::Error>> {
        check::repair(block).await
    }

    /// Makes every change that has completed survive a crash, and marks the volume as clean, unless
    /// it was not when it was mounted.
    ///
    /// # Errors
    /// Where the disk fails.
    pub async fn sync(&self) -> Result<(), FatError<B::Error>> {
        if !self.volume.is_writable() {
            return Ok(());
        }
        let turn = self.volume.change.change().await;
        self.volume.close(&turn).await
    }

    /// Returns what is known of the volume. Free clusters are counted, where that is not known.
    ///
    /// # Errors
    /// Where the disk fails.
    pub async fn info(&self) -> Result<Info, FatError<B::Error>> {
        let volume = &self.volume;
        let root = volume.folder(ROOT).await?;
        let label = root.entries.borrow().label().map(|entry| short::label_text(&entry.name));
        let layout = &volume.layout;
        Ok(Info {
            width: layout.width,
            sector_bytes: layout.sector_bytes,
            cluster_bytes: layout.cluster_bytes(),
            cluster_count: layout.cluster_count,
            free_count: volume.free_count().await?.saturating_add(volume.waiting_count()),
            table_count: layout.table_count,
            serial: layout.serial,
            label,
            was_dirty: volume.was_dirty,
        })
    }

    /// Says when the file or folder at `path` was changed last.
    ///
    /// # Errors
    /// Where there is nothing at `path`, or the disk fails.
    pub async fn set_modified(
        &self,
        path: &str,
        moment: Option<WallTime>,
    ) -> Result<(), FatError<B::Error>> {
        self.volume.set_modified(path, moment).await
    }
}
