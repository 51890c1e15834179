//! The file that stands for a disk.

use std::{
    fs::{self, OpenOptions},
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::{FileTypeExt, OpenOptionsExt},
    },
    path::Path,
};

use sarab_abi::Outcome;

use crate::Error;

/// Bytes in a sector of a file. A block device says itself.
const SECTOR_BYTES: u32 = 512;

/// The file that stands for a disk.
pub struct File {
    pub(crate) name: &'static str,
    descriptor: OwnedFd,
    /// Bytes in a sector.
    pub sector_bytes: u32,
    pub(crate) sector_count: u64,
    /// Whether this process may write to it.
    pub is_writable: bool,
}

impl File {
    /// Opens the file at `path` for the disk `name` and locks it, as the target `unix` does, as long as it is
    /// open.
    pub fn open(name: &'static str, path: &Path) -> Result<Self, Error> {
        let cannot = |why: io::Error| {
            let why = match why.raw_os_error() {
                Some(libc::EAGAIN | libc::EBUSY) => "in use by another process".into(),
                _ => why.to_string(),
            };
            Error::usage(format_args!("cannot open {} for disk `{name}`: {why}", path.display()))
        };
        let (file, is_writable) = open(path).map_err(cannot)?;
        lock(&file, is_writable).map_err(cannot)?;
        let kind = file.metadata().map_err(cannot)?.file_type();
        let sector_bytes = if kind.is_file() {
            SECTOR_BYTES
        } else if kind.is_block_device() {
            sector_bytes(&file).map_err(cannot)?
        } else {
            let text =
                format_args!("{} for disk `{name}` is no file and no block device", path.display());
            return Err(Error::usage(text));
        };
        let size_bytes = size_bytes(&file).map_err(cannot)?;
        if !size_bytes.is_multiple_of(u64::from(sector_bytes)) {
            let text = format_args!(
                "{} for disk `{name}` has {size_bytes} bytes, which are not whole sectors of \
                 {sector_bytes}; make it longer with `truncate --size={}`",
                path.display(),
                size_bytes.next_multiple_of(u64::from(sector_bytes)),
            );
            return Err(Error::usage(text));
        }
        let sector_count = size_bytes / u64::from(sector_bytes);
        Ok(Self { name, descriptor: file.into(), sector_bytes, sector_count, is_writable })
    }

    pub(crate) fn descriptor(&self) -> i32 {
        self.descriptor.as_raw_fd()
    }

    /// Returns where `size_bytes` from sector `first` on are in the file, in bytes.
    pub(super) fn span(&self, first: u64, size_bytes: u128) -> Result<(u64, u64), Outcome> {
        let sector = u128::from(self.sector_bytes);
        let start = u128::from(first) * sector;
        let is_inside = start + size_bytes <= u128::from(self.sector_count) * sector;
        if !is_inside || !size_bytes.is_multiple_of(sector) {
            return Err(Outcome::Invalid);
        }
        let in_file = |bytes| u64::try_from(bytes).map_err(|_| Outcome::Invalid);
        Ok((in_file(start)?, in_file(size_bytes)?))
    }
}

/// Opens to read and, where this process may, to write. `O_EXCL` concerns block devices alone, as nothing
/// is made: one that is in use is busy.
fn open(path: &Path) -> io::Result<(fs::File, bool)> {
    let flags = libc::O_CLOEXEC | libc::O_NONBLOCK | libc::O_NOCTTY;
    let mut options = OpenOptions::new();
    let both = options.read(true).write(true).custom_flags(flags | libc::O_EXCL).open(path);
    match both.as_ref().map_err(io::Error::raw_os_error) {
        Err(Some(libc::EACCES | libc::EPERM | libc::EROFS)) => {
            let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
            Ok((file, false))
        }
        _ => Ok((both?, true)),
    }
}

/// Locks for one writer, or for several readers (`flock(2)`).
fn lock(file: &fs::File, is_writable: bool) -> io::Result<()> {
    let lock = if is_writable { libc::LOCK_EX } else { libc::LOCK_SH };
    // SAFETY: the descriptor is open.
    match unsafe { libc::flock(file.as_raw_fd(), lock | libc::LOCK_NB) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Asks a block device for its sectors (`BLKSSZGET`).
fn sector_bytes(file: &fs::File) -> io::Result<u32> {
    const BLKSSZGET: libc::Ioctl = 0x1268;
    let mut bytes: libc::c_int = 0;
    // SAFETY: the request writes one `int`.
    match unsafe { libc::ioctl(file.as_raw_fd(), BLKSSZGET, &raw mut bytes) } {
        0 => u32::try_from(bytes).map_err(io::Error::other),
        _ => Err(io::Error::last_os_error()),
    }
}

fn size_bytes(file: &fs::File) -> io::Result<u64> {
    // SAFETY: the descriptor is open.
    let end = unsafe { libc::lseek(file.as_raw_fd(), 0, libc::SEEK_END) };
    u64::try_from(end).map_err(|_| io::Error::last_os_error())
}
