//! Putting a whole value in place of another in one step.

use std::{
    os::fd::{BorrowedFd, OwnedFd},
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::{
    fs::{AtFlags, Mode, OFlags},
    io::Errno,
};

use crate::device::file;

/// What the name of a file that is still being written starts with.
const PREFIX: &str = ".sarab-new-";

/// Names given so far in this process.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Returns whether `name` is that of a file that is still being written, or was when a crash came.
pub(crate) fn is_fresh(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Puts a file with `data` at `name` in `folder`, in place of a file that is there.
///
/// The data are on the disk before the name is, so a crash leaves the old file or the new one. If
/// it comes in between, the new one stays behind under a name of its own, unseen and unused.
pub(crate) fn replace(folder: BorrowedFd<'_>, name: &str, data: &[u8]) -> Result<(), Errno> {
    let (file, fresh) = create(folder)?;
    let replaced = file::write_waiting(&file, 0, data)
        .and_then(|()| rustix::fs::fdatasync(&file))
        .and_then(|()| rustix::fs::renameat(folder, &fresh, folder, name));
    if replaced.is_err() {
        let _ = rustix::fs::unlinkat(folder, &fresh, AtFlags::empty());
    }
    replaced
}

fn create(folder: BorrowedFd<'_>) -> Result<(OwnedFd, String), Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{count}", std::process::id());
        match rustix::fs::openat(folder, &name, flags, Mode::from(0o666)) {
            Ok(file) => return Ok((file, name)),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
    }
}
