//! The two copies of the header on the disk.

use alloc::vec;

use sarab_device::{Block, Bytes};

use super::{
    EncryptionError, HeaderFault,
    header::{COPIES, DATA_START, HEADER_BYTES, Header},
};

/// Sectors can be so large that a header and its neighbours lie apart.
const SECTOR_BYTES_MAX: u32 = 32768;

/// Reads the header, and tells how many of the copies are sound and of its sequence.
pub(super) async fn read<B: Block>(
    block: &B,
) -> Result<(Header, usize), EncryptionError<B::Error>> {
    check_size(block)?;
    let mut sound: [Option<Header>; 2] = [None, None];
    let mut fault = HeaderFault::None;
    for (sound, at) in sound.iter_mut().zip(COPIES) {
        match copy(block, at).await? {
            Ok(header) => *sound = Some(header),
            Err(HeaderFault::None) => {}
            Err(other) => fault = other,
        }
    }
    let newest = sound.iter().flatten().max_by_key(|header| header.sequence);
    let header = newest.ok_or(EncryptionError::Header(fault))?.clone();
    let (unit_bytes, sector_bytes) = (header.unit_bytes, block.geometry().sector_bytes);
    if unit_bytes > sector_bytes {
        return Err(EncryptionError::Unit { unit_bytes, sector_bytes });
    }
    let copies = sound.iter().flatten().filter(|copy| **copy == header).count();
    Ok((header, copies))
}

async fn copy<B: Block>(
    block: &B,
    at: u64,
) -> Result<Result<Header, HeaderFault>, EncryptionError<B::Error>> {
    let (first, count) = place(block, at);
    let data = block.read(first, count).await.map_err(EncryptionError::Device)?;
    Ok(Header::parse(&data))
}

/// Writes both copies, that first which is not the newest, so that one is always sound.
pub(super) async fn write<B: Block>(
    block: &B,
    header: &Header,
) -> Result<(), EncryptionError<B::Error>> {
    check_size(block)?;
    let first = copy(block, COPIES[0]).await?.map_or(0, |header| header.sequence);
    let second = copy(block, COPIES[1]).await?.map_or(0, |header| header.sequence);
    let order = if first > second { [COPIES[1], COPIES[0]] } else { COPIES };
    let encoded = header.encode();
    for at in order {
        let (sector, count) = place(block, at);
        let mut data = vec![0; count as usize * block.geometry().sector_bytes as usize];
        data[..HEADER_BYTES].copy_from_slice(&encoded);
        block.write(sector, Bytes::from(data)).await.map_err(EncryptionError::Device)?;
        block.flush().await.map_err(EncryptionError::Device)?;
    }
    Ok(())
}

/// Checks that both copies have a place on the disk.
pub(super) fn check_size<B: Block>(block: &B) -> Result<(), EncryptionError<B::Error>> {
    let geometry = block.geometry();
    if geometry.sector_bytes > SECTOR_BYTES_MAX {
        return Err(EncryptionError::Sector { sector_bytes: geometry.sector_bytes });
    }
    if geometry.size_bytes() < DATA_START {
        return Err(EncryptionError::TooSmall { size_bytes: geometry.size_bytes() });
    }
    Ok(())
}

/// Returns the sectors of the copy at byte `at`.
fn place<B: Block>(block: &B, at: u64) -> (u64, u32) {
    let sector_bytes = block.geometry().sector_bytes;
    (at / u64::from(sector_bytes), 4096_u32.div_ceil(sector_bytes))
}
