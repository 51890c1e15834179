//! Making an empty volume.

mod shape;

use alloc::{string::String, vec, vec::Vec};
use core::fmt;

use sarab_device::{Block, Bytes, WallTime};

use crate::{
    FatError, Width,
    entry::{Short, VOLUME},
    short,
    stamp::Stamp,
};

use shape::Shape;

/// Bytes of zeroes that are written at once.
const ZEROES_BYTES: u32 = 1 << 20;
/// The sectors of FAT32 that hold counts, and the copies of them and of the boot sector.
const INFO: u32 = 1;
const BACKUP: u32 = 6;

/// How an empty volume is to be. What is `None` is chosen as `mkfs.fat` chooses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// Bits in an entry of its table.
    pub width: Option<Width>,
    /// Bytes in a cluster: a power of two.
    pub cluster_bytes: Option<u32>,
    /// Its name: up to eleven characters.
    pub label: Option<String>,
    /// A number that tells it from others; else it follows from `created`.
    pub serial: Option<u32>,
    /// Copies of the table: 1 or 2; else 2.
    pub table_count: Option<u32>,
    /// Now.
    pub created: Option<WallTime>,
}

/// Why a volume cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// The sectors of the disk are larger than those of a volume can be.
    Sector {
        /// Bytes in a sector.
        sector_bytes: u32,
    },
    /// The disk has too few sectors.
    Small {
        /// Bytes of the disk.
        size_bytes: u64,
    },
    /// The disk has more sectors than a volume can have.
    Large {
        /// Bytes of the disk.
        size_bytes: u64,
    },
    /// Clusters cannot be that large.
    Cluster {
        /// Bytes in a cluster.
        cluster_bytes: u32,
    },
    /// A table of that width cannot have that many clusters.
    Clusters {
        /// The width.
        width: Width,
        /// The clusters.
        cluster_count: u64,
    },
    /// It cannot be the name of a volume.
    Label {
        /// The name.
        label: String,
    },
    /// There cannot be so many copies of the table.
    Tables {
        /// The copies.
        table_count: u32,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sector { sector_bytes } => {
                write!(f, "sectors of {sector_bytes} bytes are larger than the 4096 of FAT")
            }
            Self::Small { size_bytes } => {
                write!(f, "a disk of {size_bytes} bytes is too small for a FAT volume")
            }
            Self::Large { size_bytes } => {
                write!(f, "a disk of {size_bytes} bytes is too large for a FAT volume")
            }
            Self::Cluster { cluster_bytes } => write!(
                f,
                "a cluster of {cluster_bytes} bytes is not a power of two from one sector to 128"
            ),
            Self::Clusters { width, cluster_count } => {
                write!(f, "{width} cannot have {cluster_count} clusters; choose another width")
            }
            Self::Label { label } => {
                write!(f, "{label:?} is no name of a volume: at most 11 characters of a short name")
            }
            Self::Tables { table_count } => {
                write!(f, "there cannot be {table_count} copies of the table, but 1 or 2")
            }
        }
    }
}

impl core::error::Error for FormatError {}

/// Makes an empty volume on all of `block`.
///
/// The first sector is written last, so that one that was interrupted is no volume.
pub(crate) async fn format<B: Block>(
    block: &B,
    options: &Format,
) -> Result<(), FatError<B::Error>> {
    let geometry = block.geometry();
    if !geometry.is_writable {
        return Err(FatError::ReadOnly);
    }
    let shape = Shape::new(options, geometry).map_err(FatError::Format)?;
    let label = match &options.label {
        None => None,
        Some(text) => Some(
            short::label(text)
                .ok_or_else(|| FatError::Format(FormatError::Label { label: text.clone() }))?,
        ),
    };
    let sector_bytes = shape.sector_bytes as usize;
    let write = async |sector: u32, bytes: Vec<u8>| {
        block.write(sector.into(), Bytes::from(bytes)).await.map_err(FatError::Disk)
    };
    let zeroes = Bytes::from(vec![0; ZEROES_BYTES as usize]);
    let mut sector = 0;
    while sector < shape.zeroed_end() {
        let count = (shape.zeroed_end() - sector).min(ZEROES_BYTES / shape.sector_bytes);
        let part = zeroes.slice(..count as usize * sector_bytes);
        block.write(sector.into(), part).await.map_err(FatError::Disk)?;
        sector += count;
    }
    block.flush().await.map_err(FatError::Disk)?;
    for table in 0..shape.table_count {
        write(shape.reserved + table * shape.table_sectors, shape.table_start()).await?;
    }
    if let Some(name) = label {
        let stamp = Stamp::new(options.created);
        let entry = Short { name, attributes: VOLUME, ..Short::new(stamp) };
        let mut root = vec![0; sector_bytes];
        root[..32].copy_from_slice(&entry.write());
        write(shape.root_start(), root).await?;
    }
    let boot = shape.boot_sector(serial(options), label);
    if shape.width == Width::Fat32 {
        for sector in [INFO, BACKUP + INFO] {
            write(sector, shape.info_sector()).await?;
        }
        write(BACKUP, boot.clone()).await?;
    }
    block.flush().await.map_err(FatError::Disk)?;
    block.write_through(0, Bytes::from(boot)).await.map_err(FatError::Disk)
}

/// Returns the number that is asked for, or one that follows from the time.
fn serial(options: &Format) -> u32 {
    let millis = options.created.map_or(0, |moment| moment.since_epoch().as_millis());
    let millis = u64::try_from(millis).unwrap_or_default();
    let mixed = (millis.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).to_le_bytes();
    options.serial.unwrap_or(u32::from_le_bytes([mixed[0], mixed[1], mixed[2], mixed[3]]))
}
