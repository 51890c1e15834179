//! The host's folder, and the one way into it.
//!
//! Every path is resolved by the kernel beneath the folder (`openat2(2)`, Linux 5.6): a symbolic
//! link may lead to another place in it, but neither a link nor `..` leads out. What changes a name
//! works on its parent, found the same way, and follows no link at the name itself.
//!
//! All functions may wait, and belong on a worker thread; but those that take [`Resolve::Cached`]
//! fail with `AGAIN` where they would.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::{
    fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, Stat},
    io::Errno,
};
use sarab_device::{Entry, EntryKind, key};

use super::fresh;

/// How often a path is resolved that others change at the same time.
const TRIES: u32 = 100;

/// A folder of the host.
pub(crate) struct Root(OwnedFd);

/// How far a path may be resolved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolve {
    /// As far as the host's memory knows it (Linux 5.12).
    Cached,
    /// To its end.
    Waiting,
}

impl Root {
    pub(crate) fn open(path: &std::path::Path) -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::openat(CWD, path, flags, Mode::empty()).map(Self)
    }

    /// Opens what stands at `path`, a normal key.
    pub(crate) fn find(
        &self,
        path: &str,
        flags: OFlags,
        resolve: Resolve,
    ) -> Result<OwnedFd, Errno> {
        let path = if path.is_empty() { "." } else { path };
        let flags = flags | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
        // `O_PATH` goes with few others.
        let flags = if flags.contains(OFlags::PATH) {
            flags - (OFlags::NOCTTY | OFlags::NONBLOCK)
        } else {
            flags
        };
        let mut how = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        if resolve == Resolve::Cached {
            how |= ResolveFlags::CACHED;
        }
        let mode = if flags.contains(OFlags::CREATE) { Mode::from(0o666) } else { Mode::empty() };
        let mut tries = if resolve == Resolve::Cached { 1 } else { TRIES };
        loop {
            tries -= 1;
            match rustix::fs::openat2(&self.0, path, flags, mode, how) {
                // Something was renamed meanwhile, so where `..` led to is not certain.
                Err(Errno::AGAIN) if tries > 0 => {}
                Err(Errno::INTR) => tries += 1,
                found => return found,
            }
        }
    }

    /// Returns the folder that `path`, a normal key, stands in.
    pub(crate) fn folder_of(&self, path: &str) -> Result<OwnedFd, Errno> {
        self.find(key::split(path).0, OFlags::PATH | OFlags::DIRECTORY, Resolve::Waiting)
    }

    /// Returns the folder that `path` stands in, and makes those that it lies in.
    pub(crate) fn make_folder_of(&self, path: &str) -> Result<OwnedFd, Errno> {
        let found = self.folder_of(path);
        if found.as_ref().err() != Some(&Errno::NOENT) {
            return found;
        }
        for folder in key::folders(path) {
            match self.make_folder(folder) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error),
            }
        }
        self.folder_of(path)
    }

    /// Makes the folder `path`.
    pub(crate) fn make_folder(&self, path: &str) -> Result<(), Errno> {
        rustix::fs::mkdirat(self.folder_of(path)?, key::split(path).1, Mode::from(0o777))
    }

    /// Lists the folder `path` by name.
    ///
    /// What is neither a file nor a folder is left out; so are names that are not UTF-8, links that
    /// lead out of the root or nowhere, and files that are still being written.
    pub(crate) fn list(&self, path: &str) -> Result<Vec<Entry>, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let mut entries = Vec::new();
        for entry in Dir::new(self.find(path, flags, Resolve::Waiting)?)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            if !key::is_segment(name) || fresh::is_fresh(name) {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Symlink | FileType::Unknown => self.kind(&(key::prefix(path) + name)),
                known => kind(known),
            };
            entries.extend(kind.map(|kind| Entry { name: name.into(), kind }));
        }
        entries.sort();
        Ok(entries)
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        let found = self.find(path, OFlags::PATH, Resolve::Waiting).ok()?;
        kind(file_type(&rustix::fs::fstat(found).ok()?))
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Removes `name` from `folder`, and if it is a folder all that is in it. Follows no link.
pub(crate) fn remove_all(folder: BorrowedFd<'_>, name: &std::ffi::CStr) -> Result<(), Errno> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => {}
        Err(Errno::NOENT) => return Ok(()),
        other => return other,
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(folder, name, flags, Mode::empty())?;
    for entry in Dir::read_from(&opened)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            remove_all(opened.as_fd(), entry.file_name())?;
        }
    }
    rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR)
}

/// Returns the type of a file from its status.
pub(crate) fn file_type(status: &Stat) -> FileType {
    FileType::from_raw_mode(status.st_mode)
}

fn kind(of: FileType) -> Option<EntryKind> {
    match of {
        FileType::RegularFile => Some(EntryKind::Value),
        FileType::Directory => Some(EntryKind::Folder),
        _ => None,
    }
}
