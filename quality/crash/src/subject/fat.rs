//! FAT volumes.

use std::rc::Rc;

use sarab_crash::{Disk, Failure, Image};
use sarab_device::{Block, ErrorKind, File, Fs, Open};
use sarab_fat::{Fat, Finding, Format, Info, Report, Width};

use super::files::{Volume, start};

/// A FAT volume of one width.
#[derive(Clone, Copy)]
pub(crate) struct FatVolume {
    pub(crate) name: &'static str,
    pub(crate) width: Width,
    /// Sectors of the disk, of 512 bytes; so is a cluster.
    pub(crate) sectors: u64,
    pub(crate) mistake: Mistake,
}

/// What is wrong with a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Nothing is.
    None,
    /// That it was not unmounted is forgotten, so its count of free clusters is believed.
    ForgetsMark,
    /// What a file replaces is written over in place, so that a crash may mix the two.
    ReplacesInPlace,
    /// What replaces another file is removed before it has taken its place.
    RemovesTooEarly,
}

/// Where the boot sector of FAT32 says that the volume is in use, and how.
const STATE_AT: usize = 65;
const IN_USE: u8 = 1;

/// Where it says how many sectors lie before the table, whose second entry says it again.
const RESERVED_AT: usize = 14;
const CLEAN_AT: usize = 7;
const CLEAN: u8 = 1 << 3;

impl FatVolume {
    /// Compares the free clusters that the volume counts with those that a check leaves: only FAT32 has
    /// their number written down, which is wrong after a crash.
    async fn count(&self, disk: Rc<Disk>, report: &Report) -> Result<(), Failure> {
        let lost = report.findings.iter().map(|finding| match finding {
            Finding::Lost { clusters } => *clusters,
            _ => 0,
        });
        let taken = report.used_count + lost.sum::<u32>();
        let info = self.open(disk).await?.info().await?;
        if info.free_count == info.cluster_count - taken {
            return Ok(());
        }
        let Info { free_count, cluster_count, .. } = info;
        let what = format!("{taken} of {cluster_count} clusters are taken, and {free_count} free");
        Err(Failure::Wrong(what))
    }
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
        start(&self.open(disk).await?).await
    }

    async fn open(&self, disk: Rc<Disk>) -> Result<Self::Fs, Failure> {
        if self.mistake == Mistake::ForgetsMark {
            forget_mark(&disk).await?;
        }
        Ok(Fat::mount_with(disk, || None).await?)
    }

    async fn rename(&self, fs: &Self::Fs, from: &str, to: &str) -> Result<(), Failure> {
        let is_wrong = matches!(self.mistake, Mistake::ReplacesInPlace | Mistake::RemovesTooEarly);
        let is_file = fs.metadata(to).await?.is_some() && fs.metadata(from).await?.is_some();
        if !is_wrong || !is_file || from == to {
            return Ok(fs.rename(from, to).await?);
        }
        let file = fs.open(from, Open::Read).await?;
        let size = file.size_bytes().await?;
        let data = file.read_at(0, usize::try_from(size).unwrap_or(usize::MAX)).await?;
        drop(file);
        if self.mistake == Mistake::RemovesTooEarly {
            fs.remove(from).await?;
            fs.sync().await?;
        }
        let file = fs.open(to, Open::Existing).await?;
        file.write_at(0, data).await?;
        file.set_size(size).await?;
        file.sync().await?;
        if self.mistake == Mistake::ReplacesInPlace {
            fs.remove(from).await?;
        }
        Ok(())
    }

    async fn check(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        let report = Fat::check(&disk).await?;
        let corrupt = |text| Err(Failure::Refused { kind: ErrorKind::Corrupt, text });
        // What a crash leaves is found again only where the volume says that there was one.
        let is_marked = report.findings.contains(&Finding::Dirty);
        let is_wrong = |finding: &&Finding| !is_marked || !finding.is_harmless();
        match report.findings.iter().find(is_wrong) {
            Some(finding) if is_marked => return corrupt(finding.to_string()),
            Some(finding) => return corrupt(format!("{finding}, and the mark is gone")),
            None => {}
        }
        if self.width == Width::Fat32 { self.count(disk, &report).await } else { Ok(()) }
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

/// Has a FAT32 volume say that it is not in use.
async fn forget_mark(disk: &Disk) -> Result<(), Failure> {
    let mut boot = disk.read(0, 1).await?.to_vec();
    boot[STATE_AT] &= !IN_USE;
    let table = u64::from(u16::from_le_bytes([boot[RESERVED_AT], boot[RESERVED_AT + 1]]));
    let mut start = disk.read(table, 1).await?.to_vec();
    start[CLEAN_AT] |= CLEAN;
    disk.write(0, boot.into()).await?;
    disk.write(table, start.into()).await?;
    Ok(disk.flush().await?)
}
