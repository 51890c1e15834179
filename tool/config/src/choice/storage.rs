//! Disks and stores to write to.

use sarab_compose::{Impl, match_};
use sarab_device::describe::{Block, Fs, Kv};
use sarab_unix::describe::{disk, folder_files, folder_store};

use crate::{Target, target};

/// The disk `name`: a file of the host, attached by `--disk NAME=FILE`, or else `NAME.img` in the
/// project's folder.
#[track_caller]
#[must_use]
pub fn block(name: &str) -> Impl<Block> {
    let file = format!("{name}.img");
    match_(&target(), [(Target::Unix, disk(name, Some(&file)))]).exhaustive().named(name)
}

/// The key-value store `name`: a folder of the host, attached by `--folder NAME=PATH`, or else the
/// folder `NAME` of the project.
#[track_caller]
#[must_use]
pub fn kv(name: &str) -> Impl<Kv> {
    match_(&target(), [(Target::Unix, folder_store(name, Some(name)))]).exhaustive().named(name)
}

/// The file system `name`: a folder of the host, attached like that of [`kv`].
#[track_caller]
#[must_use]
pub fn fs(name: &str) -> Impl<Fs> {
    match_(&target(), [(Target::Unix, folder_files(name, Some(name)))]).exhaustive().named(name)
}
