//! A disk that is a file of the host, or one of its block devices.

mod error;

use std::{os::fd::OwnedFd, path::Path, sync::Arc};

use bytes::Bytes;
use rustix::{
    fs::{FallocateFlags, FileType, FlockOperation, Mode, OFlags, SeekFrom, fallocate},
    io::{Errno, retry_on_intr},
};
use sarab_device::{Block, Geometry};

pub use error::{DiskError, OpenDiskError};

use crate::device::{attach, durable::Durable, file};

/// Bytes in a sector of a file. A block device says itself.
const SECTOR_BYTES: u32 = 512;

/// A disk that is a file of the host, or one of its block devices.
///
/// A write reaches the host's page cache, and a [`flush`](Block::flush) is `fdatasync`, which also
/// has the host's disk empty its own cache. Flushes that are asked for together share one;
/// [`write_through`](Block::write_through) is a write and such a flush, by one turn of a thread.
///
/// While it is open the file is locked (`flock`), for itself alone or, where it cannot be written,
/// with other readers; so two unikernels cannot write one disk. The lock binds those who ask for it
/// only. A block device that the host has mounted is not written either (`O_EXCL`, `open(2)`).
///
/// [`discard`](Block::discard) punches a hole, where the host can: what it covered then reads as
/// zeroes and takes no room.
pub struct Disk {
    name: String,
    file: Arc<OwnedFd>,
    geometry: Geometry,
    durable: Arc<Durable>,
}

impl Disk {
    /// Opens the disk `name`: the file attached by `--disk NAME=FILE`, or else `default`.
    ///
    /// The file must be there, for only who makes it knows its size. It cannot be written if this
    /// process may only read it.
    pub async fn open(name: &str, default: Option<&str>) -> Result<Self, OpenDiskError> {
        let attached = attach::installed();
        let path = attached.disk(name).or_else(|| default.map(Path::new));
        let Some(path) = path.map(Path::to_owned) else {
            return Err(OpenDiskError::Unattached { name: name.into() });
        };
        let name = name.to_owned();
        blocking::unblock(move || Self::open_file(&name, &path)).await
    }

    /// Opens the file at `path` as the disk `name`, on a thread that may wait.
    pub fn open_file(name: &str, path: &Path) -> Result<Self, OpenDiskError> {
        let fail = |cause| OpenDiskError::Host { name: name.into(), path: path.into(), cause };
        let (file, is_writable) = open(path).map_err(fail)?;
        lock(&file, is_writable).map_err(fail)?;
        let status = rustix::fs::fstat(&file).map_err(fail)?;
        let sector_bytes = match FileType::from_raw_mode(status.st_mode) {
            FileType::RegularFile => SECTOR_BYTES,
            FileType::BlockDevice => rustix::fs::ioctl_blksszget(&file).map_err(fail)?,
            _ => return Err(OpenDiskError::NoDisk { name: name.into(), path: path.into() }),
        };
        let size_bytes = rustix::fs::seek(&file, SeekFrom::End(0)).map_err(fail)?;
        if !size_bytes.is_multiple_of(u64::from(sector_bytes)) {
            let (name, path) = (name.into(), path.into());
            return Err(OpenDiskError::Ragged { name, path, size_bytes, sector_bytes });
        }
        let sector_count = size_bytes / u64::from(sector_bytes);
        Ok(Self::over(name, file, Geometry { sector_bytes, sector_count, is_writable }))
    }

    fn over(name: &str, file: OwnedFd, geometry: Geometry) -> Self {
        Self { name: name.into(), file: Arc::new(file), geometry, durable: Arc::default() }
    }

    fn fail(&self, request: &'static str) -> impl Fn(Errno) -> DiskError {
        move |cause| DiskError::Host { name: self.name.clone(), request, cause }
    }
}

impl Block for Disk {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        self.geometry
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        let span = self.geometry.read_span(first, count)?;
        let size = usize::try_from(span.size_bytes).unwrap_or(usize::MAX);
        let data =
            file::read(&self.file, span.start_bytes, size).await.map_err(self.fail("read"))?;
        if data.len() < size {
            return Err(DiskError::Shrunk { name: self.name.clone() });
        }
        Ok(data)
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        let span = self.geometry.write_span(first, data.len())?;
        let file = Arc::clone(&self.file);
        blocking::unblock(move || file::write_waiting(&file, span.start_bytes, &data))
            .await
            .map_err(self.fail("write"))
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        let span = self.geometry.write_span(first, data.len())?;
        let (file, durable) = (Arc::clone(&self.file), Arc::clone(&self.durable));
        let keep = move || {
            file::write_waiting(&file, span.start_bytes, &data)
                .map_err(|cause| ("write", cause))?;
            // Drawn only now: a flush that began before may not have seen these sectors.
            let kept = durable.make(durable.ask(), || rustix::fs::fdatasync(&file));
            kept.map_err(|cause| ("flush", cause))
        };
        let kept = blocking::unblock(keep).await;
        kept.map_err(|(request, cause)| self.fail(request)(cause))
    }

    async fn flush(&self) -> Result<(), DiskError> {
        if !self.geometry.is_writable {
            return Ok(());
        }
        let (file, durable) = (Arc::clone(&self.file), Arc::clone(&self.durable));
        let ticket = durable.ask();
        blocking::unblock(move || durable.make(ticket, || rustix::fs::fdatasync(&file)))
            .await
            .map_err(self.fail("flush"))
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), DiskError> {
        let size = count.saturating_mul(u64::from(self.geometry.sector_bytes));
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let span = self.geometry.write_span(first, size)?;
        if count == 0 {
            return Ok(());
        }
        let file = Arc::clone(&self.file);
        let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        let punch =
            move || retry_on_intr(|| fallocate(&file, hole, span.start_bytes, span.size_bytes));
        match blocking::unblock(punch).await {
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            Err(cause) => Err(self.fail("discard")(cause)),
        }
    }
}

/// Opens the file at `path` to read and, where this process may, to write.
///
/// `O_EXCL` concerns block devices alone, as nothing is made: one that is in use is busy.
fn open(path: &Path) -> Result<(OwnedFd, bool), Errno> {
    let flags = OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    match rustix::fs::open(path, OFlags::RDWR | OFlags::EXCL | flags, Mode::empty()) {
        Ok(file) => Ok((file, true)),
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => {
            Ok((rustix::fs::open(path, OFlags::RDONLY | flags, Mode::empty())?, false))
        }
        Err(error) => Err(error),
    }
}

fn lock(file: &OwnedFd, is_writable: bool) -> Result<(), Errno> {
    let lock = if is_writable {
        FlockOperation::NonBlockingLockExclusive
    } else {
        FlockOperation::NonBlockingLockShared
    };
    match rustix::fs::flock(file, lock) {
        Err(Errno::AGAIN) => Err(Errno::BUSY),
        other => other,
    }
}

#[cfg(test)]
mod tests;
