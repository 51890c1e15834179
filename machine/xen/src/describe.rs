//! The words of `config.rs` for the devices of a guest.

use sarab_bare::describe;
use sarab_compose::{Impl, crate_here};
use sarab_device::describe::{Block, Net};

/// The network card `name` of a guest, as [`open_card`](crate::open_card) opens it.
///
/// It is what the toolstack attaches by `--net NAME=BACKEND`.
#[track_caller]
#[must_use]
pub fn card(name: &str) -> Impl<Net> {
    describe::card("sarab_xen_machine::open_card", crate_here!(), name)
}

/// The disk `name` of a guest, as [`open_disk`](crate::open_disk) opens it.
///
/// It is the file that the toolstack attaches by `--disk NAME=FILE`, or else `default_file`, from the
/// project's folder: `sarab run` attaches that one, and the guest never learns which.
#[track_caller]
#[must_use]
pub fn disk(name: &str, default_file: Option<&str>) -> Impl<Block> {
    describe::disk("sarab_xen_machine::open_disk", crate_here!(), name, default_file)
}
