//! Putting a whole value in place of another in one step.

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::{
    fs::{AtFlags, FlockOperation, Mode, OFlags},
    io::Errno,
};

use crate::device::file;

/// What the name of a file that is still being written starts with.
const PREFIX: &str = ".sarab-new-";

/// Returns whether `name` is that of a file that is still being written, or was when a crash came.
pub(crate) fn is_fresh(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Puts a file with `data` at `name` in `folder`, in place of a file that is there.
///
/// The data are on the disk before the name is, so a crash leaves the old file or the new one. If
/// it comes in between, the new one stays behind under a name of its own, unseen, until the next
/// one that is written in the folder takes its place.
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

/// Makes an empty file in `folder`, or takes one that a crash left behind.
///
/// It is locked while it is open, so what can be locked is left behind. Where the host has no locks,
/// nothing is taken.
fn create(folder: BorrowedFd<'_>) -> Result<(OwnedFd, String), Errno> {
    let mut count = 0_u64;
    loop {
        let name = format!("{PREFIX}{count}");
        let made = open(folder, &name, OFlags::CREATE | OFlags::EXCL);
        let is_new = made.is_ok();
        let file = match made {
            Err(Errno::EXIST) => open(folder, &name, OFlags::NOFOLLOW),
            made => Ok(made?),
        };
        let locked = file.and_then(|file| {
            let lock = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive);
            if is_new && lock != Err(Errno::AGAIN) { Ok(file) } else { lock.map(|()| file) }
        });
        match locked {
            Ok(file) if is_at(&file, folder, &name)? => {
                rustix::fs::ftruncate(&file, 0)?;
                return Ok((file, name));
            }
            // It has just been put in its place, so the name is free again.
            Ok(_) | Err(Errno::NOENT) => {}
            Err(_) => count += 1,
        }
    }
}

fn open(folder: BorrowedFd<'_>, name: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::from(0o666))
}

/// Returns whether `file` still stands at `name`.
fn is_at(file: &OwnedFd, folder: BorrowedFd<'_>, name: &str) -> Result<bool, Errno> {
    let own = rustix::fs::fstat(file)?;
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => Ok((found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error),
    }
}
