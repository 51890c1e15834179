//! Where the files of a folder live.

use sarab_archive::describe::{embedded, tar_file, tar_of};
use sarab_compose::{Impl, Key, choices, key, match_, unavailable};
use sarab_device::describe::KvRead;
use sarab_unix::describe::folder_pages;

use super::storage::disk_of;
use crate::target::on_target;

choices! {
    /// Where the files of a folder live.
    pub enum Pages {
        /// In the image.
        Embedded = "embedded",
        /// In a tar archive on a disk.
        Tar = "tar",
        /// In the folder of the host.
        Dir = "dir",
    }
}

/// Declares the key `pages`: `--pages embedded|tar|dir`.
#[track_caller]
#[must_use]
pub fn pages() -> Key<Pages> {
    key::<Pages>("pages")
        .doc("Where the files of the program's folders live: in the image, in a tar archive on a disk, or in a folder of the host.")
        .value_name("PLACE")
        .configure()
        .default(Pages::Embedded)
}

/// The files of the project's folder `folder`, to read: in the image, or where the key
/// [`pages`] says.
///
/// One key speaks for all folders. In a [`group`](crate::group) they have one of their own:
/// `group("docs", || files("docs"))` follows `--docs-pages`.
#[track_caller]
#[must_use]
pub fn files(folder: &str) -> Impl<KvRead> {
    let archive = disk_of(folder, &tar_file(folder));
    match_(
        &pages(),
        [
            (Pages::Embedded, embedded(folder)),
            (Pages::Tar, tar_of(folder, &archive)),
            (Pages::Dir, of_host(folder)),
        ],
    )
    .exhaustive()
    .named(folder)
}

/// The folder of the host, for who can see it.
#[track_caller]
fn of_host(folder: &str) -> Impl<KvRead> {
    let guest = unavailable(
        "a guest sees no folder of the host: take the files along with `--pages embedded`, or on a \
         disk with `--pages tar`",
    );
    on_target(folder_pages(folder, Some(folder)), guest)
}
