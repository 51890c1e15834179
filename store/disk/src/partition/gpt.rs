//! The GUID partition table (UEFI 2.10 section 5.3).
//!
//! | sector | holds |
//! | --- | --- |
//! | 0 | an MBR with one partition of type `ee` over the whole disk, for who does not know GPT |
//! | 1 | header |
//! | 2.. | entries |
//! | .. | partitions, between the first and the last usable sector that the header names |
//! | .. | entries, second copy |
//! | last | header, second copy |
//!
//! A header (section 5.3.2), in little-endian order:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 8 | `EFI PART` |
//! | 8 | 4 | revision, `00010000` |
//! | 12 | 4 | bytes in the header, at least 92 |
//! | 16 | 4 | CRC-32 of the header, taken with zeroes here |
//! | 20 | 4 | zeroes |
//! | 24 | 8 | sector of this header |
//! | 32 | 8 | sector of the other one |
//! | 40 | 8 | first usable sector |
//! | 48 | 8 | last usable sector |
//! | 56 | 16 | GUID of the disk |
//! | 72 | 8 | first sector of the entries |
//! | 80 | 4 | number of entries |
//! | 84 | 4 | bytes in an entry, 128 times a power of two |
//! | 88 | 4 | CRC-32 of all entries |
//!
//! An entry (section 5.3.3):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 16 | GUID of the type; zeroes for no partition |
//! | 16 | 16 | GUID of the partition |
//! | 32 | 8 | first sector |
//! | 40 | 8 | last sector |
//! | 48 | 8 | attributes |
//! | 56 | 72 | name in UTF-16, ended by a zero where it is shorter |

mod entries;
mod header;

use alloc::{string::ToString, vec, vec::Vec};

use sarab_device::{Block, Bytes};
use uguid::Guid;

use super::{
    Entry, EntryFault, GptFault, Scheme, Table, TableError, Warning,
    mbr::{self, Slot},
};
use header::Header;
pub(super) use header::usable;

/// One of the two copies.
type Copy = (Header, Vec<Entry>);

/// Reads the table from whichever copy is sound.
pub(super) async fn read<B: Block>(block: &B) -> Result<Table, TableError<B::Error>> {
    let last = block.geometry().sector_count - 1;
    let primary = copy(block, 1).await;
    let backup_at = primary.as_ref().map_or(last, |(header, _)| header.other);
    let backup = copy(block, backup_at).await;
    let ((header, entries), warning) = match (primary, backup) {
        (Ok(primary), Ok(backup)) => {
            let is_same = primary.0.disk == backup.0.disk && primary.1 == backup.1;
            let is_at_end = backup_at == last;
            let warning = match (is_same, is_at_end) {
                (true, true) => None,
                (true, false) => Some(Warning::NotAtEnd { sector: backup_at }),
                (false, _) => Some(Warning::Differ),
            };
            (primary, warning)
        }
        (Ok(primary), Err(fault)) => (primary, Some(Warning::Backup(fault))),
        (Err(fault), Ok(backup)) => (backup, Some(Warning::Primary(fault))),
        (Err(primary), Err(backup)) => return Err(TableError::Gpt { primary, backup }),
    };
    let warnings = warning.into_iter().collect();
    Ok(Table { scheme: Scheme::Gpt { disk: header.disk }, entries, warnings })
}

/// Reads the copy whose header is in sector `at`.
async fn copy<B: Block>(block: &B, at: u64) -> Result<Copy, GptFault> {
    let unreadable = |error: B::Error| GptFault::Unreadable { cause: error.to_string() };
    let geometry = block.geometry();
    if at >= geometry.sector_count {
        return Err(GptFault::Place);
    }
    let sector = block.read(at, 1).await.map_err(unreadable)?;
    let header = Header::parse(&sector, at, geometry)?;
    let (first, count) = header.entries_span(geometry);
    let data = block.read(first, count).await.map_err(unreadable)?;
    let entries = entries::parse(&header, &data)?;
    Ok((header, entries))
}

/// Writes both copies and the MBR before them.
///
/// The second copy is made durable before the first is touched, so that one is always sound.
pub(super) async fn write<B: Block>(
    block: &B,
    disk: Guid,
    list: &[Entry],
) -> Result<(), TableError<B::Error>> {
    let geometry = block.geometry();
    let usable = usable(geometry).ok_or(TableError::TooSmall)?;
    let array = entries::encode(list, &usable)?;
    let [primary, backup] = Header::both(geometry, disk, &array);
    for header in [backup, primary] {
        let (first, _) = header.entries_span(geometry);
        let padded = padded(&array, geometry.sector_bytes as usize);
        block.write(first, padded).await.map_err(TableError::Device)?;
        let sector = header.encode(geometry.sector_bytes as usize);
        block.write(header.own, sector).await.map_err(TableError::Device)?;
        block.flush().await.map_err(TableError::Device)?;
    }
    let count = u32::try_from(geometry.sector_count - 1).unwrap_or(u32::MAX);
    let cover = Slot { is_active: false, kind: mbr::PROTECTIVE, first: 1, count };
    mbr::protect(block, cover, list).await
}

fn padded(array: &[u8], sector_bytes: usize) -> Bytes {
    let mut data = vec![0; array.len().next_multiple_of(sector_bytes)];
    data[..array.len()].copy_from_slice(array);
    data.into()
}
