//! Disks and stores to write to.

use sarab_compose::{Impl, unavailable};
use sarab_device::describe::{Block, Fs, Kv};
use sarab_unix::describe::{folder_files, folder_store};

use crate::target::{Guests, by_machine, on_target};

/// The disk `name`: a file of the host, attached by `--disk NAME=FILE`, or else `NAME.img` in the
/// project's folder.
#[track_caller]
#[must_use]
pub fn block(name: &str) -> Impl<Block> {
    disk_of(name, &format!("{name}.img")).named(name)
}

/// The disk `name` on any target, or else the file `default_file`.
#[track_caller]
pub(super) fn disk_of(name: &str, default_file: &str) -> Impl<Block> {
    let file = Some(default_file);
    let tender = sarab_tender::describe::disk(name, file);
    let virtio = sarab_virtio_machine::describe::disk(name, file);
    let xen = sarab_xen_machine::describe::disk(name, file);
    by_machine(sarab_unix::describe::disk(name, file), Guests { tender, virtio, xen })
}

/// The key-value store `name`: a folder of the host, attached by `--folder NAME=PATH`, or else the
/// folder `NAME` of the project.
///
/// There is none for a guest, which sees no folder of the host.
#[track_caller]
#[must_use]
pub fn kv(name: &str) -> Impl<Kv> {
    let guest = unavailable(
        "a guest sees no folder of the host: keep values in memory with `ram_kv()`, or bytes on \
         a disk with `block(..)`",
    );
    on_target(folder_store(name, Some(name)), guest).named(name)
}

/// The file system `name`: a folder of the host, attached like that of [`kv`].
///
/// There is none for a guest, which sees no folder of the host.
#[track_caller]
#[must_use]
pub fn fs(name: &str) -> Impl<Fs> {
    let guest = unavailable(
        "a guest sees no folder of the host: keep files in memory with `ram_fs()`, or bytes on \
         a disk with `block(..)`",
    );
    on_target(folder_files(name, Some(name)), guest).named(name)
}
