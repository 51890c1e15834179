//! The boot block and the device table.

use core::mem::{offset_of, size_of};

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a boot block starts with.
pub const MAGIC: [u8; 8] = *b"Sarab\0b1";

/// The doorbell is a page to store to.
pub const DOORBELL_STORE: u32 = 1;
/// The doorbell is a function to call.
pub const DOORBELL_CALL: u32 = 2;

/// A card leaves checksums and segments to its other side.
pub const DEVICE_OFFLOADS: u32 = 1;
/// A disk can be written.
pub const DEVICE_WRITABLE: u32 = 1;
/// A disk can forget sectors.
pub const DEVICE_DISCARDS: u32 = 2;

/// Where everything is.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Boot {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// Start of guest memory.
    pub memory: u64,
    /// Bytes of it.
    pub memory_bytes: u64,
    /// The address of offset 0 of the image.
    pub image: u64,
    /// Start of the heap.
    pub heap: u64,
    /// Bytes in it.
    pub heap_bytes: u64,
    /// The [`Control`](crate::Control) block.
    pub control: u64,
    /// The console buffer.
    pub console: u64,
    /// Bytes in it.
    pub console_bytes: u64,
    /// The arguments, each ended by a zero byte.
    pub arguments: u64,
    /// Bytes in them.
    pub arguments_bytes: u64,
    /// The environment, `NAME=VALUE`, each ended by a zero byte.
    pub environment: u64,
    /// Bytes in it.
    pub environment_bytes: u64,
    /// The doorbell.
    pub doorbell: u64,
    /// [`DOORBELL_STORE`] or [`DOORBELL_CALL`].
    pub doorbell_kind: u32,
    /// Count of devices.
    pub device_count: u32,
    /// The table of [`Device`]s.
    pub devices: u64,
}

/// What kind of device it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A network card.
    Network = 1,
    /// A disk.
    Disk = 2,
}

/// A device of the host.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Device {
    /// A [`Kind`].
    pub kind: u32,
    /// `DEVICE_*` of its kind.
    pub flags: u32,
    /// Bytes that a frame carries behind its header, at most; or in a sector.
    pub unit_bytes: u32,
    /// Slots in each of its queues.
    pub slots: u32,
    /// The card's address in the first six bytes, or the count of sectors.
    pub extent: [u8; 8],
    /// Addresses of its queues: transmit and receive, or requests and none.
    pub queues: [u64; 2],
    /// Zero.
    pub reserved: [u64; 3],
}

const _: () = {
    assert!(offset_of!(Boot, image) == 24 && offset_of!(Boot, control) == 48);
    assert!(offset_of!(Boot, arguments) == 72 && offset_of!(Boot, doorbell) == 104);
    assert!(offset_of!(Boot, devices) == 120 && size_of::<Boot>() == 128);
    assert!(offset_of!(Device, extent) == 16 && offset_of!(Device, queues) == 24);
    assert!(size_of::<Device>() == 64);
};
