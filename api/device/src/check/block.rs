//! The conformance suite of [`Block`].

use alloc::{format, vec::Vec};

use bytes::{Bytes, BytesMut};

use super::{
    Checked, Violation, done, equal, pattern, poll_once, refused, require, same, together,
};
use crate::{Block, ErrorKind, Geometry};

/// The most sectors that the suite writes to.
const SECTORS: u32 = 32;

/// Checks that `disk` keeps the promises of [`Block`]. What it holds is lost.
///
/// A disk that cannot be written is checked as far as it can be read.
pub async fn block(disk: &impl Block) -> Result<(), Violation> {
    let geometry = disk.geometry();
    shape(geometry)?;
    equal("the geometry does not change", disk.geometry(), geometry)?;
    reads(disk, geometry).await?;
    if !geometry.is_writable {
        return read_only(disk, geometry).await;
    }
    let count = at_most(geometry, SECTORS);
    bad_writes(disk, geometry).await?;
    if count > 0 {
        writes_are_seen(disk, geometry, count).await?;
        bad_writes_change_nothing(disk, geometry, count).await?;
        far_sectors(disk, geometry).await?;
        big_requests(disk, geometry).await?;
        durable_requests(disk, geometry).await?;
        at_once(disk, geometry, count).await?;
        dropped(disk, geometry).await?;
        discards(disk, geometry, count).await?;
    }
    done("a flush of a sound disk completes", disk.flush().await)?;
    done("a flush with nothing written since completes", disk.flush().await)
}

/// Checks a disk whose last flush has just failed: every later one must fail as well.
pub async fn block_after_failed_flush(disk: &impl Block) -> Result<(), Violation> {
    const PROMISE: &str = "after a failed flush every later flush and write-through fails";
    let data = pattern(1, disk.geometry().sector_bytes as usize);
    require(PROMISE, disk.flush().await.is_err(), || "a flush succeeded".into())?;
    let through = disk.write_through(0, data).await;
    require(PROMISE, through.is_err(), || "a write-through succeeded".into())?;
    require(PROMISE, disk.flush().await.is_err(), || "the second flush succeeded".into())
}

fn shape(geometry: Geometry) -> Checked {
    let bytes = geometry.sector_bytes;
    require(
        "a sector is a power of two of bytes, at least 512",
        bytes.is_power_of_two() && bytes >= 512,
        || format!("it has {bytes}"),
    )?;
    let size = geometry.sector_count.checked_mul(u64::from(bytes));
    require("the size of a disk in bytes fits 64 bits", size.is_some(), || {
        format!("there are {} sectors of {bytes}", geometry.sector_count)
    })
}

async fn reads(disk: &impl Block, geometry: Geometry) -> Checked {
    const EXACT: &str = "a read returns exactly the sectors that were asked for";
    const PAST: &str = "a read past the end fails with InvalidInput";
    let end = geometry.sector_count;
    for first in [0, end] {
        let read = done("a read of no sectors is valid", disk.read(first, 0).await)?;
        equal(EXACT, read.len(), 0)?;
    }
    for count in [1, SECTORS].map(|count| at_most(geometry, count)) {
        let read = done("a read within the disk succeeds", disk.read(0, count).await)?;
        equal(EXACT, read.len(), count as usize * geometry.sector_bytes as usize)?;
    }
    for (first, count) in
        [(end, 1), (end.saturating_sub(1), 2), (u64::MAX, 1), (u64::MAX, u32::MAX)]
    {
        refused(PAST, disk.read(first, count).await, ErrorKind::InvalidInput)?;
    }
    Ok(())
}

async fn read_only(disk: &impl Block, geometry: Geometry) -> Checked {
    const PROMISE: &str = "a disk that cannot be written refuses with ReadOnly and stays as it is";
    if geometry.sector_count == 0 {
        return Ok(());
    }
    let before = done("a read within the disk succeeds", disk.read(0, 1).await)?;
    let data = pattern(2, geometry.sector_bytes as usize);
    refused(PROMISE, disk.write(0, data.clone()).await, ErrorKind::ReadOnly)?;
    refused(PROMISE, disk.write_through(0, data).await, ErrorKind::ReadOnly)?;
    same(PROMISE, &done(PROMISE, disk.read(0, 1).await)?, &before)
}

/// Requests that are refused, or do nothing, whatever the disk holds.
async fn bad_writes(disk: &impl Block, geometry: Geometry) -> Checked {
    const PAST: &str = "a write past the end fails with InvalidInput";
    let end = geometry.sector_count;
    let sector = pattern(3, geometry.sector_bytes as usize);
    for first in [0, end] {
        done("a write of no sectors is valid", disk.write(first, Bytes::new()).await)?;
    }
    for first in [end, u64::MAX] {
        refused(PAST, disk.write(first, sector.clone()).await, ErrorKind::InvalidInput)?;
        refused(PAST, disk.write_through(first, sector.clone()).await, ErrorKind::InvalidInput)?;
    }
    Ok(())
}

async fn bad_writes_change_nothing(disk: &impl Block, geometry: Geometry, count: u32) -> Checked {
    const RAGGED: &str = "data that are not whole sectors are refused with InvalidInput";
    const PAST: &str = "a write that lies past the end in part fails with InvalidInput";
    const NOTHING: &str = "a refused write writes nothing";
    let (size, end) = (geometry.sector_bytes as usize, geometry.sector_count);
    let last = end - 1;
    let start = contents(disk, 0, count).await?;
    let before = contents(disk, last, 1).await?;
    for ragged in [1, size - 1, size + 1] {
        refused(RAGGED, disk.write(0, pattern(4, ragged)).await, ErrorKind::InvalidInput)?;
        refused(RAGGED, disk.write_through(0, pattern(4, ragged)).await, ErrorKind::InvalidInput)?;
    }
    same(NOTHING, &contents(disk, 0, count).await?, &start)?;
    refused(PAST, disk.write(last, pattern(5, size * 2)).await, ErrorKind::InvalidInput)?;
    refused(PAST, disk.write_through(last, pattern(5, size * 2)).await, ErrorKind::InvalidInput)?;
    same(NOTHING, &contents(disk, last, 1).await?, &before)
}

async fn writes_are_seen(disk: &impl Block, geometry: Geometry, count: u32) -> Checked {
    const SEEN: &str = "a completed write is seen by every later read";
    const PLACE: &str = "a write touches its own sectors and no others";
    let size = geometry.sector_bytes as usize;
    let run = pattern(6, size * count as usize);
    done("a write within the disk succeeds", disk.write(0, run.clone()).await)?;
    same(SEEN, &contents(disk, 0, count).await?, &run)?;
    for sector in 0..count {
        let at = sector as usize * size;
        same(SEEN, &contents(disk, sector.into(), 1).await?, &run[at..at + size])?;
    }
    let mut expected = BytesMut::from(&run[..]);
    for sector in (0..count).rev().step_by(2) {
        let data = pattern(100 + u64::from(sector), size);
        let at = sector as usize * size;
        expected[at..at + size].copy_from_slice(&data);
        done("a write within the disk succeeds", disk.write(sector.into(), data).await)?;
    }
    same(PLACE, &contents(disk, 0, count).await?, &expected)
}

/// The last sector is another one than any whose number it resembles in fewer bits.
async fn far_sectors(disk: &impl Block, geometry: Geometry) -> Checked {
    const APART: &str = "each sector is a place of its own";
    let size = geometry.sector_bytes as usize;
    let last = geometry.sector_count - 1;
    let resembling = [32, 31].map(|bits| last & ((1 << bits) - 1));
    let bytes_wrap = (1u64 << 32) / u64::from(geometry.sector_bytes);
    for other in resembling.into_iter().chain([last % bytes_wrap, 0]).filter(|other| *other != last)
    {
        let (here, there) = (pattern(7, size), pattern(8 + other, size));
        done("a write within the disk succeeds", disk.write(other, there.clone()).await)?;
        done("a write within the disk succeeds", disk.write(last, here.clone()).await)?;
        same(APART, &contents(disk, other, 1).await?, &there)?;
        same(APART, &contents(disk, last, 1).await?, &here)?;
    }
    Ok(())
}

async fn big_requests(disk: &impl Block, geometry: Geometry) -> Checked {
    const BIG: &str = "a request may be as large as the disk";
    let count = at_most(geometry, (4 << 20) / geometry.sector_bytes);
    let data = pattern(9, count as usize * geometry.sector_bytes as usize);
    done(BIG, disk.write(0, data.clone()).await)?;
    same(BIG, &contents(disk, 0, count).await?, &data)
}

async fn durable_requests(disk: &impl Block, geometry: Geometry) -> Checked {
    const THROUGH: &str = "a completed write-through is seen by every later read";
    const FLUSHED: &str = "a flush changes nothing that is read";
    let data = pattern(10, geometry.sector_bytes as usize);
    done(THROUGH, disk.write_through(0, data.clone()).await)?;
    same(THROUGH, &contents(disk, 0, 1).await?, &data)?;
    done("a flush of a sound disk completes", disk.flush().await)?;
    same(FLUSHED, &contents(disk, 0, 1).await?, &data)
}

async fn at_once(disk: &impl Block, geometry: Geometry, count: u32) -> Checked {
    const APART: &str = "writes to different sectors may run at the same time";
    const COMMON: &str = "overlapping requests leave each sector with one value, whole";
    let size = geometry.sector_bytes as usize;
    let data: Vec<_> = (0..u64::from(count)).map(|sector| pattern(200 + sector, size)).collect();
    let writes = (0..).zip(&data).map(|(sector, data)| disk.write(sector, data.clone()));
    together(writes).await.into_iter().try_for_each(|result| done(APART, result))?;
    let reads = together((0..u64::from(count)).map(|sector| disk.read(sector, 1))).await;
    for (read, expected) in reads.into_iter().zip(&data) {
        same("reads may run at the same time", &done(APART, read)?, expected)?;
    }
    let rivals = [pattern(300, size), pattern(301, size)];
    let writes = together(rivals.iter().map(|data| disk.write(0, data.clone()))).await;
    writes.into_iter().try_for_each(|result| done(COMMON, result))?;
    let left = contents(disk, 0, 1).await?;
    require(COMMON, rivals.contains(&left), || "a sector held neither".into())
}

async fn dropped(disk: &impl Block, geometry: Geometry) -> Checked {
    const READ: &str = "dropping the future of a read has no effect";
    const WRITE: &str = "a sector whose write was dropped holds the old value or the new one";
    let size = geometry.sector_bytes as usize;
    let (old, new) = (pattern(11, size), pattern(12, size));
    done("a write within the disk succeeds", disk.write(0, old.clone()).await)?;
    drop(poll_once(disk.read(0, 1)).await);
    same(READ, &contents(disk, 0, 1).await?, &old)?;
    drop(poll_once(disk.write(0, new.clone())).await);
    drop(poll_once(disk.flush()).await);
    done("a disk goes on after a dropped flush", disk.flush().await)?;
    let left = contents(disk, 0, 1).await?;
    require(WRITE, left == old || left == new, || "it held neither".into())
}

async fn discards(disk: &impl Block, geometry: Geometry, count: u32) -> Checked {
    const ONLY: &str = "a discard touches its own sectors and no others";
    let size = geometry.sector_bytes as usize;
    let data = pattern(13, size * count as usize);
    done("a write within the disk succeeds", disk.write(0, data.clone()).await)?;
    done("a discard within the disk is a hint", disk.discard(0, 1).await)?;
    same(ONLY, &contents(disk, 1, count - 1).await?, &data[size..])?;
    done("a discarded sector can be written", disk.write(0, data.slice(..size)).await)?;
    same("a discarded sector can be written", &contents(disk, 0, count).await?, &data)
}

async fn contents(disk: &impl Block, first: u64, count: u32) -> Result<Bytes, Violation> {
    done("a read within the disk succeeds", disk.read(first, count).await)
}

/// Returns `count`, or the number of sectors where there are fewer.
fn at_most(geometry: Geometry, count: u32) -> u32 {
    u32::try_from(geometry.sector_count).map_or(count, |sectors| sectors.min(count))
}
