//! Reads and writes the sectors of a disk, and asks for one past its end.
#![no_std]
#![forbid(unsafe_code)]

use sarab::{
    device::{ErrorKind, Geometry},
    prelude::*,
};

/// Tests a disk; what was on it is lost.
#[sarab::job]
pub async fn start(disk: impl Block) -> Result<(), Failure> {
    let geometry = disk.geometry();
    let Geometry { sector_bytes, sector_count, .. } = geometry;
    println!("{sector_count} sectors of {sector_bytes} bytes");
    for (first, count) in [(0, 1), (sector_count - 1, 1), (2, 3), (12, 8)] {
        write_and_read(&disk, first, count).await?;
    }
    disk.flush().await?;
    println!("flushed");
    for (first, count) in [(sector_count, 1), (sector_count - 1, 2), (u64::MAX, 1)] {
        past_the_end(&disk, first, count).await?;
    }
    Ok(())
}

/// Writes a pattern that tells where it stands, and reads it back.
async fn write_and_read(disk: &impl Block, first: u64, count: u32) -> Result<(), Failure> {
    let size = (disk.geometry().sector_bytes * count) as usize;
    let pattern: Bytes = (first..).flat_map(u64::to_le_bytes).take(size).collect();
    disk.write(first, pattern.clone()).await?;
    if disk.read(first, count).await? != pattern {
        return Err(Failure::new("what was read is not what was written"));
    }
    println!("wrote and read {count} from {first}");
    Ok(())
}

/// Reads and writes what is not there, which must be refused.
async fn past_the_end(disk: &impl Block, first: u64, count: u32) -> Result<(), Failure> {
    let data = vec![0; (disk.geometry().sector_bytes * count) as usize];
    let read = disk.read(first, count).await.map(drop);
    let write = disk.write(first, data.into()).await;
    for result in [read, write] {
        match result {
            Err(error) if error.kind() == ErrorKind::InvalidInput => println!("refused: {error}"),
            Err(error) => return Err(error.into()),
            Ok(()) => return Err(Failure::new("a sector past the end was not refused")),
        }
    }
    Ok(())
}
