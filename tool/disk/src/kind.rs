//! What is on a disk, by the marks that each kind has.

use std::fmt;

use sarab_device::{Block, Geometry};
use sarab_disk::{
    Table,
    partition::{TableError, is_fat},
};

/// What is on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Blank,
    Unknown,
    Table,
    Encrypted,
    Fat,
    Tree,
    ExFat,
    Ntfs,
    Ext2,
    Ext3,
    Ext4,
    Xfs,
    Btrfs,
    F2fs,
    Erofs,
    Squashfs,
    Iso9660,
    Luks,
    Lvm,
    Swap,
    Tar,
    Qcow2,
    LittleFs,
    Redb,
    Elf,
}

/// Marks: where they are, what they are, and of what. The first that fits decides.
const MARKS: [(usize, &[u8], Kind); 21] = [
    (0, b"SARABENC", Kind::Encrypted),
    (32768, b"SARABENC", Kind::Encrypted),
    (0, b"Sarab tree\r\n\x1a\n\0\0", Kind::Tree),
    (0, b"LUKS\xba\xbe", Kind::Luks),
    (0, b"XFSB", Kind::Xfs),
    (0, b"hsqs", Kind::Squashfs),
    (0, b"QFI\xfb", Kind::Qcow2),
    (0, b"\x7fELF", Kind::Elf),
    (0, b"redb\x1a\n\xa9\r\n", Kind::Redb),
    (3, b"EXFAT   ", Kind::ExFat),
    (3, b"NTFS    ", Kind::Ntfs),
    (8, b"littlefs", Kind::LittleFs),
    (536, b"LVM2 001", Kind::Lvm),
    (1080, b"\x53\xef", Kind::Ext2),
    (1024, b"\xe2\xe1\xf5\xe0", Kind::Erofs),
    (1024, b"\x10\x20\xf5\xf2", Kind::F2fs),
    (4086, b"SWAPSPACE2", Kind::Swap),
    (32769, b"CD001", Kind::Iso9660),
    (65600, b"_BHRfS_M", Kind::Btrfs),
    (257, b"ustar", Kind::Tar),
    (0, b"PK\x03\x04", Kind::Unknown),
];

/// Bytes that are looked at, at the start.
const HEAD_BYTES: u64 = 128 << 10;

/// Bytes that are looked at, at the end, where copies are.
const TAIL_BYTES: u64 = 32 << 10;

/// Returns the first sector and the length of the two ends of a disk that tell what is on it.
pub(crate) fn ends(geometry: Geometry) -> [(u64, u32); 2] {
    let sectors = |bytes: u64| {
        let most = bytes.div_ceil(geometry.sector_bytes.into()).min(geometry.sector_count);
        u32::try_from(most).unwrap_or(u32::MAX)
    };
    let tail = sectors(TAIL_BYTES);
    [(0, sectors(HEAD_BYTES)), (geometry.sector_count - u64::from(tail), tail)]
}

impl Kind {
    /// Finds out what is on a disk.
    pub(crate) async fn of<B: Block>(disk: &B) -> Result<Self, B::Error> {
        let [head, tail] = ends(disk.geometry());
        let start = disk.read(head.0, head.1).await?;
        let has = |(at, mark, _): &&(usize, &[u8], Self)| {
            start.get(*at..).is_some_and(|rest| rest.starts_with(mark))
        };
        if let Some((_, _, kind)) = MARKS.iter().find(has) {
            return Ok(if *kind == Self::Ext2 { ext(&start) } else { *kind });
        }
        if is_fat(&start) {
            return Ok(Self::Fat);
        }
        match Table::read(disk).await {
            Err(TableError::Device(error)) => Err(error),
            Err(TableError::None) => {
                let end = disk.read(tail.0, tail.1).await?;
                let is_blank = start.iter().chain(&end).all(|byte| *byte == 0);
                Ok(if is_blank { Self::Blank } else { Self::Unknown })
            }
            // A damaged table is one, too.
            _ => Ok(Self::Table),
        }
    }
}

/// Tells the ext file systems apart, by a journal and by extents.
fn ext(start: &[u8]) -> Kind {
    let has = |at: usize, bit: u8| start.get(at).is_some_and(|byte| byte & bit != 0);
    match (has(1024 + 0x60, 0x40), has(1024 + 0x5c, 0x04)) {
        (true, _) => Kind::Ext4,
        (false, true) => Kind::Ext3,
        (false, false) => Kind::Ext2,
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "nothing",
            Self::Unknown => "data of no kind that is known",
            Self::Table => "a partition table",
            Self::Encrypted => "an encrypted disk of Sarab",
            Self::Fat => "a FAT file system",
            Self::Tree => "a tree store of Sarab",
            Self::ExFat => "an exFAT file system",
            Self::Ntfs => "an NTFS file system",
            Self::Ext2 => "an ext2 file system",
            Self::Ext3 => "an ext3 file system",
            Self::Ext4 => "an ext4 file system",
            Self::Xfs => "an XFS file system",
            Self::Btrfs => "a Btrfs file system",
            Self::F2fs => "an F2FS file system",
            Self::Erofs => "an EROFS file system",
            Self::Squashfs => "a SquashFS file system",
            Self::Iso9660 => "an ISO 9660 file system",
            Self::Luks => "a disk encrypted by LUKS",
            Self::Lvm => "a volume of LVM",
            Self::Swap => "swap space of Linux",
            Self::Tar => "a tar archive",
            Self::Qcow2 => "an image in QEMU's own format",
            Self::LittleFs => "a littlefs file system",
            Self::Redb => "a redb database",
            Self::Elf => "a program",
        })
    }
}

#[cfg(test)]
mod tests;
