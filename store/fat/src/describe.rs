//! The words of `config.rs` for FAT volumes, and what they write when a package is prepared.

mod volume;

use std::{borrow::ToOwned, format, string::String};

use sarab_archive::describe::folder;
use sarab_compose::{Expression, Impl, crate_here, device, expression};
use sarab_device::describe::{Block, Fs, KvRead};

/// The files of the FAT volume on the disk `block`, to read and write: [`Fat`](crate::Fat).
///
/// What is changed is on the disk after a `sync`.
#[track_caller]
#[must_use]
pub fn fat(block: &Impl<Block>) -> Impl<Fs> {
    device::<fn(Block) -> Fs>("sarab_fat::Fat::mount")
        .label("FAT volume")
        .needs(crate_here!())
        .of(block.clone())
}

/// The files of the FAT volume on the disk `block`, to read: [`Fat`](crate::Fat).
#[track_caller]
#[must_use]
pub fn fat_files(block: &Impl<Block>) -> Impl<KvRead> {
    device::<fn(Block) -> KvRead>("sarab_fat::Fat::mount")
        .label("FAT volume to read")
        .needs(crate_here!())
        .of(block.clone())
}

/// The files of the project's folder `folder` as a FAT volume that is a part of the image:
/// [`Image`](crate::Image).
///
/// They are taken when configuring: a file that is added later is seen by the next `configure`. The
/// volume is in the generated package as well, called after the folder's last name: `htdocs.fat`
/// for `web/htdocs`.
#[track_caller]
#[must_use]
pub fn fat_of(folder: &str) -> Impl<KvRead> {
    let source = folder.to_owned();
    let module = module(folder);
    let image = expression(format!("{module}::IMAGE"));
    device::<fn(Expression) -> KvRead>("sarab_fat::Image::mount")
        .label(format!("FAT volume of `{folder}` in the image"))
        .needs(crate_here!())
        .module(module)
        .prepare(move |package| volume::write(package, &source))
        .of(image)
}

/// Returns the name of the module that holds the volume of `folder`.
fn module(folder: &str) -> String {
    format!("fat_of_{}", folder::name(folder))
}

#[cfg(test)]
mod tests;
