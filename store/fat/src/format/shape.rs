//! How large the parts of a new volume are: what `mkfs.fat` of dosfstools 4.2 chooses.
//!
//! From 512 MiB on it is FAT32. Below, clusters grow from four sectors on until FAT12 or FAT16 has
//! enough of them. Where the sizes of FAT32 come from: "Microsoft FAT Specification" (2005), section
//! 3.5.

use alloc::{vec, vec::Vec};

use sarab_device::Geometry;

use super::{BACKUP, Format, FormatError, INFO};
use crate::{
    Width,
    boot::{FAT12_CLUSTERS_MAX, FAT16_CLUSTERS_MAX, FAT32_CLUSTERS_MAX},
};

const MIB: u64 = 1 << 20;
/// From here on a volume is FAT32, where nothing else is asked for.
const FAT32_FROM: u64 = 512 * MIB;
/// Volumes of more sectors have clusters that begin at a multiple of their size.
const ALIGNED_FROM_SECTORS: u32 = 8192;
/// Entries of the root folder of FAT12 and FAT16.
const ROOT_ENTRIES: u32 = 512;
/// The most sectors of a cluster.
const CLUSTER_SECTORS_MAX: u32 = 128;

/// How large the parts of a new volume are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) width: Width,
    pub(super) sector_bytes: u32,
    sectors: u32,
    cluster_sectors: u32,
    pub(super) reserved: u32,
    pub(super) table_count: u32,
    pub(super) table_sectors: u32,
    root_entries: u32,
    cluster_count: u32,
    medium: u8,
}

/// A floppy disk: its size, sectors in a cluster, entries of the root, kind of medium.
const FLOPPIES: [(u64, u32, u32, u8); 5] = [
    (360, 2, 112, 0xfd),
    (720, 2, 112, 0xf9),
    (1200, 1, 224, 0xf9),
    (1440, 1, 224, 0xf0),
    (2880, 2, 224, 0xf0),
];

impl Shape {
    /// Chooses what is not asked for.
    pub(super) fn new(options: &Format, disk: Geometry) -> Result<Self, FormatError> {
        let sector_bytes = disk.sector_bytes;
        if sector_bytes > 4096 {
            return Err(FormatError::Sector { sector_bytes });
        }
        let size_bytes = disk.size_bytes();
        let sectors = u32::try_from(disk.sector_count);
        let sectors = sectors.map_err(|_| FormatError::Large { size_bytes })?;
        let table_count = options.table_count.unwrap_or(2);
        if !(1..=2).contains(&table_count) {
            return Err(FormatError::Tables { table_count });
        }
        let floppy = FLOPPIES.iter().find(|it| it.0 << 10 == size_bytes && sector_bytes == 512);
        let (cluster, root_entries, medium) = match floppy {
            Some((_, cluster, root, medium)) if options.width != Some(Width::Fat32) => {
                (Some(*cluster), *root, *medium)
            }
            _ => (None, ROOT_ENTRIES, 0xf8),
        };
        let plain = Self {
            width: Width::Fat12,
            sector_bytes,
            sectors,
            cluster_sectors: 1,
            reserved: 1,
            table_count,
            table_sectors: 1,
            root_entries,
            cluster_count: 0,
            medium,
        };
        let asked = options.cluster_bytes.map(|bytes| cluster_sectors(bytes, sector_bytes));
        plain.choose(options.width, asked.transpose()?.or(cluster), size_bytes)
    }

    fn choose(
        self,
        width: Option<Width>,
        cluster: Option<u32>,
        size_bytes: u64,
    ) -> Result<Self, FormatError> {
        let width = width.or((size_bytes >= FAT32_FROM).then_some(Width::Fat32));
        if width == Some(Width::Fat32) {
            let cluster = cluster.unwrap_or_else(|| fat32_cluster(size_bytes, self.sector_bytes));
            return self.with(Width::Fat32, cluster)?.checked();
        }
        let sizes = match cluster {
            Some(cluster) => vec![cluster],
            None => vec![4, 8, 16, 32, 64, CLUSTER_SECTORS_MAX, 2, 1],
        };
        let mut refused = FormatError::Small { size_bytes };
        for cluster in sizes {
            for it in [Width::Fat12, Width::Fat16] {
                if width.is_some_and(|width| width != it) {
                    continue;
                }
                match self.with(it, cluster).and_then(Self::checked) {
                    Ok(shape) => return Ok(shape),
                    Err(error) => refused = error,
                }
            }
        }
        if width.is_none() && matches!(refused, FormatError::Clusters { .. }) {
            return self.with(Width::Fat32, cluster.unwrap_or(8))?.checked();
        }
        Err(refused)
    }

    /// Lays out a volume of a width.
    fn with(self, width: Width, cluster_sectors: u32) -> Result<Self, FormatError> {
        let is_fat32 = width == Width::Fat32;
        let mut shape = Self {
            width,
            cluster_sectors,
            reserved: if is_fat32 { 32 } else { 1 },
            root_entries: if is_fat32 { 0 } else { self.root_entries },
            ..self
        };
        let is_aligned = self.sectors > ALIGNED_FROM_SECTORS;
        if is_aligned {
            shape.reserved = shape.reserved.next_multiple_of(cluster_sectors);
            let entries = cluster_sectors * self.sector_bytes / 32;
            shape.root_entries = shape.root_entries.next_multiple_of(entries);
        }
        let small = FormatError::Small {
            size_bytes: u64::from(self.sectors) * u64::from(self.sector_bytes),
        };
        let step = if is_aligned { cluster_sectors } else { 1 };
        let mut table = shape.least_table().next_multiple_of(step);
        loop {
            shape.table_sectors = table;
            let left = self.sectors.checked_sub(shape.data_start()).map(|it| it / cluster_sectors);
            let Some(cluster_count @ 1..) = left else { return Err(small) };
            let bytes = u64::from(table) * u64::from(self.sector_bytes);
            if bytes * 8 / width.bits() >= u64::from(cluster_count) + 2 {
                return Ok(Self { cluster_count, ..shape });
            }
            table += step;
        }
    }

    /// Returns a size of a table that is a little too small, or just right.
    fn least_table(&self) -> u32 {
        let left = u64::from(self.sectors.saturating_sub(self.reserved + self.root_sectors()));
        let entry_bits = self.width.bits();
        let cluster_bits = u64::from(self.cluster_sectors) * u64::from(self.sector_bytes) * 8;
        let sectors = left * entry_bits / (cluster_bits + u64::from(self.table_count) * entry_bits);
        u32::try_from(sectors).unwrap_or(u32::MAX).saturating_sub(1).max(1)
    }

    fn checked(self) -> Result<Self, FormatError> {
        let (width, cluster_count) = (self.width, self.cluster_count);
        let is_right = match width {
            Width::Fat12 => cluster_count <= FAT12_CLUSTERS_MAX,
            Width::Fat16 => {
                cluster_count > FAT12_CLUSTERS_MAX && cluster_count <= FAT16_CLUSTERS_MAX
            }
            Width::Fat32 => cluster_count <= FAT32_CLUSTERS_MAX,
        };
        let cluster_count = u64::from(cluster_count);
        if is_right { Ok(self) } else { Err(FormatError::Clusters { width, cluster_count }) }
    }

    fn root_sectors(&self) -> u32 {
        (self.root_entries * 32).div_ceil(self.sector_bytes)
    }

    /// Returns the first sector of the root folder.
    pub(super) fn root_start(&self) -> u32 {
        self.reserved + self.table_count * self.table_sectors
    }

    fn data_start(&self) -> u32 {
        self.root_start() + self.root_sectors()
    }

    /// Returns the end of the sectors that must not hold what was there before.
    pub(super) fn zeroed_end(&self) -> u32 {
        self.data_start() + if self.width == Width::Fat32 { self.cluster_sectors } else { 0 }
    }

    /// Returns the first sector of a table.
    pub(super) fn table_start(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.sector_bytes as usize];
        let first: &[u8] = match self.width {
            Width::Fat12 => &[self.medium, 0xff, 0xff],
            Width::Fat16 => &[self.medium, 0xff, 0xff, 0xff],
            Width::Fat32 => {
                &[self.medium, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0x0f, 0xf8, 0xff, 0xff, 0x0f]
            }
        };
        bytes[..first.len()].copy_from_slice(first);
        bytes
    }

    /// Returns the sector with counts of FAT32.
    pub(super) fn info_sector(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.sector_bytes as usize];
        bytes[..4].copy_from_slice(b"RRaA");
        bytes[484..488].copy_from_slice(b"rrAa");
        bytes[488..492].copy_from_slice(&(self.cluster_count - 1).to_le_bytes());
        bytes[492..496].copy_from_slice(&3_u32.to_le_bytes());
        bytes[508..512].copy_from_slice(&[0, 0, 0x55, 0xaa]);
        bytes
    }

    /// Returns the first sector.
    pub(super) fn boot_sector(&self, serial: u32, label: Option<[u8; 11]>) -> Vec<u8> {
        let mut bytes = vec![0; self.sector_bytes as usize];
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        let is_fat32 = self.width == Width::Fat32;
        let two = |value: u32| [value.to_le_bytes()[0], value.to_le_bytes()[1]];
        let small = |value: u32| if value > 0xffff { 0 } else { value };
        let total16 = if is_fat32 { 0 } else { small(self.sectors) };
        let code = if is_fat32 { 0x5a } else { 0x3e };
        put(0, &[0xeb, code - 2, 0x90]);
        put(3, b"SARAB   ");
        put(11, &two(self.sector_bytes));
        put(13, &self.cluster_sectors.to_le_bytes()[..1]);
        put(14, &two(self.reserved));
        put(16, &self.table_count.to_le_bytes()[..1]);
        put(17, &two(self.root_entries));
        put(19, &two(total16));
        put(21, &[self.medium]);
        put(22, &two(if is_fat32 { 0 } else { self.table_sectors }));
        put(24, &[63, 0, 255, 0]);
        put(32, &(if total16 == 0 { self.sectors } else { 0 }).to_le_bytes());
        if is_fat32 {
            put(36, &self.table_sectors.to_le_bytes());
            put(44, &2_u32.to_le_bytes());
            put(48, &two(INFO));
            put(50, &two(BACKUP));
        }
        let rest = if is_fat32 { 64 } else { 36 };
        put(rest, &[if self.medium == 0xf8 { 0x80 } else { 0 }, 0, 0x29]);
        put(rest + 3, &serial.to_le_bytes());
        put(rest + 7, &label.unwrap_or(*b"NO NAME    "));
        put(
            rest + 18,
            &match self.width {
                Width::Fat12 => *b"FAT12   ",
                Width::Fat16 => *b"FAT16   ",
                Width::Fat32 => *b"FAT32   ",
            },
        );
        put(usize::from(code), &[0xf4, 0xeb, 0xfd]); // hlt, and again
        put(510, &[0x55, 0xaa]);
        bytes
    }
}

/// Returns how many sectors there are in a cluster of `cluster_bytes`.
fn cluster_sectors(cluster_bytes: u32, sector_bytes: u32) -> Result<u32, FormatError> {
    let sectors = cluster_bytes / sector_bytes;
    let is_right = cluster_bytes.is_power_of_two() && (1..=CLUSTER_SECTORS_MAX).contains(&sectors);
    if is_right { Ok(sectors) } else { Err(FormatError::Cluster { cluster_bytes }) }
}

/// Returns the sectors of a cluster of FAT32 on a disk of a size.
fn fat32_cluster(size_bytes: u64, sector_bytes: u32) -> u32 {
    let bytes: u32 = match size_bytes / MIB {
        0..260 => 512,
        260..8192 => 4 << 10,
        8192..16_384 => 8 << 10,
        16_384..32_768 => 16 << 10,
        _ => 32 << 10,
    };
    (bytes / sector_bytes).max(1)
}
