//! What the tender says when it starts the guest.

use core::{cell::Cell, slice, str};

use sarab_abi::{Boot, Control, Device, Kind, MAGIC};

use sarab_bare::{OneCore, Resource};

// SAFETY: a tender starts a guest on one core, and the guest has no interrupts.
static BOOT: OneCore<Cell<Option<&'static Boot>>> = unsafe { OneCore::new(Cell::new(None)) };

/// Takes the boot block.
///
/// # Safety
///
/// `boot` is what the tender handed to the guest, and all that it refers to is there for as long as
/// the guest runs.
pub(crate) unsafe fn install(boot: *const Boot) {
    // SAFETY: by the contract of this function; the block is read-only to the guest, and the tender
    // does not change it.
    let boot = unsafe { &*boot };
    assert!(boot.magic == MAGIC, "the tender speaks another version of the ABI");
    BOOT.get().set(Some(boot));
}

/// Returns the boot block.
pub(crate) fn boot() -> &'static Boot {
    match BOOT.get().get() {
        Some(boot) => boot,
        None => unreachable!("an image starts with the boot block"),
    }
}

/// Tells whether the boot block was taken.
pub(crate) fn is_installed() -> bool {
    BOOT.get().get().is_some()
}

/// Returns the control block, to be read and written as a whole word at a time.
pub(crate) fn control() -> *mut Control {
    core::ptr::with_exposed_provenance_mut(address(boot().control))
}

/// Returns the arguments.
pub(crate) fn arguments() -> impl Iterator<Item = &'static str> {
    texts(boot().arguments, boot().arguments_bytes)
}

/// Returns the value of the environment variable `name`.
pub(crate) fn variable(name: &str) -> Option<&'static str> {
    let mut all = texts(boot().environment, boot().environment_bytes);
    all.find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

/// Returns the device of `kind` that has a name, as the host has it, by the image's own list: the
/// tables have the same order.
pub(crate) fn device(kind: Kind, name: &str) -> Option<&'static Device> {
    let resources = super::entry::resources();
    let wanted = match kind {
        Kind::Network => Resource::Network(name),
        Kind::Disk => Resource::Disk(name),
    };
    let place = resources.iter().position(|resource| *resource == wanted)?;
    let boot = boot();
    // SAFETY: the boot block says where the table of devices is and how many it has.
    let devices: &[Device] = unsafe {
        let start = core::ptr::with_exposed_provenance(address(boot.devices));
        slice::from_raw_parts(start, boot.device_count as usize)
    };
    devices.get(place).filter(|device| device.kind == kind as u32)
}

fn texts(start: u64, size_bytes: u64) -> impl Iterator<Item = &'static str> {
    // SAFETY: the boot block says where its texts are, and they stay as they are.
    let all: &[u8] = unsafe {
        let start = core::ptr::with_exposed_provenance(address(start));
        slice::from_raw_parts(start, address(size_bytes))
    };
    all.split_inclusive(|byte| *byte == 0)
        .filter_map(|text| str::from_utf8(text.strip_suffix(&[0])?).ok())
}

/// Returns an address of the tender as this processor counts.
#[expect(clippy::cast_possible_truncation, reason = "the ABI is for processors of 64 bits")]
pub(crate) const fn address(address: u64) -> usize {
    address as usize
}
