//! FAT volumes.

use std::rc::Rc;

use sarab_crash::{Disk, Failure, Image};
use sarab_device::{ErrorKind, File, Fs, Open};
use sarab_fat::{Fat, Format, Width};

use super::files::Volume;

/// A FAT volume of one width.
#[derive(Clone, Copy)]
pub(crate) struct FatVolume {
    pub(crate) name: &'static str,
    pub(crate) width: Width,
    /// Sectors of the disk, of 512 bytes; so is a cluster.
    pub(crate) sectors: u64,
}

impl Volume for FatVolume {
    type Fs = Fat<Rc<Disk>>;

    fn name(&self) -> &'static str {
        self.name
    }

    fn blank(&self) -> Image {
        Image::new(512, self.sectors)
    }

    async fn format(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        let width = Some(self.width);
        let format = Format { width, cluster_bytes: Some(512), ..Format::default() };
        Fat::format(&disk, &format).await?;
        // Something to move from one folder to another: that is what FAT writes through.
        let fat = self.open(disk).await?;
        fat.create_folder("d").await?;
        let file = fat.open("a long name of a file.data", Open::New).await?;
        file.write_at(0, vec![250; 600].into()).await?;
        Ok(fat.sync().await?)
    }

    async fn open(&self, disk: Rc<Disk>) -> Result<Self::Fs, Failure> {
        Ok(Fat::mount_with(disk, || None).await?)
    }

    async fn check(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        let report = Fat::check(&disk).await?;
        match report.findings.iter().find(|finding| !finding.is_harmless()) {
            Some(finding) => {
                Err(Failure::Refused { kind: ErrorKind::Corrupt, text: finding.to_string() })
            }
            None => Ok(()),
        }
    }

    fn is_checked(&self) -> bool {
        false
    }

    fn room_bytes(&self) -> usize {
        usize::try_from(self.sectors * 512 / 2).unwrap_or_default()
    }

    fn is_in_order(&self) -> bool {
        false
    }
}
