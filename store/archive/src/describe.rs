//! The words of `config.rs` for archives, and what they write when a package is prepared.

pub mod folder;
mod module;
mod packed;

use std::{error::Error, fmt, path::PathBuf};

use sarab_compose::{Impl, crate_here, device, expression};
use sarab_device::describe::{Block, KvRead};

/// The files of the project's folder `folder` as a part of the image:
/// [`Embedded`](crate::Embedded).
///
/// They are taken when configuring: a file that is added later is seen by the next `configure`. The
/// generated module is called after the folder's last name: `htdocs_files` for `web/htdocs`.
#[track_caller]
#[must_use]
pub fn embedded(folder: &str) -> Impl<KvRead> {
    let source = folder.to_owned();
    let module = module::name(folder);
    let files = expression(format!("&{module}::FILES"));
    device::<fn(sarab_compose::Expression) -> KvRead>("sarab_archive::Embedded::open")
        .label(format!("files of `{folder}` in the image"))
        .needs(crate_here!())
        .module(module)
        .prepare(move |package| module::write(package, &source))
        .of(files)
}

/// The files of the tar archive on the disk `block`: [`Tar`](crate::Tar).
#[track_caller]
#[must_use]
pub fn tar(block: &Impl<Block>) -> Impl<KvRead> {
    device::<fn(Block) -> KvRead>("sarab_archive::Tar::open")
        .label("tar archive")
        .needs(crate_here!())
        .of(block.clone())
}

/// The files of the project's folder `folder` as a tar archive on the disk `block`.
///
/// The archive is written to [`tar_file`]`(folder)` in the generated package; the disk is to be
/// attached to that file.
#[track_caller]
#[must_use]
pub fn tar_of(folder: &str, block: &Impl<Block>) -> Impl<KvRead> {
    let source = folder.to_owned();
    device::<fn(Block) -> KvRead>("sarab_archive::Tar::open")
        .label(format!("tar archive of `{folder}`"))
        .needs(crate_here!())
        .prepare(move |package| packed::write(package, &source))
        .of(block.clone())
}

/// Returns the name that [`tar_of`] gives the archive of `folder`, from the generated package's
/// folder: `htdocs.tar` for `web/htdocs`.
#[must_use]
pub fn tar_file(folder: &str) -> String {
    format!("{}.tar", folder::name(folder))
}

/// Why the files of a folder cannot be taken.
#[derive(Debug)]
pub enum FolderError {
    /// There is no such folder.
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// The host cannot read it.
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is neither a file nor a folder.
    Special {
        /// Its path.
        path: PathBuf,
    },
    /// Its name is not UTF-8, so that it can be no key.
    Name {
        /// Its path.
        path: PathBuf,
    },
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { folder } => {
                write!(f, "there is no folder `{}`; make it, or name another", folder.display())
            }
            Self::Unreadable { path, error } => {
                write!(f, "`{}` cannot be read: {error}", path.display())
            }
            Self::Special { path } => {
                write!(f, "`{}` is neither a file nor a folder; remove it", path.display())
            }
            Self::Name { path } => {
                write!(f, "the name of `{}` is not UTF-8; rename it", path.display())
            }
        }
    }
}

impl Error for FolderError {}

#[cfg(test)]
mod tests;
