//! Reading and writing files without stopping the event loop.
//!
//! A read is tried at once, for what lies in the host's memory (`RWF_NOWAIT`, Linux 4.14), and goes
//! to a worker thread only if it would have to wait for a disk. All that changes a file goes to a
//! worker, for the host may make any of it wait.

use std::{
    io::IoSliceMut,
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
};

use bytes::Bytes;
use rustix::{
    fs::ftruncate,
    io::{Errno, ReadWriteFlags, pread, preadv2, pwrite, retry_on_intr},
};

/// The most bytes that are copied on the event loop; copying more takes long enough to be seen.
pub(crate) const AT_ONCE_BYTES_MAX: usize = 256 * 1024;

/// Reads `size` bytes of `file` from byte `offset` on, fewer where the file ends sooner.
pub(crate) async fn read(file: &Arc<OwnedFd>, offset: u64, size: usize) -> Result<Bytes, Errno> {
    if size <= AT_ONCE_BYTES_MAX
        && let Some(data) = read_cached(file, offset, size)?
    {
        return Ok(data);
    }
    let file = Arc::clone(file);
    blocking::unblock(move || read_waiting(&file, offset, size)).await
}

/// Reads as [`read`] does what the host's memory holds; `None` if some of it lies on the disk.
pub(crate) fn read_cached(
    file: impl AsFd,
    offset: u64,
    size: usize,
) -> Result<Option<Bytes>, Errno> {
    let now = |data: &mut [u8], at| {
        preadv2(&file, &mut [IoSliceMut::new(data)], at, ReadWriteFlags::NOWAIT)
    };
    match fill(size, offset, now) {
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(None),
        other => other.map(Some),
    }
}

/// Reads as [`read`] does, on a thread that may wait.
pub(crate) fn read_waiting(file: impl AsFd, offset: u64, size: usize) -> Result<Bytes, Errno> {
    fill(size, offset, |data, at| pread(&file, data, at))
}

/// Writes all of `data` to `file` from byte `offset` on, on a thread that may wait.
///
/// Fails with `FBIG` where no file can be that long.
pub(crate) fn write_waiting(
    file: impl AsFd,
    mut offset: u64,
    mut data: &[u8],
) -> Result<(), Errno> {
    check_size(offset.saturating_add(data.len() as u64))?;
    while !data.is_empty() {
        match pwrite(&file, data, offset) {
            Ok(0) => return Err(Errno::IO),
            Ok(size) => {
                data = &data[size..];
                offset += size as u64;
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes `file` `size` bytes long, on a thread that may wait; fails as [`write_waiting`] does.
pub(crate) fn resize_waiting(file: impl AsFd, size: u64) -> Result<(), Errno> {
    check_size(size)?;
    retry_on_intr(|| ftruncate(&file, size))
}

/// Fails with `FBIG` for an offset that the host cannot count to, and would call invalid.
fn check_size(size: u64) -> Result<(), Errno> {
    i64::try_from(size).map(drop).map_err(|_| Errno::FBIG)
}

/// Fills `size` bytes by calls of `read`, each with the rest and its offset, until one reads none.
fn fill(
    size: usize,
    offset: u64,
    read: impl Fn(&mut [u8], u64) -> Result<usize, Errno>,
) -> Result<Bytes, Errno> {
    let mut data = Vec::new();
    data.try_reserve_exact(size).map_err(|_| Errno::NOMEM)?;
    data.resize(size, 0);
    let mut filled = 0;
    while filled < size {
        match read(&mut data[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    data.truncate(filled);
    Ok(data.into())
}
