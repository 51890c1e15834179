//! The boot sector: where things lie on a volume.
//!
//! # Format
//!
//! "Microsoft FAT Specification" (2005), section 3. Numbers are little-endian. The first sector of
//! a volume holds
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 3 | a jump over these fields, for processors that boot |
//! | 3 | 8 | who made it |
//! | 11 | 2 | bytes in a sector: 512 to 4096 |
//! | 13 | 1 | sectors in a cluster: a power of two |
//! | 14 | 2 | sectors before the first table, this one included |
//! | 16 | 1 | copies of the table |
//! | 17 | 2 | entries of the root folder; 0 on FAT32 |
//! | 19 | 2 | sectors of the volume, or 0 |
//! | 21 | 1 | kind of medium |
//! | 22 | 2 | sectors of a table, or 0 on FAT32 |
//! | 24 | 8 | sectors a track, heads, sectors before the volume |
//! | 32 | 4 | sectors of the volume, where bytes 19 and 20 are 0 |
//!
//! On FAT12 and FAT16 follow, and on FAT32 the same from byte 64 on:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 36 | 1 | number of the drive |
//! | 37 | 1 | bit 0: the volume was not unmounted (Linux, Windows) |
//! | 38 | 1 | 29h: what follows is there |
//! | 39 | 4 | a number that tells the volume from others |
//! | 43 | 11 | the name of the volume, filled up with spaces |
//! | 54 | 8 | `FAT12   ` and so on; nobody looks at it |
//!
//! and before that on FAT32:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 36 | 4 | sectors of a table |
//! | 40 | 2 | bit 7: only the table numbered in bits 0 to 3 is in use |
//! | 42 | 2 | version: 0 |
//! | 44 | 4 | first cluster of the root folder |
//! | 48 | 2 | the sector with counts of free clusters (`FSInfo`) |
//! | 50 | 2 | the sector with a copy of this one |
//!
//! Byte 510 holds 55h, byte 511 `AAh`. `FSInfo` holds `RRaA` at byte 0, `rrAa` at 484, the number of
//! free clusters at 488, where to look for one at 492, and 00 00 55 AA at 508.
//!
//! What follows the tables is, on FAT12 and FAT16, the root folder, and then the clusters; the
//! first of them has the number 2. How many there are tells the width: up to 4084 it is FAT12, up to
//! 65 524 it is FAT16. A volume whose size of a table stands at byte 36 is FAT32, as Linux has it.

use sarab_device::Geometry;

use crate::{Width, error::Flaw};

/// Bytes that are read to learn how large a sector is.
pub(crate) const HEAD_BYTES: usize = 512;
/// The most clusters of FAT12 and FAT16.
pub(crate) const FAT12_CLUSTERS_MAX: u32 = 4084;
pub(crate) const FAT16_CLUSTERS_MAX: u32 = 65_524;
/// The most clusters of FAT32: higher numbers have a meaning of their own.
pub(crate) const FAT32_CLUSTERS_MAX: u32 = 0x0fff_fff5;

/// Where things lie on a volume. Sectors are those of the volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) width: Width,
    pub(crate) sector_bytes: u32,
    /// Sectors of the disk in one of the volume.
    pub(crate) disk_sectors: u32,
    pub(crate) cluster_sectors: u32,
    pub(crate) cluster_count: u32,
    /// The sector at which the first table begins.
    pub(crate) table_start: u64,
    pub(crate) table_sectors: u32,
    pub(crate) table_count: u32,
    /// The one table in use, where the others are not kept the same.
    pub(crate) only_table: Option<u32>,
    pub(crate) root: Root,
    /// The sector at which cluster 2 begins.
    pub(crate) data_start: u64,
    pub(crate) info_sector: Option<u32>,
    pub(crate) backup_sector: Option<u32>,
    pub(crate) serial: u32,
}

/// Where the root folder lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// In sectors of its own.
    Fixed {
        /// The first of them.
        start: u64,
        /// How many.
        sectors: u32,
    },
    /// In a chain of clusters.
    Chain {
        /// The first cluster.
        first: u32,
    },
}

impl Layout {
    /// Reads the first bytes of a volume.
    pub(crate) fn read(head: &[u8], disk: Geometry) -> Result<Self, Flaw> {
        let fields = Fields(head);
        fields.check()?;
        let sector_bytes = fields.u16(11);
        if sector_bytes < disk.sector_bytes {
            let disk_sector_bytes = disk.sector_bytes;
            return Err(Flaw::SmallSectors { sector_bytes, disk_sector_bytes });
        }
        let is_fat32 = fields.u16(22) == 0;
        let table_sectors = if is_fat32 { fields.u32(36) } else { fields.u16(22) };
        let sectors = if fields.u16(19) == 0 { fields.u32(32) } else { fields.u16(19) };
        let size_bytes = u64::from(sectors) * u64::from(sector_bytes);
        if size_bytes > disk.size_bytes() {
            return Err(Flaw::Cut { size_bytes, disk_bytes: disk.size_bytes() });
        }
        let cluster_sectors = fields.u8(13);
        let table_count = fields.u8(16);
        let table_start = u64::from(fields.u16(14));
        let root_start = table_start + u64::from(table_count) * u64::from(table_sectors);
        let root_sectors = (fields.u16(17) * 32).div_ceil(sector_bytes);
        let data_start = root_start + u64::from(root_sectors);
        let clusters = u64::from(sectors).saturating_sub(data_start) / u64::from(cluster_sectors);
        let cluster_count = u32::try_from(clusters).unwrap_or(u32::MAX);
        let width = match cluster_count {
            0 => return Err(Flaw::Field { field: "the number of sectors", value: sectors }),
            _ if is_fat32 => Width::Fat32,
            1..=FAT12_CLUSTERS_MAX => Width::Fat12,
            _ => Width::Fat16,
        };
        let root = if is_fat32 {
            Root::Chain { first: fields.u32(44) }
        } else {
            Root::Fixed { start: root_start, sectors: root_sectors }
        };
        let reserved =
            |at| Some(fields.u16(at)).filter(|at| is_fat32 && is_reserved(*at, table_start));
        let flags = if is_fat32 { fields.u16(40) } else { 0 };
        let layout = Self {
            width,
            sector_bytes,
            disk_sectors: sector_bytes / disk.sector_bytes,
            cluster_sectors,
            cluster_count,
            table_start,
            table_sectors,
            table_count,
            only_table: (flags & 0x80 != 0).then_some(flags & 0xf),
            root,
            data_start,
            info_sector: reserved(48),
            backup_sector: reserved(50),
            serial: fields.u32(if is_fat32 { 67 } else { 39 }),
        };
        layout.check()?;
        Ok(layout)
    }

    fn check(&self) -> Result<(), Flaw> {
        let table_bytes = u64::from(self.table_sectors) * u64::from(self.sector_bytes);
        let entries = match self.width {
            Width::Fat12 => table_bytes * 2 / 3,
            Width::Fat16 => table_bytes / 2,
            Width::Fat32 => table_bytes / 4,
        };
        let cluster_count = u64::from(self.cluster_count);
        if entries < cluster_count + 2 {
            return Err(Flaw::SmallTable { entries, cluster_count });
        }
        let most = if self.width == Width::Fat32 { FAT32_CLUSTERS_MAX } else { FAT16_CLUSTERS_MAX };
        if self.cluster_count > most {
            return Err(Flaw::Field { field: "the number of clusters", value: self.cluster_count });
        }
        if let Some(value) = self.only_table.filter(|table| *table >= self.table_count) {
            return Err(Flaw::Field { field: "the table in use", value });
        }
        match self.root {
            Root::Chain { first } if !self.has(first) => {
                Err(Flaw::Field { field: "the first cluster of the root", value: first })
            }
            _ => Ok(()),
        }
    }

    /// Returns whether there is a cluster of that number.
    pub(crate) fn has(&self, cluster: u32) -> bool {
        cluster >= 2 && cluster - 2 < self.cluster_count
    }

    /// Returns the number after that of the last cluster.
    pub(crate) fn end(&self) -> u32 {
        self.cluster_count + 2
    }

    /// Returns the size of a cluster.
    pub(crate) fn cluster_bytes(&self) -> u32 {
        self.cluster_sectors * self.sector_bytes
    }

    /// Returns how many clusters hold `size_bytes`.
    pub(crate) fn clusters_for(&self, size_bytes: u64) -> u32 {
        let clusters = size_bytes.div_ceil(u64::from(self.cluster_bytes()));
        u32::try_from(clusters).unwrap_or(u32::MAX)
    }

    /// Returns the first sector of a cluster.
    pub(crate) fn sector_of(&self, cluster: u32) -> u64 {
        self.data_start + u64::from(cluster.saturating_sub(2)) * u64::from(self.cluster_sectors)
    }

    /// Returns the byte of the boot sector that says whether the volume was unmounted.
    pub(crate) fn state_byte(&self) -> usize {
        if self.width == Width::Fat32 { 65 } else { 37 }
    }

    /// Returns the numbers of the tables that are kept.
    pub(crate) fn tables(&self) -> core::ops::Range<u32> {
        self.only_table.map_or(0..self.table_count, |only| only..only + 1)
    }

    /// Returns the sector at which the table `number` begins.
    pub(crate) fn table_sector(&self, number: u32) -> u64 {
        self.table_start + u64::from(number) * u64::from(self.table_sectors)
    }
}

/// Whether a sector lies between the boot sector and the first table.
fn is_reserved(sector: u32, table_start: u64) -> bool {
    sector != 0 && u64::from(sector) < table_start
}

/// The bytes of a boot sector.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn u8(&self, at: usize) -> u32 {
        self.0.get(at).map_or(0, |byte| u32::from(*byte))
    }

    fn u16(&self, at: usize) -> u32 {
        self.u8(at) | self.u8(at + 1) << 8
    }

    fn u32(&self, at: usize) -> u32 {
        self.u16(at) | self.u16(at + 2) << 16
    }

    fn check(&self) -> Result<(), Flaw> {
        if self.u16(510) != 0xaa55 {
            return Err(Flaw::NoMark);
        }
        let is_power = |value: u32| value.is_power_of_two();
        for (field, value, is_right) in [
            (
                "bytes in a sector",
                self.u16(11),
                is_power(self.u16(11)) && (512..=4096).contains(&self.u16(11)),
            ),
            ("sectors in a cluster", self.u8(13), is_power(self.u8(13))),
            ("sectors before the table", self.u16(14), self.u16(14) != 0),
            ("copies of the table", self.u8(16), (1..=15).contains(&self.u8(16))),
        ] {
            if !is_right {
                return Err(Flaw::Field { field, value });
            }
        }
        match self.u16(22) {
            0 if self.u16(42) != 0 => {
                Err(Flaw::Field { field: "the version", value: self.u16(42) })
            }
            0 if self.u16(17) != 0 => {
                Err(Flaw::Field { field: "entries of the root on FAT32", value: self.u16(17) })
            }
            _ if self.u16(22) != 0 && self.u16(17) == 0 => {
                Err(Flaw::Field { field: "entries of the root", value: 0 })
            }
            _ => Ok(()),
        }
    }
}
