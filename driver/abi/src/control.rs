//! The control block, the console and the operations of the doorbell.

use core::mem::{offset_of, size_of};

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// No deadline.
pub const NEVER: u64 = u64::MAX;

/// The host asks the guest to end.
pub const FLAG_STOP: u32 = 1;

/// The bit of a text's length that says it is of the standard error.
pub const CONSOLE_ERROR: u32 = 1 << 31;

/// The reason of an abort: a panic.
pub const PANICKED: u32 = 1;
/// The reason of an abort: no memory was left.
pub const RAN_OUT_OF_MEMORY: u32 = 2;

/// What guest and tender tell each other besides the queues.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Control {
    /// When a wait returns at the latest: nanoseconds since boot, or [`NEVER`].
    pub deadline_ns: u64,
    /// The status of an exit, or the reason of an abort.
    pub status: u32,
    /// [`FLAG_STOP`].
    pub flags: u32,
    /// The time-stamp counter at the anchor.
    pub anchor_ticks: u64,
    /// Nanoseconds since boot at the anchor.
    pub anchor_ns: u64,
    /// Nanoseconds since 1970 at the anchor; 0 is not known.
    pub anchor_wall_ns: u64,
    /// Nanoseconds in a tick, times 2^32.
    pub tick_ns_32: u64,
    /// Bytes in the console buffer.
    pub console_bytes: u32,
    /// Zero.
    pub reserved: u32,
    /// A seed, which the guest erases.
    pub seed: [u8; 32],
    /// Zero.
    pub reserved_end: [u8; 40],
}

/// An operation of the doorbell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Ring {
    /// Take and deliver.
    Serve = 0,
    /// Take and deliver; if nothing came, wait.
    Wait = 1,
    /// End.
    Exit = 2,
    /// End with a report.
    Abort = 3,
}

impl Ring {
    /// Reads an operation.
    #[must_use]
    pub const fn new(value: u32) -> Option<Self> {
        Some(match value {
            0 => Self::Serve,
            1 => Self::Wait,
            2 => Self::Exit,
            3 => Self::Abort,
            _ => return None,
        })
    }
}

const _: () = {
    assert!(offset_of!(Control, flags) == 12 && offset_of!(Control, anchor_wall_ns) == 32);
    assert!(offset_of!(Control, console_bytes) == 48 && offset_of!(Control, seed) == 56);
    assert!(size_of::<Control>() == 128);
};
